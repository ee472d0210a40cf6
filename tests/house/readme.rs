//! The README's account of the demo is made of lines that the demo prints, in their order.

use std::{fs, path::Path};

use assert_cmd::Command;

/// The lines between the marks; `…` stands for lines that are left out.
fn told() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(path).expect("the README");
    let block = text.split("<!-- demo:begin -->").nth(1).and_then(|rest| rest.split("<!-- demo:end -->").next());
    let lines = block.expect("the marks of the demo").lines().filter(|line| !line.starts_with("```"));
    lines.map(str::to_owned).filter(|line| !line.trim().is_empty() && line.trim() != "…").collect()
}

/// Times differ from run to run.
fn timeless(line: &str) -> String {
    let words = line.split("; ").map(|part| {
        let time =
            part.trim_end_matches('.').ends_with(" s") && part.chars().next().is_some_and(|c| c.is_ascii_digit());
        if time { "TIME" } else { part }
    });
    words.collect::<Vec<_>>().join("; ")
}

#[test]
fn the_demo_prints_what_the_readme_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_ordain")).arg("demo").output().expect("the demo runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    let mut lines = printed.lines().map(timeless);
    let told = told();
    assert!(told.len() > 20, "the README tells too little of the demo");
    for wanted in told {
        let wanted = timeless(&wanted);
        assert!(
            lines.any(|line| line == wanted),
            "the README says `{wanted}`; the demo does not print it, or not there"
        );
    }
}

#[test]
fn the_demo_never_names_an_advisorys_fork() {
    let output = Command::new(env!("CARGO_BIN_EXE_ordain")).args(["demo", "-v"]).output().expect("the demo runs");
    let printed = String::from_utf8_lossy(&output.stdout).to_lowercase()
        + &String::from_utf8_lossy(&output.stderr).to_lowercase();
    assert!(!printed.contains("ghsa-"), "{printed}");
}
