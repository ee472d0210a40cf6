//! The cache, against a server that answers from a list, and the file against what may happen to it.

mod answers;
mod file;
mod packing;

use std::sync::{Arc, Mutex};

use super::Teller;

/// A teller, and what it was told: what odd things, and what harmless ones.
fn teller() -> (Teller, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let line = |kind: &'static str| {
        let told = Arc::clone(&told);
        Arc::new(move |text: &str| told.lock().expect("told").push(format!("{kind}: {text}")))
    };
    (Teller { warn: line("warning"), detail: line("detail") }, told)
}
