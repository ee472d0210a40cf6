//! Reports of real plans, made by the real program, and the same plans as JSON.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::support::Lab;

/// A report, and what it must show.
pub(crate) struct Page {
    pub(crate) file: PathBuf,
    pub(crate) entries: Vec<Entry>,
    pub(crate) plan: Value,
}

/// One thing that is told of one target.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) org: String,
    pub(crate) repo: Option<String>,
    pub(crate) key: String,
    pub(crate) verdict: String,
}

impl Entry {
    /// Its row.
    pub(crate) fn place(&self) -> (String, Option<String>) {
        (self.org.clone(), self.repo.clone())
    }
}

/// What a plan as JSON says: each change, each setting that moves with one, each finding.
pub(crate) fn entries(plan: &Value) -> Vec<Entry> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let entry = |one: &Value, key: String, verdict: String| Entry {
        org: text(&one["org"]),
        repo: one["repo"].as_str().map(str::to_owned),
        key,
        verdict,
    };
    let mut all = Vec::new();
    for change in list(&plan["changes"]) {
        all.push(entry(&change, text(&change["key"]), "change".to_owned()));
        for moved in list(&change["effects"]) {
            let key = text(&moved["setting"]).split('.').next().expect("a start").to_owned();
            all.push(entry(&moved, key, "change".to_owned()));
        }
    }
    for finding in list(&plan["findings"]) {
        all.push(entry(&finding, text(&finding["key"]), text(&finding["verdict"])));
    }
    all
}

/// How many rows these stand in.
pub(crate) fn places<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> usize {
    entries.into_iter().map(Entry::place).collect::<BTreeSet<_>>().len()
}

/// Writes a page to where the browser can read it.
pub(crate) fn keep(name: &str, page: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.html"));
    fs::write(&file, page).expect("a page");
    file
}

/// The report of a plan, and the plan.
pub(crate) fn of(lab: &Lab, name: &str) -> Page {
    let plan = lab.run(&["plan", "--all", "--format", "json"]).exits(0).value();
    // Without --all: the picture is whole all the same.
    let page = lab.run(&["plan", "--format", "html"]).exits(0).stdout;
    Page { file: keep(name, &page), entries: entries(&plan), plan }
}

/// The policy of the three organisations, on the demo's state.
pub(crate) fn express(name: &str) -> Page {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let state = fs::read_to_string(root.join("src/cli/demo/state.json")).expect("the demo's state");
    let lab = Lab::new(&serde_json::from_str(&state).expect("JSON"));
    let mut files = Vec::new();
    read(&root.join("policy"), "", &mut files);
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    lab.write_policy(&files);
    of(&lab, name)
}

fn read(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = format!("{prefix}{}", path.file_name().and_then(|name| name.to_str()).expect("a name"));
        if path.is_dir() {
            read(&path, &format!("{name}/"), files);
        } else {
            files.push((name, fs::read_to_string(path).expect("text")));
        }
    }
}
