//! What a person sees: wrapped at a terminal and whole in a pipe, with colour that says nothing by itself; the trace of `explain`;
//! manual pages that `man` can set.

#![allow(clippy::print_stderr, reason = "what is skipped is said loudly")]

use std::process::{Command, Output};

use unicode_width::UnicodeWidthStr;

use crate::support::{Lab, org, repo, state};

const RULE: &str = "description = \"Every public repository has its alerts on, so that nobody has to find out from the news\"\n\
    [match]\nvisibility = [\"public\"]\n[repo]\n\
    dependabot_alerts = { value = true, reason = \"whoever depends on us must hear of it before the others do, every time\" }\n\
    private_vulnerability_reporting = { value = true, requires = [\"security_policy\"] }\n\
    [repo.security_policy]\ncontact = \"security@acme.example\"\n";

fn lab() -> Lab {
    let many = (0..14).map(|n| repo(&format!("a-rather-long-name-{n:02}")).alerts(false).pvr(false));
    Lab::new(&state([org("acme").repos(many)])).policy(&[("rules/a.toml", RULE)])
}

#[test]
fn lines_fit_the_width_and_only_where_there_is_one() {
    let lab = lab();
    for command in [&["plan"][..], &["drift"], &["explain", "acme/a-rather-long-name-00"], &["doctor"]] {
        let whole = lab.run(command).stdout;
        assert!(whole.lines().any(|line| line.width() > 120), "{command:?}: nothing long to wrap\n{whole}");
        for width in [60, 80, 120, 200] {
            let told = width.to_string();
            let args = [command, &["--width", &told]].concat();
            let wrapped = lab.run(&args).stdout;
            for line in wrapped.lines() {
                let one_word = line.split_whitespace().count() < 2 || line.contains("https://");
                assert!(line.width() <= width || one_word, "{command:?} at {width}: {line}");
            }
            let words = |text: &str| {
                // Costs differ from run to run.
                let kept = text.lines().filter(|line| !line.contains("Reading cost"));
                kept.flat_map(str::split_whitespace).map(str::to_owned).collect::<Vec<_>>()
            };
            if width >= 200 {
                assert_eq!(words(&wrapped).len(), words(&whole).len(), "{command:?}: wrapping loses nothing");
            }
        }
    }
}

#[test]
fn what_hangs_hangs_under_its_column() {
    let told = lab().run(&["explain", "acme/a-rather-long-name-00", "dependabot_alerts", "--width", "60"]).stdout;
    let lines: Vec<&str> = told.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("    why       whoever")).expect("the reason");
    assert!(lines[at + 1].starts_with("              ") && !lines[at + 1].trim().is_empty(), "{told}");
}

/// Runs the program at a terminal of its own; nothing where the machine has no `script`.
fn at_a_terminal(lab: &Lab, args: &str, vars: &[(&str, &str)]) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_ordain");
    let shell = format!("stty rows 24 cols 66 && '{program}' {args}");
    let mut command = Command::new("script");
    command.args(["-qec", &shell, "/dev/null"]).current_dir(lab.folder());
    command.env("GITHUB_API_URL", lab.api_url()).env("GITHUB_TOKEN", crate::support::TOKEN);
    command.env_remove("NO_COLOR").env_remove("CI").env("TERM", "xterm").env_remove("COLUMNS");
    command.envs(vars.iter().copied());
    match command.output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).replace('\r', "")),
        Err(_) => {
            // Loudly, since nothing was held.
            eprintln!("SKIPPED: the command `script` is not here, so nothing was tried at a terminal");
            None
        }
    }
}

/// The text without what a terminal obeys.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn a_terminal_gets_its_width_and_colour_that_says_nothing_by_itself() {
    let lab = lab();
    let Some(colored) = at_a_terminal(&lab, "--quiet plan --no-cache", &[]) else { return };
    assert!(colored.contains("\u{1b}[1m"), "{colored}");
    for line in plain(&colored).lines() {
        assert!(line.width() <= 66 || line.split_whitespace().count() < 2, "{line}");
    }
    for vars in [&[("NO_COLOR", "1")][..], &[("TERM", "dumb")]] {
        let told = at_a_terminal(&lab, "--quiet plan --no-cache", vars).unwrap_or_default();
        assert!(!told.contains('\u{1b}'), "{vars:?}: {told}");
        let words = |text: &str| {
            let kept = text.lines().filter(|line| !line.contains("Reading cost")).map(str::to_owned);
            kept.collect::<Vec<_>>()
        };
        assert_eq!(words(&told), words(&plain(&colored)), "{vars:?}");
    }
}

