//! `tests/**/*.toml`: cases that the policy itself must pass. A case is a repository as it might be, and what must be said of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Config,
    document::{Key, Node, Reader},
    gates::setting_fault,
    rule::Uses,
    section::read_section,
    value::{did_you_mean, path_fault},
};
use crate::{
    diagnostics::Code,
    model::{Mode, Org, RepoName, Scope, Shape, Source, Verdict},
};

const KEYS: [&str; 6] = ["name", "org", "repo", "observed", "expect", "as_of"];

/// What a case may say of the repository, in the words of GitHub's list of repositories.
const REPO_KEYS: [&str; 18] = [
    "name",
    "visibility",
    "private",
    "archived",
    "fork",
    "is_template",
    "default_branch",
    "description",
    "homepage",
    "topics",
    "language",
    "license",
    "created_at",
    "pushed_at",
    "custom_properties",
    "files",
    "empty",
    "workflow_runs",
];

/// A case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The organisation: one of the policy's; where the case names none, the first.
    pub org: Org,
    /// The repository's name.
    pub repo: RepoName,
    /// What else it says of the repository, in the words of GitHub's list.
    pub fields: Map<String, Value>,
    /// The files on its default branch; none: as on a new repository.
    pub files: BTreeMap<String, String>,
    /// Whether it has no commit.
    pub empty: bool,
    /// Settings as they might be observed, as a rule would say them under `[repo]`.
    pub observed: Map<String, Value>,
    /// What must be said of which setting.
    pub expect: Vec<Expectation>,
    /// The time at which it is judged; none: now.
    pub as_of: Option<Timestamp>,
    /// Where it stands.
    pub source: Source,
}

/// What must be said of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The setting, or a part of it.
    pub setting: String,
    /// The verdict; none: no rule gives it (`unmanaged`).
    pub verdict: Option<Verdict>,
    /// Where it stands.
    pub source: Source,
}

