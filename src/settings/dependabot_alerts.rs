//! Dependabot alerts: GitHub tells the maintainers which dependencies have known vulnerabilities.
//!
//! `GET/PUT/DELETE /repos/{owner}/{repo}/vulnerability-alerts` (204 on, 404 off or hidden). In bulk GraphQL's
//! `hasVulnerabilityAlertsEnabled`, which is not null and so says *something* to a token without the right: it is believed only
//! where the token can administer the repository.

use serde_json::{Value, json};

use super::{
    Context, GraphqlField, Judgement, Meta, Move, Outcome, Pending, Phase, RepoObserved, RestRead, Setting,
    code_security, dependabot_security_updates, switch,
};
use crate::model::{Desired, Effect, Kind, Permission, Reading, Scope, Shape, Tightens};

const READ: &str = "administration:read";
const ROUTE: &str = "vulnerability-alerts";

const ALERTS: GraphqlField = GraphqlField {
    key: "hasVulnerabilityAlertsEnabled",
    selection: "hasVulnerabilityAlertsEnabled",
    permission: Some(READ),
};

const ADMINISTERS: GraphqlField =
    GraphqlField { key: "viewerCanAdminister", selection: "viewerCanAdminister", permission: None };

static META: Meta = Meta {
    shape: Shape {
        key: "dependabot_alerts",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Bool,
        tightens: Tightens::True,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Dependabot alerts",
    docs: "Whether GitHub looks for known vulnerabilities in the dependencies and tells the maintainers.

Switching them on switches the dependency graph on too; switching them off switches security updates off, which the plan tells as an \
effect. GitHub answers *off* and *you may not know* alike, so the value is \
believed only where the token can administer the repository; elsewhere the verdict is *unknown*.",
    example: "[repo]\ndependabot_alerts = true\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[("value", "PUT or DELETE /repos/{owner}/{repo}/vulnerability-alerts")],
    controls: &["OSPS VM-05.03", "Scorecard Vulnerabilities", "OpenJS automateVulnDetection"],
    phase: Phase::Foundation,
    after: &[],
    late: false,
};

/// The setting.
pub struct DependabotAlerts;

impl Setting for DependabotAlerts {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = desired.bool("").unwrap_or_default();
        Ok(vec![judge(wanted, cx)?.whole()])
    }
}

fn judge(wanted: bool, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let subject = cx.subject.ok_or(Pending)?;
    let (proof, observed) = (code_security::enforced(cx, "dependabot_alerts"), observe(cx, subject));
    if let Some(proof) = proof? {
        return Ok(proof.outcome(wanted));
    }
    let mut outcome = switch::judge(observed?, wanted, ROUTE, cx)?;
    // Security updates stand on alerts: GitHub switches them off together.
    if let Outcome::Differs(difference) = &mut outcome
        && !wanted
        && dependabot_security_updates::observe(cx, subject)?.value() == Some(&true)
    {
        let (setting, change) = ("dependabot_security_updates", (json!(true), json!(false)));
        difference.moves.push(Move::of(cx.org, cx.listing(subject)?, setting, change, Effect::Loosening));
    }
    Ok(outcome)
}

