//! Gates that could never hold.

use crate::policy::fixtures::*;

const POLICY_RULE: (&str, &str) = ("rules/p.toml", "[match]\nvisibility = \"public\"\n[repo]\nsecurity_policy = {}\n");

fn gated(gate: &str) -> String {
    problems(&[
        ("rules/a.toml", &format!("[repo]\ndependabot_alerts = {{ value = true, requires = [\"{gate}\"] }}\n")),
        POLICY_RULE,
    ])
}

#[test]
fn good_gates_pass() {
    for gate in ["security_policy", ".github:security_policy"] {
        assert!(gated(gate).starts_with("accepted"), "{}", gated(gate));
    }
    let org = "[org.code_security.\"ordain baseline\"]\nattach = \"public\"\nattach_requires = [\"security_policy\"]\nrequires = [\".github:security_policy\"]\n";
    parse(&[("rules/a.toml", org), POLICY_RULE]);
    let part = "[repo]\nscorecard = { active = true }\ndependabot_alerts = { value = true, requires = [\"scorecard.installed\"] }\n";
    parse(&[("rules/a.toml", part)]);
}

#[test]
fn bad_gates_say_why() {
    for (gate, expected) in [
        ("security_polcy", "did you mean `security_policy`?"),
        (":x", "is not a gate"),
        ("expressjs/.github:security_policy", "is not a gate"),
        ("two_factor_requirement_enabled", "`org:two_factor_requirement_enabled`"),
        ("secret_scanning", "no rule gives `secret_scanning`"),
        ("secret_scanning.enable", "has no part `enable`"),
        ("security_policy.contact", "judged whole"),
        ("org:security_managers", "no rule gives `security_managers`"),
        ("labels.bug", "no rule gives `labels.bug`"),
    ] {
        let text = gated(gate);
        assert!(text.contains(expected), "{gate}\n{text}");
    }
    let elsewhere = problems(&[
        ("rules/a.toml", "[repo]\ndependabot_alerts = { value = true, requires = [\".github:security_policy\"] }\n"),
        ("rules/p.toml", "[match]\nrepo = \"expressjs/express\"\n[repo]\nsecurity_policy = {}\n"),
    ]);
    assert!(elsewhere.contains("could match a repository `.github`"), "{elsewhere}");
    let attach =
        problems(&[("rules/a.toml", "[org.code_security.x]\nattach_requires = [\"security_polcy\"]\n"), POLICY_RULE]);
    assert!(attach.contains("unknown-gate"), "{attach}");
}

#[test]
fn circles_are_told_with_every_place() {
    let text = problems(&[
        ("rules/a.toml", "[repo]\ndependabot_alerts = { value = true, requires = [\"security_policy\"] }\n"),
        ("rules/b.toml", "[repo.security_policy]\nrequires = [\"scorecard\"]\n"),
        ("rules/c.toml", "[repo.scorecard]\nactive = { value = true, requires = [\"dependabot_alerts\"] }\n"),
    ]);
    insta::assert_snapshot!(text, @r#"
    error[gate-cycle]: these gates wait for each other: `dependabot_alerts` → `security_policy` → `scorecard.active` → `dependabot_alerts`
     --> rules/a.toml:2:49
      |
    2 | dependabot_alerts = { value = true, requires = ["security_policy"] }
      |                                                 ^^^^^^^^^^^^^^^^^ `dependabot_alerts` waits for `security_policy`
      |
     ::: rules/b.toml:2:13
      |
    2 | requires = ["scorecard"]
      |             ----------- `security_policy` waits for `scorecard`
      |
     ::: rules/c.toml:2:38
      |
    2 | active = { value = true, requires = ["dependabot_alerts"] }
      |                                      ------------------- `scorecard.active` waits for `dependabot_alerts`
      |
      = help: leave one of the gates out

    1 error
    "#);
}

#[test]
fn a_repository_may_wait_for_another_of_the_same_kind_but_not_for_itself() {
    let other =
        "[match]\nnot = { repo = \".github\" }\n[repo.security_policy]\nrequires = [\".github:security_policy\"]\n";
    let there = "[match]\nrepo = \".github\"\n[repo]\nsecurity_policy = {}\n";
    parse(&[("rules/a.toml", other), ("rules/b.toml", there)]);
    let all = "[repo.security_policy]\nrequires = [\".github:security_policy\"]\n";
    assert!(problems(&[("rules/a.toml", all)]).contains("gate-cycle"));
    let across = problems(&[
        ("rules/a.toml", "[repo]\nsecurity_policy = { requires = [\"org:code_security.x\"] }\n"),
        ("rules/b.toml", "[org.code_security.x]\nattach_requires = [\"security_policy\"]\n"),
    ]);
    assert!(across.contains("gate-cycle"), "{across}");
}

#[test]
fn long_chains_take_no_time() {
    let label = |n: usize| format!("l{n} = {{ color = \"x\", requires = [\"labels.l{}\"] }}\n", n + 1);
    let chain: String = (0..5000).map(label).collect();
    let rule = format!("[repo.labels]\n{chain}l5000 = {{}}\n");
    assert!(problems(&[("rules/a.toml", &rule)]).starts_with("accepted"));
    let circle = rule.replace("l5000 = {}", "l5000 = { requires = [\"labels.l0\"] }");
    assert_eq!(problems(&[("rules/a.toml", &circle)]).matches("gate-cycle").count(), 1);
}
