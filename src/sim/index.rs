//! Where a repository stands among those of its organisation: by name, number and GraphQL id, and in the orders of the lists.
//!
//! Whoever uses the simulator may change its world as they like, so a place is held against the repository that stands
//! there, and whatever does not fit is looked for one by one. Orders are forgotten after each write ([`World::touched`]).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::lock;
use super::world::{Org, Repo, World};

/// The places of an organisation's repositories. It is no part of the state: two are always equal, a copy is empty.
#[derive(Default)]
pub struct Index(Mutex<Places>);

#[derive(Default)]
struct Places {
    /// How many repositories there were.
    size: Option<usize>,
    names: BTreeMap<String, usize>,
    numbers: BTreeMap<u64, usize>,
    nodes: BTreeMap<String, (usize, Option<usize>)>,
    orders: BTreeMap<Order, Arc<[usize]>>,
}

/// An order of the repositories; where two are equal, the name decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// By name, without case.
    Name,
    /// By number.
    Number,
    /// Oldest first.
    Created,
    /// Least lately changed first.
    Updated,
    /// Least lately pushed to first.
    Pushed,
}

impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Index")
    }
}

impl Places {
    fn of(repos: &[Repo]) -> Self {
        let mut places = Self { size: Some(repos.len()), ..Self::default() };
        // From behind, so that of two with one name the first is found.
        for (r, repo) in repos.iter().enumerate().rev() {
            places.names.insert(repo.name.to_ascii_lowercase(), r);
            places.numbers.insert(repo.id, r);
            for (w, workflow) in repo.workflows.iter().enumerate() {
                places.nodes.insert(workflow.node_id.clone(), (r, Some(w)));
            }
            places.nodes.insert(repo.node_id.clone(), (r, None));
        }
        places
    }

    /// Makes the places fit the number of repositories.
    fn fit(&mut self, repos: &[Repo]) {
        if self.size != Some(repos.len()) {
            *self = Self::of(repos);
        }
    }

    /// Returns the place that `known` tells if the repository there is the right one; else whichever is.
    fn find(
        &mut self,
        repos: &[Repo],
        known: impl Fn(&Self) -> Option<usize>,
        right: impl Fn(&Repo) -> bool,
    ) -> Option<usize> {
        self.fit(repos);
        if let Some(at) = known(self).filter(|at| repos.get(*at).is_some_and(&right)) {
            return Some(at);
        }
        let found = repos.iter().position(right);
        if found.is_some() || known(self).is_some() {
            *self = Self::of(repos);
        }
        found
    }
}

impl Org {
    /// Returns the place of a repository by its present name.
    pub fn repo_index(&self, name: &str) -> Option<usize> {
        let folded = name.to_ascii_lowercase();
        let known = |places: &Places| places.names.get(&folded).copied();
        lock(&self.index.0).find(&self.repos, known, |repo| repo.name.eq_ignore_ascii_case(name))
    }

    /// Returns the place of a repository by its number.
    pub(super) fn number_index(&self, id: u64) -> Option<usize> {
        let known = |places: &Places| places.numbers.get(&id).copied();
        lock(&self.index.0).find(&self.repos, known, |repo| repo.id == id)
    }

    /// Returns the place of a repository, or of one of its workflows, by GraphQL id; none where it is not found at once.
    pub(super) fn node_index(&self, id: &str) -> Option<(usize, Option<usize>)> {
        let mut places = lock(&self.index.0);
        places.fit(&self.repos);
        let (r, w) = *places.nodes.get(id)?;
        let repo = self.repos.get(r)?;
        let right = match w {
            None => repo.node_id == id,
            Some(w) => repo.workflows.get(w).is_some_and(|workflow| workflow.node_id == id),
        };
        right.then_some((r, w))
    }

    /// Returns the places of all repositories in an order.
    pub(super) fn ordered(&self, order: Order) -> Arc<[usize]> {
        let mut places = lock(&self.index.0);
        places.fit(&self.repos);
        let repos = &self.repos;
        Arc::clone(places.orders.entry(order).or_insert_with(|| sorted(repos, order)))
    }
}

fn sorted(repos: &[Repo], order: Order) -> Arc<[usize]> {
    let mut all: Vec<usize> = (0..repos.len()).collect();
    let field = match order {
        Order::Name => "",
        Order::Number => {
            all.sort_by_key(|r| repos.get(*r).map(|repo| repo.id));
            return all.into();
        }
        Order::Created => "created_at",
        Order::Updated => "updated_at",
        Order::Pushed => "pushed_at",
    };
    all.sort_by_cached_key(|r| {
        let repo = repos.get(*r)?;
        let time = if field.is_empty() { None } else { repo.text(field).map(str::to_owned) };
        Some((time, repo.name.to_ascii_lowercase()))
    });
    all.into()
}

impl World {
    /// Forgets the orders of lists, since something was written.
    pub fn touched(&self) {
        for org in &self.orgs {
            lock(&org.index.0).orders.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn world() -> World {
        let repositories = json!([{"name": "Web", "id": 1}, {"name": "api", "id": 2}]);
        let state = json!({"organizations": [{"login": "acme", "repositories": repositories}]});
        crate::sim::state::load(&state).expect("a state")
    }

    #[test]
    fn a_repository_is_found_whatever_became_of_it() {
        let mut world = world();
        assert_eq!(world.orgs[0].repo_index("WEB"), Some(0));
        world.orgs[0].repos[0].name = "site".to_owned();
        assert_eq!((world.orgs[0].repo_index("web"), world.orgs[0].repo_index("Site")), (None, Some(0)));
        world.delete_repo("acme", "site");
        assert_eq!((world.orgs[0].repo_index("api"), world.orgs[0].number_index(1)), (Some(0), None));
        world.add_repo("acme", "web");
        assert_eq!(world.orgs[0].repo_index("web"), Some(1));
    }

    #[test]
    fn orders_are_made_again_after_a_write() {
        let mut world = world();
        assert_eq!(*world.orgs[0].ordered(Order::Name), [1, 0]);
        world.orgs[0].repos[1].name = "zebra".to_owned();
        world.touched();
        assert_eq!(*world.orgs[0].ordered(Order::Name), [0, 1]);
        assert_eq!(*world.orgs[0].ordered(Order::Number), [0, 1]);
    }

    #[test]
    fn a_node_is_found_where_it_is_or_not_at_all() {
        let mut world = world();
        let node = world.orgs[0].repos[1].node_id.clone();
        assert_eq!(world.orgs[0].node_index(&node), Some((1, None)));
        world.orgs[0].repos[1].node_id = "R_other".to_owned();
        assert_eq!(world.orgs[0].node_index(&node), None);
    }
}
