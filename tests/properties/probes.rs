//! What everything is: the values of settings drawn from the registry, looked at by a policy that only audits.

use std::collections::{BTreeMap, BTreeSet};

use ordain::{model::Scope, plan::Plan, policy::Policy, settings::find, sim::World};
use serde_json::Value;

use super::{
    dice::Dice,
    lab::{Lab, Planned, parse},
    policies::{self, Wish},
};

/// A policy that looks at settings drawn from the registry.
pub(crate) struct Probe(Policy);

/// What was seen: id → (what decides it, the value).
pub(crate) type Seen = BTreeMap<String, (Facts, Value)>;

/// What a probe's value is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) target: String,
    pub(crate) key: String,
    /// Whether it is told from files or workflows.
    pub(crate) of_files: bool,
}

impl Probe {
    pub(crate) fn throw(dice: &mut Dice, orgs: &[String], repos: &[String]) -> Option<Self> {
        let wish = Wish { orgs: orgs.to_vec(), repos: repos.to_vec(), settings: 5, only_looks: true };
        parse(&policies::policy(dice, &wish).files).ok().map(Self)
    }

    /// Looks. Nothing where rules of this probe are contrary to each other.
    pub(crate) async fn look(&self, lab: &Lab) -> Seen {
        let Planned::Plan(session) = lab.plan(&self.0).await else { return Seen::new() };
        let plan: &Plan = &session.plan;
        assert!(plan.changes.is_empty(), "an audited policy plans changes: {:?}", plan.changes);
        plan.findings
            .iter()
            .map(|finding| {
                let of_files = is_of_files(finding.repo.is_some(), &finding.key);
                let (target, key) = (target(&finding.org, finding.repo.as_deref()), finding.key.clone());
                (finding.id.clone(), (Facts { target, key, of_files }, finding.observed.clone()))
            })
            .collect()
    }
}

fn is_of_files(of_repo: bool, key: &str) -> bool {
    let scope = if of_repo { Scope::Repo } else { Scope::Org };
    let reads = find(scope, key).map(|setting| setting.meta().reads).unwrap_or_default();
    reads.iter().any(|one| one.starts_with("contents:") || one.starts_with("actions:"))
}

/// `ORG/REPO` or `ORG`.
pub(crate) fn target(org: &str, repo: Option<&str>) -> String {
    repo.map_or_else(|| org.to_owned(), |repo| format!("{org}/{repo}"))
}

/// What plans named: ids, with those of effects; the targets; the repositories into which files go.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) ids: BTreeSet<String>,
    pub(crate) keys: BTreeSet<(String, String)>,
    pub(crate) targets: BTreeSet<String>,
    pub(crate) files: BTreeSet<String>,
}

impl Named {
    pub(crate) fn add(&mut self, plan: &Plan) {
        for change in &plan.changes {
            let on = target(&change.org, change.repo.as_deref());
            self.ids.insert(change.id.clone());
            self.targets.insert(on.clone());
            self.keys.insert((on.clone(), change.key.clone()));
            // Two settings may look at one workflow.
            if change.delivery != ordain::model::Delivery::Api || is_of_files(change.repo.is_some(), &change.key) {
                self.files.insert(on);
            }
            for effect in &change.effects {
                let on = target(&effect.org, Some(&effect.repo));
                self.ids.insert(format!("{on}:{}", effect.setting));
                let key = effect.setting.split('.').next().unwrap_or_default();
                self.keys.insert((on.clone(), key.to_owned()));
                self.targets.insert(on);
            }
            // An attachment names its repositories in what it makes of them.
            for repo in change.after.get("attached").and_then(Value::as_array).into_iter().flatten() {
                self.targets.insert(target(&change.org, repo.as_str()));
            }
        }
    }
}

impl Named {
    /// The repositories whose open pull requests are merged.
    pub(crate) fn merge(&mut self, world: &World) {
        for org in &world.orgs {
            for repo in org.repos.iter().filter(|repo| repo.pulls.iter().any(|pull| pull.open)) {
                let on = target(&org.login, Some(&repo.name));
                self.files.insert(on.clone());
                self.targets.insert(on);
            }
        }
    }
}

/// What is told of other settings of the same repository or its organisation: (what is told, what it comes from).
const DERIVED: &[(&str, &[&str])] = &[
    ("protected", &["rulesets", "branch_protection", "default_branch"]),
    ("immutable_releases", &["immutable_releases"]),
    // An organisation's word bounds those of its repositories.
    ("actions", &["actions"]),
    ("interaction_limit", &["interaction_limit"]),
    ("web_commit_signoff_required", &["web_commit_signoff_required"]),
    // Where GitHub shows a document depends on whether the repository is private.
    ("api", &["visibility", "api"]),
];

/// Whether a probe's value comes from a setting that was named for its repository or for its organisation.
fn is_derived(facts: &Facts, org: &str, named: &Named) -> bool {
    let from = DERIVED.iter().find(|(key, _)| *key == facts.key).map(|(_, from)| *from).unwrap_or_default();
    from.iter().any(|key| {
        [facts.target.as_str(), org].iter().any(|on| named.keys.contains(&((*on).to_owned(), (*key).to_owned())))
    })
}

/// Holds that only what was named is otherwise than before.
#[track_caller]
pub(crate) fn only_named_moved(before: &Seen, after: &Seen, named: &Named) {
    for (id, (facts, value)) in before {
        let Some((_, now)) = after.get(id) else { continue };
        // What an organisation's `.github` holds is inherited by its other repositories.
        let org = facts.target.split('/').next().unwrap_or_default();
        let files =
            facts.of_files && (named.files.contains(&facts.target) || named.files.contains(&format!("{org}/.github")));
        // A `.github` that becomes private has nothing to inherit.
        let shared = (format!("{org}/.github"), "visibility".to_owned());
        let files = files || (facts.of_files && named.keys.contains(&shared));
        // What is switched on makes possible, and what is switched off takes away, what stands on it.
        // Some things exist only in public repositories, and some only in private ones.
        let appears = (now.is_null() || value.is_null())
            && [facts.key.as_str(), "visibility"]
                .iter()
                .any(|key| named.keys.contains(&(facts.target.clone(), (*key).to_owned())));
        // One configuration takes the defaults for new repositories from another.
        const DEFAULTS: &str = ".default_for_new_repos";
        let taken =
            id.ends_with(DEFAULTS) && named.ids.iter().any(|one| one.starts_with(org) && one.ends_with(DEFAULTS));
        assert!(
            now == value || files || appears || taken || is_derived(facts, org, named) || named.ids.contains(id),
            "{id} moved from {value} to {now}, and no plan named it; named were {:#?}",
            named.ids
        );
    }
}
