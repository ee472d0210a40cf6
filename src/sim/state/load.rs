//! Reading a state document: the cursor that knows its place, and the top level.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::sim::token::{Kind, Token};
use crate::sim::world::{Limits, World};

/// Why a document is not a state, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError {
    /// The place, as a path of keys from the top.
    pub path: String,
    /// The reason.
    pub reason: String,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "the document" } else { self.path.as_str() };
        write!(f, "{place}: {}", self.reason)
    }
}

impl std::error::Error for StateError {}

/// A value with its place; absent and null are the same.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) path: String,
    pub(super) value: &'a Value,
}

static NULL: Value = Value::Null;

impl<'a> At<'a> {
    pub(super) fn err<T>(&self, reason: impl Into<String>) -> Result<T, StateError> {
        Err(StateError { path: self.path.clone(), reason: reason.into() })
    }

    pub(super) fn get(&self, key: &str) -> Self {
        let value = self.value.get(key).unwrap_or(&NULL);
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        At { path, value }
    }

    pub(super) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    pub(super) fn str(&self) -> Result<Option<&'a str>, StateError> {
        match self.value {
            Value::Null => Ok(None),
            Value::String(s) => Ok(Some(s)),
            _ => self.err("a text was expected"),
        }
    }

    pub(super) fn text(&self) -> Result<&'a str, StateError> {
        match self.str()? {
            Some(s) => Ok(s),
            None => self.err("missing: a text was expected"),
        }
    }

    pub(super) fn u64(&self) -> Result<Option<u64>, StateError> {
        match (self.value, self.value.as_u64()) {
            (Value::Null, _) => Ok(None),
            (_, Some(n)) => Ok(Some(n)),
            _ => self.err("a whole number was expected"),
        }
    }

    pub(super) fn f64(&self) -> Result<Option<f64>, StateError> {
        match (self.value, self.value.as_f64()) {
            (Value::Null, _) => Ok(None),
            (_, Some(n)) => Ok(Some(n)),
            _ => self.err("a number was expected"),
        }
    }

    pub(super) fn bool(&self) -> Result<Option<bool>, StateError> {
        match self.value {
            Value::Null => Ok(None),
            Value::Bool(b) => Ok(Some(*b)),
            _ => self.err("true or false was expected"),
        }
    }

    pub(super) fn list(&self) -> Result<Vec<Self>, StateError> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(i, value)| At { path: format!("{}[{i}]", self.path), value })
                .collect()),
            _ => self.err("a list was expected"),
        }
    }

    pub(super) fn map(&self) -> Result<Option<&'a Map<String, Value>>, StateError> {
        match self.value {
            Value::Null => Ok(None),
            Value::Object(map) => Ok(Some(map)),
            _ => self.err("an object was expected"),
        }
    }

    pub(super) fn entries(&self) -> Result<Vec<(&'a str, Self)>, StateError> {
        let entries = self.map()?.into_iter().flatten();
        Ok(entries.map(|(k, value)| (k.as_str(), At { path: format!("{}[{k:?}]", self.path), value })).collect())
    }

    pub(super) fn strings(&self) -> Result<Option<Vec<String>>, StateError> {
        if self.is_null() {
            return Ok(None);
        }
        self.list()?.iter().map(|s| s.text().map(str::to_owned)).collect::<Result<_, _>>().map(Some)
    }

    /// Returns the value of a reading, if it is a known one.
    pub(super) fn known(&self) -> Result<Option<Self>, StateError> {
        match self.map()? {
            None => Ok(None),
            Some(map) if map.contains_key("known") => Ok(Some(self.get("known"))),
            Some(map) if map.contains_key("unknown") || map.contains_key("not_applicable") => Ok(None),
            Some(_) => self.err(
                "a reading was expected: {\"known\": …}, {\"unknown\": \"reason\"} or {\"not_applicable\": \"reason\"}",
            ),
        }
    }

    /// Returns a known reading as yes or no, or the default.
    pub(super) fn known_bool(&self, or: bool) -> Result<bool, StateError> {
        Ok(self.known()?.map(|v| v.bool()).transpose()?.flatten().unwrap_or(or))
    }
}

/// Reads a state document into a world.
///
/// # Errors
///
/// [`StateError`] names the first place that is not as the format says.
pub fn load(json: &Value) -> Result<World, StateError> {
    load_with(json, &mut std::iter::empty())
}