/// Whether a bar was drawn; that it is said at the end how long reading took is another matter.
fn tells_progress(told: &str) -> bool {
    told.lines().any(|line| line.contains("reading") && !line.contains("ordain: reading"))
}

#[test]
fn a_terminal_is_told_how_far_it_is() {
    let lab = lab();
    let Some(told) = at_a_terminal(&lab, "plan", &[]) else { return };
    assert!(told.contains("reading") && told.contains(" of "), "{told}");
    for (args, vars) in [("--quiet plan", &[][..]), ("plan", &[("CI", "true")]), ("plan", &[("TERM", "dumb")])] {
        let told = at_a_terminal(&lab, args, vars).unwrap_or_default();
        assert!(!tells_progress(&told), "{args} {vars:?}: {told}");
    }
    let piped = lab.run(&["plan"]);
    assert!(!tells_progress(&piped.stderr), "{piped}");
}

#[test]
fn explain_traces_what_won_and_what_lost_and_what_would_be_written() {
    let one = "[repo]\ndependabot_alerts = true\n";
    let other = "overrides = [\"rules/a\"]\n[match]\ntopic = [\"legacy\"]\n[repo]\ndependabot_alerts = false\n";
    let exact = "[match]\nrepo = \"acme/web\"\n[repo]\nhas_wiki = false\n";
    let all = "[repo]\nhas_wiki = true\n";
    let web = repo("web").alerts(true).set("topics", serde_json::json!(["legacy"]));
    let lab = Lab::new(&state([org("acme").repo(web)])).policy(&[
        ("rules/a.toml", one),
        ("rules/b.toml", other),
        ("rules/c.toml", exact),
        ("rules/d.toml", all),
    ]);
    lab.run(&["explain", "acme/web"])
        .exits(0)
        .prints("matched by rules/a, rules/b, rules/c, rules/d")
        .prints("from      rules/b.toml:5 (rules/b) off")
        .prints("beats     rules/a.toml:2 (rules/a) on: rules/b overrides it")
        .prints("beats     rules/d.toml:2 (rules/d) on: rules/c names the repository itself")
        .prints("writes    DELETE /repos/acme/web/vulnerability-alerts")
        .prints("writes    PATCH /repos/acme/web {\"has_wiki\": false}")
        .prints("read by   ");
}

fn groff(page: &str) -> Option<Output> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("page.1");
    std::fs::write(&file, page).expect("written");
    Command::new("groff").args(["-ww", "-man", "-Tutf8", "-K", "utf8", "-P", "-cbou"]).arg(file).output().ok()
}

#[test]
fn manual_pages_are_set_without_a_warning() {
    let lab = lab();
    lab.run(&["man", "--out", "pages"]).exits(0).tells("manual pages are in pages");
    let mut count = 0;
    for entry in std::fs::read_dir(lab.folder().join("pages")).expect("pages") {
        let file = entry.expect("an entry").path();
        let page = std::fs::read_to_string(&file).expect("a page");
        let Some(output) = groff(&page) else {
            eprintln!("SKIPPED: groff is not here; the pages' structure is held by the tests beside the code");
            return;
        };
        let warned = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && warned.is_empty(), "{}: {warned}", file.display());
        let set = plain(&String::from_utf8_lossy(&output.stdout));
        assert!(set.contains("EXAMPLES") && set.contains("EXIT STATUS"), "{set}");
        count += 1;
    }
    assert!(count > 14, "{count}");
    lab.run(&["man"]).exits(0).prints(".TH ORDAIN 1");
    lab.run(&["man", "plan"]).exits(0).prints(".TH ORDAIN-PLAN 1");
    lab.run(&["man", "paln"]).exits(1).tells("did you mean `plan`?");
}
