//! Policies that are not well-formed: all problems of all files in one run, each with its place; GitHub is not asked.

use crate::support::{Lab, Ran, org, repo, state};

const RULE: &str = "[repo]\ndependabot_alerts = true\n";
const POLICY: &str = "version = 1\norgs = [\"acme\"]\n";

/// Runs every command that takes a policy over it: exit 1, nothing on standard output, nothing asked.
#[track_caller]
fn refused(files: &[(&str, &str)], words: &[&str]) -> Ran {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    lab.write_policy(files);
    let mut told = String::new();
    for command in
        [&["validate"][..], &["plan"], &["apply", "--yes"], &["drift"], &["snapshot"], &["explain", "acme/web"]]
    {
        let mut ran = lab.run(command).exits(1);
        assert_eq!(ran.stdout, "", "{ran}");
        for word in words {
            ran = ran.tells(word);
        }
        assert!(told.is_empty() || told == ran.stderr, "every command says the same\n{ran}");
        told = ran.stderr;
    }
    assert!(lab.exchanges().is_empty(), "GitHub was asked");
    lab.run(&["validate"])
}

/// The same for one rule.
#[track_caller]
fn rule_refused(rule: &str, words: &[&str]) {
    refused(&[("policy.toml", POLICY), ("rules/a.toml", rule)], words);
}

#[test]
fn everything_wrong_in_all_files_is_told_in_one_run() {
    let files = [
        ("policy.toml", "version = 1\norg = [\"acme\"]\n[limits]\nchange = 3\n"),
        ("rules/a.toml", "this is not toml\n"),
        ("rules/b.toml", "[match]\nvisibilty = \"public\"\n[repo]\ndependabot_alert = true\n"),
        ("rules/c.toml", "[repo.security_policy]\ncontact = \"{{ vars.mail }}\"\n"),
        ("files/x.yml", "on: {{ repo.langage }}\n"),
        ("waivers.toml", "[[waiver]]\nrepo = \"acme/web\"\n"),
        ("tests/t.toml", "= 1\n"),
    ];
    let places = [
        "policy.toml:2:1",
        "did you mean `orgs`?",
        "policy.toml:4:1",
        "did you mean `changes`?",
        "rules/a.toml:1:6",
        "rules/b.toml:2:1",
        "did you mean `visibility`?",
        "rules/b.toml:4:1",
        "did you mean `dependabot_alerts`?",
        "rules/c.toml:2:11",
        "`vars.mail`",
        "files/x.yml:1:5",
        "did you mean `repo.language`?",
        "waivers.toml:1:1",
        "`reason`",
        "`expires`",
        "tests/t.toml:1:1",
        "^^^^",
        "the policy in policy cannot be used; nothing was read or changed",
    ];
    refused(&files, &places);
}

#[test]
fn what_is_missing_is_told() {
    refused(&[("policy.toml", POLICY)], &["the policy has no rule", "rules/NAME.toml"]);
    refused(
        &[("policy.toml", "version = 1\n"), ("rules/a.toml", RULE)],
        &["names no organisation", "policy.toml:1:1", "orgs = "],
    );
    refused(&[("policy.toml", "version = 1\norgs = []\n"), ("rules/a.toml", RULE)], &["names no organisation"]);
    refused(&[("policy.toml", "orgs = [\"acme\"]\n"), ("rules/a.toml", RULE)], &["`version` is missing"]);
    refused(
        &[("policy.toml", "version = 7\norgs = [\"acme\"]\n"), ("rules/a.toml", RULE)],
        &["version 7", "policy.toml:1:11"],
    );
    rule_refused("description = \"x\"\n", &["neither `[repo]` nor `[org]`", "rules/a.toml:1:1"]);
}

#[test]
fn organisations_are_named_once_and_rightly() {
    let policy = "version = 1\norgs = [\"acme\", \"ACME\", \"a b\", \"acme/web\", 3, \"\"]\n";
    let words =
        ["`ACME` is named twice", "policy.toml:2:17", "first here", "`a b`", "`acme/web`", "found a whole number"];
    refused(&[("policy.toml", policy), ("rules/a.toml", RULE)], &words);
}

