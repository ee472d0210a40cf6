//! The rules by which the server that publishes Scorecard results rejects a workflow file (ossf/scorecard-webapp,
//! `app/server/verify_workflow.go`, which parses the file that ran). Pure: the parsed file in, what is broken out.
//!
//! Of the eleven rules two cannot be seen in the file: whether a commit that is pinned belongs to its repository (8; only its form
//! is looked at), and whether the certificate of the run names the repository and branch (10).

use std::fmt;

use regex::Regex;

use super::yaml::{Node, Parsed};

/// The action that runs Scorecard.
pub(super) const ACTION: &str = "ossf/scorecard-action";

/// The actions that the server allows beside it in the same job.
const ALLOWED: [&str; 6] = [
    ACTION,
    "actions/checkout",
    "actions/upload-artifact",
    "github/codeql-action/upload-sarif",
    "step-security/harden-runner",
    "actions/create-github-app-token",
];

/// One thing that keeps the results from being published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The number of the rule; `None` for what comes before any rule.
    pub(super) rule: Option<u8>,
    /// What is wrong.
    pub(super) what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.rule.map_or(Ok(()), |rule| write!(f, " (rule {rule})"))
    }
}

/// The file with its Scorecard job.
struct File<'a> {
    root: &'a Node,
    name: &'a str,
    job: &'a Node,
    default_branch: Option<&'a str>,
}

type Rule = fn(&File<'_>) -> Vec<String>;

/// The rules by number; 10 is seen by the server only.
const RULES: [(Option<u8>, Rule); 11] = [
    (Some(1), no_top_level_env_or_defaults),
    (Some(2), no_top_level_write),
    (Some(3), no_id_token_in_other_jobs),
    (Some(4), plain_job),
    (Some(5), hosted_ubuntu_runner),
    (Some(6), only_uses),
    (Some(7), only_allowed_actions),
    (Some(8), whole_commits),
    (Some(9), runs_on_the_default_branch),
    (Some(11), id_token_in_the_job),
    (None, publishes),
];

/// Everything that keeps the results of this workflow file from being published; nothing where they can be.
pub(super) fn broken(root: &Parsed, default_branch: Option<&str>) -> Vec<Broken> {
    let before = |what: String| vec![Broken { rule: None, what }];
    let root = match root {
        Ok(root) => root,
        Err(error) => return before(format!("the file cannot be read as YAML: {error}")),
    };
    let Some((name, job)) = scorecard_job(root) else {
        return before(format!("no job calls {ACTION}"));
    };
    let file = File { root, name, job, default_branch };
    let told = |(number, rule): &(Option<u8>, Rule)| {
        let rule_number = *number;
        rule(&file).into_iter().map(move |what| Broken { rule: rule_number, what })
    };
    RULES.iter().flat_map(told).collect()
}

/// Whether a step of any job calls the action.
pub(super) fn calls_action(root: &Node) -> bool {
    scorecard_job(root).is_some()
}

fn scorecard_job(root: &Node) -> Option<(&str, &Node)> {
    let jobs = root.get("jobs")?.entries()?;
    let calls = |job: &Node| steps(job).iter().any(is_scorecard);
    jobs.iter().find(|(_, job)| calls(job)).map(|(name, job)| (name.as_str(), job))
}

fn steps(job: &Node) -> &[Node] {
    job.get("steps").map_or(&[], Node::items)
}

fn is_scorecard(step: &Node) -> bool {
    action(step).is_some_and(|(name, _)| name.eq_ignore_ascii_case(ACTION))
}

/// The action of a step and its ref.
fn action(step: &Node) -> Option<(&str, &str)> {
    let uses = step.get("uses")?.text()?;
    Some(uses.split_once('@').unwrap_or((uses, "")))
}

/// Rule 1.
fn no_top_level_env_or_defaults(file: &File<'_>) -> Vec<String> {
    present(file.root, &["env", "defaults"]).map(|key| format!("`{key}` stands at the top level")).collect()
}

/// Rule 2. Without top-level permissions the server looks no further.
fn no_top_level_write(file: &File<'_>) -> Vec<String> {
    match file.root.get("permissions") {
        Some(Node::Scalar(all)) if all == "write-all" => vec!["the top-level permissions are `write-all`".into()],
        Some(Node::Map(scopes)) => scopes
            .iter()
            .filter(|(_, level)| level.text() == Some("write"))
            .map(|(scope, _)| format!("the top-level permissions hold `{scope}: write`"))
            .collect(),
        _ => Vec::new(),
    }
}

/// Rule 3.
fn no_id_token_in_other_jobs(file: &File<'_>) -> Vec<String> {
    let jobs = file.root.get("jobs").and_then(Node::entries).into_iter().flatten();
    jobs.filter(|(name, job)| name.as_str() != file.name && scope(job, "id-token") == Some("write"))
        .map(|(name, _)| format!("another job, `{name}`, has `id-token: write`"))
        .collect()
}

/// Rule 4.
fn plain_job(file: &File<'_>) -> Vec<String> {
    let services =
        file.job.get("services").is_some_and(|services| services.entries().is_none_or(|all| !all.is_empty()));
    let keys = present(file.job, &["container", "env", "defaults"]).chain(services.then_some("services"));
    keys.map(|key| format!("the job `{}` has `{key}`", file.name)).collect()
}

/// Rule 5.
fn hosted_ubuntu_runner(file: &File<'_>) -> Vec<String> {
    let runner = file.job.get("runs-on");
    let labels = match runner {
        Some(runner @ Node::Map(_)) if runner.get("group").is_none() => runner.get("labels").map(Node::texts),
        Some(Node::Map(_)) => None,
        other => other.map(Node::texts),
    };
    match labels.unwrap_or_default().as_slice() {
        [label] if is_hosted_ubuntu(label) => Vec::new(),
        [label] => vec![format!("the job `{}` runs on `{label}`, not on a hosted Ubuntu from 22.04 on", file.name)],
        _ => vec![format!("the job `{}` does not run on exactly one label", file.name)],
    }
}

/// `ubuntu-latest`, or `ubuntu-YY.MM` from 22.04 on, each also for ARM.
fn is_hosted_ubuntu(label: &str) -> bool {
    let Some(image) = label.strip_prefix("ubuntu-") else { return false };
    let image = image.strip_suffix("-arm").unwrap_or(image);
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<u8>().ok()).flatten();
    image == "latest"
        || image
            .split_once('.')
            .and_then(|(year, month)| Some((number(year)?, number(month)?)))
            .is_some_and(|release| release >= (22, 4))
}

