//! What must hold for any input.

use proptest::prelude::*;
use serde_json::json;

use crate::{
    diagnostics::render,
    policy::{Policy, PolicyFiles, fixtures::*},
};

/// Snippets that together make many well-formed and many broken rules.
const SNIPPETS: &[&str] = &[
    "description = \"x\"\n",
    "mode = \"audit\"\n",
    "overrides = [\"rules/b\"]\n",
    "[match]\n",
    "visibility = [\"public\"]\n",
    "repo = \"expressjs/*\"\n",
    "repo = \"expressjs/cors\"\n",
    "has_file = [\"a\"]\n",
    "pushed_within = \"9d\"\n",
    "[match.not]\n",
    "topic = \"x\"\n",
    "[repo]\n",
    "dependabot_alerts = true\n",
    "dependabot_alerts = { value = false, requires = [\"security_policy\", \".github:scorecard\"] }\n",
    "description = \"{{ repo.name }} {{ vars.security_email }}\"\n",
    "[repo.security_policy]\n",
    "contact = \"{{ org }}\"\n",
    "template = \"t\"\n",
    "[repo.labels]\nprune = true\n",
    "[repo.labels.items.\"é\"]\n",
    "[repo.rulesets.x.rules.y]\nz = { a = [1, { b = 2 }], c.d = 2026-01-01 }\n",
    "[repo.custom_properties]\nitems.mode = \"x\"\n",
    "[org.code_security.x]\nattach_requires = [\"security_policy\"]\n",
    "requires = [\"org:code_security.x\"]\n",
    "\"",
    "[[",
    "= }\n",
    "\u{0}\u{1b}\n",
    "{{ x }}",
];

fn text() -> impl Strategy<Value = String> {
    let snippet = prop_oneof![
        20 => proptest::sample::select(SNIPPETS).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    proptest::collection::vec(snippet, 0..10).prop_map(|list| list.concat())
}

fn exercise(files: &PolicyFiles) {
    match Policy::parse(files, &catalogue()) {
        Err(rejected) => {
            assert!(rejected.diagnostics.iter().any(crate::diagnostics::Diagnostic::is_error));
            let text = render(&rejected.diagnostics, &rejected.sources, false);
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        }
        Ok(policy) => {
            let repos = [
                repo("cors", json!({"topics": ["x"]})),
                repo(".github", json!({})),
                repo("old", json!({"archived": true})),
            ];
            let resolution = resolve(&policy, &repos);
            let _ = render(&resolution.conflicts, policy.sources(), true);
            let _ = (policy.settings(), policy.match_reads(), policy.rules());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_rules_make_it_panic(a in text(), b in text(), waivers in text(), template in any::<Vec<u8>>()) {
        let mut files = files(&[("rules/a.toml", &a), ("rules/b.toml", &b), ("waivers.toml", &waivers)]);
        files.files.insert("files/t".into(), template);
        exercise(&files);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), path in proptest::sample::select(&["policy.toml", "rules/a.toml", "waivers.toml", "tests/a.toml", "files/a"][..])) {
        let mut files = files(&[("rules/b.toml", "[repo]\ndependabot_alerts = true\n")]);
        files.files.insert(path.into(), bytes);
        exercise(&files);
    }

    /// Rules that are renamed come in another order; what is desired must be the same.
    #[test]
    fn merging_does_not_depend_on_the_order_of_files(
        rules in proptest::collection::vec((text(), 0..3_usize), 1..4),
        turn in 0..4_usize,
    ) {
        let build = |order: &dyn Fn(usize) -> usize| {
            let mut files = files(&[("files/t", "{{ org }}")]);
            for (number, (text, _)) in rules.iter().enumerate() {
                let text = text.replace("overrides = [\"rules/b\"]\n", "");
                files.files.insert(format!("rules/{}.toml", order(number)), text.into_bytes());
            }
            Policy::parse(&files, &catalogue()).ok().map(|policy| {
                let resolution = resolve(&policy, &[repo("cors", json!({"topics": ["x"]}))]);
                let leaves: Vec<_> = resolution.repos.iter().flat_map(|r| &r.desired).map(|d| {
                    let fields: Vec<_> = d.fields.iter().map(|(p, l)| (p.clone(), l.value.clone(), l.mode, l.requires.clone(), l.sources.len())).collect();
                    (d.setting(), fields)
                }).collect();
                (leaves, resolution.conflicts.len())
            })
        };
        let count = rules.len();
        prop_assert_eq!(build(&|n| n), build(&|n| (n + turn) % count));
    }
}
