//! The `ordain` program: everything is in `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ordain::cli::main()
}
