//! Secret scanning and what belongs to it: `security_and_analysis` of the repository, read from the organisation's list,
//! written by `PATCH /repos/{owner}/{repo}` with only what changes.

use serde_json::{Value, json};

use super::{
    Context, Difference, Judgement, Meta, Move, Need, Outcome, Pending, Phase, RepoObserved, RestWrite, Setting, Write,
    code_security,
};
use crate::model::{Desired, Effect, Field, Kind, Permission, Problem, Reading, Scope, Shape, Tightens};

const READ: &str = "administration:read";

/// One part: its key in the policy, GitHub's name in `security_and_analysis`, GitHub's name in a code security configuration.
struct Part {
    key: &'static str,
    feature: &'static str,
    configured: &'static str,
}

static PARTS: &[Part] = &[
    Part { key: "enabled", feature: "secret_scanning", configured: "secret_scanning" },
    Part {
        key: "push_protection",
        feature: "secret_scanning_push_protection",
        configured: "secret_scanning_push_protection",
    },
    Part {
        key: "non_provider_patterns",
        feature: "secret_scanning_non_provider_patterns",
        configured: "secret_scanning_non_provider_patterns",
    },
    Part {
        key: "ai_detection",
        feature: "secret_scanning_ai_detection",
        configured: "secret_scanning_generic_secrets",
    },
    Part {
        key: "delegated_alert_dismissal",
        feature: "secret_scanning_delegated_alert_dismissal",
        configured: "secret_scanning_delegated_alert_dismissal",
    },
    Part {
        key: "delegated_bypass",
        feature: "secret_scanning_delegated_bypass",
        configured: "secret_scanning_delegated_bypass",
    },
];

const fn switch(key: &'static str, doc: &'static str) -> Field {
    Field { key, kind: Kind::Bool, doc, tightens: Tightens::True }
}

const CALL: &str = "PATCH /repos/{owner}/{repo}";

