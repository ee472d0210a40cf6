use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::render::samples;

/// The tags of a page, with everything between them left out.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|part| part.split('>').next().unwrap_or(part)).collect()
}

#[test]
fn digests_are_those_of_content_security_policies() {
    assert_eq!(base64(b""), "");
    assert_eq!(["f", "fo", "foo", "foobar"].map(|text| base64(text.as_bytes())), ["Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"]);
    assert_eq!(digest("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
}

#[test]
fn the_page_is_whole_and_needs_nothing() {
    let page = plan(&samples::full());
    for loads in ["src=", "@import", "url(", "http://", "onclick", "<link"] {
        assert!(!page.contains(loads), "{loads}");
    }
    let mut open = Vec::new();
    for tag in tags(&page) {
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{tag}");
        } else if !["!doctype", "meta", "input"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_cell_leads_to_its_why() {
    let page = plan(&samples::full());
    let ids: Vec<_> = page.split(" id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len());
    for target in page.split("href=\"#").skip(1).filter_map(|part| part.split('"').next()) {
        assert!(unique.contains(&target), "{target}");
    }
    assert!(
        page.contains("<tr data-find=\"expressjs/cors code_security") || page.contains("data-find=\"expressjs/cors ")
    );
    assert!(page.contains("apply will refuse: 36 changes are planned"));
}

#[test]
fn an_empty_plan_has_no_table() {
    let page = plan(&samples::empty());
    assert!(page.contains("Nothing differs: 280 settings") && !page.contains("<table"));
}

#[test]
fn only_https_is_a_link() {
    let mut sample = samples::full();
    for finding in &mut sample.findings {
        if let Some(waiver) = &mut finding.waiver {
            waiver.link = Some("javascript:alert(1)//https://x".to_owned());
        }
    }
    assert!(!plan(&sample).contains("href=\"javascript"));
}

proptest! {
    #[test]
    fn no_text_becomes_an_element(
        text in prop_oneof![any::<String>(), "[a-z<>\"'&=/ -]{0,30}", Just("</pre><script>alert(1)</script>".to_owned())],
    ) {
        let mut sample = samples::full();
        let expected = tags(&plan(&sample)).len();
        for change in &mut sample.changes {
            change.reason = change.reason.as_ref().map(|_| text.clone());
            change.source.file = text.clone();
            if change.before == json!(false) {
                change.before = json!({"x": text});
                change.after = json!({"x": format!("{text}!")});
            }
        }
        sample.orgs = vec![text.clone()];
        sample.warnings[0].message = text.clone();
        sample.findings[0].message = format!("x{text}");
        let page = plan(&sample);
        prop_assert!(!page.contains("<script>alert"));
        let kinds: BTreeSet<_> = tags(&page).into_iter().map(|tag| tag.split([' ', '\n']).next().unwrap_or_default().to_owned())
            .collect();
        let known = ["!doctype", "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "p", "time",
            "ul", "li", "form", "label", "input", "span", "main", "section", "div", "table", "thead", "tbody", "tr", "th", "td",
            "article", "code", "pre", "del", "ins", "details", "summary", "strong", "footer", "script"];
        for kind in &kinds {
            prop_assert!(known.contains(&kind.trim_start_matches('/')), "{}", kind);
        }
        prop_assert!(expected > 0 && !page.chars().any(|c| c.is_control() && c != '\n'));
    }
}
