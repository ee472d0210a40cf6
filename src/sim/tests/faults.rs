//! Faults by chance, stale reads, late effects, the count of effects, and the clock that runs faster.

use serde_json::{Value, json};

use super::{Client, example, owner};
use crate::sim::{Chance, Faults, Sim, Trouble};

const PVR: &str = "/repos/acme/web/private-vulnerability-reporting";

fn always(method: &str, trouble: Trouble) -> Faults {
    let chance = Chance { method: Some(method.to_owned()), path: "/repos/*".to_owned(), probability: 1.0, trouble };
    Faults { mix: vec![chance], ..Faults::default() }
}

#[tokio::test]
async fn a_state_file_asks_for_faults_and_says_them_again() {
    let mut state = example();
    let script: Vec<Value> = Trouble::ALL
        .iter()
        .map(|kind| json!({"path": "/never", "after": 1, "times": 2, "kind": kind.name()}))
        .collect();
    state["simulator"]["faults"] = json!({
        "seed": 7, "in_a_row": 2,
        "mix": [{"path": "/repos/*", "method": "PUT", "probability": 1.0, "kind": "slow", "ms": 1}, {"probability": 0.5, "kind": "late", "reads": 9, "path": "/x"}],
        "script": script,
    });
    let sim = Sim::from_state(&state).unwrap();
    let saved = sim.state();
    let mix = &saved["simulator"]["faults"]["mix"];
    assert_eq!(mix[1], json!({"path": "/x", "kind": "late", "reads": 9, "probability": 0.5}));
    let kinds: Vec<&str> = saved["simulator"]["faults"]["script"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, Trouble::ALL.map(Trouble::name));
    assert_eq!(Sim::from_state(&saved).unwrap().state(), saved);
    sim.clear_faults();
    assert!(sim.state()["simulator"].get("faults").is_none());
}

#[test]
fn a_fault_that_is_none_is_refused_by_its_place() {
    for (fault, place) in [
        (json!({"probability": 1.5, "kind": "slow"}), "simulator.faults.mix[0].probability"),
        (json!({"kind": "slow"}), "simulator.faults.mix[0].probability"),
        (json!({"probability": 1, "kind": "explode"}), "simulator.faults.mix[0].kind"),
    ] {
        let mut state = example();
        state["simulator"]["faults"] = json!({ "mix": [fault] });
        assert_eq!(Sim::from_state(&state).err().expect("refused").path, place);
    }
    let mut state = example();
    state["simulator"]["clock_factor"] = json!(0);
    assert_eq!(Sim::from_state(&state).err().expect("refused").path, "simulator.clock_factor");
}

#[tokio::test]
async fn a_stale_read_tells_what_was_so_for_a_while() {
    let client = owner();
    client.sim.set_faults(always("GET", Trouble::Stale(60)));
    assert_eq!(client.get(PVR).await.body["enabled"], false);
    assert_eq!(client.write("PUT", PVR, Value::Null).await.status, 204);
    assert_eq!(client.get(PVR).await.body["enabled"], false, "a replica lags");
    tokio::time::sleep(std::time::Duration::from_millis(80)).await;
    assert_eq!(client.get(PVR).await.body["enabled"], true, "for a while");
}

#[tokio::test]
async fn a_late_write_takes_effect_after_some_reads_or_before_the_next_write() {
    let client = owner();
    client.sim.watch(true);
    client.sim.set_faults(always("PUT", Trouble::Late(3)));
    client.sim.watch(true);
    assert_eq!(client.write("PUT", PVR, Value::Null).await.status, 204);
    let seen =
        [client.get(PVR).await, client.get(PVR).await, client.get(PVR).await].map(|got| got.body["enabled"] == true);
    assert_eq!(seen, [false, false, true]);
    assert_eq!(client.write("DELETE", PVR, Value::Null).await.status, 204);
    assert_eq!(client.write("PUT", PVR, Value::Null).await.status, 204);
    assert_eq!(client.write("PATCH", "/repos/acme/web", json!({"has_wiki": false})).await.status, 200);
    assert_eq!(client.get(PVR).await.body["enabled"], true);
    let changed: Vec<(String, bool)> = client.sim.effects().into_iter().map(|one| (one.method, one.changed)).collect();
    let expected = [("PUT", true), ("DELETE", true), ("PUT", true), ("PATCH", true)];
    assert_eq!(changed, expected.map(|(method, changed)| (method.to_owned(), changed)));
}

#[tokio::test]
async fn a_write_that_changes_nothing_is_counted_as_such() {
    let client = owner();
    client.sim.watch(true);
    for _ in 0..2 {
        client.write("PATCH", "/repos/acme/web", json!({"has_wiki": false})).await;
    }
    client.write("PATCH", "/repos/acme/nowhere", json!({})).await;
    let told: Vec<(u16, bool)> = client.sim.effects().into_iter().map(|one| (one.status, one.changed)).collect();
    assert_eq!(told, [(200, true), (200, false), (404, false)]);
}

#[tokio::test]
async fn a_tapped_request_can_be_kept_from_its_effect() {
    let client = owner();
    client.sim.watch(true);
    client.sim.tap(|number| number != 2);
    client.get(PVR).await;
    client.write("PUT", PVR, Value::Null).await;
    assert_eq!(client.get(PVR).await.body["enabled"], false);
    assert!(client.sim.effects().is_empty());
}

#[tokio::test]
async fn a_minute_of_the_limits_passes_faster() {
    let mut state = example();
    state["simulator"]["rate_limit"] = json!({"secondary": true, "core": 10_000});
    state["simulator"]["clock_factor"] = json!(600);
    let client = Client { sim: Sim::from_state(&state).unwrap(), token: "owner" };
    let refs = json!({"ref": "refs/heads/x", "sha": "none"});
    let mut refused = 0;
    for _ in 0..81 {
        refused += usize::from(client.write("POST", "/repos/acme/web/git/refs", refs.clone()).await.status == 403);
    }
    tokio::time::sleep(std::time::Duration::from_millis(110)).await;
    assert_eq!(client.write("POST", "/repos/acme/web/git/refs", refs).await.status, 422, "the minute is over");
    let charges = client.sim.charges();
    assert_eq!(charges.len() + refused, 82);
    assert!(charges.last().unwrap().at >= std::time::Duration::from_secs(60));
}
