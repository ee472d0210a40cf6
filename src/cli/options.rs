//! Options that several commands share.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use super::Failed;
use crate::{
    model::{Org, RepoPattern},
    plan::Filters,
};

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Colour: auto (a terminal, and NO_COLOR is not set), always or never.
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: Color,
    /// Say less: no progress, no notes.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more: everything in full.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Wrap at so many columns. Default: as wide as the terminal; what is piped is not wrapped.
    #[arg(long, global = true, hide = true, value_name = "COLUMNS")]
    pub(crate) width: Option<usize>,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// The formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Markdown,
    Sarif,
    Html,
    Junit,
}

/// Where the policy is.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// The policy's folder.
    #[arg(long, value_name = "DIR", default_value = "policy")]
    pub(crate) policy: PathBuf,
}

/// What is judged, and from what.
#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// Only this organisation (repeatable).
    #[arg(long, value_name = "ORG")]
    pub(crate) org: Vec<String>,
    /// Only repositories of this name; a glob of `name` or `org/name` (repeatable).
    #[arg(long, value_name = "GLOB")]
    pub(crate) repo: Vec<String>,
    /// Only this setting, whole or a start up to a dot: `scorecard`, `scorecard.active` (repeatable).
    #[arg(long, value_name = "KEY")]
    pub(crate) setting: Vec<String>,
    /// Name and quote public repositories only.
    #[arg(long)]
    pub(crate) public_only: bool,
    /// Keep exit 0 though this setting cannot be read with this token (repeatable).
    #[arg(long, value_name = "SETTING")]
    pub(crate) accept_unknown: Vec<String>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
}

/// What is kept between runs.
#[derive(Debug, Args)]
pub(crate) struct CacheArgs {
    /// Where answers of GitHub are kept between runs, encrypted [default: the user's cache folder].
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Ask GitHub anew for everything, and keep nothing.
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// From where it is observed.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Observe from a snapshot instead of GitHub.
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
}

impl ScopeArgs {
    /// The filters, checked.
    pub(crate) fn filters(&self, orgs: &[Org]) -> Result<Filters, Failed> {
        let mut wanted = Vec::new();
        for text in &self.org {
            let org = Org::new(text.clone())?;
            if !orgs.contains(&org) {
                let near = crate::diagnostics::nearest(text, orgs.iter().map(Org::as_str));
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(Failed::msg(format!("--org {text}: the policy does not name this organisation{hint}")));
            }
            wanted.push(org);
        }
        let mut repos = Vec::new();
        for text in &self.repo {
            repos.push(RepoPattern::new(text).map_err(|why| Failed::msg(format!("--repo {text}: {why}")))?);
        }
        for (flag, texts) in [("--setting", &self.setting), ("--accept-unknown", &self.accept_unknown)] {
            for text in texts {
                check_setting(text).map_err(|why| Failed::msg(format!("{flag} {text}: {why}")))?;
            }
        }
        Ok(Filters { orgs: wanted, repos, settings: self.setting.clone(), shard: None })
    }
}

/// A setting named on the command line must be one of the catalogue.
pub(crate) fn check_setting(text: &str) -> Result<(), Failed> {
    let (key, part) = text.split_once('.').map_or((text, None), |(key, part)| (key, Some(part)));
    let catalogue = crate::settings::catalogue();
    if key == "organisation" {
        return Ok(());
    }
    let shapes: Vec<_> = catalogue.iter().filter(|shape| shape.key == key).collect();
    if !shapes.is_empty() {
        // The items of a keyed table have free names; parts are known.
        let parts: Vec<&str> = shapes.iter().flat_map(|shape| shape.parts).copied().collect();
        return match part {
            Some(part) if shapes.iter().all(|shape| shape.keyed.is_none()) => check_part(key, part, &parts),
            _ => Ok(()),
        };
    }
    let keys: Vec<&str> = catalogue.iter().map(|shape| shape.key).collect();
    let near = crate::diagnostics::nearest(key, keys.iter().copied());
    let hint = near.map_or_else(
        || "; `ordain schema --manual` lists all of them".to_owned(),
        |near| format!("; did you mean `{near}`?"),
    );
    Err(Failed::msg(format!("`{text}` is not a setting{hint}")))
}

fn check_part(key: &str, part: &str, parts: &[&str]) -> Result<(), Failed> {
    if parts.iter().any(|known| crate::plan::names(part, known)) {
        return Ok(());
    }
    let near = crate::diagnostics::nearest(part, parts.iter().copied());
    let hint = match near {
        Some(near) => format!("; did you mean `{key}.{near}`?"),
        None if parts.is_empty() => "; it is judged whole".to_owned(),
        None => format!("; its parts are {}", parts.join(", ")),
    };
    Err(Failed::msg(format!("`{key}` has no part `{part}`{hint}")))
}
