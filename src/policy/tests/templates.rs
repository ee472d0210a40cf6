//! Templates in files and values.

use std::sync::Arc;

use serde_json::json;

use crate::{
    diagnostics::render,
    policy::{Policy, fixtures::*},
};

#[test]
fn files_and_texts_are_filled_in() {
    let policy = parse(&[
        (
            "rules/a.toml",
            "[repo]\ndescription = \"{{ repo.name }} of {{ org }}\"\n[repo.security_policy]\ncontact = \"{{ vars.security_email }}\"\ncontains = [\"/[{{]2}}/\", \"{{ org }}\"]\ntemplate = \"S.md\"\n",
        ),
        ("files/S.md", "Mail {{ vars.security_email }}.\r\n${{ x }}"),
    ]);
    let resolution = resolve(&policy, &[repo("a", json!({})), repo("b", json!({}))]);
    let (first, second) = (&resolution.repos[0], &resolution.repos[1]);
    assert_eq!(first.desired[0].text(""), Some("a of expressjs"));
    assert_eq!(first.desired[1].text("contact"), Some("security@expressjs.com"));
    assert_eq!(first.desired[1].texts("contains"), ["/[{{]2}}/", "expressjs"]);
    let bytes = |at: &crate::policy::ResolvedRepo| {
        at.desired[1].leaf("template").and_then(|l| l.rendered.clone()).expect("bytes")
    };
    assert_eq!(&*bytes(first), b"Mail security@expressjs.com.\r\n${{ x }}");
    assert!(Arc::ptr_eq(&bytes(first), &bytes(second)));
}

#[test]
fn bytes_that_are_no_text_are_kept() {
    let mut files = files(&[("rules/a.toml", "[repo.files.x]\ntemplate = \"x\"\n")]);
    files.files.insert("files/x".into(), b"\xff{{ repo.name }}\xfe".to_vec());
    let policy = Policy::parse(&files, &catalogue()).expect("well-formed");
    let found = desired(&policy, repo("a", json!({})));
    assert_eq!(found[0].leaf("template").and_then(|l| l.rendered.as_deref()), Some(&b"\xffa\xfe"[..]));
    files.files.insert("files/x".into(), b"\xff{{ repo.nam }}\xfe".to_vec());
    let rejected = Policy::parse(&files, &catalogue()).expect_err("unknown name");
    let text = render(&rejected.diagnostics, &rejected.sources, false);
    assert!(text.contains("did you mean `repo.name`?") && text.contains("files/x:1:2"), "{text}");
}

#[test]
fn unknown_names_and_values_that_are_not_there() {
    let text = problems(&[
        ("rules/a.toml", "[repo]\ndescription = \"{{ vars.mail }} {{ repo.langage }}\"\n"),
        ("rules/b.toml", "[org.code_security.x]\ndescription = \"{{ repo.name }}\"\n"),
    ]);
    for word in
        ["no value is called `vars.mail`", "did you mean `repo.language`?", "an organisation has no `repo.name`"]
    {
        assert!(text.contains(word), "{word}\n{text}");
    }
    let policy = parse(&[("rules/a.toml", "[repo]\ndescription = \"{{ repo.language }}\"\n")]);
    let resolution = resolve(&policy, &[repo("a", json!({})), repo("b", json!({"language": "C"}))]);
    assert_eq!(resolution.conflicts.len(), 1);
    assert!(resolution.conflicts[0].message.contains("expressjs/a: `repo.language` has no value there"));
}

#[test]
fn unused_files_are_a_warning() {
    let policy = parse(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n"), ("files/x", "")]);
    assert_eq!(policy.warnings.len(), 1);
    assert_eq!(policy.warnings[0].message, "no rule uses `files/x`");
}

#[test]
fn what_a_placeholder_becomes_is_checked_too() {
    let policy = Policy::parse(
        &files(&[(
            "rules/a.toml",
            "[repo.autolinks.\"T-\"]\nurl_template = \"https://{{ repo.name }}.example.org/\"\n",
        )]),
        &crate::settings::catalogue(),
    )
    .expect("what the placeholder becomes is not known yet");
    let conflicts = resolve(&policy, &[repo("a", json!({}))]).conflicts;
    assert_eq!(conflicts.len(), 1);
    assert!(conflicts[0].message.contains("filled in there, the address has no `<num>`"), "{conflicts:?}");
}
