//! Templates: `{{ NAME }}` is replaced, `${{ … }}` is copied untouched, `{{{{` gives `{{`, every other byte is kept.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use crate::{
    diagnostics::nearest,
    model::{Org, Repository},
};

/// The names that are not `vars.*`.
const NAMES: [&str; 7] =
    ["org", "repo.default_branch", "repo.language", "repo.license", "repo.name", "repo.topics", "repo.visibility"];

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'t> {
    /// Bytes that are kept.
    Kept(&'t [u8]),
    /// A name, and where its placeholder stands.
    Name(&'t str, Range<usize>),
}

/// What is wrong with a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// Whether the placeholder is well-formed and only its name is unknown.
    pub(super) unknown: bool,
}

/// Splits a template; a placeholder that is not well-formed is a fault and is kept.
fn pieces(text: &[u8]) -> (Vec<Piece<'_>>, Vec<Fault>) {
    let (mut pieces, mut faults) = (Vec::new(), Vec::new());
    let (mut from, mut at) = (0, 0);
    while let Some(open) = find(text, at, b"{{") {
        if open > from && text[open - 1] == b'$' {
            at = find(text, open, b"}}").map_or(open + 2, |close| close + 2);
            continue;
        }
        if text[open..].starts_with(b"{{{{") {
            pieces.push(Piece::Kept(&text[from..open + 2]));
            from = open + 4;
            at = from;
            continue;
        }
        at = open + 2;
        match placeholder(text, open) {
            Ok((name, end)) => {
                pieces.push(Piece::Kept(&text[from..open]));
                pieces.push(Piece::Name(name, open..end));
                from = end;
                at = end;
            }
            Err(message) => faults.push(Fault {
                span: open..open + 2,
                message: message.into(),
                help: Some("to write `{{` itself, write `{{{{`".into()),
                unknown: false,
            }),
        }
    }
    pieces.push(Piece::Kept(&text[from..]));
    (pieces, faults)
}

/// Reads the name after `{{`, on the same line; gives it with the end of the placeholder.
fn placeholder(text: &[u8], open: usize) -> Result<(&str, usize), &'static str> {
    let rest = &text[open + 2..];
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let close = find(line, 0, b"}}").ok_or("the placeholder has no `}}` on its line")?;
    let name = std::str::from_utf8(&line[..close]).map_or("", str::trim);
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(letters) {
        return Err("a placeholder holds one name and nothing else");
    }
    Ok((name, open + 2 + close + 2))
}

fn find(text: &[u8], from: usize, what: &[u8; 2]) -> Option<usize> {
    text.get(from..)?.windows(2).position(|pair| pair == what).map(|at| at + from)
}

/// Whether a text could hold a placeholder.
pub(super) fn has_placeholder(text: &str) -> bool {
    text.contains("{{")
}

/// Finds what is wrong with a template: placeholders that are not well-formed, and names that do not exist or, for an
/// organisation, cannot have a value.
pub(super) fn faults(text: &[u8], vars: &BTreeMap<String, String>, of_org: bool) -> Vec<Fault> {
    let (pieces, mut faults) = pieces(text);
    for piece in &pieces {
        let Piece::Name(name, span) = piece else { continue };
        let known = match name.strip_prefix("vars.") {
            Some(var) => vars.contains_key(var),
            None => NAMES.contains(name),
        };
        if !known {
            faults.push(unknown(name, span.clone(), vars));
        } else if of_org && name.starts_with("repo.") {
            faults.push(Fault {
                span: span.clone(),
                message: format!("an organisation has no `{name}`"),
                help: Some("settings of an organisation may use `org` and `vars.*`".into()),
                unknown: false,
            });
        }
    }
    faults.sort_by_key(|fault| fault.span.start);
    faults
}

fn unknown(name: &str, span: Range<usize>, vars: &BTreeMap<String, String>) -> Fault {
    let own: Vec<String> = vars.keys().map(|var| format!("vars.{var}")).collect();
    let names = || own.iter().map(String::as_str).chain(NAMES);
    let help = match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "the names are {}; to write `{{{{` itself, write `{{{{{{{{`",
            names().collect::<Vec<_>>().join(", ")
        ),
    };
    Fault { span, message: format!("no value is called `{name}`"), help: Some(help), unknown: true }
}

/// The values of one target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) vars: &'a BTreeMap<String, String>,
    pub(super) org: &'a Org,
    pub(super) repo: Option<&'a Repository>,
}

/// A name that has no value at the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing(pub(super) String);

