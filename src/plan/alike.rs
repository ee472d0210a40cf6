//! What settings say of one repository they say of thousands: it is kept once.

use std::{mem, sync::Arc};

use crate::settings::{Judgement, Outcome};

/// A setting, its part, and which outcome.
type Kind = (&'static str, Option<&'static str>, mem::Discriminant<Outcome>);

/// The last judgement of each kind. Repositories come by name, and most of them are alike; to look further back costs more than
/// it saves.
#[derive(Default)]
pub(super) struct Alike {
    last: Vec<(Kind, Arc<Judgement>)>,
}

impl Alike {
    /// The judgements of a setting, each shared with the last equal one.
    pub(super) fn shared(&mut self, key: &'static str, judgements: Vec<Judgement>) -> Vec<Arc<Judgement>> {
        // Not collected in place: that would keep the room of the judgements themselves.
        let mut all = Vec::with_capacity(judgements.len());
        for judgement in judgements {
            all.push(self.one(key, judgement));
        }
        all
    }

    fn one(&mut self, key: &'static str, judgement: Judgement) -> Arc<Judgement> {
        let kind = (key, judgement.part, mem::discriminant(&judgement.outcome));
        let known = self.last.iter_mut().find(|(known, _)| *known == kind);
        match known {
            Some((_, last)) if **last == judgement => last.clone(),
            Some((_, last)) => {
                *last = Arc::new(judgement);
                last.clone()
            }
            None => {
                let new = Arc::new(judgement);
                self.last.push((kind, new.clone()));
                new
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compliant(value: bool) -> Judgement {
        Outcome::Compliant { observed: json!(value), desired: json!(value) }.whole()
    }

    #[test]
    fn what_is_equal_is_kept_once() {
        let mut alike = Alike::default();
        let mut one = |key, value| alike.shared(key, vec![compliant(value)]).remove(0);
        let (first, second, other) = (one("a", true), one("a", true), one("b", true));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &other));
        let (off, on) = (one("a", false), one("a", true));
        assert_eq!((*off == compliant(false), *on == compliant(true)), (true, true));
    }
}