/// Reads a state document with more repositories of its first organisation: very many are read one after the other, so that
/// they never stand in memory as one document.
pub(in crate::sim) fn load_with(json: &Value, more: &mut dyn Iterator<Item = Value>) -> Result<World, StateError> {
    let top = At { path: String::new(), value: json };
    match top.get("format").str()? {
        None | Some("ordain.snapshot/1") => {}
        Some(other) => {
            return top.get("format").err(format!("{other:?} is not ordain.snapshot/1"));
        }
    }
    let sim = top.get("simulator");
    let limits = sim.get("rate_limit");
    let mut world = World {
        now: instant(&sim.get("now"))?,
        orgs: Vec::new(),
        tokens: sim.get("tokens").list()?.iter().map(token).collect::<Result<_, _>>()?,
        viewer: match top.get("viewer").known()? {
            Some(viewer) => viewer.get("login").str()?.map(str::to_owned),
            None => None,
        },
        users: sim.get("users").strings()?.unwrap_or_default(),
        seen: BTreeSet::new(),
        limits: Limits {
            core: limits.get("core").u64()?.unwrap_or(5000),
            graphql: limits.get("graphql").u64()?.unwrap_or(5000),
            secondary: limits.get("secondary").bool()?.unwrap_or(false),
            window_s: limits.get("window_s").u64()?.unwrap_or(3600),
        },
        clock_factor: factor(&sim.get("clock_factor"))?,
        faults: super::faults::load(&sim.get("faults"))?,
        latency_ms: sim.get("latency_ms").u64()?.unwrap_or(0),
        attach_reads: u32::try_from(sim.get("attach_reads").u64()?.unwrap_or(1)).unwrap_or(1),
        next_id: sim.get("next_id").u64()?.unwrap_or_else(|| highest_id(json).max(1000)),
        app: (
            sim.get("app").get("id").u64()?.unwrap_or(77),
            sim.get("app").get("slug").str()?.unwrap_or("ordain").to_owned(),
        ),
    };
    let orgs = top.get("organizations");
    if orgs.map().is_ok() {
        return orgs.err("missing: a list of organisations was expected");
    }
    for org in orgs.list()? {
        super::org::load(&mut world, &org, more)?;
    }
    Ok(world)
}

fn factor(at: &At<'_>) -> Result<f64, StateError> {
    match at.f64()? {
        None => Ok(1.0),
        Some(factor) if (1.0..=1_000_000.0).contains(&factor) => Ok(factor),
        Some(_) => at.err("a number from 1 to 1000000 was expected"),
    }
}

fn instant(at: &At<'_>) -> Result<Option<Timestamp>, StateError> {
    match at.str()? {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(time) => Ok(Some(time)),
            Err(_) => at.err(format!("{text:?} is not a time such as 2026-11-22T12:00:00Z")),
        },
    }
}

fn token(at: &At<'_>) -> Result<Token, StateError> {
    let kind = match at.get("type").str()? {
        None | Some("user") => Kind::User,
        Some("app_installation") => Kind::AppInstallation,
        Some("app") => Kind::App,
        Some(other) => {
            return at.get("type").err(format!("{other:?} is not user, app_installation or app"));
        }
    };
    let mut permissions = None;
    if !at.get("owner").bool()?.unwrap_or(false) && !at.get("permissions").is_null() {
        let mut all = BTreeMap::new();
        for (name, level) in at.get("permissions").entries()? {
            all.insert(name.to_owned(), level.text()?.to_owned());
        }
        permissions = Some(all);
    }
    Ok(Token {
        token: at.get("token").text()?.to_owned(),
        login: at.get("login").str()?.unwrap_or("ordain-bot").to_owned(),
        kind,
        permissions,
        orgs: at.get("orgs").strings()?,
        repositories: at.get("repositories").strings()?,
    })
}

/// Returns the highest `id` anywhere, so that new things get numbers of their own.
fn highest_id(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().map(highest_id).max().unwrap_or(0),
        Value::Object(map) => {
            let own = map.get("id").and_then(Value::as_u64).unwrap_or(0);
            map.values().map(highest_id).max().unwrap_or(0).max(own)
        }
        _ => 0,
    }
}
