//! Gates: a setting is changed only once other settings hold, in the observation, not in the hope.

use std::collections::BTreeMap;

use super::filters::names;
use crate::{
    model::{Gate, GateScope, NodeId, Org, RepoName},
    settings::{GateState, Gates, Observed, Outcome},
};

/// A setting's address, and why it is not compliant, if it is not.
type Found = (String, Option<String>);

/// What was found of the judged settings that gates name: enough to say whether gates hold.
#[derive(Debug, Default)]
pub struct GateTable {
    /// (organisation, repository or none) → setting address → why it is not compliant, if it is not.
    found: BTreeMap<(Org, Option<NodeId>), Vec<Found>>,
}

impl GateTable {
    /// Notes what was found of a setting or part. A waiver does not open a gate, nor does a plan: only *compliant* does.
    pub(super) fn note(&mut self, org: &Org, node: Option<&NodeId>, setting: String, outcome: &Outcome) {
        let problem = match outcome {
            Outcome::Compliant { .. } => None,
            Outcome::NotApplicable(why) => Some(format!("it is not applicable: {why}")),
            Outcome::Unknown { reason, .. } => Some(format!("it is unknown: {reason}")),
            Outcome::Violation { message, .. } => Some(message.clone()),
            Outcome::Blocked { .. } => Some("it is blocked itself".to_owned()),
            Outcome::Differs(_) => Some("it differs from the policy".to_owned()),
        };
        self.found.entry((org.clone(), node.cloned())).or_default().push((setting, problem));
    }

    /// `place` is how the target is called in the reason; of the target's own settings it is not said again.
    fn state_at(&self, org: &Org, node: Option<&NodeId>, gate: &Gate, place: Option<&str>) -> GateState {
        let found = self.found.get(&(org.clone(), node.cloned()));
        let mut parts = found.into_iter().flatten().filter(|(setting, _)| names(&gate.setting, setting)).peekable();
        if parts.peek().is_none() {
            return GateState::Closed(format!("no rule gives {} to {}", gate.setting, place.unwrap_or("it")));
        }
        match parts.find_map(|(setting, problem)| problem.as_ref().map(|problem| (setting, problem))) {
            None => GateState::Holds,
            Some((setting, problem)) => {
                let of = place.map(|place| format!(" of {place}")).unwrap_or_default();
                GateState::Closed(format!("{setting}{of} does not hold: {problem}"))
            }
        }
    }
}

/// The table together with the observation, which says which repositories there are.
pub struct GateKeeper<'a> {
    /// What was found.
    pub table: &'a GateTable,
    /// Which repositories there are.
    pub observed: &'a Observed,
}

impl Gates for GateKeeper<'_> {
    fn state(&self, org: &Org, repo: Option<&NodeId>, gate: &Gate) -> GateState {
        let seen = self.observed.orgs.get(org);
        match &gate.scope {
            GateScope::Org => self.table.state_at(org, None, gate, Some(org.as_str())),
            GateScope::Same => self.table.state_at(org, repo, gate, None),
            GateScope::Repo(name) => {
                let found = RepoName::new(name.clone()).ok().and_then(|name| seen?.named(&name));
                let place = format!("{org}/{name}");
                match found {
                    None => GateState::Closed(format!("there is no repository {place}, or the token may not see it")),
                    Some(repo) if repo.repository.archived => GateState::Closed(format!("{place} is archived")),
                    Some(repo) => self.table.state_at(org, Some(&repo.repository.node_id), gate, Some(&place)),
                }
            }
        }
    }
}