impl<'a> Values<'a> {
    /// The value of a name, where the target has one.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        if let Some(var) = name.strip_prefix("vars.") {
            return self.vars.get(var).map(|value| Cow::Borrowed(value.as_str()));
        }
        if name == "org" {
            return Some(Cow::Borrowed(self.org.as_str()));
        }
        let repo = self.repo?;
        match name {
            "repo.name" => Some(Cow::Borrowed(repo.name.as_str())),
            "repo.default_branch" => repo.default_branch.as_deref().map(Cow::Borrowed),
            "repo.visibility" => Some(Cow::Owned(repo.visibility.to_string())),
            "repo.topics" => Some(Cow::Owned(repo.topics.join(", "))),
            "repo.language" => repo.language.as_deref().map(Cow::Borrowed),
            "repo.license" => {
                let id = repo.license.as_ref()?.spdx_id.as_deref()?;
                (id != "NOASSERTION").then_some(Cow::Borrowed(id))
            }
            _ => None,
        }
    }

    /// Fills in a file.
    pub(super) fn fill_bytes(&self, text: &[u8]) -> Result<Vec<u8>, Missing> {
        let mut out = Vec::with_capacity(text.len());
        for piece in pieces(text).0 {
            match piece {
                Piece::Kept(bytes) => out.extend_from_slice(bytes),
                Piece::Name(name, _) => {
                    let value = self.get(name).ok_or_else(|| Missing(name.to_owned()))?;
                    out.extend_from_slice(value.as_bytes());
                }
            }
        }
        Ok(out)
    }

    /// Fills in a text.
    pub(super) fn fill(&self, text: &str) -> Result<String, Missing> {
        let bytes = self.fill_bytes(text.as_bytes())?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Whether values of the repository enter a template, for keeping what was filled in.
pub(super) fn uses_repo(text: &[u8]) -> bool {
    of_repo(text).next().is_some()
}

/// The values of the repository that enter a template.
pub(super) fn of_repo(text: &[u8]) -> impl Iterator<Item = &'static str> {
    pieces(text).0.into_iter().filter_map(|piece| match piece {
        Piece::Name(name, _) => NAMES.into_iter().find(|known| *known == name && known.starts_with("repo.")),
        Piece::Kept(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fill(text: &str) -> Result<String, Missing> {
        let vars = BTreeMap::from([("mail".to_owned(), "a@b.c".to_owned())]);
        let org = Org::new("expressjs").expect("valid");
        let repo: Repository = serde_json::from_value(serde_json::json!({
            "id": 1, "node_id": "R_1", "name": "cors", "visibility": "public", "default_branch": "master",
            "topics": ["a", "b"], "license": {"key": "mit", "spdx_id": "MIT"}
        }))
        .expect("a repository");
        Values { vars: &vars, org: &org, repo: Some(&repo) }.fill(text)
    }

    #[test]
    fn names_are_replaced_and_the_rest_is_kept() {
        assert_eq!(fill("to {{ vars.mail }}{{org}}\r\n").as_deref(), Ok("to a@b.cexpressjs\r\n"));
        assert_eq!(
            fill("{{ repo.name }} {{ repo.default_branch }} {{repo.visibility}} {{ repo.topics }} {{ repo.license }}")
                .as_deref(),
            Ok("cors master public a, b MIT")
        );
        assert_eq!(fill("${{ secrets.X }} ${{ org }}").as_deref(), Ok("${{ secrets.X }} ${{ org }}"));
        assert_eq!(fill("${{ open").as_deref(), Ok("${{ open"));
        assert_eq!(fill("{{{{ org }}").as_deref(), Ok("{{ org }}"));
        assert_eq!(fill("{{{{{{{{").as_deref(), Ok("{{{{"));
        assert_eq!(fill("{ } }} $ {").as_deref(), Ok("{ } }} $ {"));
        assert_eq!(fill("{{ repo.language }}"), Err(Missing("repo.language".into())));
    }

    #[test]
    fn faults_have_a_place_and_a_help() {
        let vars = BTreeMap::from([("mail".to_owned(), String::new())]);
        let all = faults(b"x {{ vars.mial }}\n{{ a b }} {{ org\n}} {{ repo.name }}", &vars, true);
        let told: Vec<(&str, Range<usize>)> = all.iter().map(|f| (f.message.as_str(), f.span.clone())).collect();
        assert_eq!(
            told,
            [
                ("no value is called `vars.mial`", 2..17),
                ("a placeholder holds one name and nothing else", 18..20),
                ("the placeholder has no `}}` on its line", 28..30),
                ("an organisation has no `repo.name`", 38..53),
            ]
        );
        assert_eq!(all[0].help.as_deref(), Some("did you mean `vars.mail`?"));
    }

    proptest! {
        #[test]
        fn bytes_without_braces_are_kept(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let vars = BTreeMap::new();
            let org = Org::new("o").expect("valid");
            let values = Values { vars: &vars, org: &org, repo: None };
            let plain: Vec<u8> = bytes.into_iter().filter(|b| *b != b'{').collect();
            prop_assert_eq!(values.fill_bytes(&plain), Ok(plain.clone()));
            let mut around = plain.clone();
            around.extend_from_slice(b"{{ org }}");
            around.extend_from_slice(&plain);
            let mut expected = plain.clone();
            // `${{` is copied, and plain may end in `$`.
            expected.extend_from_slice(if plain.ends_with(b"$") { b"{{ org }}" } else { b"o" });
            expected.extend_from_slice(&plain);
            prop_assert_eq!(values.fill_bytes(&around), Ok(expected));
        }

        #[test]
        fn nothing_panics(text in "[${} a.\n]{0,60}") {
            let _ = faults(text.as_bytes(), &BTreeMap::new(), false);
            let _ = fill(&text);
        }
    }
}
