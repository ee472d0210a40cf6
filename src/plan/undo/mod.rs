//! Planning an undo: the reverse of what a journal says took effect, as far as GitHub and the registry confirm it.
//!
//! Nothing that a journal says is believed. Its target must be a repository (or organisation) of today's policy by name and
//! identity; its setting one of the registry; and of the value the setting itself says what it is now and how it would go
//! back (`Setting::take_back`): a change is planned only where that is just the reverse of the journal's line.

mod document;
mod entries;
mod kinds;
mod pulls;
mod verdict;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{
    filters::Filters,
    judged::Target,
    planner::{Missing, Planner},
    units::{Unit, unit},
};
use crate::{
    model::{Delivery, Desired, NodeId, Scope, Source, Verdict},
    policy::Policy,
    settings::{Context, Memo, Move, Notes, Observed, Past, Setting, TakeBack, desired_of, leaf_of},
};

/// A write that took effect, or may have, according to a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The line of the journal.
    pub line: usize,
    /// The change's id.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// The repository; `None` for an organisation's setting.
    pub repo: Option<String>,
    /// The target's identity.
    pub node_id: Option<NodeId>,
    /// The key, then the name or the part.
    pub setting: String,
    /// The key.
    pub key: String,
    /// The name in a keyed table.
    pub name: Option<String>,
    /// The part.
    pub part: Option<String>,
    /// What GitHub said before it.
    pub before: Value,
    /// What it left.
    pub after: Value,
    /// Whether something that people made was lost.
    pub deletes: bool,
    /// How it reached GitHub.
    pub delivery: Delivery,
    /// The settings of repositories that it moved.
    pub effects: Vec<Move>,
    /// Whether the journal says that it took effect; else it was cut short.
    pub certain: bool,
    /// The pull request that it opened or updated.
    pub pull: Option<TakenPull>,
}

/// The pull request of a journal's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenPull {
    /// Its address.
    pub url: String,
    /// Whether it was open before, and only updated.
    pub updated: bool,
}

impl TakenPull {
    /// The number at the end of the address.
    fn number(&self) -> Option<u64> {
        self.url.rsplit('/').next()?.parse().ok()
    }
}

/// One line of the journal, and how far it has come.
struct Entry {
    taken: Taken,
    stage: Stage,
}

/// How far a line has come.
enum Stage {
    /// It is of a target and a setting that there are; how it goes back is not known yet.
    Known(Place),
    /// It goes back by a rule; the unit judges it.
    Rule { place: Place, fields: BTreeMap<String, Value>, remove: bool, now: Value, then: Value },
    /// It opened a pull request.
    Pull(Place),
    /// It is left as it is.
    Left(Verdict, String),
}

/// A line's target and setting, confirmed.
#[derive(Clone)]
struct Place {
    target: Target,
    setting: &'static dyn Setting,
    part: Option<&'static str>,
}

/// Plans the reverse of a journal.
pub struct Undo<'a> {
    /// The planner of the rules that take back; it has no rule of the policy.
    pub planner: Planner<'a>,
    file: String,
    entries: Vec<Entry>,
    built: bool,
}

/// One item of a setting of a target, and whether it is to be gone.
type Item = (Target, Scope, &'static str, Option<String>, bool);

/// A value in a message.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 80 { text } else { format!("{}…", text.chars().take(79).collect::<String>()) }
}

impl<'a> Undo<'a> {
    /// Begins with the lines of a journal that took effect. `file` is the journal's name, for places.
    #[must_use]
    pub fn new(
        policy: &'a Policy,
        filters: &'a Filters,
        observed: &Observed,
        file: impl Into<String>,
        taken: Vec<Taken>,
    ) -> Self {
        let entries = entries::joined(taken)
            .into_iter()
            .map(|(taken, fault)| {
                let found = fault.map_or_else(|| entries::place(policy, observed, &taken), Err);
                let stage = match found {
                    Err((verdict, why)) => Stage::Left(verdict, why),
                    Ok(place) if taken.delivery == Delivery::PullRequest => Stage::Pull(place),
                    Ok(place) => Stage::Known(place),
                };
                Entry { taken, stage }
            })
            .collect();
        let planner = Planner::without_rules(policy, filters, observed);
        Self { planner, file: file.into(), entries, built: false }
    }

    fn source(&self, taken: &Taken) -> Source {
        Source { file: self.file.clone(), line: taken.line }
    }

