//! What is said of files that are not well-formed.

use crate::{
    diagnostics::{Code, Diagnostic, Place},
    policy::{Coverage, Policy, PolicyFiles, Share, fixtures::*},
};

#[test]
#[allow(clippy::too_many_lines, reason = "the snapshot is long")]
fn everything_wrong_in_all_files_is_told_at_once() {
    let text = problems(&[
        (
            "policy.toml",
            "version = 2\norg = [\"a\"]\norgs = [\"x\", \"X\", \"a b\"]\n[limits]\nchange = 1\nrepositories = \"150%\"\n",
        ),
        (
            "rules/a.toml",
            "moed = \"audit\"\n[repo]\nprivate_vulnerabilty_reporting = true\ndependabot_alerts = \"yes\"\n",
        ),
        (
            "rules/b.toml",
            "[match]\nvisibilty = \"public\"\nvisibility = \"pubic\"\n[repo.security_policy]\ncontact = 3\ncontcat = \"x\"\n",
        ),
        ("waivers.toml", "[[waiver]]\nrepo = \"a/b\"\nsetting = \"dependabot_alert\"\n"),
    ]);
    insta::assert_snapshot!(text, @r#"
    error[wrong-value]: version 2 is not known to this program
     --> policy.toml:1:11
      |
    1 | version = 2
      |           ^ expected `1`

    error[unknown-key]: `policy.toml` has no key `org`
     --> policy.toml:2:1
      |
    2 | org = ["a"]
      | ^^^ unknown key
      |
      = help: did you mean `orgs`?

    error[duplicate]: the organisation `X` is named twice
     --> policy.toml:3:14
      |
    3 | orgs = ["x", "X", "a b"]
      |              ^^^
      |
     ::: policy.toml:3:9
      |
    3 | orgs = ["x", "X", "a b"]
      |         --- first here

    error[wrong-value]: `a b` is not a valid organisation name: only letters, digits and `-` may stand in it
     --> policy.toml:3:19
      |
    3 | orgs = ["x", "X", "a b"]
      |                   ^^^^^ expected the login of an organisation

    error[unknown-key]: `[limits]` has no key `change`
     --> policy.toml:5:1
      |
    5 | change = 1
      | ^^^^^^ unknown key
      |
      = help: did you mean `changes`?

    error[wrong-value]: `150%` is not a share
     --> policy.toml:6:16
      |
    6 | repositories = "150%"
      |                ^^^^^^ expected a share from `"0%"` to `"100%"`

    error[unknown-key]: a rule has no key `moed`
     --> rules/a.toml:1:1
      |
    1 | moed = "audit"
      | ^^^^ unknown key
      |
      = help: did you mean `mode`?

    error[unknown-setting]: `[repo]` has no setting `private_vulnerabilty_reporting`
     --> rules/a.toml:3:1
      |
    3 | private_vulnerabilty_reporting = true
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unknown setting
      |
      = help: did you mean `private_vulnerability_reporting`?

    error[wrong-type]: expected true or false, found a text
     --> rules/a.toml:4:21
      |
    4 | dependabot_alerts = "yes"
      |                     ^^^^^ expected true or false

    error[unknown-key]: `[match]` has no key `visibilty`
     --> rules/b.toml:2:1
      |
    2 | visibilty = "public"
      | ^^^^^^^^^ unknown key
      |
      = help: did you mean `visibility`?

    error[wrong-value]: `pubic` is not one of the values
     --> rules/b.toml:3:14
      |
    3 | visibility = "pubic"
      |              ^^^^^^^ expected `public`, `private` or `internal`
      |
      = help: did you mean `public`?

    error[wrong-type]: expected a text, found a whole number
     --> rules/b.toml:5:11
      |
    5 | contact = 3
      |           ^ expected a text

    error[unknown-key]: `security_policy` has no key `contcat`
     --> rules/b.toml:6:1
      |
    6 | contcat = "x"
      | ^^^^^^^ unknown key
      |
      = help: did you mean `contact`?

    error[missing-key]: the waiver has no `expires`
     --> waivers.toml:1:1
      |
    1 | [[waiver]]
      | ^^^^^^^^^^ expected `expires = 2027-06-30`, or `permanent = true`

    error[missing-key]: the waiver has no `reason`
     --> waivers.toml:1:1
      |
    1 | [[waiver]]
      | ^^^^^^^^^^ expected `reason = "…"`

    error[unknown-setting]: `[repo]` has no setting `dependabot_alert`
     --> waivers.toml:3:11
      |
    3 | setting = "dependabot_alert"
      |           ^^^^^^^^^^^^^^^^^^ unknown setting
      |
      = help: did you mean `dependabot_alerts`?

    16 errors
    "#);
}

#[test]
fn syntax_errors_do_not_hide_the_rest() {
    let text = problems(&[("rules/a.toml", "[repo]\ndependabot_alerts = \ntopix = 1\n"), ("rules/b.toml", "[repo\n")]);
    insta::assert_snapshot!(text, @r#"
    error[toml-syntax]: string values must be quoted, expected literal string
     --> rules/a.toml:2:21
      |
    2 | dependabot_alerts = 
      |                     ^

    error[unknown-setting]: `[repo]` has no setting `topix`
     --> rules/a.toml:3:1
      |
    3 | topix = 1
      | ^^^^^ unknown setting
      |
      = help: `ordain schema --manual` lists all settings

    error[toml-syntax]: unclosed table, expected `]`
     --> rules/b.toml:1:6
      |
    1 | [repo
      |      ^

    3 errors
    "#);
}

#[test]
fn what_is_missing_is_named() {
    let none = Policy::parse(&PolicyFiles::default(), &catalogue()).expect_err("nothing is there");
    let codes: Vec<Code> = none.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::NoRules, Code::MissingFile]);
    let text = problems(&[("policy.toml", "orgs = []\n"), ("rules/a.toml", "description = \"x\"\n")]);
    for word in ["`version` is missing", "names no organisation", "neither `[repo]` nor `[org]`"] {
        assert!(text.contains(word), "{word}\n{text}");
    }
}

#[test]
fn only_what_a_policy_knows_lies_in_its_folder() {
    let rule = "[repo]\ndependabot_alerts = true\n";
    let text = problems(&[
        ("rules/a.toml", rule),
        ("waiver.toml", ""),
        ("rules/b.tml", ""),
        ("README.md", ""),
        ("tests/a.toml", "x ="),
    ]);
    for word in ["did you mean `waivers.toml`?", "`rules/b.tml` is not read", "tests/a.toml:1"] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    assert!(!text.contains("README"), "{text}");
    let fine = parse(&[("rules/a.toml", rule), ("README.md", "\u{0}"), ("rules/README.md", ""), ("files/x", "")]);
    assert_eq!(fine.warnings.len(), 2);
}

#[test]
fn what_the_reader_found_is_told_too() {
    let mut files = files(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    files
        .problems
        .push(Diagnostic::error(Code::NotRegularFile, "`rules/b.toml` is a link").at(Place::new("rules/b.toml", 0..0)));
    assert!(Policy::parse(&files, &catalogue()).is_err());
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let mut files = files(&[("rules/a.toml", "[repo]\ndependabot_alerts = true\n")]);
    files.files.insert("rules/b.toml".into(), b"[repo]\n\xff\xfe".to_vec());
    let rejected = Policy::parse(&files, &catalogue()).expect_err("not UTF-8");
    assert_eq!(rejected.diagnostics.len(), 1);
    assert!(rejected.diagnostics[0].message.contains("byte 7, on line 2"), "{:?}", rejected.diagnostics);
}

#[test]
fn a_config_is_read_whole() {
    let policy = parse(&[
        (
            "policy.toml",
            "version = 1\norgs = [\"a\"]\n[limits]\nchanges = 5\nrepositories = \"50%\"\ndeletions = 1\npull_requests = 0\n\
             [plans]\nmax_age = \"2h\"\n[coverage]\nunmatched = \"violation\"\n",
        ),
        ("rules/a.toml", "[repo]\ndependabot_alerts = true\n"),
    ]);
    let config = &policy.config;
    assert_eq!(config.limits.changes, Some(5));
    assert_eq!(config.limits.repositories, Some(Share::Percent(50)));
    assert_eq!((config.limits.deletions, config.limits.loosening, config.limits.pull_requests), (1, 0, 0));
    assert_eq!(config.max_age.as_hours(), 2);
    assert_eq!(config.coverage, Coverage::Violation);
    assert_eq!((Share::Percent(50).of(7), Share::Count(3).of(7)), (3, 3));
}

#[test]
fn settings_stand_in_their_own_table() {
    let text = problems(&[
        ("rules/a.toml", "dependabot_alerts = true\n[repo]\ntwo_factor_requirement_enabled = true\n"),
        ("rules/b.toml", "[match]\nvisibility = \"public\"\n[org]\ntwo_factor_requirement_enabled = true\n"),
    ]);
    for word in ["write it under `[repo]`", "it is a setting of `[org]`", "matches on `org` alone, not on `visibility`"]
    {
        assert!(text.contains(word), "{word}\n{text}");
    }
}

#[test]
fn unsafe_paths_are_refused() {
    for path in ["../x", "/etc/passwd", ".git/config", "a\\\\b"] {
        let rule = format!("[repo.files.\"{path}\"]\ncontent = \"x\"\n");
        assert!(problems(&[("rules/a.toml", &rule)]).contains("unsafe-path"), "{path}");
    }
}

#[test]
fn the_setting_itself_may_refuse() {
    let text = problems(&[("rules/a.toml", "[repo.files.x]\ncontent = \"x\"\ntemplate = \"y\"\n"), ("files/y", "")]);
    assert!(text.contains("files.x: `template` and `content` exclude each other"), "{text}");
    assert!(text.contains("rules/a.toml:2:1"), "{text}");
}

#[test]
fn hostile_depth_is_refused() {
    let bomb = format!("[repo.rulesets.x.rules]\nx = {}", format!("{{{} = ", ["a"; 79].join(".")).repeat(79));
    assert!(problems(&[("rules/a.toml", &bomb)]).contains("deep in each other"));
    let twins = format!("x = {{ {} = 1 }}\n", ["a"; 60].join(".")).repeat(3);
    assert!(problems(&[("rules/a.toml", &twins)]).contains("error"));
}