#[test]
fn misspelt_keys_are_told_at_every_level() {
    let cases = [
        ("moed = \"audit\"\n[repo]\ndependabot_alerts = true\n", "did you mean `mode`?"),
        ("mode = \"audits\"\n[repo]\ndependabot_alerts = true\n", "did you mean `audit`?"),
        ("[rpeo]\ndependabot_alerts = true\n", "did you mean `repo`?"),
        ("[match]\ntopci = \"x\"\n[repo]\ndependabot_alerts = true\n", "did you mean `topic`?"),
        ("[match.nto]\ntopic = \"x\"\n[repo]\ndependabot_alerts = true\n", "did you mean `not`?"),
        ("[match.not]\ntopics = \"x\"\n[repo]\ndependabot_alerts = true\n", "did you mean `topic`?"),
        ("[repo]\ndependabot_alert = true\n", "did you mean `dependabot_alerts`?"),
        ("[repo.secret_scanning]\npush_protect = true\n", "did you mean `push_protection`?"),
        ("[repo.files.X]\ntemplat = \"x\"\n", "did you mean `template`?"),
        ("[repo.files.X]\ncontent = \"x\"\nensure = \"contians\"\n", "did you mean `contains`?"),
        ("[repo.files.X]\ncontent = \"x\"\ndelivery = \"comit\"\n", "did you mean `commit`?"),
        ("[repo.scorecard]\nsucceeded_wihtin = \"30d\"\n", "did you mean `succeeded_within`?"),
        ("[repo]\ndependabot_alerts = { valeu = true }\n", "did you mean `value`?"),
        ("[repo]\ndependabot_alerts = { value = true, require = [] }\n", "did you mean `requires`?"),
        ("[org.code_securty.x]\n", "did you mean `code_security`?"),
        ("[org.code_security.x]\nattach = \"pubic\"\n", "did you mean `public`?"),
        ("[org.code_security.x]\nsecret_scaning = \"enabled\"\n", "did you mean `secret_scanning`?"),
    ];
    for (rule, help) in cases {
        rule_refused(rule, &[help, "rules/a.toml:", "^"]);
    }
}

#[test]
fn wrong_types_and_words_are_told_with_what_was_expected() {
    let cases = [
        ("[repo]\ndependabot_alerts = \"yes\"\n", "expected true or false"),
        ("[repo]\ndependabot_alerts = [true]\n", "expected true or false"),
        ("[repo.security_policy]\ncontact = 3\n", "expected a text"),
        ("[repo]\nsecurity_policy = true\n", "expected a table"),
        ("repo = 3\n", "expected a table"),
        ("match = []\n[repo]\ndependabot_alerts = true\n", "expected a table"),
        ("[repo.scorecard]\nsucceeded_within = \"30 days\"\n", "is not a duration"),
        ("[repo.scorecard]\nsucceeded_within = \"99999999999999999999d\"\n", "is not a duration"),
        ("[match]\npushed_within = \"-5d\"\n[repo]\ndependabot_alerts = true\n", "is not a duration"),
        ("[match]\ncreated_before = 2024-13-45\n[repo]\ndependabot_alerts = true\n", "rules/a.toml:2:"),
        ("[match]\ncreated_after = \"yesterday\"\n[repo]\ndependabot_alerts = true\n", "is not a date"),
        ("[match]\nrepo = [\"acme/[x\"]\n[repo]\ndependabot_alerts = true\n", "is not a glob"),
        ("[match]\nrepo = [\"a/b/c\"]\n[repo]\ndependabot_alerts = true\n", "`a/b/c`"),
        (
            "[match]\nvisibility = [\"galactic\"]\n[repo]\ndependabot_alerts = true\n",
            "expected `public`, `private` or `internal`",
        ),
        ("[match]\nhas_file = \"../x\"\n[repo]\ndependabot_alerts = true\n", "`..`"),
        ("[repo.security_policy]\ncontains = [\"/([/\"]\n", "rules/a.toml:2"),
        ("[match]\nvisibility = \"public\"\n[org.code_security.x]\ndescription = \"x\"\n", "`org` alone"),
        ("[org]\ndependabot_alerts = true\n", "it is a setting of `[repo]`"),
    ];
    for (rule, words) in cases {
        rule_refused(rule, &[words, "rules/a.toml:", "^"]);
    }
}

#[test]
fn rules_that_contradict_each_other_show_both_places() {
    let twins =
        [("policy.toml", POLICY), ("rules/a.toml", RULE), ("rules/b.toml", "\n[repo]\ndependabot_alerts = false\n")];
    refused(&twins, &["rules/a.toml:2:1", "rules/b.toml:3:1", "`overrides`"]);
    let unknown = [
        ("policy.toml", POLICY),
        ("rules/base.toml", RULE),
        ("rules/b.toml", "overrides = [\"rules/bsae\"]\n[repo]\ndependabot_alerts = true\n"),
    ];
    refused(&unknown, &["no rule is called `rules/bsae`", "did you mean `rules/base`?", "rules/b.toml:1:14"]);
    let circle = [
        ("policy.toml", POLICY),
        ("rules/a.toml", "overrides = [\"rules/b\"]\n[repo]\ndependabot_alerts = true\n"),
        ("rules/b.toml", "overrides = [\"rules/a\"]\n[repo]\ndependabot_alerts = true\n"),
    ];
    refused(&circle, &["override each other in a circle", "rules/a.toml:1:14", "rules/b.toml:1:14"]);
}