    /// Judges what can be judged. What is missing is returned; call again once it has been read. Empty: all is judged.
    pub fn judge(&mut self, observed: &Observed) -> Missing {
        let (notes, memo) = (Notes::default(), Memo::default());
        for entry in &mut self.entries {
            if let Stage::Known(place) = &entry.stage
                && let Some(stage) = how(place, &entry.taken, observed, &notes, &memo)
            {
                entry.stage = stage;
            }
        }
        self.ask_pulls(observed, &notes, &memo);
        let mut missing = notes.missing.into_inner();
        if !self.built && !self.entries.iter().any(|entry| matches!(entry.stage, Stage::Known(_))) {
            self.built = true;
            self.build();
        }
        if self.built {
            missing.extend(self.planner.judge(observed));
        }
        missing
    }

    /// One unit for each item of a setting: parts of it are judged together, as a rule would give them.
    fn build(&mut self) {
        let mut units: BTreeMap<Item, (Desired, Place)> = BTreeMap::new();
        for entry in &self.entries {
            let Stage::Rule { place, fields, remove, .. } = &entry.stage else { continue };
            let (shape, source) = (&place.setting.meta().shape, self.source(&entry.taken));
            let name = entry.taken.name.clone();
            let own = if *remove {
                Desired::pruned(shape.key, name.clone().unwrap_or_default(), leaf_of(Value::Bool(true), &source))
            } else {
                desired_of(shape.key, name.clone(), fields.clone(), &source)
            };
            let key = (place.target.clone(), shape.scope, shape.key, name, *remove);
            match units.get_mut(&key) {
                Some((desired, _)) => desired.fields.extend(own.fields),
                None => drop(units.insert(key, (own, place.clone()))),
            }
        }
        let all = units.into_values().filter_map(|(desired, place)| {
            unit(place.target.into(), desired.into(), place.setting.meta().shape.scope, self.planner.filters)
        });
        self.planner.units = all.collect();
    }

    fn unit(&self, entry: &Entry) -> Option<&Unit> {
        let Stage::Rule { place, remove, .. } = &entry.stage else { return None };
        self.planner.units.iter().find(|unit| {
            *unit.target == place.target
                && unit.setting.meta().shape.scope == place.setting.meta().shape.scope
                && unit.desired.key == place.setting.meta().shape.key
                && unit.desired.name == entry.taken.name
                && unit.desired.is_pruned() == *remove
        })
    }

    /// A desired value that says nothing, for a line that no rule takes back.
    fn nothing(&self, place: &Place, taken: &Taken) -> Arc<Desired> {
        let leaf = leaf_of(taken.before.clone(), &self.source(taken));
        let fields = BTreeMap::from([(String::new(), leaf)]);
        Arc::new(Desired { key: place.setting.meta().shape.key, name: taken.name.clone(), fields })
    }
}

/// The context in which a setting looks at its target.
fn context<'o>(target: &'o Target, observed: &'o Observed, notes: &'o Notes, memo: &'o Memo) -> Option<Context<'o>> {
    let seen = observed.orgs.get(&target.org)?;
    let subject = target.node().and_then(|id| seen.repo(id));
    Some(Context { observed, org: &target.org, org_observed: seen, subject, notes, memo, gates: None })
}

/// Asks the setting how the line goes back; `None` until it has an answer.
fn how(place: &Place, taken: &Taken, observed: &Observed, notes: &Notes, memo: &Memo) -> Option<Stage> {
    let cx = context(&place.target, observed, notes, memo)?;
    let past = Past {
        name: taken.name.as_deref(),
        part: place.part,
        before: &taken.before,
        after: &taken.after,
        deletes: taken.deletes,
    };
    let left = |why: String| Stage::Left(Verdict::Violation, format!("it cannot be taken back: {why}"));
    let shape = &place.setting.meta().shape;
    Some(match place.setting.take_back(&past, &cx).ok()? {
        TakeBack::Never(why) => left(why),
        TakeBack::Remove => Stage::Rule {
            place: place.clone(),
            fields: BTreeMap::new(),
            remove: true,
            now: taken.after.clone(),
            then: Value::Null,
        },
        TakeBack::Rule { fields, now, then } => {
            let nowhere = Source { file: String::new(), line: 0 };
            let whole = desired_of(shape.key, taken.name.clone(), fields.clone(), &nowhere).to_json();
            match kinds::fault(shape, fields.iter(), &whole) {
                Some(why) => left(why),
                None => Stage::Rule { place: place.clone(), fields, remove: false, now, then },
            }
        }
    })
}
