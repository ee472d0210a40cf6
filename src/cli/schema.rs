//! `ordain schema`

use clap::ValueEnum;

use super::{Exit, Failed, ui::Ui};
use crate::{
    policy::{SchemaKind, json_schema},
    render::schemas,
    settings::{self, manual},
};

/// Print the JSON Schema of a file kind, or the manual; both come from the code that reads the files.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which file kind.
    #[arg(value_enum, default_value = "rule")]
    kind: Kind,
    /// Print the manual of all settings instead.
    #[arg(long)]
    manual: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Policy,
    Rule,
    Waivers,
    Test,
    Plan,
    Snapshot,
    Journal,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    ui.clear();
    if args.manual {
        ui.print(&manual());
        return Ok(Exit::Done);
    }
    let of_policy = |kind| json_schema(kind, &settings::catalogue());
    let schema = match args.kind {
        Kind::Policy => of_policy(SchemaKind::Policy),
        Kind::Rule => of_policy(SchemaKind::Rule),
        Kind::Waivers => of_policy(SchemaKind::Waivers),
        Kind::Test => of_policy(SchemaKind::Test),
        Kind::Plan => return published(schemas::Kind::Plan, ui),
        Kind::Snapshot => return published(schemas::Kind::Snapshot, ui),
        Kind::Journal => return published(schemas::Kind::Journal, ui),
    };
    ui.print(&(serde_json::to_string_pretty(&schema)? + "\n"));
    Ok(Exit::Done)
}

fn published(kind: schemas::Kind, ui: &Ui) -> Result<Exit, Failed> {
    ui.print(schemas::schema(kind));
    Ok(Exit::Done)
}