/// Rule 6.
fn only_uses(file: &File<'_>) -> Vec<String> {
    each_step(file, |step| action(step).is_none().then(|| "has no `uses`".to_owned()))
}

/// Rule 7. Compared letter by letter, as the server does.
fn only_allowed_actions(file: &File<'_>) -> Vec<String> {
    each_step(file, |step| {
        let (name, reference) = action(step)?;
        if reference.is_empty() {
            return Some(format!("uses `{name}` without a version"));
        }
        (!ALLOWED.contains(&name)).then(|| format!("uses `{name}`, which is not allowed beside {ACTION}"))
    })
}

/// Rule 8, as far as the file shows it: that a commit is named by its whole SHA.
fn whole_commits(file: &File<'_>) -> Vec<String> {
    each_step(file, |step| {
        let (name, reference) = action(step)?;
        let hex =
            reference.bytes().all(|b| b.is_ascii_hexdigit()) && reference.bytes().any(|b| b.is_ascii_alphabetic());
        (hex && (7..40).contains(&reference.len()))
            .then(|| format!("pins `{name}` to the shortened commit `{reference}`"))
    })
}

/// Rule 9: results are taken from the default branch only, where a push or a schedule makes a run.
fn runs_on_the_default_branch(file: &File<'_>) -> Vec<String> {
    // YAML 1.1 reads the key `on` as a bool.
    let on = file.root.get("on").or_else(|| file.root.get("true"));
    let runs = match on {
        Some(Node::Map(events)) => {
            events.contains_key("schedule")
                || events.get("push").is_some_and(|push| pushes_to(push, file.default_branch))
        }
        Some(other) => other.texts().contains(&"push"),
        None => false,
    };
    if runs { Vec::new() } else { vec!["neither a push to the default branch nor a schedule starts it".into()] }
}

fn pushes_to(push: &Node, branch: Option<&str>) -> bool {
    let matching = |key| Some(branch_matches(&push.get(key)?.texts(), branch?));
    match (push.get("branches").is_some(), push.get("branches-ignore").is_some()) {
        (true, _) => matching("branches").unwrap_or(true),
        (false, true) => !matching("branches-ignore").unwrap_or(false),
        // With tags alone, pushes to branches start nothing.
        (false, false) => push.get("tags").is_none() && push.get("tags-ignore").is_none(),
    }
}

/// GitHub's filter patterns: the last one that matches decides, `!` negates. What cannot be decided is taken to match.
fn branch_matches(patterns: &[&str], branch: &str) -> bool {
    patterns.iter().fold(false, |matched, pattern| {
        let (negated, pattern) = pattern.strip_prefix('!').map_or((false, *pattern), |rest| (true, rest));
        if filter(pattern).is_none_or(|regex| regex.is_match(branch)) { !negated } else { matched }
    })
}

fn filter(pattern: &str) -> Option<Regex> {
    let mut expression = String::from("^");
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => expression.push_str(".*"),
            '*' => expression.push_str("[^/]*"),
            '?' | '+' | '[' | ']' => expression.push(c),
            '\\' => expression.push_str(&rest.next().map(|c| regex::escape(&c.to_string())).unwrap_or_default()),
            c => expression.push_str(&regex::escape(&c.to_string())),
        }
    }
    expression.push('$');
    regex::RegexBuilder::new(&expression).size_limit(1 << 16).build().ok()
}

/// Rule 11.
fn id_token_in_the_job(file: &File<'_>) -> Vec<String> {
    let all = file.job.get("permissions").and_then(Node::text) == Some("write-all");
    if all || scope(file.job, "id-token") == Some("write") {
        return Vec::new();
    }
    vec![format!("the job `{}` has no `id-token: write`", file.name)]
}

/// Not a rule of the server: without it nothing is sent there.
fn publishes(file: &File<'_>) -> Vec<String> {
    each_step(file, |step| {
        let published = step.get("with").and_then(|with| with.get("publish_results")).and_then(Node::text);
        (is_scorecard(step) && published != Some("true")).then(|| "does not set `publish_results: true`".to_owned())
    })
}

fn present<'k>(node: &Node, keys: &[&'k str]) -> impl Iterator<Item = &'k str> {
    keys.iter().copied().filter(|key| node.get(key).is_some())
}

fn scope<'a>(job: &'a Node, name: &str) -> Option<&'a str> {
    job.get("permissions")?.get(name)?.text()
}

fn each_step(file: &File<'_>, fault: impl Fn(&Node) -> Option<String>) -> Vec<String> {
    let told = |(at, step)| fault(step).map(|what| format!("step {} of the job `{}` {what}", at + 1, file.name));
    steps(file.job).iter().enumerate().filter_map(told).collect()
}

#[cfg(test)]
#[path = "publishable_tests.rs"]
mod tests;
