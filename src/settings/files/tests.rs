//! What is said of a file, from trees and texts built by hand.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    model::Reading,
    settings::{
        Blob,
        bench::{Bench, desired, difference, entry, example_is_sound, file, lacking, repo},
    },
};

fn wanted(path: &str, value: &Value) -> Desired {
    desired("files", Some(path), value)
}

fn with_template(path: &str, value: &Value, text: &str) -> Desired {
    let mut made = wanted(path, value);
    made.fields.extend(desired("files", None, &json!({"template": "a.txt"})).fields);
    made.fields.get_mut("template").expect("just put there").rendered = Some(text.as_bytes().into());
    made
}

fn root(entries: Vec<TreeEntry>) -> Bench {
    Bench::new(vec![repo("web")]).tree("web", "", Some(entries))
}

fn outcome(bench: &Bench, desired: &Desired) -> Outcome {
    bench.outcome(&Files, "web", desired)
}

fn violation(bench: &Bench, desired: &Desired) -> String {
    match outcome(bench, desired) {
        Outcome::Violation { message, .. } => message,
        other => unreachable!("no violation: {other:#?}"),
    }
}

fn compliant(bench: &Bench, desired: &Desired) {
    let outcome = outcome(bench, desired);
    assert!(matches!(outcome, Outcome::Compliant { .. }), "{outcome:#?}");
}

