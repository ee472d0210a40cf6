//! Texts that were kept: a text under its object name is the same for ever, so nothing is asked for it.

use std::collections::BTreeSet;

use super::{Observer, blobs::Question};
use crate::{
    model::Reading,
    settings::{Answer, Blob, ReadKey, RepoRead},
};

impl Observer {
    /// Answers what is kept; the other questions are to be asked.
    pub(super) async fn known_texts(&self, questions: Vec<Question>) -> (Vec<(ReadKey, Answer)>, Vec<Question>) {
        let (mut known, mut open) = (Vec::new(), Vec::new());
        for question in questions {
            match self.client.kept_text(&question.org, &question.oid).await {
                Some(text) => known.push((question.key(), Answer::Blob(Reading::known(Blob::Text(text))))),
                None => open.push(question),
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
