//! The environment: addresses, credentials, and what continuous integration says.

#![allow(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Failed, disk};
use crate::{
    github::{ApiAddress, Credentials},
    model::{Org, RepoName, RepoRef},
};

fn var(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

pub(crate) fn no_color() -> bool {
    var("NO_COLOR").is_some() || is_dumb()
}

/// A terminal that can do no more than print.
pub(crate) fn is_dumb() -> bool {
    var("TERM").as_deref() == Some("dumb")
}

pub(crate) fn is_ci() -> bool {
    var("CI").is_some()
}

pub(crate) fn columns() -> Option<usize> {
    var("COLUMNS")?.parse().ok()
}

pub(crate) fn step_summary() -> Option<PathBuf> {
    var("GITHUB_STEP_SUMMARY").map(PathBuf::from)
}

pub(crate) fn step_output() -> Option<PathBuf> {
    var("GITHUB_OUTPUT").map(PathBuf::from)
}

/// Where a user's programs keep what they can get again: the platform's own place. `None` without a home.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    // The XDG specification wants relative paths ignored.
    let absolute = |name: &str| var(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        absolute("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join("Library/Caches")))?
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?
    };
    Some(base.join("ordain"))
}

/// How much faster than the real clock ordain waits between calls: for the simulator, whose limits can be compressed.
pub(crate) fn clock_factor() -> Result<f64, Failed> {
    match var("ORDAIN_CLOCK_FACTOR") {
        None => Ok(1.0),
        Some(text) => match text.parse::<f64>() {
            Ok(factor) if factor.is_finite() && factor >= 1.0 => Ok(factor),
            _ => Err(Failed::msg("ORDAIN_CLOCK_FACTOR is not a number of 1 or more")),
        },
    }
}

/// Where the API is.
pub(crate) fn address() -> Result<ApiAddress, Failed> {
    let rest = var("GITHUB_API_URL").unwrap_or_else(|| ApiAddress::DEFAULT.to_owned());
    let about = |name: &'static str| move |error| Failed::msg(format!("{name}: {error}"));
    ApiAddress::new(&rest, None).map_err(about("GITHUB_API_URL"))?;
    ApiAddress::new(&rest, var("GITHUB_GRAPHQL_URL").as_deref()).map_err(about("GITHUB_GRAPHQL_URL"))
}

/// Who ordain is: an App, else a token.
pub(crate) fn credentials() -> Result<Credentials, Failed> {
    if let Some(id) = var("ORDAIN_APP_ID") {
        let key = match (var("ORDAIN_APP_PRIVATE_KEY"), var("ORDAIN_APP_PRIVATE_KEY_FILE")) {
            (Some(key), _) => key,
            (None, Some(file)) => disk::read(Path::new(&file))
                .map_err(|failed| Failed::msg(format!("ORDAIN_APP_PRIVATE_KEY_FILE: {failed}")))?,
            (None, None) => {
                let message = "ORDAIN_APP_ID is set without ORDAIN_APP_PRIVATE_KEY or ORDAIN_APP_PRIVATE_KEY_FILE";
                return Err(Failed::msg(message));
            }
        };
        return Ok(Credentials::app(&id, &key)?);
    }
    for name in ["GITHUB_TOKEN", "GH_TOKEN"] {
        if let Some(token) = var(name) {
            return Ok(Credentials::token(&token, name)?);
        }
    }
    let from_gh = Command::new("gh").args(["auth", "token"]).output().ok().filter(|output| output.status.success());
    match from_gh.and_then(|output| String::from_utf8(output.stdout).ok()).filter(|token| !token.trim().is_empty()) {
        Some(token) => Ok(Credentials::token(&token, "gh auth token")?),
        None => Err(Failed::msg(
            "there is no credential: set GITHUB_TOKEN (or ORDAIN_APP_ID with ORDAIN_APP_PRIVATE_KEY), or log in with `gh auth login`",
        )),
    }
}

/// The page of the run of GitHub Actions, where it is one: links in reports lead to it.
pub(crate) fn run_address() -> Option<String> {
    let (server, repository, run) = (var("GITHUB_SERVER_URL")?, var("GITHUB_REPOSITORY")?, var("GITHUB_RUN_ID")?);
    Some(format!("{}/{repository}/actions/runs/{run}", server.trim_end_matches('/')))
}

/// Where a folder lies in its checkout, such as `policy/`; empty at its root. None outside of one.
pub(crate) fn prefix_of(folder: &std::path::Path) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(["rev-parse", "--show-prefix"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end_matches(['\n', '\r']).to_owned())
}

/// The commit of the checkout in which a folder stands, for the record.
pub(crate) fn commit_of(folder: &Path) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(["rev-parse", "HEAD"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| text.to_owned())
}

/// The repository in which a folder stands: that of the checkout's `origin`, else (in a checkout without one) the repository
/// whose workflow runs.
pub(crate) fn own_repository(folder: &Path) -> Option<RepoRef> {
    let output = Command::new("git").arg("-C").arg(folder).args(["remote", "get-url", "origin"]).output().ok();
    let origin = output.filter(|output| output.status.success()).and_then(|out| String::from_utf8(out.stdout).ok());
    match origin {
        Some(url) => repository_of(url.trim()),
        None => repository_of(&var("GITHUB_REPOSITORY")?),
    }
}

/// `owner/name` at the end of an address: `https://HOST/owner/name.git`, `git@HOST:owner/name`.
fn repository_of(address: &str) -> Option<RepoRef> {
    let address = address.trim_end_matches('/');
    let address = address.strip_suffix(".git").unwrap_or(address);
    let mut parts = address.rsplit(['/', ':']);
    let (name, owner) = (parts.next()?, parts.next()?);
    Some(RepoRef { org: Org::new(owner).ok()?, name: RepoName::new(name).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_names_its_repository() {
        for address in [
            "https://github.com/acme/policy.git",
            "https://github.com/acme/policy/",
            "git@github.com:acme/policy.git",
            "ssh://git@ghe.example:22/acme/policy",
            "acme/policy",
        ] {
            assert_eq!(repository_of(address).map(|one| one.to_string()).as_deref(), Some("acme/policy"), "{address}");
        }
        assert_eq!(repository_of("policy"), None);
    }
}
