//! Closing pull requests of ours: those for which nothing differs any more, and those that an undo takes back.

use http::Method;
use serde_json::json;

use super::{
    Run,
    api::{LAG, say},
    commit::encode_ref,
    not_begun, not_noted,
};
use crate::plan::{BRANCH, ChangeResult, Judged, NotClosed, OpenPull, PullState, Target};

/// What became of the pull requests that are no longer needed.
#[derive(Default)]
pub(super) struct Closings {
    /// The addresses of those that were closed.
    pub(super) closed: Vec<String>,
    /// Those that stayed open.
    pub(super) not_closed: Vec<NotClosed>,
}

impl Run<'_> {
    /// Closes pull requests of ours for which nothing differs any more.
    pub(super) async fn close_unneeded(&self, pulls: Vec<(Target, OpenPull)>) -> Closings {
        let mut closings = Closings::default();
        for (target, open) in pulls {
            let message = match self.close_one(&target, &open).await {
                ChangeResult::Applied => {
                    closings.closed.push(open.url);
                    continue;
                }
                ChangeResult::Stale { message }
                | ChangeResult::Failed { message }
                | ChangeResult::Skipped { message } => message,
                // It is closed already: what was wanted.
                _ => continue,
            };
            closings.not_closed.push(NotClosed { url: open.url, message });
        }
        closings
    }

    async fn close_one(&self, target: &Target, open: &OpenPull) -> ChangeResult {
        if let Err(result) = self.may_close(target, open).await {
            return result;
        }
        let number = match self.journal.closing(target, &open.url) {
            Ok(number) => number,
            Err(error) => return not_noted(&error),
        };
        let result = self.close(target, open).await;
        self.note_outcomes(&[number], std::slice::from_ref(&result));
        result
    }

    /// Closes the pull request of these changes, if it is still the one that was planned and ours.
    pub(super) async fn by_closing(&self, group: &[&Judged], open: &OpenPull) -> Vec<ChangeResult> {
        let Some(first) = group.first() else { return Vec::new() };
        if let Err(result) = self.may_close(&first.target, open).await {
            return vec![result; group.len()];
        }
        let numbers = match self.note_intents(group) {
            Ok(numbers) => numbers,
            Err(results) => return results,
        };
        let results = vec![self.close(&first.target, open).await; group.len()];
        self.note_outcomes(&numbers, &results);
        results
    }

    /// Reads once more: it must still be the open one, and ours. Else this is what comes of it.
    async fn may_close(&self, target: &Target, open: &OpenPull) -> Result<(), ChangeResult> {
        let stale = |message| Err(ChangeResult::Stale { message });
        let Some(state) = self.stop.unless_asked(self.state(target)).await else { return Err(not_begun()) };
        match state {
            Ok(PullState::Ours { open: Some(now), .. }) if now == *open => Ok(()),
            Ok(PullState::None | PullState::Ours { open: None, .. }) => Err(ChangeResult::AlreadyDone),
            Ok(PullState::Foreign(why)) => stale(why),
            Ok(PullState::Ours { .. }) => stale(format!("{} is not the open one any more", open.url)),
            Ok(PullState::Unknown(outcome)) => stale(format!("whether {} is still open: {}", open.url, say(&outcome))),
            Err(message) => Err(ChangeResult::Failed { message }),
        }
    }

    /// Closes a pull request and removes its branch, if that is still ours by then. A lost answer is settled by looking.
    pub(super) async fn close(&self, target: &Target, open: &OpenPull) -> ChangeResult {
        let client = self.observer.client();
        let path = format!("/repos/{}/pulls/{}", target.name(), open.number);
        let sent = client.write(&target.org, Method::PATCH, &path, Some(&json!({"state": "closed"}))).await;
        if let Err(error) = &sent
            && !error.is_passing()
        {
            return ChangeResult::Failed { message: format!("{} could not be closed: {error}", open.url) };
        }
        for wait in LAG {
            client.limits().sleep(std::time::Duration::from_millis(wait)).await;
            match self.state(target).await {
                Ok(PullState::Ours { open: Some(now), .. }) if now == *open => {}
                Ok(PullState::Ours { open: None, .. }) => {
                    let path = format!("/repos/{}/git/refs/heads/{}", target.name(), encode_ref(BRANCH));
                    // A branch that stays does no harm: the next pull request starts it anew.
                    let _ = client.write(&target.org, Method::DELETE, &path, None).await;
                    return ChangeResult::Applied;
                }
                Ok(PullState::Unknown(_)) | Err(_) if sent.is_err() => {}
                // Somebody took the branch meanwhile, or removed it: it is not touched.
                _ => return ChangeResult::Applied,
            }
        }
        let why = sent.err().map_or_else(|| "it reads back open".to_owned(), |error| error.to_string());
        ChangeResult::Failed { message: format!("{} could not be closed: {why}", open.url) }
    }
}
