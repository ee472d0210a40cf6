//! Autolinks: words such as `TICKET-123` in texts that GitHub turns into links.
//!
//! `GET/POST /repos/{owner}/{repo}/autolinks` (administrators only, no pages) and `DELETE …/autolinks/{id}`. GitHub has no call that
//! changes one.

use serde_json::{Map, Value, json};

use super::{
    Context, Judgement, Meta, Outcome, Pending, Phase, RestForm, RestRead, RestWrite, Setting, Write,
    item::{created, holds, removed, updated},
};
use crate::model::{Desired, Effect, Field, Keyed, Kind, Problem, Reading, Scope, Shape, Tightens};

const READ: &str = "administration:read";
const ROUTE: &str = "autolinks";
const CALL: &str = "DELETE /repos/{owner}/{repo}/autolinks/{autolink_id}, then POST /repos/{owner}/{repo}/autolinks";

static META: Meta = Meta {
    shape: Shape {
        key: "autolinks",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "prefix of an autolink", name: Kind::Text, prune: true }),
        kind: Kind::Table(&[
            Field {
                key: "url_template",
                kind: Kind::Text,
                doc: "The address, with `<num>` where the reference stands.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "is_alphanumeric",
                kind: Kind::Bool,
                doc: "Whether letters count as part of the reference, or digits only. GitHub's default for a new one is true.",
                tightens: Tightens::Neutral,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Autolinks",
    docs: "References that GitHub turns into links, by their prefix: with the prefix `TICKET-`, `TICKET-123` leads to the address.

GitHub has no call that changes an autolink: ordain deletes the old one and creates it anew, one right after the other. References in old \
texts keep working, as they are looked up when they are shown. With `prune = true` those that no rule lists are deleted.",
    example: "[repo.autolinks.\"TICKET-\"]\nurl_template = \"https://tickets.example.org/<num>\"\nis_alphanumeric = false\n",
    reads: &[READ],
    writes: &["administration:write"],
    calls: &[("url_template", CALL), ("is_alphanumeric", CALL)],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Autolinks;

impl Setting for Autolinks {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, cx)?.whole()])
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        Ok(read(cx)?.map(|all| all.iter().map(|link| prefix(link).to_owned()).collect()))
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let lacks = value.get("url_template").and_then(Value::as_str).is_some_and(|text| !text.contains("<num>"));
    let problem = Problem {
        path: "url_template".to_owned(),
        message: "the address has no `<num>`".to_owned(),
        help: Some("write `<num>` where the reference stands: `https://tickets.example.org/<num>`".to_owned()),
    };
    lacks.then_some(problem).into_iter().collect()
}

fn prefix(link: &Value) -> &str {
    link.get("key_prefix").and_then(Value::as_str).unwrap_or_default()
}

fn read<'a>(cx: &Context<'a>) -> Result<Reading<&'a [Value]>, Pending> {
    // Every repository has the list, so 404 says that the token may not see it.
    let read = RestRead { suffix: ROUTE.to_owned(), form: RestForm::Certain, permission: Some(READ) };
    Ok(cx.rest(read)?.map(|told| told.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()))
}

/// The fields of an autolink that a policy can declare.
fn shown(link: &Value) -> Map<String, Value> {
    let field = |key: &str| (key.to_owned(), link.get(key).cloned().unwrap_or_default());
    [field("url_template"), field("is_alphanumeric")].into_iter().collect()
}

