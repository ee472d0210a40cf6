//! Runs a property over many cases, side by side, and tells those that fail with their number and what was made for them.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

thread_local! {
    static NOTES: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Notes what a failure of this case should print.
pub(crate) fn note(text: &str) {
    NOTES.with_borrow_mut(|notes| {
        notes.push_str(text);
        notes.push('\n');
    });
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Holds a property for so many cases (or as many as the environment says), where one seed makes `each` of them.
pub(crate) fn hold(ordinary: u64, each: u64, property: impl Fn(u64) + Sync) {
    let (first, end) = match number("ORDAIN_SEED") {
        Some(seed) => (seed, seed + 1),
        None => (0, number("ORDAIN_CASES").unwrap_or(ordinary).div_ceil(each)),
    };
    let most = number("ORDAIN_FAILURES").and_then(|most| usize::try_from(most).ok()).unwrap_or(5);
    let next = AtomicU64::new(first);
    let failures = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || failures.lock().expect("unpoisoned").len() >= most {
                        return;
                    }
                    NOTES.with_borrow_mut(String::clear);
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| property(seed))) {
                        let told = panic.downcast_ref::<String>().cloned();
                        let told = told.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                        let notes = NOTES.with_borrow(String::clone);
                        failures.lock().expect("unpoisoned").push((seed, told.unwrap_or_default(), notes));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("unpoisoned");
    failures.sort();
    let told: Vec<String> =
        failures.iter().map(|(seed, why, notes)| format!("==== ORDAIN_SEED={seed}\n{notes}---- {why}\n")).collect();
    assert!(told.is_empty(), "of {} cases fail (the first {most} at most):\n{}", end - first, told.join("\n"));
}
