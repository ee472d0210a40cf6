//! Dependabot security updates: pull requests that raise vulnerable dependencies.
//!
//! On or off stands in the organisation's list (`security_and_analysis.dependabot_security_updates`); whether GitHub has *paused*
//! them is only in `GET /repos/{owner}/{repo}/automated-security-fixes`, one request for each repository, made where the policy
//! names `paused`.

use serde_json::{Value, json};

use super::{
    Context, Judgement, Meta, Need, Outcome, Pending, Phase, RepoObserved, RestRead, Setting, code_security,
    dependabot_alerts, switch,
};
use crate::model::{Desired, Field, Kind, Permission, Reading, Scope, Shape, Tightens};

const READ: &str = "administration:read";
const ROUTE: &str = "automated-security-fixes";

static META: Meta = Meta {
    shape: Shape {
        key: "dependabot_security_updates",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Bool,
        tightens: Tightens::True,
        extra: &[Field {
            key: "paused",
            kind: Kind::Bool,
            doc: "Whether GitHub has paused the updates because nobody acted on them. Judged only where it is written; costs one \
                  request for each repository.",
            tightens: Tightens::False,
        }],
        parts: &["paused"],
        check: Shape::no_check,
    },
    title: "Dependabot security updates",
    docs: "Whether Dependabot opens pull requests that raise dependencies with known vulnerabilities.

GitHub needs `dependabot_alerts` first: where a policy turns on both, alerts go first. GitHub pauses the updates of a repository in \
which nobody acts on them; `paused = false` reports that as a violation, for there is no call that resumes them: merge, close or \
comment on one of Dependabot's pull requests.",
    example: "[repo]\ndependabot_alerts = true\ndependabot_security_updates = { value = true, paused = false }\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[("value", "PUT or DELETE /repos/{owner}/{repo}/automated-security-fixes"), ("paused", "none: observed only")],
    controls: &["OSPS VM-05.03", "Scorecard Vulnerabilities", "OpenJS automateVulnDetection"],
    phase: Phase::Configure,
    after: &["dependabot_alerts"],
    late: false,
};

/// The setting.
pub struct DependabotSecurityUpdates;

impl Setting for DependabotSecurityUpdates {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let value = desired.bool("").map(|wanted| judge(wanted, cx));
        let paused = desired.bool("paused").map(|wanted| judge_paused(wanted, cx));
        let mut judgements = Vec::new();
        if let Some(outcome) = value {
            judgements.push(outcome?.whole());
        }
        if let Some(outcome) = paused {
            judgements.push(outcome?.of_part("paused"));
        }
        Ok(judgements)
    }

    fn needs(&self, part: Option<&str>, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        let subject = cx.subject.ok_or(Pending)?;
        if part.is_some() || desired.bool("") != Some(true) || observe(cx, subject)?.value() != Some(&false) {
            return Ok(Vec::new());
        }
        // "Vulnerability alerts must be enabled to configure automated security fixes" (422).
        let alerts = dependabot_alerts::observe(cx, subject)?;
        Ok(alerts.value().map(|on| Need::on("dependabot_alerts", *on)).into_iter().collect())
    }
}

fn judge(wanted: bool, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let subject = cx.subject.ok_or(Pending)?;
    let (proof, observed) = (code_security::enforced(cx, "dependabot_security_updates"), observe(cx, subject));
    if let Some(proof) = proof? {
        return Ok(proof.outcome(wanted));
    }
    switch::judge(observed?, wanted, ROUTE, cx)
}

fn judge_paused(wanted: bool, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let fixes = match Outcome::known(fixes(cx, cx.subject.ok_or(Pending)?)?) {
        Err(outcome) => return Ok(outcome),
        Ok(fixes) => fixes,
    };
    if !fixes.enabled {
        return Ok(Outcome::NotApplicable("the updates are off, so that nothing can be paused".into()));
    }
    let Some(paused) = fixes.paused else {
        return Ok(Outcome::unknown("GitHub did not say whether the updates are paused", Some(READ)));
    };
    let (observed, desired) = (json!(paused), json!(wanted));
    if paused == wanted {
        return Ok(Outcome::Compliant { observed, desired });
    }
    let message = if paused {
        "GitHub has paused the updates because nobody acts on them; no call resumes them: merge, close or comment on one of \
         Dependabot's pull requests"
    } else {
        "only GitHub itself pauses the updates"
    };
    Ok(Outcome::Violation { message: message.into(), observed, desired })
}

/// Whether the updates are on in a repository.
pub(super) fn observe<'a>(cx: &Context<'a>, repo: &'a RepoObserved) -> Result<Reading<bool>, Pending> {
    if let Some(on) = cx.listing(repo)?.security_feature("dependabot_security_updates") {
        return Ok(Reading::known(on));
    }
    Ok(fixes(cx, repo)?.map(|fixes| fixes.enabled))
}

