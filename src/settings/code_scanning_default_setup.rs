//! Code scanning's default setup: GitHub analyses the code without a workflow file.
//!
//! `GET/PATCH /repos/{owner}/{repo}/code-scanning/default-setup`. There is no bulk form, and no code security configuration
//! proves it: Actions switched off or languages left out break it. A change is answered with 200, or with 202 and the number of
//! a run that must succeed before it holds; 409 while another such run is on; 403 where the product is off.

use serde_json::{Map, Value, json};

use super::{
    Context, Difference, Judgement, Meta, Need, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    code_security, direction::Safer,
};
use crate::model::{Desired, Field, Kind, Mode, Problem, Reading, Scope, Shape, Tightens};

const READ: &str = "administration:read";
const ROUTE: &str = "code-scanning/default-setup";
const CALL: &str = "PATCH /repos/{owner}/{repo}/code-scanning/default-setup";

const STATES: &[&str] = &["not-configured", "configured"];
const SUITES: &[&str] = &["default", "extended"];
const MODELS: &[&str] = &["remote", "remote_and_local"];
const LANGUAGES: &[&str] =
    &["actions", "c-cpp", "csharp", "go", "java-kotlin", "javascript-typescript", "python", "ruby", "swift"];

/// The parts, and which side of each is safer.
static PARTS: &[(&str, Safer)] = &[
    ("state", Safer::Last(STATES)),
    ("query_suite", Safer::Last(SUITES)),
    ("languages", Safer::More),
    ("threat_model", Safer::Last(MODELS)),
];

const fn field(key: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { key, kind, doc, tightens: Tightens::Judged }
}