#[test]
fn a_contradiction_that_only_repositories_show_is_told_before_anything_else_is_read() {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    let b = "[match]\nfork = false\n[repo]\ndependabot_alerts = false\n";
    lab.write_policy(&[("rules/a.toml", super::ALERTS), ("rules/b.toml", b)]);
    lab.run(&["validate"]).exits(0);
    lab.run(&["apply", "--yes"])
        .exits(1)
        .tells("acme/web")
        .tells("rules/a.toml:4:1")
        .tells("rules/b.toml:4:1")
        .tells("`overrides`");
    assert!(lab.exchanges().iter().all(|one| one.path_and_query.starts_with("/orgs/acme")), "more was read");
}

#[test]
fn gates_that_cannot_hold_are_told() {
    rule_refused(
        "[repo]\ndependabot_alerts = { value = true, requires = [\"security_polici\"] }\n",
        &["did you mean `security_policy`?", "rules/a.toml:2:"],
    );
    rule_refused(
        "[repo]\ndependabot_alerts = { value = true, requires = [\"security_policy\"] }\n",
        &["can never hold", "rules/a.toml:2:"],
    );
    rule_refused(
        "[repo]\ndependabot_alerts = { value = true, requires = [\"\", \"a:b:c\", \"org:\"] }\n",
        &["rules/a.toml:2:"],
    );
    let circle = "[repo]\ndependabot_alerts = { value = true, requires = [\"private_vulnerability_reporting\"] }\nprivate_vulnerability_reporting = { value = true, requires = [\"dependabot_alerts\"] }\n";
    rule_refused(circle, &["wait for each other", "rules/a.toml:2:", "rules/a.toml:3:"]);
}

#[test]
fn templates_are_checked_before_github_is_asked() {
    let use_of = |name: &str| format!("[repo.files.\"{name}\"]\ntemplate = \"{name}\"\n");
    let files = |rule: &str, file: &str, text: &str| {
        let all = [("policy.toml", POLICY), ("rules/a.toml", rule), (file, text)];
        all.map(|(path, text)| (path.to_owned(), text.to_owned()))
    };
    let hold = |rule: &str, file: &str, text: &str, words: &[&str]| {
        let files = files(rule, file, text);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        refused(&files, words);
    };
    hold(&use_of("wrkflow.yml"), "files/workflow.yml", "x", &["did you mean `workflow.yml`?", "rules/a.toml:2:"]);
    hold(&use_of("a.yml"), "files/a.yml", "x\n  y: {{ vars.mial }}\n", &["`vars.mial`", "files/a.yml:2:6"]);
    hold(&use_of("a.yml"), "files/a.yml", "{{ repo.name", &["files/a.yml:1:1"]);
    hold(&use_of("a.yml"), "files/a.yml", "{{ }}", &["files/a.yml:1:1"]);
    hold(&use_of("a.yml"), "files/a.yml", "{{ repo.name | upper }}", &["files/a.yml:1:1"]);
    rule_refused("[repo.files.x]\ntemplate = \"../policy.toml\"\n", &["rules/a.toml:2:"]);
    rule_refused("[repo.files.x]\ntemplate = \"/etc/passwd\"\n", &["rules/a.toml:2:"]);
}

#[test]
fn a_workflow_full_of_expressions_is_copied_untouched() {
    let text = "on: push\r\nenv:\r\n  A: ${{ secrets.A }}${{vars.B}}\r\n  C: ${{ github.event['x'] }} ${{ '{{{{' }} $${{ x }}\r\n  D: {{ repo.name }}\r\n  E: {{{{ x }}\r\n  F: }} { { $ {";
    let want = text.replace("{{ repo.name }}", "web").replace("E: {{{{ x", "E: {{ x");
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    let rule = "[repo.files.\".github/workflows/x.yml\"]\ntemplate = \"x.yml\"\n";
    lab.write_policy(&[("rules/a.toml", rule), ("files/x.yml", text)]);
    lab.apply();
    lab.merge();
    let mut got = None;
    lab.edit(|world| {
        got = world.org("acme").and_then(|org| org.file("web", ".github/workflows/x.yml").map(str::to_owned));
    });
    assert_eq!(got, Some(want));
}