fn file_write(difference: &Difference) -> &FileWrite {
    match difference.writes.as_slice() {
        [Write::File(write)] => write,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn the_folder_is_asked_and_no_text() {
    let exact = wanted("docs/a.txt", &json!({"content": "x"}));
    assert_eq!(Bench::new(vec![repo("web")]).wanted(&Files, Some("web"), &exact), ["tree:docs"]);
    let same = Bench::new(vec![repo("web")]).tree("web", "docs", Some(vec![file("a.txt", "x")]));
    compliant(&same, &exact);
    example_is_sound(&Files);
}

#[test]
fn exact_bytes_are_created_and_replaced() {
    for exact in [wanted("a.txt", &json!({"content": "new"})), with_template("a.txt", &json!({}), "new")] {
        let create = difference(outcome(&root(vec![]), &exact));
        assert_eq!((create.action, &create.before, create.effect), (Action::Create, &json!(null), Effect::Neutral));
        assert_eq!(create.after, json!({"oid": blob_oid(b"new").as_str(), "size": 3}));
        let update = difference(outcome(&root(vec![file("a.txt", "older")]), &exact));
        assert_eq!((update.action, update.deletes, update.effect), (Action::Update, false, Effect::Neutral));
        assert_eq!(update.before, json!({"oid": blob_oid(b"older").as_str(), "size": 5}));
        let write = file_write(&update);
        assert_eq!((write.path.as_str(), write.content.as_deref()), ("a.txt", Some(b"new".as_slice())));
        assert_eq!((write.oid.clone(), write.delivery), (Some(blob_oid(b"new")), Delivery::PullRequest));
    }
}

#[test]
fn names_are_compared_with_their_case() {
    let exact = wanted("LICENSE", &json!({"content": "new"}));
    assert_eq!(difference(outcome(&root(vec![file("license", "new")]), &exact)).action, Action::Create);
}

#[test]
fn an_empty_repository_has_no_folders() {
    let empty = Bench::new(vec![repo("web")]).tree("web", "", None);
    assert_eq!(difference(outcome(&empty, &wanted("a.txt", &json!({"content": "x"})))).action, Action::Create);
}

#[test]
fn links_folders_and_submodules_are_violations() {
    for (mode, object_type, word) in
        [(0o120_000, "blob", "symbolic link"), (0o040_000, "tree", "folder"), (0o160_000, "commit", "submodule")]
    {
        let bench = root(vec![entry("a.txt", object_type, mode, "x")]);
        for value in [json!({"content": "x"}), json!({"ensure": "present"}), json!({"ensure": "absent"})] {
            assert!(violation(&bench, &wanted("a.txt", &value)).contains(word));
        }
    }
}

#[test]
fn what_stands_where_a_folder_would_have_to_be_is_a_violation() {
    let deep = wanted("a/b/c.txt", &json!({"content": "x"}));
    let bench = || Bench::new(vec![repo("web")]).tree("web", "a/b", None);
    assert_eq!(bench().wanted(&Files, Some("web"), &deep), ["tree:a"]);
    let link = bench().tree("web", "a", None).tree("web", "", Some(vec![entry("a", "blob", 0o120_000, "b")]));
    assert!(violation(&link, &deep).contains("`a` is a symbolic link"));
    let plain = bench().tree("web", "a", Some(vec![file("b", "x")]));
    assert!(violation(&plain, &deep).contains("`a/b` is a file"));
    let free = bench().tree("web", "a", None).tree("web", "", Some(vec![]));
    assert_eq!(difference(outcome(&free, &deep)).action, Action::Create);
}

#[test]
fn present_takes_any_file() {
    let present = json!({"ensure": "present"});
    compliant(&root(vec![file("a.txt", "whatever")]), &wanted("a.txt", &present));
    assert!(violation(&root(vec![]), &wanted("a.txt", &present)).contains("no `template`"));
    let create = difference(outcome(&root(vec![]), &with_template("a.txt", &present, "start")));
    assert_eq!(file_write(&create).content.as_deref(), Some(b"start".as_slice()));
}

#[test]
fn absent_deletes() {
    let absent = wanted("a.txt", &json!({"ensure": "absent"}));
    compliant(&root(vec![]), &absent);
    let delete = difference(outcome(&root(vec![file("a.txt", "x")]), &absent));
    assert_eq!((delete.action, delete.deletes, delete.effect), (Action::Delete, true, Effect::Neutral));
    assert_eq!((delete.after.clone(), file_write(&delete).content.clone()), (json!(null), None));
}

#[test]
fn changing_codeowners_or_a_workflow_loosens_and_goes_by_pull_request() {
    for path in [".github/workflows/ci.yml", "CODEOWNERS", ".github/CODEOWNERS", "docs/codeowners"] {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let bench = |entries| Bench::new(vec![repo("web")]).tree("web", folder, Some(entries));
        let exact = wanted(path, &json!({"content": "new", "delivery": "commit"}));
        let create = difference(outcome(&bench(vec![]), &exact));
        assert_eq!((create.effect, file_write(&create).delivery), (Effect::Neutral, Delivery::PullRequest), "{path}");
        let update = difference(outcome(&bench(vec![file(name, "old")]), &exact));
        assert_eq!((update.effect, file_write(&update).delivery), (Effect::Loosening, Delivery::PullRequest), "{path}");
        let delete = outcome(&bench(vec![file(name, "old")]), &wanted(path, &json!({"ensure": "absent"})));
        assert_eq!(difference(delete).effect, Effect::Loosening);
    }
    let plain = wanted("a.txt", &json!({"content": "new", "delivery": "commit"}));
    assert_eq!(file_write(&difference(outcome(&root(vec![]), &plain))).delivery, Delivery::Commit);
}

#[test]
fn contains_looks_into_the_file_only_where_it_differs() {
    let contains = json!({"ensure": "contains", "content": "line two\n"});
    let bench = || root(vec![file("a.txt", "line one\r\nline two")]);
    let oid = blob_oid(b"line one\r\nline two").to_string();
    assert_eq!(bench().wanted(&Files, Some("web"), &wanted("a.txt", &contains)), [format!("blob:{oid}")]);
    compliant(&bench().text("line one\r\nline two"), &wanted("a.txt", &contains));
    let template = with_template("a.txt", &json!({"ensure": "contains"}), "line two\n");
    compliant(&root(vec![file("a.txt", "line two\n")]), &template);
}

#[test]
fn contains_is_mended_by_appending_only_with_a_template_that_has_the_text() {
    let bench = || root(vec![file("a.txt", "mine")]).text("mine");
    let content = json!({"ensure": "contains", "content": "ours"});
    assert!(violation(&bench(), &wanted("a.txt", &content)).contains("no `template`"));
    assert!(violation(&bench(), &with_template("a.txt", &content, "else")).contains("does not itself contain"));
    let mended = difference(outcome(&bench(), &with_template("a.txt", &content, "# head\nours\n")));
    assert_eq!(file_write(&mended).content.as_deref(), Some(b"mine\nours\n".as_slice()));
    let whole = difference(outcome(&root(vec![]), &with_template("a.txt", &content, "# head\nours\n")));
    assert_eq!(file_write(&whole).content.as_deref(), Some(b"# head\nours\n".as_slice()));
    assert!(violation(&root(vec![]), &wanted("a.txt", &content)).contains("no `template`"));
    let unread = root(vec![file("a.txt", "mine")]);
    let large = unread.blob("mine", Reading::known(Blob::TooLarge(true)));
    assert_eq!(lacking(&outcome(&large, &wanted("a.txt", &content))), None);
    let binary = root(vec![file("a.txt", "mine")]).blob("mine", Reading::known(Blob::Binary(true)));
    assert!(violation(&binary, &wanted("a.txt", &content)).contains("not a text"));
}

#[test]
fn contradictions_of_one_rule_are_problems() {
    assert_eq!(check(&json!({"ensure": "absent", "content": "x"})).len(), 1);
    assert_eq!(check(&json!({"template": "a", "content": "x"})).len(), 1);
    assert_eq!(check(&json!({"template": "a", "content": "x", "ensure": "contains"})), []);
    assert_eq!(check(&json!({"ensure": "present"})), []);
    assert!(violation(&root(vec![]), &wanted("a.txt", &json!({"delivery": "commit"}))).contains("neither"));
}

#[test]
fn an_unreadable_folder_is_unknown() {
    let lacks = Reading::lacking("Resource not accessible", crate::model::Permission::from("contents:read"));
    let bench = Bench::new(vec![repo("web")]).unread_tree("web", "", lacks);
    assert_eq!(lacking(&outcome(&bench, &wanted("a.txt", &json!({"content": "x"})))), Some("contents:read"));
}

proptest! {
    /// Whatever stands in the file: what is written holds, and a second judgement finds nothing.
    #[test]
    fn what_is_written_is_compliant(
        before in proptest::option::of("[a-c\r\n]{0,12}"),
        text in "[a-c\r\n]{0,6}",
        contains: bool,
    ) {
        let ensure = if contains { "contains" } else { "exact" };
        let desired = with_template("a.txt", &json!({"ensure": ensure}), &text);
        let bench = match &before {
            Some(before) => root(vec![file("a.txt", before)]).text(before),
            None => root(vec![]),
        };
        if let Outcome::Differs(change) = outcome(&bench, &desired) {
            let content = file_write(&change).content.clone().expect("a content");
            let after = std::str::from_utf8(&content).expect("a text");
            let written = root(vec![file("a.txt", after)]).text(after);
            compliant(&written, &desired);
            if let (true, Some(before)) = (contains, &before) {
                prop_assert!(after.starts_with(before.as_str()), "people's own lines stay");
            }
        }
    }
}
