//! From the files to the policy: every file is read, then what they say together is checked, and all problems are told
//! in one go.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Case, Config, Policy, PolicyFiles, Rejected, Template, cases, config,
    document::{self, Reader},
    gates, overrides,
    rule::{Rule, Uses, read_rule},
    template,
    value::did_you_mean,
    waivers,
};
use crate::{
    diagnostics::{Code, Diagnostic, Place, Sources},
    model::Shape,
};

/// What is gathered while files are read.
struct Loader<'f> {
    files: &'f PolicyFiles,
    catalogue: &'f [&'static Shape],
    sources: Sources,
    list: Vec<Diagnostic>,
    /// Whether some file could not be read at all, so that what others say of it cannot be judged.
    broken: bool,
}

impl Policy {
    /// Reads and checks all files.
    ///
    /// # Errors
    /// All problems of all files.
    pub fn parse(files: &PolicyFiles, catalogue: &[&'static Shape]) -> Result<Self, Rejected> {
        let mut loader =
            Loader { files, catalogue, sources: sources(files), list: files.problems.clone(), broken: false };
        let config = loader.toml("policy.toml", config::read).unwrap_or_default();
        let mut uses = Uses::new();
        let rules = loader.rules(&mut uses);
        let waivers =
            loader.toml("waivers.toml", |reader, table| waivers::read(reader, table, catalogue)).unwrap_or_default();
        let cases = loader.other_files(&config);
        let templates = loader.templates(&config, &uses);
        let beats = overrides::beats(&rules, &mut loader.list);
        if !config.orgs.is_empty() {
            loader.list.extend(overrides::strange_orgs(&rules, &config.orgs));
        }
        let Loader { sources, mut list, broken, .. } = loader;
        let mut policy = Self { config, waivers, warnings: Vec::new(), cases, sources, rules, beats, templates };
        // What rules say together is judged only where each of them is well-formed: otherwise one mistake is told often.
        if !list.iter().any(Diagnostic::is_error) {
            list.extend(overrides::certain_conflicts(&policy));
        }
        if !broken {
            list.extend(gates::check(&policy, catalogue));
        }
        if list.iter().any(Diagnostic::is_error) {
            return Err(Rejected { diagnostics: list, sources: policy.sources });
        }
        policy.warnings = list;
        Ok(policy)
    }
}

fn sources(files: &PolicyFiles) -> Sources {
    let mut sources = Sources::new();
    for (path, bytes) in &files.files {
        sources.add(path.as_str(), String::from_utf8_lossy(bytes));
    }
    sources
}

impl Loader<'_> {
    /// Reads a TOML file, where it is there.
    fn toml<T>(&mut self, path: &str, read: impl FnOnce(&mut Reader<'_>, &toml::de::DeTable<'_>) -> T) -> Option<T> {
        let bytes = self.files.files.get(path)?;
        let Some(text) = document::decode(path, bytes, &mut self.list) else {
            self.broken = true;
            return None;
        };
        let before = self.list.len();
        let (table, broken) = document::parse(path, text, &self.sources, &mut self.list);
        self.broken |= broken;
        let syntax: BTreeSet<usize> = self.list[before..].iter().filter_map(|d| self.line_of(d)).collect();
        let after = self.list.len();
        let mut reader = Reader { file: path, sources: &self.sources, list: &mut self.list };
        let value = read(&mut reader, &table);
        if broken {
            // The parser fills gaps; what is said of those is no help.
            let found = self.list.split_off(after);
            let helps =
                |d: &Diagnostic| d.code != Code::MissingKey && self.line_of(d).is_some_and(|l| !syntax.contains(&l));
            let kept: Vec<Diagnostic> = found.into_iter().filter(helps).collect();
            self.list.extend(kept);
        }
        Some(value)
    }

    fn line_of(&self, diagnostic: &Diagnostic) -> Option<usize> {
        diagnostic.place.as_ref().map(|place| self.sources.line(place))
    }

    fn rules(&mut self, uses: &mut Uses) -> Vec<Rule> {
        let catalogue = self.catalogue;
        let paths: Vec<&String> = self.files.files.keys().filter(|path| path.starts_with("rules/")).collect();
        let mut rules = Vec::new();
        let mut count = 0;
        for path in paths {
            if !path.ends_with(".toml") {
                let message = format!("`{path}` is not read: the name of a rule ends in `.toml`");
                self.list.push(Diagnostic::warning(Code::UnexpectedFile, message).at(Place::new(path.as_str(), 0..0)));
                continue;
            }
            count += 1;
            rules.extend(self.toml(path, |reader, table| read_rule(reader, table, catalogue, uses)));
        }
        if count == 0 {
            let error = Diagnostic::error(Code::NoRules, "the policy has no rule");
            self.list.push(error.help("write one as `rules/NAME.toml`"));
        }
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        rules
    }

