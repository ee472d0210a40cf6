//! The faults that a state file asks for.

use serde_json::{Map, Value, json};

use super::load::{At, StateError};
use crate::sim::trouble::{Chance, Faults, Scripted, Trouble};

/// Reads `simulator.faults`.
pub(super) fn load(at: &At<'_>) -> Result<Faults, StateError> {
    let plain = Faults::default();
    let in_a_row = at.get("in_a_row");
    Ok(Faults {
        seed: at.get("seed").u64()?.unwrap_or(plain.seed),
        in_a_row: count(&in_a_row)?.unwrap_or(plain.in_a_row),
        mix: at.get("mix").list()?.iter().map(chance).collect::<Result<_, _>>()?,
        script: at.get("script").list()?.iter().map(scripted).collect::<Result<_, _>>()?,
    })
}

fn chance(at: &At<'_>) -> Result<Chance, StateError> {
    let share = at.get("probability");
    let probability = match share.f64()? {
        Some(number) if (0.0..=1.0).contains(&number) => number,
        _ => return share.err("a number from 0 to 1 was expected"),
    };
    Ok(Chance { method: method(at)?, path: path(at)?, probability, trouble: trouble(at)? })
}

fn scripted(at: &At<'_>) -> Result<Scripted, StateError> {
    Ok(Scripted {
        method: method(at)?,
        path: path(at)?,
        after: count(&at.get("after"))?.unwrap_or(0),
        times: count(&at.get("times"))?.unwrap_or(1),
        trouble: trouble(at)?,
    })
}

fn method(at: &At<'_>) -> Result<Option<String>, StateError> {
    Ok(at.get("method").str()?.map(str::to_owned))
}

fn path(at: &At<'_>) -> Result<String, StateError> {
    Ok(at.get("path").str()?.unwrap_or("/").to_owned())
}

fn count(at: &At<'_>) -> Result<Option<u32>, StateError> {
    match at.u64()?.map(u32::try_from) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => at.err("a smaller number was expected"),
    }
}

fn trouble(at: &At<'_>) -> Result<Trouble, StateError> {
    let name = at.get("kind").text()?;
    let Some(kind) = Trouble::ALL.into_iter().find(|kind| kind.name() == name) else {
        let all = Trouble::ALL.map(Trouble::name).join(", ");
        return at.get("kind").err(format!("{name:?} is none of {all}"));
    };
    let seconds = at.get("seconds").u64()?;
    let ms = at.get("ms").u64()?;
    Ok(match kind {
        Trouble::SecondaryLimit(Some(usual)) => Trouble::SecondaryLimit(Some(seconds.unwrap_or(usual))),
        Trouble::TooManyRequests(Some(usual)) => Trouble::TooManyRequests(Some(seconds.unwrap_or(usual))),
        Trouble::Slow(usual) => Trouble::Slow(ms.unwrap_or(usual)),
        Trouble::Stale(usual) => Trouble::Stale(ms.unwrap_or(usual)),
        Trouble::Late(usual) => Trouble::Late(count(&at.get("reads"))?.unwrap_or(usual)),
        other => other,
    })
}

/// Writes them as [`load`] reads them; nothing where nothing is to go wrong.
pub(super) fn save(faults: &Faults) -> Option<Value> {
    if faults.mix.is_empty() && faults.script.is_empty() {
        return None;
    }
    let mix: Vec<Value> = faults
        .mix
        .iter()
        .map(|one| {
            let mut out = said(one.method.as_deref(), &one.path, one.trouble);
            out.insert("probability".to_owned(), json!(one.probability));
            Value::Object(out)
        })
        .collect();
    let script: Vec<Value> = faults
        .script
        .iter()
        .map(|one| {
            let mut out = said(one.method.as_deref(), &one.path, one.trouble);
            out.insert("after".to_owned(), json!(one.after));
            out.insert("times".to_owned(), json!(one.times));
            Value::Object(out)
        })
        .collect();
    Some(json!({"seed": faults.seed, "in_a_row": faults.in_a_row, "mix": mix, "script": script}))
}

fn said(method: Option<&str>, path: &str, trouble: Trouble) -> Map<String, Value> {
    let mut out = Map::new();
    if let Some(method) = method {
        out.insert("method".to_owned(), json!(method));
    }
    out.insert("path".to_owned(), json!(path));
    out.insert("kind".to_owned(), json!(trouble.name()));
    let number = match trouble {
        Trouble::SecondaryLimit(Some(seconds)) | Trouble::TooManyRequests(Some(seconds)) => Some(("seconds", seconds)),
        Trouble::Slow(ms) | Trouble::Stale(ms) => Some(("ms", ms)),
        Trouble::Late(reads) => Some(("reads", u64::from(reads))),
        _ => None,
    };
    out.extend(number.map(|(key, number)| (key.to_owned(), json!(number))));
    out
}