static META: Meta = Meta {
    shape: Shape {
        key: "code_scanning_default_setup",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(&[
            field("state", Kind::OneOf(STATES), "Whether GitHub analyses the code by itself."),
            field("query_suite", Kind::OneOf(SUITES), "Which queries it asks: the default ones, or more."),
            field(
                "languages",
                Kind::List(&Kind::OneOf(LANGUAGES)),
                "What it analyses; the order does not matter. Without it GitHub chooses.",
            ),
            field(
                "threat_model",
                Kind::OneOf(MODELS),
                "Whether only what comes over the network is distrusted, or what comes from the machine itself too.",
            ),
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &["state", "query_suite", "languages", "threat_model"],
        check,
    },
    title: "Code scanning's default setup",
    docs: "Whether GitHub analyses the code of a repository without a workflow file, and how.

Each field is a part that is judged by itself; what differs goes into one call. A change starts a run that takes minutes and must \
succeed before the change holds: ordain reads back until it does. While such a run is on, GitHub takes no other change (409). \
Where the product is off (private repositories need GitHub Code Security) it is *not applicable*. It costs one request for each \
repository. `javascript` and `typescript` are one language to GitHub, and so are `c` and `cpp`, `java` and `kotlin`. A repository \
that analyses its code by a workflow of its own (advanced setup) has `not-configured`.",
    example: "[repo.code_scanning_default_setup]\nstate = \"configured\"\nquery_suite = \"extended\"\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[("state", CALL), ("query_suite", CALL), ("languages", CALL), ("threat_model", CALL)],
    controls: &["OSPS VM-06.02", "Scorecard SAST", "OpenJS staticCodeAnalysis"],
    phase: Phase::Configure,
    after: &["actions"],
    late: false,
};

/// The setting.
pub struct CodeScanningDefaultSetup;

impl Setting for CodeScanningDefaultSetup {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let answer = product(cx.rest(RestRead::certain(ROUTE, READ))?);
        let declared = PARTS.iter().filter(|(key, _)| desired.declares(key));
        let setup = match Outcome::known(answer) {
            Err(outcome) => return Ok(declared.map(|(key, _)| outcome.clone().of_part(key)).collect()),
            Ok(setup) => setup.unwrap_or(&Value::Null),
        };
        declared.map(|(key, safer)| Ok(judge(key, *safer, setup, desired, cx)?.of_part(key))).collect()
    }

    /// Until it is configured, GitHub takes nothing else of it (422); the policy's `state` may be waived or wait.
    fn needs(&self, part: Option<&str>, _desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        if part.is_none_or(|part| part == "state") {
            return Need::while_public(cx);
        }
        let answer = product(cx.rest(RestRead::certain(ROUTE, READ))?);
        let state = answer.value().copied().flatten().and_then(|setup| setup.get("state")).and_then(Value::as_str);
        let on = state.map(|state| Need::on("code_scanning_default_setup.state", state == "configured"));
        Ok(Need::while_public(cx)?.into_iter().chain(on).collect())
    }
}

/// GitHub answers 403 where the product is off, in these words; that is no missing right.
fn product(answer: Reading<Option<&Value>>) -> Reading<Option<&Value>> {
    match answer {
        Reading::Unknown { unknown, permission } => {
            let words = unknown.to_ascii_lowercase();
            let is_off = (words.contains("security must be enabled") || words.contains("security is not enabled"))
                && words.contains("403");
            if is_off {
                return Reading::not_applicable(
                    "code scanning is off there: a private repository needs GitHub Code Security",
                );
            }
            Reading::Unknown { unknown, permission }
        }
        known => known,
    }
}

fn judge(key: &str, safer: Safer, setup: &Value, desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let wanted = normal(desired.value(key).unwrap_or(&Value::Null));
    let is_on = setup.get("state").and_then(Value::as_str) == Some("configured");
    if key != "state" && !is_on && !comes_on(desired) {
        return Ok(Outcome::NotApplicable("the default setup is not configured there".to_owned()));
    }
    let Some(observed) = setup.get(key).filter(|value| is_on || !value.is_null()).map(normal) else {
        if !is_on && key != "state" {
            return differs(key, safer, Value::Null, wanted, cx);
        }
        return Ok(Outcome::unknown(format!("GitHub's answer leaves `{key}` out"), Some(READ)));
    };
    if observed == wanted && (is_on || key == "state") {
        return Ok(Outcome::Compliant { observed, desired: wanted });
    }
    if key == "state"
        && let Some(proof) = code_security::enforced(cx, "code_scanning_default_setup")?
        && proof.value != (wanted == "configured")
    {
        // It proves nothing of what is so, but GitHub takes no contrary change.
        return Ok(match proof.outcome(!proof.value) {
            Outcome::Violation { message, .. } => Outcome::Violation { message, observed, desired: wanted },
            other => other,
        });
    }
    // Until it is configured, what GitHub says of the rest is only what it would choose.
    let observed = if is_on || key == "state" { observed } else { Value::Null };
    differs(key, safer, observed, wanted, cx)
}

fn differs(key: &str, safer: Safer, observed: Value, wanted: Value, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let effect = safer.effect(&observed, &wanted);
    let body = Value::Object(Map::from_iter([(key.to_owned(), wanted.clone())]));
    let write = RestWrite { settles: true, ..RestWrite::with_body("PATCH", cx.repo_path(ROUTE)?, body) };
    Ok(Outcome::Differs(Difference::update(observed, wanted, effect, Write::Rest(write))))
}

fn comes_on(desired: &Desired) -> bool {
    desired.leaf("state").is_some_and(|leaf| leaf.mode == Mode::Enforce && leaf.value == json!("configured"))
}

/// Languages in order, each once, under the name that GitHub takes.
fn normal(value: &Value) -> Value {
    let Value::Array(list) = value else { return value.clone() };
    let one = |word| match word {
        "javascript" | "typescript" => "javascript-typescript",
        "c" | "cpp" => "c-cpp",
        "java" | "kotlin" => "java-kotlin",
        other => other,
    };
    let mut words: Vec<&str> = list.iter().filter_map(Value::as_str).map(one).collect();
    words.sort_unstable();
    words.dedup();
    json!(words)
}

fn check(value: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    if value.get("state") == Some(&json!("not-configured")) {
        let idle = PARTS.iter().filter(|(key, _)| *key != "state" && value.get(*key).is_some());
        problems.extend(idle.map(|(key, _)| Problem {
            path: (*key).to_owned(),
            message: format!("`{key}` says how the code is analysed, and `state` that it is not"),
            help: Some("write `state = \"configured\"`, or leave the field out".to_owned()),
        }));
    }
    if value.get("languages") == Some(&json!([])) {
        problems.push(Problem {
            path: "languages".to_owned(),
            message: "the list of languages is empty".to_owned(),
            help: Some("name one, leave the field out, or write `state = \"not-configured\"`".to_owned()),
        });
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Effect;
    use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo};

    fn wanted(value: &Value) -> Desired {
        desired("code_scanning_default_setup", None, value)
    }

    fn bench(setup: Value) -> Bench {
        Bench::new(vec![repo("web")]).without_configurations().known("web", ROUTE, setup)
    }

    fn off() -> Bench {
        bench(json!({"state": "not-configured", "languages": ["python"], "query_suite": "default",
            "threat_model": "remote", "updated_at": null, "schedule": null}))
    }

    fn judged(bench: &Bench, value: &Value) -> Vec<Judgement> {
        bench.judge(&CodeScanningDefaultSetup, Some("web"), &wanted(value)).expect("everything was read")
    }

    fn bodies(judgements: Vec<Judgement>) -> Vec<(Value, Effect, Value)> {
        let path = "/repos/acme/web/code-scanning/default-setup";
        let each = judgements.into_iter().map(|one| {
            let change = difference(one.outcome);
            let Write::Rest(write) = &change.writes[0] else { unreachable!("a call") };
            assert_eq!((write.method, write.path.as_str(), write.settles), ("PATCH", path, true));
            (change.before, change.effect, write.body.clone().expect("a body"))
        });
        each.collect()
    }

    #[test]
    fn what_is_not_the_state_waits_for_the_state() {
        let (off, wanted) = (off(), wanted(&json!({"state": "configured", "query_suite": "extended"})));
        let needs = |part| off.look(Some("web"), |cx| CodeScanningDefaultSetup.needs(Some(part), &wanted, cx));
        let public = Need::still("visibility", &["public"]);
        assert_eq!(
            needs("query_suite"),
            Ok(vec![public.clone(), Need::on("code_scanning_default_setup.state", false)])
        );
        assert_eq!(needs("state"), Ok(vec![public]));
    }

    #[test]
    fn it_is_configured_by_one_call_that_settles() {
        example_is_sound(&CodeScanningDefaultSetup);
        let wanted = json!({"state": "configured", "query_suite": "extended"});
        let expected = [
            (json!("not-configured"), Effect::Tightening, json!({"state": "configured"})),
            (json!(null), Effect::Tightening, json!({"query_suite": "extended"})),
        ];
        assert_eq!(bodies(judged(&off(), &wanted)), expected);
        let on = bench(json!({"state": "configured", "query_suite": "extended", "languages": ["go"]}));
        assert!(judged(&on, &wanted).iter().all(|one| matches!(one.outcome, Outcome::Compliant { .. })));
        let change = bodies(judged(&on, &json!({"state": "not-configured"})));
        assert_eq!(change, [(json!("configured"), Effect::Loosening, json!({"state": "not-configured"}))]);
    }

    #[test]
    fn the_rest_counts_only_while_it_is_configured() {
        let idle = judged(&off(), &json!({"query_suite": "default"}));
        assert!(matches!(&idle[0].outcome, Outcome::NotApplicable(why) if why.contains("not configured")));
        let expected = [(json!(null), Effect::Neutral, json!({"query_suite": "default"}))];
        let both = judged(&off(), &json!({"state": "configured", "query_suite": "default"}));
        assert_eq!(bodies(both)[1..], expected, "what it would be is not what it is");
        assert_eq!(check(&json!({"state": "not-configured", "query_suite": "default"})).len(), 1);
        assert_eq!(check(&json!({"languages": []})).len(), 1);
        assert_eq!(check(&json!({"state": "configured", "languages": ["go"]})), []);
    }

    #[test]
    fn githubs_names_of_languages_are_one() {
        let told =
            json!({"state": "configured", "languages": ["typescript", "go", "javascript", "javascript-typescript"]});
        let same = judged(&bench(told.clone()), &json!({"languages": ["javascript-typescript", "go"]}));
        assert!(matches!(same[0].outcome, Outcome::Compliant { .. }), "{same:#?}");
        let fewer = bodies(judged(&bench(told.clone()), &json!({"languages": ["go"]})));
        assert_eq!(fewer[0].1, Effect::Loosening);
        let more = bodies(judged(&bench(told), &json!({"languages": ["go", "javascript-typescript", "python"]})));
        assert_eq!(more[0].1, Effect::Tightening);
    }

    #[test]
    fn what_an_enforced_configuration_says_is_not_changed() {
        let on = bench(json!({"state": "configured"}))
            .org_known(
                "code-security/configurations",
                json!([{"id": 3, "name": "base", "enforcement": "enforced", "code_scanning_default_setup": "enabled"}]),
            )
            .org_known(
                "code-security/configurations/3/repositories",
                json!([{"status": "enforced", "repository": {"node_id": "R_web"}}]),
            );
        let contrary = on.outcome(&CodeScanningDefaultSetup, "web", &wanted(&json!({"state": "not-configured"})));
        assert!(matches!(contrary, Outcome::Violation { message, observed, .. }
            if message.contains("`base`") && observed == "configured"));
        let same = on.outcome(&CodeScanningDefaultSetup, "web", &wanted(&json!({"state": "configured"})));
        assert!(matches!(same, Outcome::Compliant { .. }));
        let broken = on.known("web", ROUTE, json!({"state": "not-configured"}));
        let mended = broken.outcome(&CodeScanningDefaultSetup, "web", &wanted(&json!({"state": "configured"})));
        assert_eq!(difference(mended).effect, Effect::Tightening, "enforced does not prove it");
    }

    #[test]
    fn a_product_that_is_off_is_not_a_missing_right() {
        let told = |answer| Bench::new(vec![repo("web")]).rest("web", ROUTE, answer);
        let wanted = wanted(&json!({"state": "configured"}));
        let refused =
            "GitHub refuses GET … (403: Code Security must be enabled for this repository to use code scanning.)";
        let outcome = told(Reading::unknown(refused)).outcome(&CodeScanningDefaultSetup, "web", &wanted);
        assert!(matches!(outcome, Outcome::NotApplicable(why) if why.contains("Code Security")));
        let hidden = told(forbidden(READ)).outcome(&CodeScanningDefaultSetup, "web", &wanted);
        assert_eq!(lacking(&hidden), Some(READ));
        let silent = told(Reading::known(Some(json!({})))).outcome(&CodeScanningDefaultSetup, "web", &wanted);
        assert_eq!(lacking(&silent), Some(READ));
        let gone = told(not_found()).outcome(&CodeScanningDefaultSetup, "web", &wanted);
        assert_eq!(lacking(&gone), Some(READ));
    }
}