    /// What else lies in the folder; gives the cases of `tests/`.
    fn other_files(&mut self, config: &Config) -> Vec<Case> {
        if !self.files.files.contains_key("policy.toml") {
            let error = Diagnostic::error(Code::MissingFile, "the policy has no `policy.toml`");
            self.list.push(error.help("it says `version = 1` and which organisations: `orgs = [\"…\"]`"));
        }
        let (catalogue, mut all) = (self.catalogue, Vec::new());
        let paths: Vec<&String> = self.files.files.keys().collect();
        for path in paths {
            if path.starts_with("tests/") && path.ends_with(".toml") {
                all.extend(self.toml(path, |reader, table| cases::read(reader, table, config, catalogue)));
            } else if !path.contains('/') && path.ends_with(".toml") {
                self.stray(path);
            } else {
                self.misplaced(path);
            }
        }
        all.into_iter().flatten().collect()
    }

    /// Says of a file that is not read that it looks as if it should be: a misspelt folder or ending silently drops
    /// what stands there.
    fn misplaced(&mut self, path: &str) {
        const FOLDERS: [&str; 3] = ["rules", "files", "tests"];
        const FILES: [&str; 2] = ["policy.toml", "waivers.toml"];
        let near = match path.split_once('/') {
            Some((folder, _)) if FOLDERS.contains(&folder) => return,
            Some((folder, _)) => did_you_mean(&format!("{folder}/"), ["rules/", "files/", "tests/"].into_iter()),
            None => did_you_mean(path, FILES.into_iter().filter(|file| !self.files.files.contains_key(*file))),
        };
        if near.is_none() && !path.ends_with(".toml") {
            return;
        }
        let message = format!("`{path}` is not read");
        let help = near.unwrap_or_else(|| "the folders of a policy are `rules/`, `files/` and `tests/`".to_owned());
        let warning = Diagnostic::warning(Code::UnexpectedFile, message).at(Place::new(path, 0..0));
        self.list.push(warning.help(help));
    }

    fn stray(&mut self, path: &str) {
        const KNOWN: [&str; 2] = ["policy.toml", "waivers.toml"];
        if KNOWN.contains(&path) {
            return;
        }
        let message = format!("the policy knows no file `{path}`");
        let near = did_you_mean(path, KNOWN.into_iter());
        let expected = "expected `policy.toml`, `waivers.toml`, or a rule under `rules/`";
        let error = Diagnostic::error(Code::UnexpectedFile, message).at(Place::new(path, 0..0));
        self.list.push(error.help(near.unwrap_or_else(|| expected.into())));
    }

    /// Checks templates, their names and their placeholders.
    fn templates(&mut self, config: &Config, uses: &Uses) -> BTreeMap<String, Template> {
        let mut templates = BTreeMap::new();
        for (path, bytes) in &self.files.files {
            let Some(name) = path.strip_prefix("files/") else { continue };
            self.file_faults(path, bytes, config);
            templates.insert(name.to_owned(), Template { bytes: bytes.clone(), uses_repo: template::uses_repo(bytes) });
        }
        let mut used = BTreeSet::new();
        for (name, place) in &uses.templates {
            if templates.contains_key(name) {
                used.insert(name.as_str());
                continue;
            }
            let help = did_you_mean(name, templates.keys().map(String::as_str));
            let error = Diagnostic::error(Code::UnknownTemplate, format!("`files/{name}` is not there"));
            self.list.push(error.at(place.clone()).label("unknown template").maybe_help(help));
        }
        for (text, place, of_org) in &uses.texts {
            for fault in template::faults(text.as_bytes(), &config.vars, *of_org) {
                self.push_fault(fault, place.clone());
            }
        }
        if !self.broken {
            for name in templates.keys().filter(|name| !used.contains(name.as_str())) {
                let message = format!("no rule uses `files/{name}`");
                let place = Place::new(format!("files/{name}"), 0..0);
                self.list.push(Diagnostic::warning(Code::UnusedTemplate, message).at(place));
            }
        }
        templates
    }

    fn file_faults(&mut self, path: &str, bytes: &[u8], config: &Config) {
        // Places count bytes of the shown text, in which bytes that are no characters were replaced.
        let shown = |at: usize| bytes.get(..at).map_or(0, |before| String::from_utf8_lossy(before).len());
        for fault in template::faults(bytes, &config.vars, false) {
            let place = Place::new(path, shown(fault.span.start)..shown(fault.span.end));
            self.push_fault(fault, place);
        }
    }

    fn push_fault(&mut self, fault: template::Fault, place: Place) {
        let code = if fault.unknown { Code::UnknownPlaceholder } else { Code::BadPlaceholder };
        self.list.push(Diagnostic::error(code, fault.message).at(place).maybe_help(fault.help));
    }
}
