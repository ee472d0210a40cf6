//! The parts that a file decides: that the workflow is there, new enough, and can publish. One pull request mends both, so that only
//! one of them carries the file.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    declared, not_installed, of_part, publishable, version,
    workflow::{self, Found, Site},
};
use crate::{
    model::{Action, Delivery, Desired, Effect, Oid, Repository, blob_oid},
    settings::{Context, Difference, FileWrite, Judgement, Outcome, Pending, Write},
};

/// The leaf that answers for the file.
pub(super) fn leaf(desired: &Desired) -> &'static str {
    declared(desired, &["template", "workflow"])
}

/// Judges `installed` and `publishable`.
pub(super) fn judge(desired: &Desired, cx: &Context<'_>, site: &Site<'_>) -> Result<Vec<Judgement>, Pending> {
    let repo = cx.repository()?;
    let (installed_leaf, installed) = installed(desired, cx, repo, site);
    let written = matches!(installed, Outcome::Differs(_));
    Ok(vec![
        of_part("installed", installed_leaf, installed),
        of_part("publishable", leaf(desired), publishable(desired, cx, repo, site, written)),
    ])
}

fn installed(desired: &Desired, cx: &Context<'_>, repo: &Repository, site: &Site<'_>) -> (&'static str, Outcome) {
    let wanted = |path: Option<&str>| {
        let mut wanted = Map::new();
        wanted.extend(path.map(|path| ("workflow".to_owned(), json!(path))));
        wanted.extend(desired.value("min_version").map(|least| ("min_version".to_owned(), least.clone())));
        Value::Object(wanted)
    };
    let violation = |message: String, observed: Value| Outcome::Violation {
        message,
        observed,
        desired: wanted(desired.text("workflow")),
    };
    match site {
        Site::Missing(path) => {
            let message = desired.text("workflow").map_or_else(
                || "no workflow uses ossf/scorecard-action".to_owned(),
                |path| format!("there is no workflow {path}"),
            );
            let outcome = match remedy(desired, cx, repo) {
                None => violation(message, Value::Null),
                Some(Err(fault)) => violation(format!("{message}, and {fault}"), Value::Null),
                Some(Ok(template)) => template.create(path),
            };
            (leaf(desired), outcome)
        }
        Site::Taken(path, what) => (leaf(desired), violation(format!("{path} {what}"), json!({"workflow": path}))),
        Site::Found(found) => {
            let observed = json!({"workflow": found.path, "version": version::told(found.text)});
            let Some(short) = desired.text("min_version").and_then(|least| version::shortfall(found.text, least))
            else {
                return (leaf(desired), Outcome::Compliant { observed, desired: wanted(Some(&found.path)) });
            };
            let message = format!("{} {short}", found.path);
            let outcome = match remedy(desired, cx, repo) {
                None => violation(message, observed),
                Some(Err(fault)) => violation(format!("{message}, and {fault}"), observed),
                Some(Ok(template)) => {
                    let told = |text: &str| ("version", json!(version::told(text)));
                    template.overwrite(found, told(found.text), told(template.text))
                }
            };
            ("min_version", outcome)
        }
    }
}

fn publishable(desired: &Desired, cx: &Context<'_>, repo: &Repository, site: &Site<'_>, written: bool) -> Outcome {
    if let Some(why) = cannot_publish(repo) {
        return Outcome::NotApplicable(why.to_owned());
    }
    let Site::Found(found) = site else { return not_installed() };
    let broken = told(&publishable::broken(&found.root, repo.default_branch.as_deref()));
    let observed = json!({"workflow": found.path, "problems": broken});
    if broken.is_empty() {
        return Outcome::Compliant { observed, desired: json!({"problems": []}) };
    }
    let message = format!("the results of {} cannot be published: {}", found.path, broken.join("; "));
    let violation = |message| Outcome::Violation { message, observed, desired: json!({"problems": []}) };
    match remedy(desired, cx, repo) {
        _ if written => violation(format!("{message}; the change of scorecard.installed replaces the file")),
        None => violation(message),
        Some(Err(fault)) => violation(format!("{message}; {fault}")),
        Some(Ok(template)) => template.overwrite(found, ("problems", json!(broken)), ("problems", json!([]))),
    }
}

/// Why results of this repository cannot be published at all, if so.
fn cannot_publish(repo: &Repository) -> Option<&'static str> {
    if !repo.is_public() {
        Some("private repositories cannot publish Scorecard results")
    } else if repo.fork {
        Some("forks cannot publish Scorecard results")
    } else {
        None
    }
}

fn told(broken: &[publishable::Broken]) -> Vec<String> {
    broken.iter().map(ToString::to_string).collect()
}

/// A template that would do.
struct Template<'a> {
    bytes: &'a Arc<[u8]>,
    text: &'a str,
    oid: Oid,
}

/// The template of the policy, or why it would not do; `None` where there is none. It must satisfy all that is asked of the
/// file, since it would be judged by that as soon as it is merged.
fn remedy<'a>(desired: &'a Desired, cx: &Context<'_>, repo: &Repository) -> Option<Result<Template<'a>, String>> {
    let name = desired.text("template").unwrap_or_default();
    let bytes = desired.leaf("template")?.rendered.as_ref()?;
    let fault = |what: &str| Some(Err(format!("the template {name} {what}")));
    let Ok(text) = std::str::from_utf8(bytes) else { return fault("is not a text") };
    let oid = blob_oid(bytes);
    let Some(root) = workflow::calling(cx, &oid, text) else { return fault("does not use ossf/scorecard-action") };
    if let Some(short) = desired.text("min_version").and_then(|least| version::shortfall(text, least)) {
        return fault(&short);
    }
    if cannot_publish(repo).is_none() {
        let broken = told(&publishable::broken(&root, repo.default_branch.as_deref()));
        if !broken.is_empty() {
            return fault(&format!("could not publish either: {}", broken.join("; ")));
        }
    }
    Some(Ok(Template { bytes, text, oid }))
}

impl Template<'_> {
    fn create(&self, path: &str) -> Outcome {
        let after = json!({"workflow": path, "version": version::told(self.text), "oid": self.oid});
        self.write(path, Value::Null, after, Action::Create, Effect::Tightening)
    }

    /// Overwriting a workflow loosens: people may have changed it on purpose, and there is no record of what was ours.
    fn overwrite(&self, found: &Found<'_>, before: (&str, Value), after: (&str, Value)) -> Outcome {
        let of = |oid: &Oid, (key, value): (&str, Value)| json!({"workflow": found.path, key: value, "oid": oid});
        let (before, after) = (of(found.oid, before), of(&self.oid, after));
        self.write(&found.path, before, after, Action::Update, Effect::Loosening)
    }

    fn write(&self, path: &str, before: Value, after: Value, action: Action, effect: Effect) -> Outcome {
        let write = Write::File(FileWrite {
            path: path.to_owned(),
            content: Some(Arc::clone(self.bytes)),
            oid: Some(self.oid.clone()),
            delivery: Delivery::PullRequest,
        });
        let mut difference = Difference::update(before, after, effect, write);
        difference.action = action;
        Outcome::Differs(difference)
    }
}
