//! The policy before the one that is planned: `plan --base DIR`.

use std::path::{Path, PathBuf};

use super::{
    Failed,
    options::PolicyArgs,
    session::{self, Loaded, Session, Source},
    ui::Ui,
};
use crate::{
    plan::{Filters, Plan, PolicyChange},
    policy::{ChangeKind, Changed, compare},
};

/// The policy before.
pub(crate) struct Base {
    folder: PathBuf,
    loaded: Loaded,
    changed: Vec<Changed>,
    /// How the policy itself changed.
    pub(crate) policy_changes: Vec<PolicyChange>,
}

impl Base {
    /// Reads it and compares it with the new one.
    pub(crate) fn load(folder: &Path, new: &Loaded, ui: &Ui) -> Result<Self, Failed> {
        let mut loaded = session::load(&PolicyArgs { policy: folder.to_path_buf() }, ui)?;
        loaded.public_only = new.public_only;
        let changed = compare(&loaded.policy, &new.policy);
        let told = |one: &Changed| PolicyChange {
            kind: one.kind.as_str().to_owned(),
            message: one.message.clone(),
            source: one.source.clone(),
        };
        Ok(Self { folder: folder.to_path_buf(), loaded, policy_changes: changed.iter().map(told).collect(), changed })
    }

    /// Refuses new and changed `api` entries: they would call GitHub where no setting of the catalogue does.
    pub(crate) fn refuse_api(&self) -> Result<(), Failed> {
        if let Some(api) = self.changed.iter().find(|one| one.kind == ChangeKind::Api) {
            let place = api.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
            return Err(Failed::msg(format!(
                "{}{place}: refused in a proposal that is not trusted; somebody who may write to the repository must propose it",
                api.message
            )));
        }
        Ok(())
    }

    /// Keeps the new policy to the organisations of the base.
    pub(crate) fn confine(&self, new: &mut Loaded) -> Result<(), Failed> {
        new.policy.config.orgs.retain(|org| self.loaded.policy.config.orgs.contains(org));
        if new.policy.config.orgs.is_empty() {
            return Err(Failed::msg(format!(
                "the proposal names none of the organisations of {}; nothing was read",
                self.folder.display()
            )));
        }
        Ok(())
    }

    /// What it would have planned; none where it does not fit these repositories, which is said.
    pub(crate) async fn plan(
        &self,
        session: &mut Session<'_>,
        filters: &Filters,
        source: &Source,
        ui: &Ui,
    ) -> Option<Plan> {
        match session.plan_of(&self.loaded, filters, source, ui).await {
            Ok(plan) => Some(plan),
            Err(error) => {
                let folder = self.folder.display();
                ui.note(&format!("ordain: {folder} cannot be planned, so everything counts as introduced: {error:#}"));
                None
            }
        }
    }
}
