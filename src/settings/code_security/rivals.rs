//! Two configurations of a policy that take the same repositories from each other. GitHub gives a repository one
//! configuration, and each kind of new repositories one default: attaching the second takes the first away, so that no apply
//! would ever be the last.

use std::sync::Arc;

use super::{new_repositories::kinds, reach::Reach};
use crate::model::{Desired, Org, Repository, Source};

/// Two configurations that cannot both have what they want: name and place of each, and what they want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// The one.
    pub first: (String, Source),
    /// The other.
    pub second: (String, Source),
    /// What both want: `the repository x`, `new repositories`.
    pub what: String,
}

/// The rivals among what is desired of an organisation, given its repositories.
#[must_use]
pub fn rivals(org: &Org, desired: &[Arc<Desired>], repositories: &[&Repository]) -> Vec<Rival> {
    let all: Vec<&Desired> = desired.iter().map(AsRef::as_ref).filter(|one| one.key == "code_security").collect();
    let mut found = Vec::new();
    for (at, first) in all.iter().enumerate() {
        for second in all.iter().skip(at + 1) {
            found.extend(of_defaults(first, second));
            found.extend(of_attach(org, first, second, repositories));
        }
    }
    found
}

fn rival(first: &Desired, second: &Desired, leaf: &str, what: String) -> Option<Rival> {
    let side = |one: &Desired| Some((one.name.clone()?, one.leaf(leaf)?.sources.first()?.clone()));
    Some(Rival { first: side(first)?, second: side(second)?, what })
}

fn of_defaults(first: &Desired, second: &Desired) -> Option<Rival> {
    const LEAF: &str = "default_for_new_repos";
    let (a, b) = (kinds(first.text(LEAF)?), kinds(second.text(LEAF)?));
    let both = (a.0 && b.0) || (a.1 && b.1);
    both.then(|| rival(first, second, LEAF, "new repositories".to_owned())).flatten()
}

fn of_attach(org: &Org, first: &Desired, second: &Desired, repositories: &[&Repository]) -> Option<Rival> {
    const LEAF: &str = "attach";
    let reach = |one: &Desired| Reach::new(Some(one.value(LEAF)?), org).ok().filter(|reach| !reach.only_free());
    let (a, b) = (reach(first)?, reach(second)?);
    let takes_any = |repo: &&&Repository| !repo.archived && !repo.disabled && a.covers(repo) && b.covers(repo);
    let torn = repositories.iter().find(takes_any)?;
    // The message may be shown to everyone.
    let what = if torn.is_public() { format!("the repository {}", torn.name) } else { "a repository".to_owned() };
    rival(first, second, LEAF, what)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::{Value, json};

    use super::*;
    use crate::model::{Leaf, Mode};

    fn desired(name: &str, path: &str, value: Value) -> Desired {
        let leaf = Leaf {
            value,
            sources: vec![Source { file: "rules/a.toml".into(), line: 3 }],
            rules: Vec::new(),
            mode: Mode::Enforce,
            requires: BTreeSet::new(),
            reason: None,
            rendered: None,
        };
        Desired { key: "code_security", name: Some(name.to_owned()), fields: BTreeMap::from([(path.to_owned(), leaf)]) }
    }

    fn repository(visibility: &str, archived: bool) -> Repository {
        let json = json!({"id": 1, "node_id": "R", "name": "web", "visibility": visibility, "archived": archived});
        serde_json::from_value(json).expect("a repository")
    }

    fn count(path: &str, a: Value, b: Value, repo: &Repository) -> usize {
        let org = Org::new("o").expect("valid");
        rivals(&org, &[desired("a", path, a).into(), desired("b", path, b).into()], &[repo]).len()
    }

    #[test]
    fn two_defaults_of_the_same_kind_are_rivals() {
        let web = repository("public", false);
        let of = |a: &str, b: &str| count("default_for_new_repos", json!(a), json!(b), &web);
        assert_eq!((of("all", "public"), of("public", "public")), (1, 1));
        assert_eq!((of("private_and_internal", "public"), of("none", "all")), (0, 0));
    }

    #[test]
    fn two_that_attach_the_same_repository_are_rivals() {
        let web = repository("public", false);
        let of = |a: Value, b: Value, repo: &Repository| count("attach", a, b, repo);
        assert_eq!(of(json!("public"), json!(["w*"]), &web), 1);
        assert_eq!(of(json!("public"), json!("private_or_internal"), &web), 0);
        assert_eq!(of(json!("public"), json!("all_without_configurations"), &web), 0);
        assert_eq!(
            of(json!("all"), json!("public"), &repository("public", true)),
            0,
            "archived ones are never attached"
        );
    }

    #[test]
    fn a_private_repository_is_not_named() {
        let org = Org::new("o").expect("valid");
        let both = [desired("a", "attach", json!("all")).into(), desired("b", "attach", json!(["web"])).into()];
        let found = rivals(&org, &both, &[&repository("private", false)]);
        assert_eq!(found[0].what, "a repository");
    }
}