/// Whether alerts are on in a repository.
pub(super) fn observe<'a>(cx: &Context<'a>, repo: &'a RepoObserved) -> Result<Reading<bool>, Pending> {
    let (listing, alerts, administers) =
        (cx.listing(repo), cx.graphql_of(repo, ALERTS), cx.graphql_of(repo, ADMINISTERS));
    let (listing, alerts, administers) = (listing?, alerts?, administers?);
    let said = |answer: &Reading<&Value>| answer.value().and_then(|value| value.as_bool());
    let is_admin = cx.sees_administration(listing);
    if let Some(on) = said(&alerts)
        && (is_admin || said(&administers) == Some(true))
    {
        return Ok(Reading::known(on));
    }
    let answer = cx.rest_of(repo, RestRead::document(ROUTE, READ))?;
    Ok(answer.and_then(|body| match body {
        Some(_) => Reading::known(true),
        None if is_admin => Reading::known(false),
        None => Reading::lacking(
            "GitHub answers alike where they are off and where the token may not know",
            Permission::from(READ),
        ),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{
        Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo, repo_with,
    };
    use crate::settings::{RestWrite, Write};

    fn wanted(on: bool) -> Desired {
        desired("dependabot_alerts", None, &json!(on))
    }

    fn reader() -> Value {
        repo_with("web", json!({"permissions": {"admin": false, "pull": true}}))
    }

    fn told(json: Value, alerts: Value, administers: Value) -> Bench {
        Bench::new(vec![json])
            .without_configurations()
            .graphql("web", "hasVulnerabilityAlertsEnabled", Reading::known(alerts))
            .graphql("web", "viewerCanAdminister", Reading::known(administers))
    }

    #[test]
    fn everything_is_asked_in_one_round() {
        let asked = Bench::new(vec![repo("web")]).wanted(&DependabotAlerts, Some("web"), &wanted(true));
        let all = [
            "org:code-security/configurations",
            "graphql:hasVulnerabilityAlertsEnabled",
            "graphql:viewerCanAdminister",
        ];
        assert_eq!(asked, all);
        example_is_sound(&DependabotAlerts);
    }

    #[test]
    fn an_administrator_is_believed_and_the_calls_have_directions() {
        let bench = told(repo("web"), json!(false), json!(false));
        assert!(matches!(bench.outcome(&DependabotAlerts, "web", &wanted(false)), Outcome::Compliant { .. }));
        let on = difference(bench.outcome(&DependabotAlerts, "web", &wanted(true)));
        assert_eq!((on.before, on.after, on.effect), (json!(false), json!(true), Effect::Tightening));
        let path = "/repos/acme/web/vulnerability-alerts".to_owned();
        assert_eq!(on.writes, [Write::Rest(RestWrite::bare("PUT", path.clone()))]);
        let bench = told(reader(), json!(true), json!(true));
        assert_eq!(bench.wanted(&DependabotAlerts, Some("web"), &wanted(false)), ["rest:automated-security-fixes"]);
        let bench = bench.known("web", "automated-security-fixes", json!({"enabled": true, "paused": false}));
        let off = difference(bench.outcome(&DependabotAlerts, "web", &wanted(false)));
        assert_eq!(
            off.moves.iter().map(|one| one.setting.as_str()).collect::<Vec<_>>(),
            ["dependabot_security_updates"]
        );
        assert_eq!((off.effect, off.writes), (Effect::Loosening, vec![Write::Rest(RestWrite::bare("DELETE", path))]));
    }

    #[test]
    fn an_app_that_may_read_the_administration_is_believed() {
        let bench = |permissions| told(reader(), json!(false), json!(false)).app(permissions);
        let outcome = bench(&[("administration", "read")][..]).outcome(&DependabotAlerts, "web", &wanted(false));
        assert!(matches!(outcome, Outcome::Compliant { .. }), "{outcome:?}");
        let asked = bench(&[("metadata", "read")][..]).wanted(&DependabotAlerts, Some("web"), &wanted(true));
        assert_eq!(asked, ["rest:vulnerability-alerts"]);
    }

    #[test]
    fn false_told_to_a_reader_is_not_believed() {
        let bench = told(reader(), json!(false), json!(false));
        assert_eq!(bench.wanted(&DependabotAlerts, Some("web"), &wanted(true)), ["rest:vulnerability-alerts"]);
        for answer in [not_found(), forbidden("administration:read")] {
            let bench = told(reader(), json!(false), json!(false)).rest("web", "vulnerability-alerts", answer);
            assert_eq!(lacking(&bench.outcome(&DependabotAlerts, "web", &wanted(true))), Some("administration:read"));
        }
        let bench = bench.known("web", "vulnerability-alerts", json!({}));
        assert!(matches!(bench.outcome(&DependabotAlerts, "web", &wanted(true)), Outcome::Compliant { .. }));
    }

    #[test]
    fn not_found_is_off_for_an_administrator() {
        let bench = told(repo("web"), json!(null), json!(null)).rest("web", "vulnerability-alerts", not_found());
        assert_eq!(difference(bench.outcome(&DependabotAlerts, "web", &wanted(true))).before, json!(false));
    }

    #[test]
    fn an_enforced_configuration_proves_it() {
        let configurations =
            json!([{"id": 3, "name": "base", "enforcement": "enforced", "dependabot_alerts": "enabled"}]);
        let attached = |status: &str| json!([{"status": status, "repository": {"node_id": "R_web"}}]);
        let bench = |status: &str| {
            told(reader(), json!(false), json!(false))
                .org_known("code-security/configurations", configurations.clone())
                .org_known("code-security/configurations/3/repositories", attached(status))
        };
        let outcome = |status: &str, on| bench(status).judge(&DependabotAlerts, Some("web"), &wanted(on));
        let all = outcome("enforced", true).expect("proven");
        assert!(matches!(all[0].outcome, Outcome::Compliant { .. }));
        let all = outcome("enforced", false).expect("proven");
        assert!(matches!(&all[0].outcome, Outcome::Violation { message, .. } if message.contains("`base`")));
        assert!(outcome("attached", true).is_err(), "attached proves nothing");
    }
}
