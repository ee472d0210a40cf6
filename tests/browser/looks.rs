use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{driver::Browser, pages};

/// The texts whose contrast with what is behind them is less than WCAG's AA wants (4.5), or 3 for large ones.
const CONTRAST: &str = r"
const rgb = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return [r, g, b, a] };
const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z };
const behind = (one) => { for (let at = one; at; at = at.parentElement) { const back = rgb(getComputedStyle(at).backgroundColor);
  if (back[3] === 1) return back } return [255, 255, 255, 1] };
const poor = []; let seen = 0;
const look = (one, style, what) => {
  const size = parseFloat(style.fontSize); if (size === 0) return;
  const [a, b] = [light(rgb(style.color)), light(behind(one))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05); seen += 1;
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) poor.push(what + ': ' + ratio.toFixed(2));
};
document.querySelectorAll('details').forEach((one) => { one.open = true });
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) { const one = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || ['SCRIPT', 'OPTION'].includes(one.tagName) || !one.checkVisibility()) continue;
  look(one, getComputedStyle(one), one.className + ' ' + walk.currentNode.data.slice(0, 30)); }
for (const one of document.querySelectorAll('.mark')) look(one, getComputedStyle(one, '::before'), one.className);
return [seen, Array.from(new Set(poor))];";

/// What reaches beyond the right edge, and does not lie in something that scrolls by itself.
const BEYOND: &str = "const wide = document.documentElement.clientWidth; \
  return [document.documentElement.scrollWidth - wide, Array.from(document.querySelectorAll('body *')).filter(one => one.checkVisibility() \
  && one.getBoundingClientRect().right > wide + 0.5 && !one.parentElement.closest('.wide, pre, .skip') && !one.matches('.skip')) \
  .map(one => one.outerHTML.slice(0, 80))]";

#[test]
fn it_is_readable_on_phones_in_the_dark_and_in_the_light() {
    let Some(browser) = Browser::start() else { return };
    let page = pages::express("looks");
    let mut backs = Vec::new();
    for scheme in ["light", "dark"] {
        browser.scheme(scheme);
        for width in [360, 1280] {
            browser.width(width);
            browser.open(&page.file);
            assert_eq!(browser.js(BEYOND), json!([0, []]), "{width} {scheme}");
            browser.js("document.querySelectorAll('details').forEach(one => { one.open = true })");
            assert_eq!(browser.js(BEYOND), json!([0, []]), "{width} {scheme}, unfolded");
            let poor = browser.js(CONTRAST);
            assert!(poor[0].as_u64() > Some(500), "{poor}");
            assert_eq!(poor[1], json!([]), "{width} {scheme}");
            browser.click("#legend button");
            browser.js("document.querySelector('#matrix td > a:not([hidden])').click()");
            assert_eq!(browser.js(BEYOND), json!([0, []]), "{width} {scheme}, a dialog and a pressed button");
            assert_eq!(browser.js(CONTRAST)[1], json!([]), "{width} {scheme}, a dialog and a pressed button");
        }
        backs.push(browser.text("getComputedStyle(document.body).backgroundColor"));
    }
    assert_ne!(backs[0], backs[1]);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// The nodes that Chromium tells a screen reader of: role and name.
fn told(browser: &Browser) -> Vec<(String, String)> {
    let tree = browser.devtools("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes").iter().filter(|node| node["ignored"] != true);
    let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
    nodes.map(|node| (text(&node["role"]), text(&node["name"]))).collect()
}

#[test]
fn a_screen_reader_is_told_all() {
    let Some(browser) = Browser::start() else { return };
    let page = pages::express("reader");
    browser.open(&page.file);
    let nodes = told(&browser);
    let mut roles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    nodes.iter().for_each(|(role, name)| roles.entry(role).or_default().push(name));
    for landmark in ["banner", "navigation", "main", "search", "contentinfo", "grid"] {
        assert_eq!(roles.get(landmark).map_or(0, Vec::len), 1, "{landmark}");
    }
    for named in [
        "link",
        "button",
        "searchbox",
        "combobox",
        "region",
        "image",
        "navigation",
        "search",
        "grid",
        "columnheader",
        "rowheader",
    ] {
        let names = roles.get(named).unwrap_or_else(|| panic!("{named} in {:?}", roles.keys()));
        assert!(names.iter().all(|name| !name.trim().is_empty()), "a {named} has no name");
    }
    assert!(roles["searchbox"].contains(&"Search"));
    assert_eq!(roles["combobox"], ["Organisation", "Setting"]);
    // Each mark says its verdict in words, and not its sign.
    let marks = page.entries.iter().filter(|one| one.verdict == "blocked").count();
    let said = roles["link"].iter().filter(|name| name.starts_with("blocked")).count();
    assert!(said > 0 && said <= marks, "{said} of {marks}");
    assert!(!roles["link"].iter().any(|name| name.contains(['~', '‖', '✓'])), "signs are for eyes");
    let headings =
        browser.js("return Array.from(document.querySelectorAll('h1, h2, h3')).map(one => Number(one.tagName[1]))");
    let levels: Vec<u64> = headings.as_array().expect("headings").iter().filter_map(Value::as_u64).collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "no level is left out: {levels:?}");
    assert_eq!(browser.number("document.querySelectorAll('th:not([scope])').length"), 0);
    assert_eq!(browser.text("document.documentElement.lang"), "en");
    assert_eq!(browser.text("document.getElementById('told').tagName"), "OUTPUT", "which is told when it changes");
    // WCAG 2.2: targets of 24 pixels at least.
    let small = "Array.from(document.querySelectorAll('.mark, button, select, input')).filter(one => one.checkVisibility()) \
                 .map(one => one.getBoundingClientRect()).filter(one => one.width < 24 || one.height < 24).length";
    assert_eq!(browser.number(small), 0);
}
