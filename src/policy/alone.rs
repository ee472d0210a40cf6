//! What a single rule says of repositories, before any of them is known: for what can be wrong between several of its settings,
//! which only the settings themselves can tell.

use super::{Policy, rule::Entry};
use crate::{
    diagnostics::Place,
    model::{Desired, Leaf, Scope},
};

impl Policy {
    /// For each rule the repository settings that it gives, placeholders not filled in.
    #[must_use]
    pub fn of_rules(&self) -> Vec<Vec<Desired>> {
        let sections = self.rules.iter().filter_map(|rule| rule.section(Scope::Repo));
        sections.map(|section| section.entries.iter().map(desired).collect()).collect()
    }

    /// The place of a value that stands at this source.
    #[must_use]
    pub fn place(&self, source: &crate::model::Source) -> Option<Place> {
        let sections = self.rules.iter().filter_map(|rule| rule.section(Scope::Repo));
        let mut leaves = sections.flat_map(|section| &section.entries).flat_map(|entry| entry.leaves.values());
        leaves.find(|leaf| leaf.source == *source).map(|leaf| leaf.place.clone())
    }
}

/// What one entry of a rule says, placeholders not filled in.
pub(super) fn desired(entry: &Entry) -> Desired {
    let fields = entry.leaves.iter().map(|(path, raw)| {
        let leaf = Leaf {
            value: raw.value.clone(),
            sources: vec![raw.source.clone()],
            rules: Vec::new(),
            mode: raw.mode,
            requires: raw.requires.iter().map(|(gate, _)| gate.clone()).collect(),
            reason: raw.reason.clone(),
            rendered: None,
            beaten: Vec::new(),
        };
        (path.clone(), leaf)
    });
    Desired { key: entry.shape.key, name: entry.name.clone(), fields: fields.collect() }
}
