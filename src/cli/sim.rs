//! `ordain sim`

use std::{net::Ipv4Addr, path::PathBuf};

use super::{Exit, Failed, ui::Ui};
use crate::sim::{Sim, generate, serve};

const EXAMPLE: &str = "Example:\n  ordain sim --state state.json --port 8080 &\n  GITHUB_API_URL=http://127.0.0.1:8080 GITHUB_TOKEN=any ordain plan\n\nHow to ask for faults and limits: ordain sim --help";

/// How a state file asks for faults and limits.
const FAULTS: &str = r#"Example:
  ordain sim --state state.json --port 8080 &
  GITHUB_API_URL=http://127.0.0.1:8080 GITHUB_TOKEN=any ordain plan

Limits and faults are asked for in the state's "simulator" object:
  "rate_limit": {"core": 5000, "graphql": 5000, "secondary": true}
      requests an hour; and 900 points a minute (GraphQL 2000), 80 requests that create content a minute and 500 an
      hour, 100 at once
  "clock_factor": 60
      the clock of these limits runs so many times faster; tell ordain the same: ORDAIN_CLOCK_FACTOR=60
  "faults": {"seed": 7, "in_a_row": 3,
      "mix": [{"path": "/repos/*", "method": "PUT", "probability": 0.1, "kind": "reset_after"}],
      "script": [{"path": "/graphql", "after": 2, "times": 1, "kind": "bad_gateway"}]}
      by chance, the same for the same seed, and never more than in_a_row for one request; or at a certain request

Kinds of faults:
  without effect    server_error, bad_gateway, unavailable, unauthorized, reset_before,
                    secondary_limit and too_many_requests (with retry-after: "seconds"; …_bare without)
  after the effect  bad_gateway_after, reset_after, reset_inside, truncated, not_json
  else              slow ("ms"), stale (a read tells what was so before the last write, for "ms"),
                    late (a write takes effect "reads" reads later)"#;

/// Serve the embedded GitHub simulator on loopback, over the state of a snapshot file or a generated organisation.
#[derive(Debug, clap::Args)]
#[command(
    after_help = EXAMPLE, after_long_help = FAULTS
)]
pub(crate) struct Args {
    /// The state: a snapshot file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate", "seed"], required_unless_present = "generate")]
    state: Option<PathBuf>,
    /// Make an organisation of this many repositories.
    #[arg(long, value_name = "N")]
    generate: Option<u32>,
    /// What the made organisation is made from: the same seed, the same organisation.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let state = match (&args.state, args.generate) {
        (Some(file), _) => {
            let text =
                std::fs::read_to_string(file).map_err(|error| Failed::msg(format!("{}: {error}", file.display())))?;
            serde_json::from_str(&text)
                .map_err(|error| Failed::msg(format!("{}: it is not JSON: {error}", file.display())))?
        }
        (None, Some(count)) => generate(count, args.seed),
        (None, None) => return Err(Failed::msg("say --state FILE or --generate N")),
    };
    let sim = Sim::from_state(&state).map_err(|error| {
        Failed::msg(format!(
            "the state{} cannot be served: {error}",
            args.state.as_ref().map(|file| format!(" in {}", file.display())).unwrap_or_default()
        ))
    })?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
    let address = listener.local_addr()?;
    ui.clear();
    ui.print(&format!("http://{address}\n"));
    ui.note(&format!(
        "serving a simulated GitHub; stop it with Ctrl-C\nin another shell: export GITHUB_API_URL=http://{address} GITHUB_TOKEN=any"
    ));
    tokio::select! {
        served = serve(listener, sim) => served?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(Exit::Done)
}
