//! An organisation of the right size, made up from a sample: the repositories that were looked at, and as many like them as the
//! list has more.

use std::collections::BTreeMap;

use crate::{
    model::{NodeId, RepoName, Repository},
    observe::Sample,
    settings::OrgObserved,
};

/// The repository whose files all others inherit: there is one.
const DEFAULTS: &str = ".github";
/// The numbers of repositories that are made up start here: GitHub's own are far below.
const FIRST_ID: u64 = 1 << 52;

/// The organisation.
pub(super) struct Grown {
    pub(super) sample: Sample,
    /// Repositories that were not looked at, each with the identity of the one that it is like.
    made_up: Vec<(Repository, NodeId)>,
    /// How many of them have got a name that a rule gives.
    seated: usize,
}

impl Grown {
    /// Makes up what the list has beyond the sample: so many public ones as the organisation says, if it does.
    pub(super) fn new(sample: Sample) -> Self {
        let missing = sample.count.saturating_sub(sample.repositories.len() as u64);
        let models: Vec<&Repository> =
            sample.repositories.iter().filter(|one| one.name.as_str() != DEFAULTS && !one.is_advisory_fork()).collect();
        let (public, others): (Vec<_>, Vec<_>) = models.iter().copied().partition(|one| one.is_public());
        let seen = sample.repositories.iter().filter(|one| one.is_public()).count() as u64;
        let made_up = match sample.public {
            Some(told) if !public.is_empty() && !others.is_empty() => {
                let of_public = told.saturating_sub(seen).min(missing);
                alike(&public, of_public, 0).chain(alike(&others, missing - of_public, of_public)).collect()
            }
            _ => alike(&models, missing, 0).collect(),
        };
        Self { sample, made_up, seated: 0 }
    }

    /// How many repositories it has.
    pub(super) fn len(&self) -> usize {
        self.sample.repositories.len() + self.made_up.len()
    }

    /// Whether one of those that are made up can have a name that a rule writes out.
    pub(super) fn can_seat(&self) -> bool {
        self.seated < self.made_up.len()
    }

    /// Gives a name that a rule writes out to one of those that are made up.
    pub(super) fn seat(&mut self, name: RepoName) {
        if let Some((repository, _)) = self.made_up.get_mut(self.seated) {
            repository.name = name;
            self.seated += 1;
        }
    }

    /// The organisation with its repositories, of which nothing else was read.
    pub(super) fn observed(&self) -> OrgObserved {
        let made_up = self.made_up.iter().map(|(repository, _)| repository);
        let mut observed = OrgObserved::new(self.sample.repositories.iter().chain(made_up).cloned().collect());
        observed.token_permissions.clone_from(&self.sample.token_permissions);
        observed.rest.extend(self.sample.about.clone().map(|about| (String::new(), about)));
        observed
    }

    /// The repositories that are made up, by the identity of the one that they are like.
    pub(super) fn twins(&self) -> BTreeMap<&NodeId, Vec<&Repository>> {
        let mut twins: BTreeMap<&NodeId, Vec<&Repository>> = BTreeMap::new();
        for (repository, like) in &self.made_up {
            twins.entry(like).or_default().push(repository);
        }
        twins
    }

    /// All repositories.
    pub(super) fn repositories(&self) -> impl Iterator<Item = &Repository> {
        self.sample.repositories.iter().chain(self.made_up.iter().map(|(repository, _)| repository))
    }
}

/// So many repositories like these, one after the other, each with an identity of its own.
fn alike<'m>(
    models: &'m [&'m Repository],
    count: u64,
    from: u64,
) -> impl Iterator<Item = (Repository, NodeId)> + use<'m> {
    let numbers = from..from.saturating_add(count);
    numbers.zip(models.iter().cycle()).filter_map(|(number, model)| {
        let name: String = model.name.as_str().chars().take(80).collect();
        let repository = Repository {
            id: FIRST_ID + number,
            node_id: NodeId(format!("supposed:{number}").into()),
            name: RepoName::new(format!("{name}-{number}")).ok()?,
            ..(*model).clone()
        };
        Some((repository, model.node_id.clone()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(count: u64, public: Option<u64>) -> Sample {
        let repository = |n: u64| {
            let visibility = if n.is_multiple_of(4) { "private" } else { "public" };
            let name = if n == 1 { DEFAULTS.to_owned() } else { format!("r-{n}") };
            serde_json::from_value(
                json!({"id": n, "node_id": format!("R_{n}"), "name": name, "visibility": visibility}),
            )
        };
        let repositories = (0..8).map(|n| repository(n).expect("a repository")).collect();
        Sample { repositories, count, public, pages: 3, ..Sample::default() }
    }

    #[test]
    fn it_has_as_many_public_ones_as_the_organisation_says() {
        let grown = Grown::new(sample(1_000, Some(900)));
        let observed = grown.observed();
        assert_eq!(observed.repos.len(), 1_000);
        assert_eq!(observed.repos.iter().filter(|repo| repo.repository.is_public()).count(), 900);
        assert_eq!(observed.repos.iter().filter(|repo| repo.repository.name.as_str().starts_with(DEFAULTS)).count(), 1);
        let unsaid = Grown::new(sample(1_000, None)).observed();
        let public = unsaid.repos.iter().filter(|repo| repo.repository.is_public()).count();
        assert!((700..=800).contains(&public), "{public}");
    }

    #[test]
    fn a_name_that_a_rule_gives_is_given_to_one_of_them() {
        let mut grown = Grown::new(sample(9, None));
        assert!(grown.can_seat());
        grown.seat(RepoName::new("core").expect("a name"));
        assert!(!grown.can_seat());
        assert!(grown.observed().named(&RepoName::new("core").expect("a name")).is_some());
        assert!(!Grown::new(sample(8, None)).can_seat());
    }
}