struct Fixes {
    enabled: bool,
    paused: Option<bool>,
}

fn fixes<'a>(cx: &Context<'a>, repo: &'a RepoObserved) -> Result<Reading<Fixes>, Pending> {
    let (listing, answer) = (cx.listing(repo), cx.rest_of(repo, RestRead::document(ROUTE, READ)));
    let (listing, answer) = (listing?, answer?);
    let sees = cx.sees_administration(listing);
    Ok(answer.and_then(|body| read_fixes(sees, body)))
}

fn read_fixes(sees: bool, body: Option<&Value>) -> Reading<Fixes> {
    let flag = |key: &str| body.and_then(|body| body.get(key)).and_then(Value::as_bool);
    match (body, flag("enabled")) {
        (_, Some(enabled)) => Reading::known(Fixes { enabled, paused: flag("paused") }),
        (None, _) if sees => Reading::known(Fixes { enabled: false, paused: None }),
        _ => Reading::lacking(
            "GitHub shows security updates only to those who can administer the repository",
            Permission::from(READ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Effect;
    use crate::settings::bench::{
        Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo, repo_with,
    };
    use crate::settings::{RestWrite, Write};

    const KEY: &str = "dependabot_security_updates";

    fn listed(status: &str) -> Bench {
        let block = json!({"dependabot_security_updates": {"status": status}});
        Bench::new(vec![repo_with("web", json!({"security_and_analysis": block}))]).without_configurations()
    }

    fn wanted(on: bool) -> Desired {
        desired(KEY, None, &json!(on))
    }

    fn with_paused() -> Desired {
        let mut both = wanted(true);
        both.fields.extend(desired(KEY, None, &json!({"paused": false})).fields);
        both
    }

    #[test]
    fn the_list_tells_it_without_a_request_of_its_own() {
        assert!(matches!(
            listed("enabled").outcome(&DependabotSecurityUpdates, "web", &wanted(true)),
            Outcome::Compliant { .. }
        ));
        let on = difference(listed("disabled").outcome(&DependabotSecurityUpdates, "web", &wanted(true)));
        let path = "/repos/acme/web/automated-security-fixes".to_owned();
        assert_eq!((on.effect, on.writes), (Effect::Tightening, vec![Write::Rest(RestWrite::bare("PUT", path))]));
        let off = difference(listed("enabled").outcome(&DependabotSecurityUpdates, "web", &wanted(false)));
        assert_eq!(off.effect, Effect::Loosening);
        assert_eq!(DependabotSecurityUpdates.meta().after, ["dependabot_alerts"]);
        example_is_sound(&DependabotSecurityUpdates);
    }

    #[test]
    fn without_the_block_one_request_decides() {
        let bench = || Bench::new(vec![repo("web")]).without_configurations();
        assert_eq!(
            bench().wanted(&DependabotSecurityUpdates, Some("web"), &wanted(true)),
            ["rest:automated-security-fixes"]
        );
        let off = bench().rest("web", ROUTE, not_found());
        assert_eq!(difference(off.outcome(&DependabotSecurityUpdates, "web", &wanted(true))).before, json!(false));
        let reader = repo_with("web", json!({"permissions": {"admin": false}, "security_and_analysis": null}));
        for answer in [not_found(), forbidden("administration:read")] {
            let hidden = Bench::new(vec![reader.clone()]).without_configurations().rest("web", ROUTE, answer);
            let outcome = hidden.outcome(&DependabotSecurityUpdates, "web", &wanted(true));
            assert_eq!(lacking(&outcome), Some("administration:read"));
        }
    }

    #[test]
    fn paused_is_read_and_judged_only_where_declared() {
        let setting = &DependabotSecurityUpdates;
        assert_eq!(listed("enabled").wanted(setting, Some("web"), &with_paused()), ["rest:automated-security-fixes"]);
        let judge = |body: Value| {
            listed("enabled").known("web", ROUTE, body).judge(setting, Some("web"), &with_paused()).expect("read")
        };
        let all = judge(json!({"enabled": true, "paused": true}));
        assert_eq!((all[0].part, all[1].part, all[1].leaf.as_str()), (None, Some("paused"), "paused"));
        assert!(matches!(all[0].outcome, Outcome::Compliant { .. }));
        assert!(matches!(all[1].outcome, Outcome::Violation { .. }));
        assert!(matches!(judge(json!({"enabled": true, "paused": false}))[1].outcome, Outcome::Compliant { .. }));
        assert!(matches!(judge(json!({"enabled": false, "paused": false}))[1].outcome, Outcome::NotApplicable(_)));
        assert_eq!(lacking(&judge(json!({"enabled": true}))[1].outcome), Some("administration:read"));
    }
}
