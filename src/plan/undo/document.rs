//! The plan of an undo, in the form of every plan.

use super::{Taken, Undo};
use crate::{
    model::{NodeId, Verdict},
    plan::{
        assemble::{Frame, bare, finish, start},
        document::{Finding, Plan, PlanWarning},
        judged::Judged,
    },
    settings::Observed,
};

impl Undo<'_> {
    /// Builds the plan. Gates, waivers and modes have no part in it; limits do.
    #[must_use]
    pub fn assemble(
        &self,
        back: &[Judged],
        left: Vec<Finding>,
        as_before: u64,
        observed: &Observed,
        frame: Frame,
    ) -> Plan {
        let limits = frame.limits.clone();
        let mut plan = start(&self.planner, back, observed, frame);
        plan.summary.compliant = as_before;
        for finding in &left {
            *plan.summary.count_mut(finding.verdict) += 1;
        }
        plan.findings = left;
        let warnings = self.unmoved(back);
        plan.warnings.extend(warnings);
        finish(&self.planner, plan, &limits)
    }

    /// What a write moved beside its own setting, and taking it back does not move back.
    fn unmoved(&self, back: &[Judged]) -> Vec<PlanWarning> {
        let mut warnings = Vec::new();
        for entry in &self.entries {
            let Some(judged) = back.iter().find(|judged| judged.id() == entry.taken.id) else { continue };
            let moves = judged.difference().map(|difference| difference.moves.as_slice()).unwrap_or_default();
            let stays = entry.taken.effects.iter().filter(|effect| {
                let id = format!("{}/{}:{}", effect.org, effect.repo, effect.setting);
                let moved = moves.iter().any(|one| {
                    (&one.node_id, &one.setting, &one.after) == (&effect.node_id, &effect.setting, &effect.before)
                });
                !moved && !back.iter().any(|other| other.id() == id)
            });
            let stays: Vec<String> =
                stays.map(|effect| format!("{} of {}/{}", effect.setting, effect.org, effect.repo)).collect();
            if !stays.is_empty() {
                let message = format!(
                    "taking back {} does not take back what it moved with it: {}",
                    entry.taken.id,
                    stays.join(", ")
                );
                warnings.push(PlanWarning { message, source: Some(self.source(&entry.taken)) });
            }
        }
        warnings
    }

    /// A line that is left as it is.
    pub(super) fn finding(&self, taken: &Taken, verdict: Verdict, why: String) -> Finding {
        let node = taken.node_id.clone().unwrap_or(NodeId("".into()));
        let repo = taken.repo.clone().map(|repo| (repo, node));
        Finding {
            id: taken.id.clone(),
            key: taken.key.clone(),
            name: taken.name.clone(),
            part: taken.part.clone(),
            node_id: taken.node_id.clone(),
            source: Some(self.source(taken)),
            ..bare(&taken.org, repo, &taken.setting, verdict, why)
        }
    }
}
