//! What is too long for a comment stands in the summary of the run that writes it, and the comment says so.

use std::fs;

use serde_json::json;

use super::support::{Lab, org, repo, state};

const RUN: &str = "https://github.example/acme/policy/actions/runs/17";

/// Many repositories, each of which differs in its own way.
fn lab() -> Lab {
    // Long names, so that few repositories are enough.
    let name = |n: usize| format!("{}-repository-{n}", "long".repeat(20));
    let repos = (0..500).map(|n| repo(&name(n)).set("description", json!(format!("{n} of many"))));
    let lab = Lab::new(&state([org("acme").repos(repos)]));
    let summary = lab.folder().join("summary.md");
    let lab = lab
        .env("GITHUB_SERVER_URL", "https://github.example")
        .env("GITHUB_REPOSITORY", "acme/policy")
        .env("GITHUB_RUN_ID", "17")
        .env("GITHUB_STEP_SUMMARY", &summary.to_string_lossy());
    lab.policy(&[("rules/a.toml", "[repo]\ndescription = \"one of many\"\n")])
}

#[test]
fn a_shortened_comment_leads_to_a_summary_that_has_more() {
    let lab = lab();
    for (command, code) in [("plan", 0), ("drift", 2)] {
        let summary = lab.folder().join("summary.md");
        _ = fs::remove_file(&summary);
        let comment = lab.run(&[command, "--format", "markdown"]).exits(code).stdout;
        assert!(comment.len() <= 65_000, "{}", comment.len());
        assert!(comment.contains("_Shortened, since GitHub takes no more here: "), "{comment}");
        assert!(comment.contains(&format!("[summary of the run]({RUN})")), "{comment}");
        let summary = fs::read_to_string(summary).expect("a summary");
        assert!(summary.len() > comment.len() && !summary.contains("_Shortened"));
        for n in [0, 250, 499] {
            assert!(summary.contains(&format!("-repository-{n}`")), "{command}: {n}");
        }
    }
}

#[test]
fn an_apply_writes_its_summary_too() {
    let lab = lab();
    let limits = ["--yes", "--limit", "changes=500", "--limit", "repositories=500", "--format", "markdown"];
    let comment = lab.run(&[&["apply"], &limits[..]].concat()).exits(0).stdout;
    let summary = fs::read_to_string(lab.folder().join("summary.md")).expect("a summary");
    assert!(comment.len() <= 65_000 && summary.len() > comment.len(), "{} {}", comment.len(), summary.len());
    assert!(comment.contains(&format!("[summary of the run]({RUN})")) && !summary.contains("_Shortened"));
    assert!(summary.contains("-repository-499`"));
}