#[test]
fn a_value_that_the_repository_does_not_have_is_told_at_the_plan() {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    lab.write_policy(&[("rules/a.toml", "[repo.files.X]\ntemplate = \"x\"\n"), ("files/x", "{{ repo.language }}")]);
    lab.run(&["validate"]).exits(0);
    let ran = lab
        .run(&["apply", "--yes"])
        .exits(1)
        .tells("acme/web: `repo.language` has no value there")
        .tells("rules/a.toml:2:1");
    assert!(!ran.stderr.contains("contradict"), "{ran}");
    super::nothing_written(&lab);
}

#[test]
fn paths_stay_inside_the_repository() {
    for path in [
        "../x",
        "a/../../x",
        "/etc/passwd",
        ".git/config",
        "a/.GIT/hooks/x",
        "a\\\\b",
        "",
        "a//b",
        "a/./b",
        "a/",
        "a\\u0000b",
    ] {
        let rule = format!("[repo.files.\"{path}\"]\ncontent = \"x\"\n");
        rule_refused(&rule, &["unsafe-path", "rules/a.toml:1:13"]);
        let rule = format!("[match]\nhas_file = \"{path}\"\n{RULE}");
        rule_refused(&rule, &["rules/a.toml:2:"]);
    }
}

#[test]
fn waivers_say_what_why_and_until_when() {
    let waivers = "[[waiver]]\nrepo = \"acme/web\"\nsetting = \"dependabot_alerts\"\n\
        [[waiver]]\nrepo = \"acme/[x\"\nsetting = \"dependabot_alrts\"\nreason = \"a\"\nexpires = \"soon\"\n\
        [[waiver]]\nsetting = \"dependabot_alerts\"\nreason = \"\"\nexpires = 2030-01-01\npermanent = true\nowener = \"me\"\n\
        [[wavier]]\n";
    let words = [
        "has no `expires`",
        "has no `reason`",
        "waivers.toml:1:1",
        "not a glob",
        "waivers.toml:5:8",
        "did you mean `dependabot_alerts`?",
        "expected a date",
        "waivers.toml:8:11",
        "does not say what it is for",
        "a permanent waiver does not expire",
        "did you mean `owner`?",
        "did you mean `waiver`?",
    ];
    refused(&[("policy.toml", POLICY), ("rules/a.toml", RULE), ("waivers.toml", waivers)], &words);
}

#[test]
fn an_expired_waiver_is_a_warning() {
    let lab = Lab::new(&state([org("acme").repo(repo("web"))]));
    let waiver =
        "\n[[waiver]]\nrepo = \"acme/web\"\nsetting = \"dependabot_alerts\"\nreason = \"old\"\nexpires = 2020-01-01\n";
    lab.write_policy(&[("rules/a.toml", RULE), ("waivers.toml", waiver)]);
    let ran =
        lab.run(&["plan"]).exits(0).prints("waivers.toml:2").prints("expired on 2020-01-01").prints("1 to change");
    assert!(!ran.stdout.contains("waived"), "{ran}");
}

#[test]
fn hostile_sizes_end() {
    let deep = format!("x = {}1{}\n", "[".repeat(50_000), "]".repeat(50_000));
    refused(
        &[("policy.toml", POLICY), ("rules/a.toml", RULE), ("rules/d.toml", &deep)],
        &["rules/d.toml:1:", "deep in each other"],
    );
    let header = format!("[{}a]\n", "a.".repeat(50_000));
    refused(&[("policy.toml", POLICY), ("rules/a.toml", RULE), ("rules/d.toml", &header)], &["rules/d.toml:1:"]);
    let long = format!("[repo]\n{} = 1\n", "x".repeat(1_000_000));
    let ran =
        refused(&[("policy.toml", POLICY), ("rules/a.toml", RULE), ("rules/d.toml", &long)], &["rules/d.toml:2:1"]);
    assert!(ran.stderr.len() < 10_000, "{}", ran.stderr.len());
    let same = "x = 1\n".repeat(20_000);
    let ran = refused(
        &[("policy.toml", POLICY), ("rules/a.toml", RULE), ("rules/d.toml", &same)],
        &["rules/d.toml: ", "more are not shown", "20000 errors"],
    );
    assert!(ran.stderr.len() < 50_000, "{}", ran.stderr.len());
}
