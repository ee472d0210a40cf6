//! Faults as a state file asks for them: what goes wrong, for which requests, and how often by chance.
//!
//! Chance is reproducible: whether a rule of the mix strikes follows from the seed, the rule, the request (method, path, query
//! and body) and how often just this request has come before, and not from the order in which requests arrive. No
//! request meets more than [`Faults::in_a_row`] faults of the mix one after the other, so that progress stays possible.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use sha1::{Digest, Sha1};

use super::fault::{Fault, FaultKind, fits};

/// What is to go wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// What chance is made from: the same seed, the same faults.
    pub seed: u64,
    /// How many faults of the mix one request meets at most one after the other.
    pub in_a_row: u32,
    /// What goes wrong by chance. The first rule that strikes counts.
    pub mix: Vec<Chance>,
    /// What goes wrong for sure, at its time.
    pub script: Vec<Scripted>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { seed: 1, in_a_row: 3, mix: Vec::new(), script: Vec::new() }
    }
}

/// Something that goes wrong with a share of the requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Chance {
    /// The method it is for; none: all.
    pub method: Option<String>,
    /// The path it is for, as in [`Fault::path`].
    pub path: String,
    /// The share: 0 never, 1 always.
    pub probability: f64,
    /// What goes wrong.
    pub trouble: Trouble,
}

/// Something that goes wrong with the requests after some that go well.
#[derive(Clone, Debug, PartialEq)]
pub struct Scripted {
    /// The method it is for; none: all.
    pub method: Option<String>,
    /// The path it is for, as in [`Fault::path`].
    pub path: String,
    /// How many fitting requests go well first.
    pub after: u32,
    /// How many then go wrong.
    pub times: u32,
    /// What goes wrong.
    pub trouble: Trouble,
}

/// What goes wrong, in words that a file can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// `500`, without effect.
    ServerError,
    /// `502`, without effect.
    BadGateway,
    /// `502` after the effect.
    BadGatewayAfter,
    /// `503`, without effect.
    Unavailable,
    /// `401`, without effect.
    Unauthorized,
    /// `403` for a secondary limit's sake, without effect; with `retry-after` if there are seconds.
    SecondaryLimit(Option<u64>),
    /// `429`, without effect; with `retry-after` if there are seconds.
    TooManyRequests(Option<u64>),
    /// The connection closes before the effect.
    ResetBefore,
    /// The connection closes after the effect.
    ResetAfter,
    /// The connection closes inside the answer's body, after the effect.
    ResetInside,
    /// The answer ends well, but its JSON is cut, after the effect.
    Truncated,
    /// The answer is a page of HTML, after the effect.
    NotJson,
    /// All goes well, but so many milliseconds late.
    Slow(u64),
    /// A read tells what was so before the last write, if that is no longer ago than so many milliseconds by the simulator's clock.
    Stale(u64),
    /// A write is answered as if done, and takes effect so many reads later, or before the next write.
    Late(u32),
}

impl Trouble {
    /// Every kind, with usual numbers where it has some.
    pub const ALL: [Self; 17] = [
        Self::ServerError,
        Self::BadGateway,
        Self::BadGatewayAfter,
        Self::Unavailable,
        Self::Unauthorized,
        Self::SecondaryLimit(Some(30)),
        Self::SecondaryLimit(None),
        Self::TooManyRequests(Some(30)),
        Self::TooManyRequests(None),
        Self::ResetBefore,
        Self::ResetAfter,
        Self::ResetInside,
        Self::Truncated,
        Self::NotJson,
        Self::Slow(200),
        Self::Stale(500),
        Self::Late(2),
    ];

    /// Returns the name that a state file calls it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServerError => "server_error",
            Self::BadGateway => "bad_gateway",
            Self::BadGatewayAfter => "bad_gateway_after",
            Self::Unavailable => "unavailable",
            Self::Unauthorized => "unauthorized",
            Self::SecondaryLimit(Some(_)) => "secondary_limit",
            Self::SecondaryLimit(None) => "secondary_limit_bare",
            Self::TooManyRequests(Some(_)) => "too_many_requests",
            Self::TooManyRequests(None) => "too_many_requests_bare",
            Self::ResetBefore => "reset_before",
            Self::ResetAfter => "reset_after",
            Self::ResetInside => "reset_inside",
            Self::Truncated => "truncated",
            Self::NotJson => "not_json",
            Self::Slow(_) => "slow",
            Self::Stale(_) => "stale",
            Self::Late(_) => "late",
        }
    }

    /// Returns what happens, as the server does it.
    #[must_use]
    pub fn kind(self) -> FaultKind {
        let says = |status: u16, message: &str, seconds: Option<u64>| {
            let wait = seconds.map(|seconds| ("retry-after".to_owned(), seconds.to_string()));
            FaultKind::Status(status, json!({ "message": message }), wait.into_iter().collect())
        };
        let secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        match self {
            Self::ServerError => says(500, "Server Error", None),
            Self::BadGateway => says(502, "Bad Gateway", None),
            Self::BadGatewayAfter => FaultKind::StatusAfter(502, json!({"message": "Bad Gateway"})),
            Self::Unavailable => says(503, "Service unavailable", None),
            Self::Unauthorized => says(401, "Bad credentials", None),
            Self::SecondaryLimit(seconds) => says(403, secondary, seconds),
            Self::TooManyRequests(seconds) => says(429, secondary, seconds),
            Self::ResetBefore => FaultKind::ResetBefore,
            Self::ResetAfter => FaultKind::ResetAfter,
            Self::ResetInside => FaultKind::Truncated,
            Self::Truncated => FaultKind::CutJson,
            Self::NotJson => FaultKind::NotJson,
            Self::Slow(ms) => FaultKind::Delay(Duration::from_millis(ms)),
            Self::Stale(ms) => FaultKind::Stale(Duration::from_millis(ms)),
            Self::Late(reads) => FaultKind::Late(reads),
        }
    }
}

