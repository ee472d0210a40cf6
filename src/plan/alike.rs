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
    /// The last of what each setting said whole.
    whole: Vec<(&'static str, Arc<[Arc<Judgement>]>)>,
}

impl Alike {
    /// The judgements of a setting, each shared with the last equal one, and all of them with the last of that setting.
    pub(super) fn shared(&mut self, key: &'static str, judgements: Vec<Judgement>) -> Arc<[Arc<Judgement>]> {
        let all: Vec<Arc<Judgement>> = judgements.into_iter().map(|judgement| self.one(key, judgement)).collect();
        let is_same = |last: &[Arc<Judgement>]| {
            last.len() == all.len() && last.iter().zip(&all).all(|(one, other)| Arc::ptr_eq(one, other))
        };
        match self.whole.iter_mut().find(|(known, _)| *known == key) {
            Some((_, last)) if is_same(last) => last.clone(),
            Some((_, last)) => {
                *last = all.into();
                last.clone()
            }
            None => {
                let new: Arc<[_]> = all.into();
                self.whole.push((key, new.clone()));
                new
            }
        }
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
        let mut one = |key, value| alike.shared(key, vec![compliant(value)]);
        let (first, second, other) = (one("a", true), one("a", true), one("b", true));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &other) && !Arc::ptr_eq(&first[0], &other[0]));
        let (off, on) = (one("a", false), one("a", true));
        assert_eq!((*off[0] == compliant(false), *on[0] == compliant(true)), (true, true));
        let two = alike.shared("a", vec![compliant(true), compliant(true)]);
        assert!(Arc::ptr_eq(&two[0], &on[0]) && two.len() == 2, "a part more is another whole of the same parts");
    }
}