/// Reads one file of cases.
pub(super) fn read(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    config: &Config,
    catalogue: &[&'static Shape],
) -> Vec<Case> {
    let mut cases = Vec::new();
    for (key, node) in table {
        if key.get_ref() != "case" {
            reader.unknown_key(key, "a file of cases", &["case"]);
            continue;
        }
        let DeValue::Array(list) = node.get_ref() else {
            reader.wrong_type(node, "a list of cases, each beginning with `[[case]]`");
            continue;
        };
        for each in list.iter() {
            cases.extend(case(reader, each, config, catalogue));
        }
    }
    cases
}

fn case(reader: &mut Reader<'_>, node: &Node<'_>, config: &Config, catalogue: &[&'static Shape]) -> Option<Case> {
    let table = reader.table(node)?;
    for (key, _) in table {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            reader.unknown_key(key, "a case", &KEYS);
        }
    }
    let get = |word: &str| table.iter().find(|(key, _)| key.get_ref() == word).map(|(_, node)| node);
    for (word, example) in [("name", "name = \"…\""), ("repo", "[case.repo]"), ("expect", "[case.expect]")] {
        if get(word).is_none() {
            reader.error(Code::MissingKey, node.span(), format!("the case has no `{word}`")).label =
                Some(format!("expected `{example}`"));
        }
    }
    let org = match get("org") {
        None => config.orgs.first().cloned(),
        Some(node) => organisation(reader, node, config),
    };
    let as_of = match get("as_of") {
        None => None,
        Some(node) => Some(time(reader, node)?),
    };
    let (name, repo) = (get("name").and_then(|node| reader.full_text(node)), get("repo"));
    let observed = get("observed").map(|node| observed(reader, node, catalogue)).unwrap_or_default();
    let expect = get("expect").map(|node| expect(reader, node, catalogue)).unwrap_or_default();
    let (repo, fields, files, empty) = repository(reader, repo?)?;
    let source = Source { file: reader.file.to_owned(), line: reader.line(&node.span()) };
    Some(Case { name: name?, org: org?, repo, fields, files, empty, observed, expect, as_of, source })
}

fn organisation(reader: &mut Reader<'_>, node: &Node<'_>, config: &Config) -> Option<Org> {
    let text = reader.full_text(node)?;
    let found = config.orgs.iter().find(|org| org.as_str().eq_ignore_ascii_case(&text)).cloned();
    if found.is_none() {
        let help = did_you_mean(&text, config.orgs.iter().map(Org::as_str));
        let error =
            reader.error(Code::UnknownOrg, node.span(), format!("`{text}` is not among the policy's organisations"));
        error.label = Some("unknown organisation".into());
        error.help = help;
    }
    found
}

fn time(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Timestamp> {
    let text = match node.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        _ => String::new(),
    };
    let found = text.parse().ok();
    if found.is_none() {
        reader.wrong_value(node, "not a time", "expected a time such as `2026-11-22T12:00:00Z`");
    }
    found
}

type Repository = (RepoName, Map<String, Value>, BTreeMap<String, String>, bool);

fn repository(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Repository> {
    let table = reader.table(node)?;
    let (mut name, mut fields, mut files, mut empty) = (None, Map::new(), BTreeMap::new(), false);
    for (key, node) in table {
        match key.get_ref().as_ref() {
            "name" => {
                let text = reader.full_text(node)?;
                name = RepoName::new(text)
                    .map_err(|why| reader.wrong_value(node, why.to_string(), "expected a name"))
                    .ok();
            }
            "files" => files = files_of(reader, node),
            "empty" => empty = json(node.get_ref()) == true,
            word if REPO_KEYS.contains(&word) => {
                fields.insert(word.to_owned(), json(node.get_ref()));
            }
            _ => reader.unknown_key(key, "the repository of a case", &REPO_KEYS),
        }
    }
    if name.is_none() && !table.iter().any(|(key, _)| key.get_ref() == "name") {
        reader.error(Code::MissingKey, node.span(), "the repository of the case has no `name`").label =
            Some("expected `name = \"…\"`".into());
    }
    Some((name?, fields, files, empty))
}

fn files_of(reader: &mut Reader<'_>, node: &Node<'_>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (path, text) in reader.table(node).into_iter().flatten() {
        if let Some(fault) = path_fault(path.get_ref()) {
            reader.error(Code::UnsafePath, path.span(), fault).label = Some("expected a path".into());
        } else if let Some(text) = reader.text(text) {
            files.insert(path.get_ref().to_string(), text.to_owned());
        }
    }
    files
}

/// The settings as a rule would say them; checked as a rule is.
fn observed(reader: &mut Reader<'_>, node: &Node<'_>, catalogue: &[&'static Shape]) -> Map<String, Value> {
    let Some(table) = reader.table(node) else { return Map::new() };
    let mut map = Map::new();
    for (key, node) in table {
        let word = key.get_ref().as_ref();
        // `"secret_scanning.push_protection" = false` says the same as a table within a table.
        match word.split_once('.').filter(|(head, _)| catalogue.iter().any(|shape| shape.key == *head)) {
            Some((head, rest)) => {
                part_fault(reader, key, word, catalogue);
                let inner = map.entry(head.to_owned()).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(inner) = inner {
                    inner.insert(rest.to_owned(), json(node.get_ref()));
                }
            }
            None => {
                map.insert(word.to_owned(), json(node.get_ref()));
            }
        }
    }
    let plain: DeTable<'_> = table.iter().filter(|(key, _)| !key.get_ref().contains('.')).map(clone).collect();
    read_section(reader, Scope::Repo, Mode::Enforce, &plain, catalogue, &mut Uses::new());
    map
}

fn clone<'i>((key, node): (&Key<'i>, &Node<'i>)) -> (Key<'i>, Node<'i>) {
    (Spanned::clone(key), Spanned::clone(node))
}

fn part_fault(reader: &mut Reader<'_>, key: &Key<'_>, setting: &str, catalogue: &[&'static Shape]) {
    if let Some((message, help)) = setting_fault(setting, Scope::Repo, catalogue) {
        let error = reader.error(Code::UnknownSetting, key.span(), message);
        error.label = Some("unknown setting".into());
        error.help = help;
    }
}

fn expect(reader: &mut Reader<'_>, node: &Node<'_>, catalogue: &[&'static Shape]) -> Vec<Expectation> {
    const UNMANAGED: &str = "unmanaged";
    let mut expect = Vec::new();
    for (key, node) in reader.table(node).into_iter().flatten() {
        let setting = key.get_ref().to_string();
        part_fault(reader, key, &setting, catalogue);
        let Some(word) = reader.text(node) else { continue };
        let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
        if verdict.is_none() && word != UNMANAGED {
            let words = || Verdict::ALL.iter().map(|verdict| verdict.as_str()).chain([UNMANAGED]);
            let help = did_you_mean(word, words());
            let error = reader.error(Code::WrongValue, node.span(), format!("`{word}` is not a verdict"));
            error.label = Some("expected a verdict, such as `compliant`, `change` or `blocked`".into());
            error.help = help;
            continue;
        }
        let source = Source { file: reader.file.to_owned(), line: reader.line(&key.span()) };
        expect.push(Expectation { setting, verdict, source });
    }
    expect
}

/// A value as JSON; dates become texts.
fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).ok().into(),
        DeValue::Float(digits) => digits.as_str().parse::<f64>().ok().into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(list) => list.iter().map(|each| json(each.get_ref())).collect(),
        DeValue::Table(table) => {
            table.iter().map(|(key, node)| (key.get_ref().to_string(), json(node.get_ref()))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;

    const RULE: (&str, &str) = ("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n");

    fn problems(cases: &str) -> String {
        fixtures::problems(&[RULE, ("tests/a.toml", cases)])
    }

    #[test]
    fn a_case_is_read_whole() {
        let text = "[[case]]\nname = \"n\"\norg = \"pillarjs\"\nas_of = 2026-11-22T12:00:00Z\n[case.repo]\nname = \"web\"\nvisibility = \"private\"\n\
                    files = { \"SECURITY.md\" = \"Ask.\" }\n[case.observed]\nprivate_vulnerability_reporting = false\n[case.expect]\n\
                    private_vulnerability_reporting = \"not_applicable\"\n\"secret_scanning\" = \"unmanaged\"\n";
        let policy = fixtures::parse(&[RULE, ("tests/a.toml", text)]);
        let [case] = policy.cases() else { unreachable!("{:?}", policy.cases()) };
        assert_eq!((case.name.as_str(), case.repo.as_str(), case.files.len()), ("n", "web", 1));
        assert_eq!(case.fields["visibility"], "private");
        assert_eq!(case.observed["private_vulnerability_reporting"], false);
        assert!(case.expect.iter().any(|one| one.setting == "secret_scanning" && one.verdict.is_none()));
        assert!(case.as_of.is_some());
    }

    #[test]
    fn every_mistake_of_a_case_is_told_with_the_nearest_word() {
        let text = "[[case]]\nnam = \"n\"\n[case.repo]\nnames = \"web\"\n[case.observed]\nprivate_vulnerability_report = false\n\
                    [case.expect]\nprivate_vulnerability_reporting = \"blokked\"\n";
        let told = problems(text);
        for word in ["`nam`", "`names`", "private_vulnerability_report", "blokked", "blocked", "has no `name`"] {
            assert!(told.contains(word), "{word}: {told}");
        }
        assert!(problems("case = 1\n").contains("list of cases"));
        assert!(
            problems(
                "[[case]]\nname = \"n\"\n[case.repo]\nname = \"web\"\nfiles = { \"../x\" = \"\" }\n[case.expect]\n"
            )
            .contains("`..`")
        );
        let broken = "[[case]]\nname = \"n\"\n[case.repo]\nname = \"web\"\n[case.expect]\nprivate_vulnerability_reporting = \"change\"\n";
        assert_eq!(problems(broken), "accepted\n");
    }
}
