//! The README's account of the demo is made of lines that the demo prints, in their order.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use assert_cmd::Command;

/// The lines of the README between two marks.
fn block(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(path).expect("the README");
    let from = text.split(&format!("<!-- {name}:begin -->")).nth(1);
    let block = from.and_then(|rest| rest.split(&format!("<!-- {name}:end -->")).next()).expect("the marks");
    block.lines().filter(|line| !line.starts_with("```")).map(str::to_owned).collect()
}

/// The lines of the demo; `…` stands for lines that are left out.
fn told() -> Vec<String> {
    block("demo").into_iter().filter(|line| !line.trim().is_empty() && line.trim() != "…").collect()
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

/// The commands of the README's walk, as they stand there, against a simulator on a free port.
#[cfg(target_os = "linux")]
#[test]
#[allow(clippy::disallowed_methods, reason = "a shell needs the PATH on which its tools are")]
fn the_walk_of_the_readme_can_be_walked() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_ordain"));
    let mut sim = std::process::Command::new(program)
        .args(["sim", "--generate", "12", "--quiet"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the simulator");
    let mut address = String::new();
    BufReader::new(sim.stdout.take().expect("its output")).read_line(&mut address).expect("its address");
    let ours = |line: &String| !line.starts_with("ordain sim ") && !line.starts_with("kill ");
    let walk: Vec<String> = block("walk").into_iter().filter(ours).collect();
    let walk = walk.join("\n").replace("http://127.0.0.1:4011", address.trim());
    let path = format!("{}:{}", program.parent().expect("a folder").display(), std::env::var("PATH").expect("a path"));
    let output = Command::new("bash")
        .args(["-euxo", "pipefail", "-c", &walk])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder.path())
        .output()
        .expect("bash runs");
    sim.kill().and_then(|()| sim.wait()).expect("the simulator ends");
    let told = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    for words in ["5 changes in 5 repositories", "1 case: 1 passed", "5 changed", "it differs again: exit code 2"] {
        assert!(told.contains(words), "`{words}` is missing:\n{told}");
    }
    for file in ["plan.md", "report.html", "journal.jsonl"] {
        assert!(folder.path().join("walk").join(file).metadata().expect(file).len() > 500, "{file}");
    }
}