fn judge(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = desired.name.as_deref().unwrap_or_default();
    let all = match Outcome::known(read(cx)?) {
        Err(outcome) => return Ok(outcome),
        Ok(all) => all,
    };
    let found = all
        .iter()
        .find(|link| prefix(link) == name)
        .or_else(|| all.iter().find(|link| prefix(link).eq_ignore_ascii_case(name)));
    let delete = |link: &Value| {
        let id = link.get("id").map(ToString::to_string).unwrap_or_default();
        Ok(Write::Rest(RestWrite::bare("DELETE", cx.repo_path(&format!("{ROUTE}/{id}"))?)))
    };
    if desired.is_pruned() {
        return match found {
            None => Ok(holds(Value::Null, Value::Null)),
            Some(link) => Ok(removed(Value::Object(shown(link)), Effect::Neutral, vec![delete(link)?])),
        };
    }
    let wanted: Map<String, Value> = desired.to_json().as_object().cloned().unwrap_or_default().into_iter().collect();
    let before = found.map(shown);
    let mut after = before.clone().unwrap_or_default();
    after.extend(wanted.clone());
    if let (Some(link), Some(before)) = (found, &before)
        && *before == after
        && prefix(link) == name
    {
        return Ok(holds(Value::Object(before.clone()), Value::Object(wanted)));
    }
    if !after.get("url_template").is_some_and(Value::is_string) {
        let message = "there is no such autolink, and the policy does not say where it leads; give its `url_template`";
        let (observed, desired) = (Value::Null, Value::Object(wanted));
        return Ok(Outcome::Violation { message: message.to_owned(), observed, desired });
    }
    let mut body = after.clone();
    body.insert("key_prefix".to_owned(), json!(name));
    let post = Write::Rest(RestWrite::with_body("POST", cx.repo_path(ROUTE)?, Value::Object(body)));
    Ok(match (found, before) {
        (Some(link), Some(mut before)) => {
            if prefix(link) != name {
                before.insert("key_prefix".to_owned(), json!(prefix(link)));
                after.insert("key_prefix".to_owned(), json!(name));
            }
            updated(Value::Object(before), Value::Object(after), Effect::Neutral, vec![delete(link)?, post])
        }
        _ => created(Value::Object(after), Effect::Neutral, vec![post]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::Action,
        settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, repo},
    };

    const URL: &str = "https://t.example.org/<num>";

    fn bench() -> Bench {
        let link = json!({"id": 4, "key_prefix": "T-", "url_template": URL, "is_alphanumeric": true});
        Bench::new(vec![repo("web")]).known("web", ROUTE, json!([link]))
    }

    fn wanted(name: &str, value: &Value) -> Desired {
        desired("autolinks", Some(name), value)
    }

    fn post(body: Value) -> Write {
        Write::Rest(RestWrite::with_body("POST", "/repos/acme/web/autolinks".into(), body))
    }

    fn delete() -> Write {
        Write::Rest(RestWrite::bare("DELETE", "/repos/acme/web/autolinks/4".into()))
    }

    #[test]
    fn changing_one_is_to_delete_and_to_create_it_and_what_is_not_declared_stays() {
        let change = difference(bench().outcome(&Autolinks, "web", &wanted("T-", &json!({"is_alphanumeric": false}))));
        assert_eq!((change.action, change.deletes, change.effect), (Action::Update, false, Effect::Neutral));
        let body = json!({"url_template": URL, "is_alphanumeric": false, "key_prefix": "T-"});
        assert_eq!(change.writes, [delete(), post(body)]);
        let same = wanted("T-", &json!({"url_template": URL}));
        assert!(matches!(bench().outcome(&Autolinks, "web", &same), Outcome::Compliant { .. }));
    }

    #[test]
    fn a_prefix_in_another_case_is_the_same_autolink() {
        let change = difference(bench().outcome(&Autolinks, "web", &wanted("t-", &json!({"url_template": URL}))));
        assert_eq!(change.writes.len(), 2, "{change:#?}");
        assert_eq!((&change.before["key_prefix"], &change.after["key_prefix"]), (&json!("T-"), &json!("t-")));
    }

    #[test]
    fn a_missing_one_is_made_if_its_address_is_known() {
        let change = difference(bench().outcome(&Autolinks, "web", &wanted("J-", &json!({"url_template": URL}))));
        assert_eq!(change.action, Action::Create);
        assert_eq!(change.writes, [post(json!({"url_template": URL, "key_prefix": "J-"}))]);
        let bare = bench().outcome(&Autolinks, "web", &wanted("J-", &json!({"is_alphanumeric": true})));
        assert!(matches!(bare, Outcome::Violation { message, .. } if message.contains("url_template")));
        assert_eq!(check(&json!({"url_template": "https://x"})).len(), 1);
    }

    #[test]
    fn one_that_nobody_lists_is_deleted() {
        let leaf = wanted("x", &json!({"prune": true})).fields["prune"].clone();
        let pruned = Desired::pruned("autolinks", "T-".into(), leaf);
        let change = difference(bench().outcome(&Autolinks, "web", &pruned));
        assert!(change.deletes);
        assert_eq!(change.writes, [delete()]);
    }

    #[test]
    fn a_hidden_list_is_unknown() {
        let hidden = Bench::new(vec![repo("web")]).rest("web", ROUTE, forbidden(READ));
        assert_eq!(lacking(&hidden.outcome(&Autolinks, "web", &wanted("T-", &json!({})))), Some(READ));
        example_is_sound(&Autolinks);
    }
}