static META: Meta = Meta {
    shape: Shape {
        key: "secret_scanning",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(&[
            switch("enabled", "Whether GitHub looks for secrets in what was pushed."),
            switch("push_protection", "Whether a push that holds a secret is refused."),
            switch("non_provider_patterns", "Whether secrets of no known provider, such as private keys, are looked for."),
            switch("ai_detection", "Whether passwords are looked for by a language model (generic secrets)."),
            switch("delegated_alert_dismissal", "Whether dismissing an alert takes a second person."),
            switch("delegated_bypass", "Whether going around push protection takes a second person."),
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[
            "enabled",
            "push_protection",
            "non_provider_patterns",
            "ai_detection",
            "delegated_alert_dismissal",
            "delegated_bypass",
        ],
        check,
    },
    title: "Secret scanning",
    docs: "Whether GitHub looks for secrets, and what it does with them. Each field is a part that is judged by itself.

Free on public repositories, of which `non_provider_patterns` and what follows it may still need GitHub Secret Protection; private \
ones need that product for all. What the organisation's plan does not have is *not applicable*. Without the right (owner, security \
manager, or `administration:read`) GitHub leaves the values out, and the verdict is *unknown*. Validity checks exist only in code \
security configurations (`org.code_security`).",
    example: "[repo.secret_scanning]\nenabled = true\npush_protection = true\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[
        ("enabled", CALL),
        ("push_protection", CALL),
        ("non_provider_patterns", CALL),
        ("ai_detection", CALL),
        ("delegated_alert_dismissal", CALL),
        ("delegated_bypass", CALL),
    ],
    controls: &["OSPS BR-07.01", "OpenJS noSensitiveInfoInRepositories", "OpenJS preventLandingSensitiveCommits"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct SecretScanning;

impl Setting for SecretScanning {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let declared = PARTS.iter().filter_map(|part| desired.bool(part.key).map(|wanted| (part, wanted)));
        // Every part is asked before the first that pends stops the judging.
        let outcomes: Vec<_> = declared.map(|(part, wanted)| (part.key, judge(part, wanted, cx))).collect();
        let mut judgements = Vec::new();
        for (key, outcome) in outcomes {
            let mut outcome = outcome?;
            if let Outcome::Differs(difference) = &mut outcome
                && key == "enabled"
                && difference.after == json!(false)
            {
                difference.moves = taken_along(desired, cx)?;
            }
            judgements.push(outcome.of_part(key));
        }
        Ok(judgements)
    }

    /// "Secret scanning must be enabled before this feature can be enabled" (422).
    fn needs(&self, part: Option<&str>, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        let mut needs = Need::while_public(cx)?;
        if part.is_none_or(|part| part == "enabled" || desired.bool(part) != Some(true)) {
            return Ok(needs);
        }
        let on = cx.repository()?.security_feature("secret_scanning");
        needs.extend(on.map(|on| Need::on("secret_scanning.enabled", on)));
        Ok(needs)
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let is = |key: &str, on: bool| value.get(key).and_then(Value::as_bool) == Some(on);
    if !is("enabled", false) {
        return Vec::new();
    }
    let torn = PARTS.iter().filter(|part| is(part.key, true));
    torn.map(|part| Problem {
        path: part.key.to_owned(),
        message: format!("`{}` needs secret scanning itself, which is off", part.key),
        help: Some("write `enabled = true`".to_owned()),
    })
    .collect()
}

/// The undeclared parts that GitHub switches off together with secret scanning itself.
fn taken_along(desired: &Desired, cx: &Context<'_>) -> Result<Vec<Move>, Pending> {
    let subject = cx.subject.ok_or(Pending)?;
    let listing = cx.listing(subject)?;
    let others = PARTS.iter().filter(|part| part.key != "enabled" && !desired.declares(part.key));
    let on = others.filter(|part| listing.security_feature(part.feature) == Some(true));
    let change = || (json!(true), json!(false));
    let setting = |part: &Part| format!("secret_scanning.{}", part.key);
    Ok(on.map(|part| Move::of(cx.org, listing, setting(part), change(), Effect::Loosening)).collect())
}

fn judge(part: &Part, wanted: bool, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let subject = cx.subject.ok_or(Pending)?;
    // On private repositories an enforced configuration does not prove it: without licences GitHub enables less, silently.
    if cx.listing(subject)?.is_public()
        && let Some(proof) = code_security::enforced(cx, part.configured)?
    {
        return Ok(proof.outcome(wanted));
    }
    let observed = match Outcome::known(read(part, cx, subject)?) {
        Err(outcome) => return Ok(outcome),
        Ok(observed) => observed,
    };
    if observed == wanted {
        return Ok(Outcome::Compliant { observed: json!(observed), desired: json!(wanted) });
    }
    let status = if wanted { "enabled" } else { "disabled" };
    let body = json!({"security_and_analysis": {part.feature: {"status": status}}});
    let write = Write::Rest(RestWrite::with_body("PATCH", cx.repo_path("")?, body));
    Ok(Outcome::Differs(Difference::update(json!(observed), json!(wanted), Effect::tightening_if(wanted), write)))
}

/// The part that a field of a code security configuration sets: its key, and whether it is on in a repository.
pub(super) fn observe_configured<'a>(
    cx: &Context<'a>,
    repo: &'a RepoObserved,
    configured: &str,
) -> Result<Option<(&'static str, Reading<bool>)>, Pending> {
    let Some(part) = PARTS.iter().find(|part| part.configured == configured) else { return Ok(None) };
    Ok(Some((part.key, read(part, cx, repo)?)))
}

fn read<'a>(part: &Part, cx: &Context<'a>, repo: &'a RepoObserved) -> Result<Reading<bool>, Pending> {
    let listing = cx.listing(repo)?;
    if listing.security_and_analysis.is_none() {
        let reason = "GitHub shows it only to owners, security managers and tokens that can administer the repository";
        return Ok(Reading::lacking(reason, Permission::from(READ)));
    }
    Ok(match listing.security_feature(part.feature) {
        Some(on) => Reading::known(on),
        None if let Some(word) = listing.security_status(part.feature) => {
            Reading::unknown(format!("GitHub says `{word}`, a word that this version does not know"))
        }
        // Every public repository has secret scanning itself: its absence is no answer.
        None if listing.is_public() && part.key == "enabled" => {
            Reading::lacking("GitHub did not say whether secret scanning is on", Permission::from(READ))
        }
        None => Reading::not_applicable("not in the organisation's plan: it needs GitHub Secret Protection"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::bench::{Bench, desired, difference, example_is_sound, lacking, repo_with};

    fn bench(visibility: &str, block: Value) -> Bench {
        let changes =
            json!({"visibility": visibility, "private": visibility != "public", "security_and_analysis": block});
        Bench::new(vec![repo_with("web", changes)]).without_configurations()
    }

    fn wanted(value: &Value) -> Desired {
        desired("secret_scanning", None, value)
    }

    #[test]
    fn shape_and_parts_agree() {
        let keys: Vec<_> = PARTS.iter().map(|part| part.key).collect();
        assert_eq!(META.shape.parts, keys);
        let Kind::Table(fields) = META.shape.kind else { unreachable!("a table") };
        assert_eq!(fields.iter().map(|field| field.key).collect::<Vec<_>>(), keys);
        example_is_sound(&SecretScanning);
    }

    #[test]
    fn only_what_differs_is_written() {
        let block = json!({"secret_scanning": {"status": "enabled"}, "secret_scanning_push_protection": {"status": "disabled"}});
        let all = bench("public", block)
            .judge(&SecretScanning, Some("web"), &wanted(&json!({"enabled": true, "push_protection": true})))
            .expect("read");
        assert!(matches!(all[0].outcome, Outcome::Compliant { .. }));
        assert_eq!((all[1].part, all[1].leaf.as_str()), (Some("push_protection"), "push_protection"));
        let change = difference(all[1].outcome.clone());
        assert_eq!(change.effect, Effect::Tightening);
        let body = json!({"security_and_analysis": {"secret_scanning_push_protection": {"status": "enabled"}}});
        assert_eq!(change.writes, [Write::Rest(RestWrite::with_body("PATCH", "/repos/acme/web".into(), body))]);
    }

    #[test]
    fn switching_off_loosens() {
        let on = bench("public", json!({"secret_scanning": {"status": "enabled"}}));
        let change = difference(on.outcome(&SecretScanning, "web", &wanted(&json!({"enabled": false}))));
        assert_eq!((change.before, change.after, change.effect), (json!(true), json!(false), Effect::Loosening));
    }

    #[test]
    fn switching_it_off_takes_the_parts_along_and_says_so() {
        let block = json!({"secret_scanning": {"status": "enabled"}, "secret_scanning_push_protection": {"status": "enabled"},
            "secret_scanning_ai_detection": {"status": "disabled"}});
        let off =
            difference(bench("public", block).outcome(&SecretScanning, "web", &wanted(&json!({"enabled": false}))));
        assert_eq!(off.moves.len(), 1, "{:#?}", off.moves);
        assert_eq!(
            (off.moves[0].setting.as_str(), off.moves[0].effect),
            ("secret_scanning.push_protection", Effect::Loosening)
        );
        assert_eq!(check(&json!({"enabled": false, "push_protection": true})).len(), 1);
        assert_eq!(check(&json!({"push_protection": true})), []);
    }

    #[test]
    fn a_hidden_block_is_unknown_and_a_missing_feature_is_not_in_the_plan() {
        let hidden = bench("public", json!(null)).outcome(&SecretScanning, "web", &wanted(&json!({"enabled": true})));
        assert_eq!(lacking(&hidden), Some("administration:read"));
        let enabled = wanted(&json!({"enabled": true}));
        let private = bench("private", json!({})).outcome(&SecretScanning, "web", &enabled);
        assert!(matches!(private, Outcome::NotApplicable(_)));
        assert_eq!(lacking(&bench("public", json!({})).outcome(&SecretScanning, "web", &enabled)), Some(READ));
        let detection = wanted(&json!({"ai_detection": true}));
        assert!(matches!(
            bench("public", json!({})).outcome(&SecretScanning, "web", &detection),
            Outcome::NotApplicable(_)
        ));
    }

    #[test]
    fn enforced_proves_public_repositories_only() {
        let configured = |visibility: &str| {
            bench(visibility, json!({"secret_scanning_ai_detection": {"status": "disabled"}}))
                .org_known(
                    "code-security/configurations",
                    json!([{"id": 3, "name": "base", "enforcement": "enforced", "secret_scanning_generic_secrets": "enabled"}]),
                )
                .org_known(
                    "code-security/configurations/3/repositories",
                    json!([{"status": "enforced", "repository": {"node_id": "R_web"}}]),
                )
        };
        let detection = wanted(&json!({"ai_detection": true}));
        let public = configured("public").outcome(&SecretScanning, "web", &detection);
        assert!(matches!(public, Outcome::Compliant { .. }));
        let private = configured("private").outcome(&SecretScanning, "web", &detection);
        assert_eq!(difference(private).before, json!(false));
    }
}
