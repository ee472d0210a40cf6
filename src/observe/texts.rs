//! Texts that were kept: a text under its object name is the same for ever, so nothing is asked for it.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{Observer, Wanted};
use crate::{
    model::{Oid, Org, Reading},
    settings::{Answer, Blob, ReadKey, RepoRead},
};

impl Observer {
    /// Answers what is kept; the other questions are to be asked.
    pub(super) async fn known_texts(&self, wanted: Vec<Wanted>) -> (Vec<(ReadKey, Answer)>, Vec<Wanted>) {
        let (mut known, mut open) = (Vec::new(), Vec::new());
        // Many repositories hold the same text.
        let mut looked: BTreeMap<(Org, Oid), Option<String>> = BTreeMap::new();
        for one in wanted {
            let ReadKey::Repo(org, _, RepoRead::Blob(oid)) = &one.key else {
                open.push(one);
                continue;
            };
            let text = match looked.entry((org.clone(), oid.clone())) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(self.client.kept_text(org, oid).await),
            };
            match text {
                Some(text) => known.push((one.key, Answer::Blob(Reading::known(Blob::Text(text.clone()))))),
                None => open.push(one),
            }
        }
        (known, open)
    }

    /// Keeps the texts among the answers, each once.
    pub(super) async fn keep_texts(&self, answers: &[(ReadKey, Answer)]) {
        let mut kept = BTreeSet::new();
        for (key, answer) in answers {
            if let (ReadKey::Repo(org, _, RepoRead::Blob(oid)), Answer::Blob(Reading::Known { known })) = (key, answer)
                && let Blob::Text(text) = known
                && kept.insert((org, oid))
            {
                self.client.keep_text(org, oid, text).await;
            }
        }
    }
}
