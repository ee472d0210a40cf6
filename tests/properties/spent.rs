//! What was read of a repository may go once it has been judged: the plan is the same, and nothing is taken for absent.

use std::collections::BTreeSet;

use ordain::{
    plan::{Matched, Missing, Plan, Planner},
    policy::Policy,
    settings::{Answer, Observed, ReadKey, RepoRead},
};

use super::{
    cases::hold,
    dice::Dice,
    lab::{ALL, Lab, Planned, document, run},
    policies, worlds,
};

/// Rounds of questions before it is said that the planner is stuck.
const MOST_ROUNDS: usize = 40;

/// The answer to a question, from all that was answered.
fn answer(key: &ReadKey, all: &Observed) -> Option<Answer> {
    let ReadKey::Repo(org, id, read) = key else { return None };
    let org = all.orgs.get(org)?;
    let repo = org.repo(id)?;
    Some(match read {
        RepoRead::Listing => return None,
        RepoRead::Graphql(field) => Answer::Graphql(repo.graphql.get(field.key)?.clone()),
        RepoRead::Tree(path) | RepoRead::TreeAt(path) => Answer::Tree(repo.trees.get(path)?.clone()),
        RepoRead::Rest(read) => Answer::Rest(repo.rest.get(&read.suffix)?.clone()),
        RepoRead::Blob(oid) => Answer::Blob(org.blobs.get(oid)?.clone()),
    })
}

fn answer_all(missing: Missing, all: &Observed, observed: &mut Observed) {
    for key in missing {
        let answer = answer(&key, all).unwrap_or_else(|| panic!("{key:?} was never asked before"));
        observed.keep(key, answer);
    }
}

/// A plan that begins with the lists and what the organisations answered, and how many repositories' answers went on the way.
fn plan(policy: &Policy, all: &Observed, drops: bool) -> (Plan, usize) {
    let mut observed = all.clone();
    observed.drop_answers();
    let mut planner = loop {
        match Planner::prepare(policy, &ALL, &observed) {
            Matched::Ready(planner) => break planner,
            Matched::Missing(missing) => answer_all(missing, all, &mut observed),
            Matched::Conflicts(_) => panic!("what was ready is not ready any more"),
        }
    };
    let mut spent = BTreeSet::new();
    let mut rounds = 0;
    while let Some(missing) = planner.next_questions(&observed) {
        rounds += 1;
        assert!(rounds <= MOST_ROUNDS, "the planner asks for ever: {missing:?}");
        for one in planner.spent(&observed) {
            if drops {
                observed.drop_answers_of(&one.org, &one.node, &one.kept);
            }
            assert!(spent.insert((one.org, one.node)), "a repository is done with twice");
        }
        answer_all(missing, all, &mut observed);
    }
    (document(&planner, &planner.verdicts(&observed), &observed, Vec::new()), spent.len())
}

#[test]
fn a_plan_is_the_same_where_answers_go_with_their_repositories() {
    hold(100, 1, |seed| {
        let mut dice = Dice::new(seed, 73);
        let world = worlds::world(&mut dice, Vec::new());
        let Some(policy) = policies::of_world(&mut dice, &world, 8, false) else { return };
        let Planned::Plan(session) = run(Lab::new(&world.state).plan(&policy)) else { return };
        let (kept, _) = plan(&policy, &session.observed, false);
        let (dropped, _) = plan(&policy, &session.observed, true);
        assert_eq!(dropped, kept);
    });
}
