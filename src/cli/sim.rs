//! `ordain sim`

use std::{net::Ipv4Addr, path::PathBuf};

use serde_json::Value;

use super::{Exit, Failed, disk, ui::Ui};
use crate::sim::{Sim, generate, serve};

/// Serve the embedded GitHub simulator on loopback, over the state of a snapshot file or a generated organisation.
#[derive(Debug, clap::Args)]
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
    let state: Value = match (&args.state, args.generate) {
        (Some(file), _) => {
            let text = disk::read(file)?;
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
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => "something else listens there".to_owned(),
            std::io::ErrorKind::PermissionDenied => "this user may not listen there".to_owned(),
            _ => error.to_string(),
        };
        Failed::msg(format!("port {}: {why}; name another with --port, or 0 for a free one", args.port))
    })?;
    let address = listener.local_addr()?;
    ui.clear();
    ui.print(&format!("http://{address}\n"));
    ui.note(&format!(
        "serving a simulated GitHub with {}; stop it with Ctrl-C\nin another shell: export GITHUB_API_URL=http://{address} GITHUB_TOKEN=any",
        served(&state)
    ));
    tokio::select! {
        served = serve(listener, sim) => served?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(Exit::Done)
}

/// The organisations of a state, with how many repositories each has.
fn served(state: &Value) -> String {
    let orgs = state["organizations"].as_array().into_iter().flatten();
    let told = orgs.filter_map(|org| {
        let count = org["repositories"].as_array().map_or(0, Vec::len);
        Some(format!("{} ({count} {})", org["login"].as_str()?, if count == 1 { "repository" } else { "repositories" }))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "no organisation".to_owned() } else { told.join(", ") }
}
