//! Which repositories of an organisation may have self-hosted runners of their own.
//!
//! `GET/PUT /orgs/{org}/actions/permissions/self-hosted-runners` (`all`, `none`, `selected`), and for those selected the list
//! below it.

use serde_json::Value;

use super::{
    Context, Judgement, Meta, Pending, Phase, Setting,
    choice::{self, Choice},
    direction::Safer,
};
use crate::model::{Desired, Kind, Scope, Shape, Tightens};

const READ: &str = "organization_administration:read";

static META: Meta = Meta {
    shape: Shape {
        key: "self_hosted_runners",
        scope: Scope::Org,
        keyed: None,
        kind: Kind::Either(&[Kind::OneOf(&["all", "none"]), Kind::List(&Kind::Glob)]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Self-hosted runners of repositories",
    docs: "Which repositories may have self-hosted runners of their own: `\"all\"`, `\"none\"`, or globs of those that may. Fewer is safer.

A public repository should have none: whoever opens a pull request could run code on the machine. The organisation's own runners \
are shared by `runner_groups`. A repository that is in the list and that ordain cannot see stays in it.",
    example: "[org]\nself_hosted_runners = \"none\"\n",
    reads: &[READ],
    writes: &["organization_administration:write"],
    calls: &[(
        "value",
        "PUT /orgs/{org}/actions/permissions/self-hosted-runners, and for a list PUT \
         /orgs/{org}/actions/permissions/self-hosted-runners/repositories",
    )],
    controls: &["OpenJS noSelfHostedRunners"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

const CHOICE: Choice = Choice {
    document: "actions/permissions/self-hosted-runners",
    field: "enabled_repositories",
    list: "actions/permissions/self-hosted-runners/repositories",
    permission: READ,
    narrower_is_safer: true,
    in_one: false,
    decides: None,
};

/// The setting.
pub struct SelfHostedRunners;

impl Setting for SelfHostedRunners {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = desired.value("").unwrap_or(&Value::Null);
        let words = Safer::Last(&["all", "selected", "none"]);
        Ok(vec![choice::judge(&CHOICE, wanted, words, |_| None, cx)?.whole()])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Effect;
    use crate::settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, repo};
    use crate::settings::{Outcome, RestWrite, Write};

    fn bench(word: &str) -> Bench {
        Bench::new(vec![repo("api"), repo("web")]).org_known(CHOICE.document, json!({"enabled_repositories": word}))
    }

    fn outcome(bench: &Bench, value: &Value) -> Outcome {
        let wanted = desired("self_hosted_runners", None, value);
        bench.judge(&SelfHostedRunners, None, &wanted).expect("everything was read").remove(0).outcome
    }

    #[test]
    fn a_word_is_one_call() {
        example_is_sound(&SelfHostedRunners);
        assert!(matches!(outcome(&bench("none"), &json!("none")), Outcome::Compliant { .. }));
        let none = difference(outcome(&bench("all"), &json!("none")));
        let path = "/orgs/acme/actions/permissions/self-hosted-runners".to_owned();
        let write = RestWrite::with_body("PUT", path, json!({"enabled_repositories": "none"}));
        assert_eq!((none.effect, none.writes), (Effect::Tightening, vec![Write::Rest(write)]));
        assert_eq!(difference(outcome(&bench("selected"), &json!("all"))).effect, Effect::Loosening);
    }

    #[test]
    fn a_list_needs_the_word_first() {
        let some = difference(outcome(&bench("all"), &json!(["web"])));
        assert_eq!((some.before, some.after, some.effect), (json!("all"), json!(["web"]), Effect::Tightening));
        let paths: Vec<_> = some
            .writes
            .iter()
            .map(|write| match write {
                Write::Rest(write) => write.path.as_str(),
                _ => unreachable!("a call"),
            })
            .collect();
        let document = "/orgs/acme/actions/permissions/self-hosted-runners";
        assert_eq!(paths, [document, &format!("{document}/repositories")]);
        let id = repo("web")["id"].clone();
        let selected = bench("selected").org_known(CHOICE.list, json!([{"id": id}]));
        assert!(matches!(outcome(&selected, &json!(["web"])), Outcome::Compliant { .. }));
        let more = difference(outcome(&selected, &json!(["*"])));
        assert_eq!((more.effect, more.writes.len()), (Effect::Loosening, 1));
    }

    #[test]
    fn a_hidden_list_is_unknown() {
        let hidden = Bench::new(vec![]).org_rest(CHOICE.document, forbidden(READ));
        assert_eq!(lacking(&outcome(&hidden, &json!("all"))), Some(READ));
        let hidden = bench("selected").org_rest(CHOICE.list, forbidden(READ));
        assert_eq!(lacking(&outcome(&hidden, &json!(["web"]))), Some(READ));
    }
}