impl Scripted {
    /// Returns the fault that it stands for.
    pub(super) fn fault(&self) -> Fault {
        Fault {
            method: self.method.clone(),
            path: self.path.clone(),
            after: self.after,
            times: self.times,
            kind: self.trouble.kind(),
        }
    }
}

/// How often a request came, and how often it was struck last.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    times: u64,
    row: u32,
}

/// The mix at work.
#[derive(Debug, Default)]
pub(super) struct Mixer {
    faults: Faults,
    seen: BTreeMap<[u8; 20], Seen>,
}

/// A request, as chance looks at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

impl Mixer {
    pub(super) fn new(faults: Faults) -> Self {
        Self { faults, seen: BTreeMap::new() }
    }

    /// Throws for a request.
    pub(super) fn strike(&mut self, subject: Subject<'_>) -> Option<Trouble> {
        if self.faults.mix.is_empty() {
            return None;
        }
        let mut sha = Sha1::new();
        for part in [subject.method.as_bytes(), subject.path.as_bytes(), subject.query.as_bytes(), subject.body] {
            sha.update(part);
            sha.update([0]);
        }
        let request: [u8; 20] = sha.finalize().into();
        let seen = self.seen.entry(request).or_default();
        seen.times += 1;
        if seen.row >= self.faults.in_a_row {
            seen.row = 0;
            return None;
        }
        let struck = self.faults.mix.iter().enumerate().find(|(at, chance)| {
            fits(chance.method.as_deref(), &chance.path, subject.method, subject.path)
                && chance.trouble.is_for(subject)
                && share(self.faults.seed, *at, &request, seen.times) < chance.probability
        });
        seen.row = if struck.is_some() { seen.row + 1 } else { 0 };
        struck.map(|(_, chance)| chance.trouble)
    }
}

impl Trouble {
    /// Whether it can happen to such a request: only reads are stale, only writes take effect late.
    fn is_for(self, subject: Subject<'_>) -> bool {
        match self {
            Self::Stale(_) => subject.is_read(),
            Self::Late(_) => !subject.is_read(),
            _ => true,
        }
    }
}

impl Subject<'_> {
    /// Whether it changes nothing.
    pub(super) fn is_read(&self) -> bool {
        match self.path {
            "/graphql" | "/api/graphql" => !serde_json::from_slice::<serde_json::Value>(self.body)
                .is_ok_and(|body| body["query"].as_str().is_some_and(|text| text.trim_start().starts_with("mutation"))),
            _ => ["GET", "HEAD", "OPTIONS"].contains(&self.method),
        }
    }
}

/// Returns a number from 0 up to 1 that follows from these alone.
fn share(seed: u64, rule: usize, request: &[u8], times: u64) -> f64 {
    let mut sha = Sha1::new();
    sha.update(seed.to_be_bytes());
    sha.update(rule.to_be_bytes());
    sha.update(request);
    sha.update(times.to_be_bytes());
    let digest = sha.finalize();
    let number = digest.iter().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUT: Subject<'_> = Subject { method: "PUT", path: "/repos/a/b/x", query: "", body: b"{}" };
    const GET: Subject<'_> = Subject { method: "GET", path: "/repos/a/b/x", query: "", body: b"" };

    fn mixer(seed: u64, probability: f64, in_a_row: u32, trouble: Trouble) -> Mixer {
        let chance = Chance { method: None, path: "/repos/*".into(), probability, trouble };
        Mixer::new(Faults { seed, in_a_row, mix: vec![chance], script: Vec::new() })
    }

    fn struck(mixer: &mut Mixer, subject: Subject<'_>, times: usize) -> Vec<bool> {
        (0..times).map(|_| mixer.strike(subject).is_some()).collect()
    }

    #[test]
    fn a_seed_gives_the_same_faults_whatever_comes_between() {
        let alone = struck(&mut mixer(7, 0.3, 3, Trouble::ResetAfter), PUT, 200);
        let mut mixed = mixer(7, 0.3, 3, Trouble::ResetAfter);
        let among: Vec<bool> = (0..200)
            .map(|_| {
                mixed.strike(GET);
                mixed.strike(PUT).is_some()
            })
            .collect();
        assert_eq!(alone, among);
        assert_ne!(alone, struck(&mut mixer(8, 0.3, 3, Trouble::ResetAfter), PUT, 200));
        let share = alone.iter().filter(|struck| **struck).count();
        assert!((35..=85).contains(&share), "{share} of 200");
    }

    #[test]
    fn progress_is_possible_even_where_everything_fails() {
        let always = struck(&mut mixer(1, 1.0, 2, Trouble::BadGateway), PUT, 9);
        assert_eq!(always, [true, true, false, true, true, false, true, true, false]);
    }

    #[test]
    fn only_reads_are_stale_and_only_writes_are_late() {
        assert!(mixer(1, 1.0, 3, Trouble::Stale(9)).strike(PUT).is_none());
        assert!(mixer(1, 1.0, 3, Trouble::Stale(9)).strike(GET).is_some());
        assert!(mixer(1, 1.0, 3, Trouble::Late(1)).strike(GET).is_none());
        let mutation =
            Subject { method: "POST", path: "/graphql", query: "", body: b"{\"query\": \"mutation { x }\"}" };
        assert!(!mutation.is_read());
        let query = Subject { body: b"{\"query\": \"query { x }\"}", ..mutation };
        assert!(query.is_read());
    }
}
