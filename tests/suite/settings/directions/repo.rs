//! The directions of repositories' settings, sorted by setting.

use serde_json::json;

use super::{LOOSENING, NEUTRAL as NEITHER, OneWay, Probe, TIGHTENING, probe};
use crate::support::{OrgState, RepoState, org, repo};

/// Fields of which no change is safer or weaker.
pub(super) const NEUTRAL: &[(&str, &str)] = &[
    ("files", "delivery"),
    ("files", "ensure"),
    ("scorecard", "succeeded_within"),
    ("scorecard", "workflow"),
    ("security_policy", "inherit"),
];

/// An organisation with one repository, `web`.
fn web(change: impl FnOnce(RepoState) -> RepoState) -> OrgState {
    org("acme").repo(change(repo("web")))
}

pub(super) fn probes() -> Vec<Probe> {
    let mut all = files();
    all.extend(scorecard());
    all.extend(workflows());
    all
}

pub(super) fn one_way() -> Vec<OneWay> {
    use super::one_way;
    vec![
        one_way(
            "scorecard",
            "min_version",
            "a file that is too old is overwritten, which loosens; nothing makes a file older",
        ),
        one_way(
            "security_policy",
            "contact",
            "a policy that names it appears or is mended; nothing takes a contact away",
        ),
        one_way("security_policy", "contains", "a policy that says it appears or is mended; nothing takes a text away"),
        one_way("security_policy", "template", "a policy appears or is mended"),
    ]
}

fn files() -> Vec<Probe> {
    const OWNERS: &str = ".github/CODEOWNERS";
    let file = |field: &str, value: &str, path: &str| format!("[repo.files.\"{path}\"]\n{field} = \"{value}\"\n");
    vec![
        probe("files", "content", web(|it| it), file("content", "a", "NOTICE"), "files.NOTICE", NEITHER),
        probe(
            "files",
            "content",
            web(|it| it.file(OWNERS, "* @all\n")),
            file("content", "a", OWNERS),
            "files..github/CODEOWNERS",
            LOOSENING,
        ),
        probe("files", "template", web(|it| it), file("template", "probe.txt", "NOTICE"), "files.NOTICE", NEITHER),
        probe(
            "files",
            "template",
            web(|it| it.file(OWNERS, "* @all\n")),
            file("template", "probe.txt", OWNERS),
            "files..github/CODEOWNERS",
            LOOSENING,
        ),
    ]
}

fn scorecard() -> Vec<Probe> {
    let rule = "[repo.scorecard]\ntemplate = \"scorecard.yml\"\n";
    let old = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n      - uses: ossf/scorecard-action@v2.4.0\n";
    vec![
        probe("scorecard", "template", web(|it| it), rule, "scorecard.installed", TIGHTENING),
        probe(
            "scorecard",
            "template",
            web(|it| it.file(".github/workflows/scorecard.yml", old)),
            rule,
            "scorecard.publishable",
            LOOSENING,
        ),
    ]
}

fn workflows() -> Vec<Probe> {
    const CI: &str = ".github/workflows/ci.yml";
    let ci = |state: &'static str| web(move |it| it.file(CI, "on: push\n").workflow(CI, json!({"state": state})));
    let rule = |state: &str| format!("[repo.workflows.\"ci.yml\"]\nstate = \"{state}\"\n");
    vec![
        probe("workflows", "state", ci("disabled_manually"), rule("active"), "workflows.ci.yml", TIGHTENING),
        probe("workflows", "state", ci("active"), rule("disabled"), "workflows.ci.yml", LOOSENING),
    ]
}
