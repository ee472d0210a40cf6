//! Code security configurations: GitHub's own bulk form of security settings.
//!
//! One configuration holds private vulnerability reporting, Dependabot, secret scanning and more for any number of
//! repositories. Three things are judged: the configuration itself, which new repositories get it, and which repositories have it.
//! They are all read from the organisation's lists, one call for a hundred repositories. Deleting is not offered.

mod attached;
mod attachment;
mod contrary;
mod definition;
mod fields;
mod moves;
mod new_repositories;
mod reach;
mod rivals;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub(super) use attached::READ;
use attached::configurations;
pub(super) use attached::enforced;
pub use contrary::{Contrary, contraries};
use fields::{Effective, FIELDS};
pub use rivals::{Rival, rivals};

use super::{Context, Judgement, Meta, Outcome, Past, Pending, Phase, Setting, TakeBack, by_shape};
use crate::model::{Desired, Gate, Keyed, Kind, Problem, Scope, Shape, Tightens};

/// The settings of repositories whose values an enforced configuration proves.
pub(super) const PROVEN: [&str; 4] =
    ["dependabot_alerts", "dependabot_security_updates", "private_vulnerability_reporting", "secret_scanning"];

const CREATE_OR_UPDATE: &str =
    "POST /orgs/{org}/code-security/configurations, PATCH /orgs/{org}/code-security/configurations/{configuration_id}";

static META: Meta = Meta {
    shape: Shape {
        key: "code_security",
        scope: Scope::Org,
        keyed: Some(Keyed { what: "configuration name", name: Kind::Text, prune: false }),
        kind: Kind::Table(FIELDS),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &["default_for_new_repos", "attach"],
        check,
    },
    title: "Code security configurations",
    docs: "A named set of security features, attached to many repositories by one call.

GitHub's own defaults for a new configuration are `enforced` and, for most features, `disabled`: that would switch off whatever is not \
named, wherever it is attached. So ordain creates with every field, `not_set` where the policy is silent and `enforcement = \
\"unenforced\"`; an update sends the declared fields only. GitHub carries an update to all attached repositories.

Attaching is one change for all repositories, with every setting that it moves told as an effect. It goes by id, so that the \
temporary forks of advisories never get it. `attach_requires` keeps repositories out for which a gate does not hold: they are \
blocked one by one. A repository of another configuration is re-attached, which loosens where any field of the other is stronger \
(`enabled` over `not_set` over `disabled`, enforced over not); one of the enterprise's is never replaced. Attaching goes on after \
GitHub has answered; where it ends as `failed`, that is a violation of that repository. Without licences GitHub enables only the \
free features, and does not say so.

`attached` proves no value, as a repository's administrators can change those of an unenforced configuration: the settings of \
`[repo]` still hold them. *Enforced* proves private vulnerability reporting and Dependabot, and on public repositories secret \
scanning; then ordain needs no read for each repository.",
    example: "[org.code_security.\"ordain baseline\"]\nprivate_vulnerability_reporting = \"enabled\"\ndependabot_alerts = \"enabled\"\n\
              enforcement = \"unenforced\"\nattach = \"public\"\nattach_requires = [\"security_policy\"]\n\
              default_for_new_repos = \"public\"\n",
    reads: &[READ, "metadata:read", "administration:read"],
    writes: &["organization_administration:write"],
    calls: &[
        ("enforcement and every feature", CREATE_OR_UPDATE),
        ("attach", "POST /orgs/{org}/code-security/configurations/{configuration_id}/attach"),
        ("default_for_new_repos", "PUT /orgs/{org}/code-security/configurations/{configuration_id}/defaults"),
    ],
    controls: &[
        "OSPS VM-03.01",
        "OSPS BR-07.01",
        "OSPS VM-05.03",
        "OSPS VM-06.02",
        "Scorecard Dependency-Update-Tool",
        "OpenJS useCVDToolForVulns",
    ],
    phase: Phase::Foundation,
    after: &[],
    late: true,
};

/// The setting.
pub struct CodeSecurity;

/// What the policy wants of one configuration, beside what GitHub has.
struct Wanted<'a> {
    name: &'a str,
    /// Under which the id of a new configuration is kept: `code_security.NAME`.
    key: String,
    /// The fields of the configuration itself.
    declared: Map<String, Value>,
    /// All switches and the enforcement as they will be.
    effective: Effective,
    /// The value of `attach`.
    attach: Option<Value>,
    attach_requires: Vec<Gate>,
    /// Every configuration that the organisation has.
    all: &'a [Value],
    /// The one of this name.
    existing: Option<&'a Value>,
}

