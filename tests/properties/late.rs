//! Answers of an organisation that come after all others: the plan is the same, and nothing is asked twice or in vain.

use ordain::render;

use super::{
    cases::hold,
    dice::Dice,
    lab::{Lab, Planned, run},
    policies, worlds,
};

/// The REST reads of a lab, sorted.
fn reads(lab: &Lab) -> Vec<String> {
    let asked = lab.sim.exchanges();
    let mut reads: Vec<String> =
        asked.into_iter().filter(|one| one.method == "GET").map(|one| one.path_and_query).collect();
    reads.sort();
    reads
}

#[test]
fn what_comes_late_changes_nothing() {
    hold(300, 1, |seed| {
        let mut dice = Dice::new(seed, 83);
        let world = worlds::world(&mut dice, Vec::new());
        let Some(policy) = policies::of_world(&mut dice, &world, 8, true) else { return };
        let (usual, late) = (Lab::new(&world.state), Lab::new(&world.state));
        let (Planned::Plan(one), Planned::Plan(other)) = (run(usual.plan(&policy)), run(late.plan_late(&policy)))
        else {
            return;
        };
        if one.plan != other.plan {
            let text = |plan| render::json::plan(plan).expect("JSON");
            let (usual, late) = (text(&one.plan), text(&other.plan));
            panic!("{:?}", usual.lines().zip(late.lines()).find(|(usual, late)| usual != late));
        }
        assert_eq!(reads(&usual), reads(&late));
    });
}
