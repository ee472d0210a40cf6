//! The settings under faults: of the cases of all settings, every so many'th is applied while things go wrong and the
//! program is killed. `ORDAIN_CASES=1` takes all of them, and `ORDAIN_CASES=1 ORDAIN_SEED=17` other faults.

#[path = "../../faults/made.rs"]
#[allow(dead_code, reason = "the organisations are the cases' own here")]
mod made;
#[path = "../../faults/seed.rs"]
#[allow(dead_code, reason = "what is told is told elsewhere")]
mod seed;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ordain::sim::Dice;

use super::cases::all;
use crate::support::state;

/// Every so many'th case runs without being told otherwise: all take minutes.
const EVERY: usize = 6;

#[allow(clippy::disallowed_methods, reason = "a test that is told what to run")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn settings_converge_whatever_goes_wrong() {
    let seed = number("ORDAIN_SEED").unwrap_or(1);
    let every = number("ORDAIN_CASES").map_or(EVERY, |every| usize::try_from(every).expect("few"));
    let mut failed = Vec::new();
    for (at, case) in all().iter().enumerate().step_by(every) {
        let files = case.policy.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        let number = seed.wrapping_mul(1000) + at as u64;
        let made = made::disturbed(Dice::new(number), state([(case.org)()]), files, case.options);
        if catch_unwind(AssertUnwindSafe(|| seed::run(number, made))).is_err() {
            failed.push(format!("{} ({})", case.key, case.label));
        }
    }
    assert!(failed.is_empty(), "under faults (ORDAIN_SEED={seed}) these fail: {failed:#?}");
}