impl<'a> Wanted<'a> {
    fn new(desired: &'a Desired, all: &'a [Value]) -> Self {
        let name = desired.name.as_deref().unwrap_or_default();
        let named = || all.iter().filter(|c| c.get("name").and_then(Value::as_str) == Some(name));
        let existing = named().find(|c| definition::foreign(c).is_none()).or_else(|| named().next());
        let declared = fields::declared(desired);
        Self {
            name,
            key: desired.setting(),
            effective: fields::effective(existing, &declared),
            declared,
            attach: desired.value("attach").cloned(),
            attach_requires: desired.texts("attach_requires").into_iter().filter_map(Gate::parse).collect(),
            all,
            existing,
        }
    }

    /// The id in paths: GitHub's, or the one that creating will keep.
    fn id(&self) -> String {
        match self.existing.and_then(|existing| existing.get("id")).and_then(Value::as_u64) {
            Some(id) => id.to_string(),
            None => format!("{{id:{}}}", self.key),
        }
    }

    fn is_ours(&self, configuration: &Value) -> bool {
        self.existing.is_some_and(|existing| existing.get("id") == configuration.get("id"))
    }
}

impl Setting for CodeSecurity {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let all = match Outcome::known(cx.org_rest(configurations())?) {
            Err(outcome) => return Ok(everywhere(desired, &outcome)),
            Ok(answer) => answer.and_then(Value::as_array),
        };
        let Some(all) = all else {
            let outcome = Outcome::unknown("GitHub shows no code security configurations", Some(READ));
            return Ok(everywhere(desired, &outcome));
        };
        let wanted = Wanted::new(desired, all);
        let whole = definition::judge(&wanted, cx);
        let default = desired.text("default_for_new_repos").map(|word| new_repositories::judge(&wanted, word, cx));
        let attach = wanted.attach.is_some().then(|| attachment::judge(&wanted, cx));
        let mut judgements = vec![whole?.whole()];
        if let Some(default) = default {
            judgements.push(default?.of_part("default_for_new_repos"));
        }
        if let Some(attach) = attach {
            judgements.extend(attach?);
        }
        Ok(judgements)
    }

    fn take_back(&self, past: &Past<'_>, _cx: &Context<'_>) -> Result<TakeBack, Pending> {
        Ok(match past.part {
            Some("attach") => TakeBack::never(
                "attaching moved settings of the repositories, which detaching does not move back; detach by hand where that \
                 is wanted, and undo the settings one by one",
            ),
            None if past.before.is_null() => TakeBack::never(
                "ordain deletes no code security configuration; delete it on the organisation's page of security configurations",
            ),
            _ => by_shape(&META.shape, past),
        })
    }
}

/// The same outcome for the whole and every declared part.
fn everywhere(desired: &Desired, outcome: &Outcome) -> Vec<Judgement> {
    let parts = META.shape.parts.iter().filter(|part| desired.declares(part));
    std::iter::once(outcome.clone().whole()).chain(parts.map(|part| outcome.clone().of_part(part))).collect()
}

fn check(value: &Value) -> Vec<Problem> {
    let problem = |path: &str, message: String, help: &str| Problem {
        path: path.to_owned(),
        message,
        help: Some(help.to_owned()),
    };
    let mut problems = Vec::new();
    for product in ["code_security", "secret_protection"] {
        if value.get("advanced_security").is_some() && value.get(product).is_some() {
            let message = format!("`advanced_security` and `{product}` set the same thing");
            problems.push(problem("advanced_security", message, "leave out `advanced_security`"));
        }
    }
    let is = |key: &str, word: &str| value.get(key).and_then(Value::as_str) == Some(word);
    if is("dependabot_alerts", "disabled") && is("dependabot_security_updates", "enabled") {
        let message = "security updates stand on alerts, which are disabled".to_owned();
        problems.push(problem("dependabot_security_updates", message, "enable `dependabot_alerts` too"));
    }
    if value.get("description").and_then(Value::as_str).is_some_and(|text| text.chars().count() > 255) {
        let message = "GitHub takes at most 255 characters".to_owned();
        problems.push(problem("description", message, "shorten the description"));
    }
    problems
}
