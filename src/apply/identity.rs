//! Names are for people, a repository is its identity: before the first write to a name it must still lead to the
//! repository that was planned.

use tokio::time::Instant;

use super::Run;
use crate::{
    model::Reading,
    observe::wanted,
    plan::Target,
    settings::{Answer, ReadKey, RepoRead},
};

impl Run<'_> {
    /// Says why the repository is not as it was planned any more (renamed, replaced, gone, archived), if so: then nothing
    /// is written to it. An organisation's calls name repositories by id.
    pub(super) async fn moved(&self, target: &Target) -> Option<String> {
        let (name, id) = target.repo.as_ref()?;
        let key = ReadKey::Repo(target.org.clone(), id.clone(), RepoRead::Listing);
        let (questions, was_archived) = {
            let observed = self.observed.read().expect("no holder of this lock panics");
            let planned = observed.orgs.get(&target.org).and_then(|org| org.repo(id));
            let was_archived = planned.is_some_and(|repo| repo.repository.archived);
            (wanted([key].into(), &observed), was_archived)
        };
        let asked = Instant::now();
        let answer = self.observer.fetch(questions).await.into_iter().next();
        let Some((key, Answer::Listing(reading))) = answer else { return None };
        let why = match &*reading {
            Reading::Known { known: now } if now.name != *name => {
                format!("{} was renamed to {} since it was planned", target.name(), now.name)
            }
            Reading::Known { known: now } if now.archived && !was_archived => {
                format!("{} was archived since it was planned", target.name())
            }
            Reading::Known { .. } => {
                self.keep(key, Answer::Listing(reading), asked);
                return None;
            }
            Reading::Unknown { unknown, .. } => unknown.clone(),
            Reading::NotApplicable { not_applicable } => not_applicable.clone(),
        };
        Some(format!("{why}; nothing was written to it, plan again"))
    }
}
