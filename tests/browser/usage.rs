use std::{collections::BTreeMap, path::Path};

use ordain::{plan::Plan, render::html};
use serde_json::{Value, json};

use super::{
    driver::{Browser, Key},
    pages::{self, Entry, Page},
};

/// The marks that are shown.
const SHOWN: &str = "Array.from(document.querySelectorAll('#matrix td > a')).filter(one => one.checkVisibility())";

/// What the page says it shows, once it says the words: it filters when the browser has time for it, and on a busy machine that is
/// not at once.
fn told_in_time(browser: &Browser, words: &str) -> String {
    let told = || browser.text("document.getElementById('told').textContent");
    for _ in 0..100 {
        if told() == words {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    told()
}

/// Holds that just these entries are shown: in the words of the page, in its rows and in its marks.
#[track_caller]
fn shows(browser: &Browser, page: &Page, why: &str, fits: impl Fn(&Entry) -> bool) {
    let expected: Vec<&Entry> = page.entries.iter().filter(|entry| fits(entry)).collect();
    assert!(!expected.is_empty(), "{why}: the plan has nothing of it");
    let (all, rows) = (page.entries.len(), pages::places(&page.entries));
    let words = if expected.len() == all {
        format!("{all} results in {rows} places")
    } else {
        format!("{} of {all} results, in {} of {rows} places", expected.len(), pages::places(expected.iter().copied()))
    };
    assert_eq!(told_in_time(browser, &words), words, "{why}");
    let visible = "Array.from(document.querySelectorAll('#matrix tbody tr:not(.org)')).filter(one => one.checkVisibility()).length";
    assert_eq!(browser.number(visible), pages::places(expected.iter().copied()), "{why}");
    let mut cells: BTreeMap<_, &str> = BTreeMap::new();
    for entry in &expected {
        let cell = cells.entry((entry.place(), &entry.key)).or_insert(&entry.verdict);
        if gravity(&entry.verdict) > gravity(cell) {
            *cell = &entry.verdict;
        }
    }
    let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
    cells.values().for_each(|verdict| *wanted.entry(verdict).or_default() += 1);
    let counts = browser.js(&format!(
        "const n = {{}}; {SHOWN}.forEach(one => {{ const v = one.className.split(' ')[1]; n[v] = (n[v] || 0) + 1 }}); return n"
    ));
    assert_eq!(counts, json!(wanted), "{why}");
}

fn gravity(verdict: &str) -> usize {
    let order = ["compliant", "not_applicable", "waived", "pending", "unknown", "blocked", "change", "violation"];
    order.iter().position(|one| *one == verdict).expect("a verdict")
}

fn choose(browser: &Browser, name: &str, value: &str) {
    browser.click(&format!("select[name={name}] option[value='{value}']"));
}

#[test]
fn it_is_narrowed_by_organisation_verdict_setting_and_words() {
    let Some(browser) = Browser::start() else { return };
    let page = pages::express("usage");
    browser.open(&page.file);
    shows(&browser, &page, "all", |_| true);
    choose(&browser, "org", "pillarjs");
    shows(&browser, &page, "an organisation", |one| one.org == "pillarjs");
    browser.click("#legend li[data-verdict=blocked] button");
    shows(&browser, &page, "and a verdict", |one| one.org == "pillarjs" && one.verdict == "blocked");
    browser.click("#legend li[data-verdict=change] button");
    shows(&browser, &page, "or another", |one| one.org == "pillarjs" && ["blocked", "change"].contains(&&*one.verdict));
    choose(&browser, "key", "scorecard");
    let narrow = |one: &Entry| one.org == "pillarjs" && one.key == "scorecard" && one.verdict == "change";
    shows(&browser, &page, "and a setting", narrow);
    let columns =
        "Array.from(document.querySelectorAll('#matrix thead th')).filter(one => one.checkVisibility()).length";
    assert_eq!(browser.number(columns), 2);
    let below = "Array.from(document.querySelectorAll('main article')).filter(one => !one.closest('[hidden]'))";
    assert!(browser.number(&format!("{below}.length")) > 0);
    assert_eq!(browser.number(&format!("{below}.filter(one => !one.textContent.includes('scorecard')).length")), 0);
    browser.click("button[type=reset]");
    shows(&browser, &page, "all again", |_| true);

    browser.click("input[name=words]");
    browser.write("Expressjs/body-parser");
    shows(&browser, &page, "a name", |one| one.org == "expressjs" && one.repo.as_deref() == Some("body-parser"));
    browser.click("button[type=reset]");
    browser.click("input[name=words]");
    browser.write("violation serve-favicon");
    shows(&browser, &page, "two words", |one| {
        one.verdict == "violation" && one.repo.as_deref() == Some("serve-favicon")
    });
    browser.click("button[type=reset]");
    browser.click("input[name=words]");
    // What is said of a thing is searched too.
    browser.write("does not name security@");
    let found = browser.number(&format!("{SHOWN}.length"));
    assert!(found > 0 && found < page.entries.len(), "{found}");
    browser.write(" nowhere-at-all");
    assert_eq!(browser.number(&format!("{SHOWN}.length")), 0);
    assert_eq!(browser.text("document.getElementById('none').checkVisibility()"), "true");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_mark_opens_its_why_and_the_keyboard_is_enough() {
    let Some(browser) = Browser::start() else { return };
    let page = pages::express("keyboard");
    browser.open(&page.file);
    let list = page.plan["findings"].as_array().expect("findings");
    let finding = list.iter().find(|one| one["verdict"] == "violation" && one["repo"] == "finalhandler");
    let finding = finding.or_else(|| list.iter().find(|one| one["verdict"] == "violation" && !one["repo"].is_null()));
    let finding = finding.expect("a violation in a repository");
    let text = |key: &str| finding[key].as_str().expect("text");
    let mark = format!(
        "return Array.from(document.querySelectorAll('tbody[data-org=\"{}\"] tr')).find(row => row.cells[0].textContent === '{}')\
         .cells[Array.from(document.querySelectorAll('#matrix thead th')).findIndex(one => one.textContent === '{}')].firstChild",
        text("org"),
        text("repo"),
        text("key")
    );
    browser.js(&format!("const mark = (() => {{ {mark} }})(); mark.id = 'wanted'"));
    browser.click("#wanted");
    let dialog = browser.text("document.querySelector('dialog[open]').innerText");
    assert!(dialog.contains(&format!("{}/{}: {}", text("org"), text("repo"), text("key"))), "{dialog}");
    assert!(dialog.contains("in violation") && dialog.contains(text("setting")), "{dialog}");
    let source = format!("{}:{}", finding["source"]["file"].as_str().expect("a file"), finding["source"]["line"]);
    assert!(dialog.contains(&source), "{source}: {dialog}");
    browser.click("dialog button");
    assert_eq!(browser.text("document.querySelector('dialog').open"), "false");
    assert_eq!(browser.text("document.activeElement.id"), "wanted");
    with_the_keyboard_alone(&browser, &page);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// Presses the tabulator until the focus is where it should be; every stop on the way shows the focus.
#[track_caller]
fn tab_to(browser: &Browser, test: &str) {
    for _ in 0..80 {
        browser.press(&[Key::Tab]);
        let ring = browser.js("const one = document.activeElement, style = getComputedStyle(one); \
             return [one.outerHTML.slice(0, 90), style.outlineStyle, parseFloat(style.outlineWidth)]");
        assert!(ring[1] != "none" && ring[2].as_f64() >= Some(2.0), "the focus is not seen: {ring}");
        if browser.text(&format!("document.activeElement.matches('{test}')")) == "true" {
            return;
        }
    }
    panic!("the tabulator does not lead to {test}");
}

fn with_the_keyboard_alone(browser: &Browser, page: &Page) {
    browser.open(&page.file);
    browser.press(&[Key::Tab]);
    assert_eq!(browser.text("document.activeElement.className"), "skip", "the first stop leads past the head");
    browser.press(&[Key::Enter]);
    assert_eq!(browser.text("document.activeElement.id"), "main");
    tab_to(browser, "#legend button");
    browser.press(&[Key::Enter]);
    assert_eq!(browser.text("document.activeElement.ariaPressed"), "true");
    shows(browser, page, "the first verdict", |one| one.verdict == "violation");
    browser.press(&[Key::Enter]);
    tab_to(browser, "input[name=words]");
    browser.write("cors");
    assert!(browser.number(&format!("{SHOWN}.length")) > 0);
    tab_to(browser, "button[type=reset]");
    browser.press(&[Key::Enter]);
    shows(browser, page, "all", |_| true);
    tab_to(browser, "#matrix td > a");
    let at = || {
        let told = browser
            .js("const a = document.activeElement; return [a.closest('tr').rowIndex, a.parentElement.cellIndex]");
        (told[0].as_u64().expect("a row"), told[1].as_u64().expect("a column"))
    };
    let first = at();
    browser.press(&[Key::Right]);
    assert!(at().0 == first.0 && at().1 > first.1, "{first:?} {:?}", at());
    browser.press(&[Key::Down, Key::Down]);
    assert!(at().0 > first.0 + 1);
    browser.press(&[Key::End]);
    let last = at();
    browser.press(&[Key::Home, Key::Left]);
    assert!(at().0 == last.0 && at().1 <= last.1);
    let place = at();
    browser.press(&[Key::Enter]);
    assert_eq!(browser.text("document.querySelector('dialog').open"), "true");
    assert_eq!(browser.text("document.querySelector('dialog').contains(document.activeElement)"), "true");
    browser.press(&[Key::Escape]);
    assert_eq!(browser.text("document.querySelector('dialog').open"), "false");
    assert_eq!(at(), place, "the focus is back");
    browser.press(&[Key::Up]);
    assert!(at().0 < place.0);
}

/// A plan of a thousand repositories and twelve settings, each of another verdict, in the words of a real plan.
fn thousand(real: &Value) -> Plan {
    let mut plan = real.clone();
    let findings = real["findings"].as_array().expect("findings");
    let changes = real["changes"].as_array().expect("changes").iter().filter(|one| !one["repo"].is_null());
    let change = changes.clone().next().expect("a change");
    let finding = |verdict: &str| findings.iter().find(|one| one["verdict"] == verdict).expect("a finding");
    let kinds: Vec<&Value> =
        ["violation", "blocked", "compliant", "waived", "not_applicable"].map(finding).into_iter().collect();
    let (mut new_changes, mut new_findings) = (Vec::new(), Vec::new());
    for repo in 0..1_000 {
        for key in 0..12 {
            let kind = (repo * 7 + key * 3) % 6;
            let mut one = if kind == 5 { change.clone() } else { kinds[kind].clone() };
            let setting = format!("setting_number_{key}");
            one["id"] = json!(format!("expressjs/repository-number-{repo}:{setting}"));
            one["org"] = json!("expressjs");
            one["repo"] = json!(format!("repository-number-{repo}"));
            (one["setting"], one["key"]) = (json!(setting), json!(setting));
            if kind == 5 { new_changes.push(one) } else { new_findings.push(one) }
        }
    }
    (plan["changes"], plan["findings"]) = (Value::Array(new_changes), Value::Array(new_findings));
    serde_json::from_value(plan).expect("a plan")
}

#[test]
fn a_thousand_repositories_stay_usable() {
    let Some(browser) = Browser::start() else { return };
    let plan = thousand(&pages::express("large").plan);
    let text = html::plan(&plan);
    assert!(text.len() < 3_000_000, "{} bytes", text.len());
    let json = serde_json::to_value(&plan).expect("JSON");
    let page = Page { file: pages::keep("thousand", &text), entries: pages::entries(&json), plan: json };
    assert!(Path::new(&page.file).exists());
    browser.open(&page.file);
    assert_eq!(browser.number("document.querySelectorAll('#matrix td > a').length"), 12_000);
    browser.click("#legend li[data-verdict=waived] button");
    shows(&browser, &page, "a verdict", |one| one.verdict == "waived");
    browser.click("input[name=words]");
    browser.write("number-99");
    shows(&browser, &page, "a name", |one| {
        one.verdict == "waived" && one.repo.as_ref().is_some_and(|repo| repo.contains("number-99"))
    });
}
