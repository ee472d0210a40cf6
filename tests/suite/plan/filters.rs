//! `--org`, `--repo`, `--setting`: they narrow what is judged and written, not what is read to judge it.

use crate::support::{Lab, org, repo, state};

fn lab() -> Lab {
    let repos = "[repo]\nprivate_vulnerability_reporting = { value = true, requires = [\".github:security_policy\"] }\n\
                 [repo.secret_scanning]\nenabled = true\npush_protection = true\n\
                 [repo.security_policy]\ncontact = \"sec@acme.test\"\n";
    let some = |login: &str| {
        org(login)
            .repo(repo(".github").file("SECURITY.md", "sec@acme.test\n"))
            .repo(repo("web").file("SECURITY.md", "sec@acme.test\n"))
            .repo(repo("api"))
    };
    let orgs = "[match]\norg = \"*\"\n[org.code_security.base]\ndependabot_alerts = \"enabled\"\n";
    Lab::new(&state([some("acme"), some("umbrella")])).policy(&[("rules/r.toml", repos), ("rules/o.toml", orgs)])
}

/// The targets and settings of the changes.
fn ids(lab: &Lab, args: &[&str]) -> Vec<String> {
    lab.plan_with(args).ids().into_iter().map(str::to_owned).collect()
}

#[test]
fn each_narrows() {
    let lab = lab();
    assert_eq!(ids(&lab, &[]).len(), 20);
    assert_eq!(ids(&lab, &["--org", "acme"]).len(), 10);
    assert_eq!(ids(&lab, &["--repo", "web"]).len(), 6, "organisations are left out");
    assert_eq!(ids(&lab, &["--repo", "acme/*"]).len(), 9);
    assert_eq!(ids(&lab, &["--repo", "web", "--repo", "api"]).len(), 12);
    assert_eq!(ids(&lab, &["--repo", "acme/web", "--setting", "secret_scanning"]).len(), 2);
    assert_eq!(
        ids(&lab, &["--repo", "acme/web", "--setting", "secret_scanning.enabled"]),
        ["acme/web:secret_scanning.enabled"]
    );
    // GitHub would not take it without secret scanning itself, which is left out.
    assert_eq!(ids(&lab, &["--repo", "acme/web", "--setting", "secret_scanning.push_protection"]), [""; 0]);
    assert_eq!(ids(&lab, &["--setting", "code_security"]), ["acme:code_security.base", "umbrella:code_security.base"]);
    assert_eq!(ids(&lab, &["--setting", "code_security.base", "--org", "acme"]), ["acme:code_security.base"]);
    let scope = lab.plan_with(&["--org", "acme", "--repo", "w*", "--setting", "security_policy"]).0["scope"].clone();
    assert_eq!(scope, serde_json::json!({"org": ["acme"], "repo": ["w*"], "setting": ["security_policy"]}));
}

#[test]
fn gates_and_the_organisations_repository_are_seen_whole() {
    let lab = lab();
    let only = ["--repo", "acme/web", "--setting", "private_vulnerability_reporting"];
    assert_eq!(ids(&lab, &only), ["acme/web:private_vulnerability_reporting"], "its gate was judged, and holds");
    lab.edit(|world| world.write_file("acme", ".github", "SECURITY.md", Some("Ask anyone.\n")));
    let plan = lab.plan_with(&only);
    assert_eq!(plan.verdict("acme/web:private_vulnerability_reporting"), "blocked");
    assert_eq!(plan.findings().len(), 1, "and it is not told: {}", plan.text());
    assert_eq!(plan.summary("repositories"), lab.plan().summary("repositories"), "those matched without filters");
}

#[test]
fn apply_writes_only_what_was_asked_for() {
    let lab = lab();
    lab.forget();
    lab.apply_with(&["--repo", "acme/web", "--setting", "private_vulnerability_reporting"]);
    assert_eq!(lab.writes(), ["PUT /repos/acme/web/private-vulnerability-reporting"]);
    assert_eq!(ids(&lab, &[]).len(), 19);
}

#[test]
fn a_misspelt_filter_is_no_filter() {
    let lab = lab();
    lab.run(&["plan", "--org", "acmee"]).exits(1).tells("did you mean `acme`");
    lab.run(&["plan", "--setting", "secret_scaning"]).exits(1).tells("did you mean `secret_scanning`");
    lab.run(&["plan", "--repo", "["]).exits(1).tells("--repo");
    assert!(lab.exchanges().is_empty(), "GitHub is not contacted");
}

#[test]
fn a_filtered_apply_leaves_the_other_files_of_a_pull_request_alone() {
    let rule = "[match]\nrepo = \"web\"\n[repo.files.A]\ncontent = \"a\\n\"\n[repo.files.B]\ncontent = \"b\\n\"\n";
    let lab = Lab::new(&state([org("acme").repo(repo("web"))])).policy(&[("rules/a.toml", rule)]);
    lab.apply_with(&["--setting", "files.A"]);
    assert_eq!(lab.plan_with(&["--setting", "files.A"]).verdict("acme/web:files.A"), "pending");
    lab.apply_with(&["--setting", "files.B"]);
    let plan = lab.plan();
    assert_eq!(plan.with_verdict("pending"), ["acme/web:files.A", "acme/web:files.B"], "{}", plan.text());
    lab.merge();
    assert!(lab.plan().ids().is_empty());
}
