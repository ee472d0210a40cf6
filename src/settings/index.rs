//! Where each repository stands in a list: asked for every setting of every repository.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::model::NodeId;

/// Places by identity. Identities begin alike, and to compare them means to fetch their texts from all over memory; so numbers made
/// from them are compared, and the text only of the one that is found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Index {
    places: BTreeMap<u64, (NodeId, usize)>,
    /// Identities whose number another one has already.
    others: BTreeMap<NodeId, usize>,
}

impl Index {
    /// The place of an identity.
    #[must_use]
    pub fn get(&self, id: &NodeId) -> Option<usize> {
        match self.places.get(&number(id)) {
            Some((known, at)) if known == id => Some(*at),
            Some(_) => self.others.get(id).copied(),
            None => None,
        }
    }
}

impl FromIterator<(NodeId, usize)> for Index {
    fn from_iter<I: IntoIterator<Item = (NodeId, usize)>>(all: I) -> Self {
        let mut index = Self::default();
        for (id, at) in all {
            let (known, place) = index.places.entry(number(&id)).or_insert_with(|| (id.clone(), at));
            if *known == id {
                *place = at;
            } else {
                index.others.insert(id, at);
            }
        }
        index
    }
}

fn number(id: &NodeId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.as_str().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identity_has_its_own_place() {
        let id = |text: &str| NodeId(text.into());
        let index: Index = (0..1_000).map(|n| (id(&format!("R_{n}")), n)).chain([(id("R_7"), 1_007)]).collect();
        assert_eq!(
            [id("R_0"), id("R_7"), id("R_999"), id("R_1000")].map(|id| index.get(&id)),
            [Some(0), Some(1_007), Some(999), None]
        );
        let mut index = index;
        let alike = (id("another"), 3);
        index.places.insert(number(&id("R_8")), alike);
        assert_eq!(index.get(&id("R_8")), None, "a number is no identity");
        index.others.insert(id("R_8"), 8);
        assert_eq!(index.get(&id("R_8")), Some(8));
    }
}
