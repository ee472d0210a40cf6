//! What a journal says took effect: the outcomes `applied` and `pull_request`, and intents without an outcome, of which
//! GitHub says whether they did.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::{Entry, Intent};
use crate::plan::{Taken, TakenPull};

/// What an undo needs of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Journaled {
    /// Where the API was.
    pub api_url: String,
    /// The organisations of the policy.
    pub orgs: Vec<String>,
    /// What took effect, or may have.
    pub taken: Vec<Taken>,
    /// The addresses of pull requests that were closed, or may have been, since they were no longer needed.
    pub closed: Vec<String>,
    /// How many writes the journal calls failed: of these it is not known what they left.
    pub failed: usize,
    /// Whether the apply came to its end.
    pub ended: bool,
}

/// The outcome of one intent.
struct Came<'e> {
    result: &'e str,
    url: Option<&'e String>,
    how: Option<&'e String>,
}

/// Takes a journal apart; the entries are its lines, in order.
///
/// # Errors
/// If the journal contradicts itself: two intents or outcomes of one number, an outcome without an intent, two beginnings.
pub fn taken(entries: &[Entry]) -> Result<Journaled, String> {
    let Some((Entry::Begin { api_url, orgs, .. }, lines)) = entries.split_first() else {
        return Err("it does not begin as a journal does".to_owned());
    };
    let mut journaled = Journaled {
        api_url: api_url.clone(),
        orgs: orgs.clone(),
        taken: Vec::new(),
        closed: Vec::new(),
        failed: 0,
        ended: false,
    };
    let mut closings: Vec<(u64, &String)> = Vec::new();
    let mut intents: Vec<(usize, &Intent)> = Vec::new();
    let mut numbers = BTreeSet::new();
    let mut outcomes: BTreeMap<u64, Came<'_>> = BTreeMap::new();
    for (line, entry) in (2..).zip(lines) {
        match entry {
            Entry::Begin { .. } => return Err(format!("line {line}: it begins twice")),
            Entry::Intent(intent) => {
                new_number(&mut numbers, intent.seq, line)?;
                intents.push((line, intent));
            }
            Entry::Closing { seq, url, .. } => {
                new_number(&mut numbers, *seq, line)?;
                closings.push((*seq, url));
            }
            Entry::Outcome { seq, result, url, how, .. } => {
                let came = Came { result, url: url.as_ref(), how: how.as_ref() };
                if !numbers.contains(seq) || outcomes.insert(*seq, came).is_some() {
                    return Err(format!("line {line}: there is not one intent for the outcome of the number {seq}"));
                }
            }
            Entry::End { .. } => journaled.ended = true,
        }
    }
    let closed = closings.into_iter().filter(|(seq, _)| outcomes.get(seq).is_none_or(|came| came.result == "applied"));
    journaled.closed = closed.map(|(_, url)| url.clone()).collect();
    for (line, intent) in intents {
        let came = outcomes.get(&intent.seq);
        let (certain, pull) = match came.map(|came| came.result) {
            None => (false, None),
            Some("applied") => (true, None),
            Some("pull_request") => {
                let how = came.and_then(|came| came.how).map(String::as_str);
                let Some(url) = came.and_then(|came| came.url).filter(|_| how != Some("unchanged")) else { continue };
                (true, Some(TakenPull { url: url.clone(), updated: how == Some("updated") }))
            }
            Some("failed") => {
                journaled.failed += 1;
                continue;
            }
            Some(_) => continue,
        };
        journaled.taken.push(one(line, intent, certain, pull));
    }
    Ok(journaled)
}

fn new_number(numbers: &mut BTreeSet<u64>, seq: u64, line: usize) -> Result<(), String> {
    if numbers.insert(seq) { Ok(()) } else { Err(format!("line {line}: there are two intents of the number {seq}")) }
}

fn one(line: usize, intent: &Intent, certain: bool, pull: Option<TakenPull>) -> Taken {
    Taken {
        line,
        id: intent.id.clone(),
        org: intent.org.clone(),
        repo: intent.repo.clone(),
        node_id: intent.node_id.clone(),
        setting: intent.setting.clone(),
        key: intent.key.clone(),
        name: intent.name.clone(),
        part: intent.part.clone(),
        before: intent.before.clone(),
        after: intent.after.clone(),
        deletes: intent.deletes,
        delivery: intent.delivery,
        effects: intent.effects.clone(),
        certain,
        pull,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn journal(lines: &[Value]) -> Result<Journaled, String> {
        let begin = json!({"entry": "begin", "format": "ordain.journal/1", "ordain": "0.1.0", "started_at": "", "api_url": "u",
            "orgs": ["acme"], "policy_digest": ""});
        let lines =
            std::iter::once(&begin).chain(lines).map(|line| serde_json::from_value(line.clone()).expect("a line"));
        taken(&lines.collect::<Vec<Entry>>())
    }

    fn intent(seq: u64) -> Value {
        json!({"entry": "intent", "seq": seq, "at": "", "id": "acme/web:x", "org": "acme", "repo": "web", "node_id": "R_1",
            "setting": "x", "key": "x", "name": null, "part": null, "action": "update", "before": false, "after": true,
            "effect": "tightening", "deletes": false, "delivery": "api", "method": null, "path": null})
    }

    fn outcome(seq: u64, result: &str) -> Value {
        json!({"entry": "outcome", "seq": seq, "at": "", "result": result, "message": null, "url": null})
    }

    #[test]
    fn applied_and_cut_short_lines_count_and_no_others() {
        let mut lines = Vec::new();
        for (seq, result) in (1..).zip(["applied", "already_done", "failed", "stale", "skipped"]) {
            lines.extend([intent(seq), outcome(seq, result)]);
        }
        lines.push(intent(9));
        let found = journal(&lines).expect("sound");
        let told: Vec<_> = found.taken.iter().map(|one| (one.line, one.certain)).collect();
        assert_eq!((told, found.failed, found.ended), (vec![(2, true), (12, false)], 1, false));
    }

    fn closing(seq: u64) -> Value {
        json!({"entry": "closing", "seq": seq, "at": "", "org": "acme", "repo": "web", "node_id": "R_1",
            "url": format!("https://x/{seq}")})
    }

    #[test]
    fn closings_that_failed_are_none() {
        let lines = [
            closing(1),
            outcome(1, "applied"),
            closing(2),
            outcome(2, "failed"),
            closing(3),
            intent(4),
            outcome(4, "stale"),
        ];
        let found = journal(&lines).expect("sound");
        assert_eq!((found.closed, found.taken.len()), (vec!["https://x/1".to_owned(), "https://x/3".to_owned()], 0));
    }

    #[test]
    fn a_journal_that_contradicts_itself_is_refused() {
        for lines in [
            vec![intent(1), intent(1)],
            vec![intent(1), closing(1)],
            vec![outcome(1, "applied")],
            vec![intent(1), outcome(1, "applied"), outcome(1, "failed")],
        ] {
            assert!(journal(&lines).is_err(), "{lines:?}");
        }
    }
}
