//! Nothing that the program says or writes names the token or an advisory's fork.

use ordain::{
    observe::write_snapshot,
    plan::{Applied, Plan},
    render::{self, markdown::Room, text::Style},
    settings::Observed,
};

use super::{dice::Dice, lab::TOKEN, worlds::ADVISORY};

/// Every form in which a plan is told.
const FORMS: [&str; 9] =
    ["json", "text", "short text", "drift", "markdown", "markdown drift", "sarif", "html", "junit"];

fn told(plan: &Plan, form: &str) -> String {
    let style = Style { color: true, width: 72, verbose: true };
    match form {
        "json" => render::json::plan(plan).expect("a plan is JSON"),
        "text" => render::text::plan(plan, &style),
        "short text" => render::text::plan(plan, &Style::default()),
        "drift" => render::text::drift(plan, &style),
        "markdown" => render::markdown::plan(plan, &Room::comment(None)),
        "markdown drift" => render::markdown::drift(plan, &Room::comment(None)),
        "sarif" => render::sarif::plan(plan, "policy/").expect("a plan is SARIF"),
        "html" => render::html::plan(plan) + &render::html::drift(plan),
        _ => render::junit::plan(plan),
    }
}

/// Every form in which outcomes are told.
pub(crate) fn told_outcomes(applied: &Applied) -> Vec<(&'static str, String)> {
    vec![
        ("outcomes as json", render::json::applied(applied).expect("outcomes are JSON")),
        ("outcomes as text", render::text::applied(applied, &Style { color: true, width: 72, verbose: true })),
        ("outcomes as markdown", render::markdown::applied(applied, &Room::comment(None))),
    ]
}

/// A snapshot of what was observed.
pub(crate) fn snapshot(observed: &Observed) -> String {
    serde_json::to_string(&write_snapshot(observed, "http://localhost", Vec::new())).expect("JSON")
}

/// Holds that a text is silent.
#[track_caller]
pub(crate) fn is_silent(what: &str, text: &str) {
    assert!(!text.contains(TOKEN), "{what} holds the token:\n{text}");
    assert!(!text.to_lowercase().contains(ADVISORY), "{what} names the fork of an advisory:\n{text}");
}

/// Holds that what is told of a plan is silent: JSON, which has everything, and some of the other forms, for the public too.
#[track_caller]
pub(crate) fn plan_is_silent(plan: &Plan, dice: &mut Dice) {
    let public = render::public_only(plan, &|_, repo| repo.len() % 2 == 0);
    for form in dice.some(&FORMS, 3).into_iter().chain(["json"]) {
        is_silent(form, &told(plan, form));
        is_silent("for the public", &told(&public, form));
    }
}

/// Holds that all that is told of an apply is silent.
#[track_caller]
pub(crate) fn apply_is_silent(applied: &Applied, journal: &str) {
    for (what, text) in told_outcomes(applied) {
        is_silent(what, &text);
    }
    is_silent("the journal", journal);
}
