//! GitHub Pages.
//!
//! `GET/POST/PUT /repos/{owner}/{repo}/pages`. Read only where the repository's list says `has_pages`. `PUT` changes the fields that it is
//! given; `POST` takes `build_type` and `source` only.

use serde_json::{Map, Value, json};

use super::{
    Context, Judgement, Meta, Need, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    item::{created, encoded, holds, updated},
};
use crate::model::{Desired, Effect, Field, Kind, Permission, Reading, Scope, Shape, Tightens};

const READ: &str = "pages:read";
const ROUTE: &str = "pages";
const HTTPS: &str = "https_enforced";
const POST: &str = "POST or PUT /repos/{owner}/{repo}/pages";
const PUT: &str = "PUT /repos/{owner}/{repo}/pages";

static META: Meta = Meta {
    shape: Shape {
        key: "pages",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(&[
            Field {
                key: "build_type",
                kind: Kind::OneOf(&["legacy", "workflow"]),
                doc: "`workflow`: a workflow of Actions publishes. `legacy`: GitHub builds from a branch, see `source`.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "source",
                kind: Kind::Table(&[
                    Field {
                        key: "branch",
                        kind: Kind::Text,
                        doc: "The branch that is published.",
                        tightens: Tightens::Neutral,
                    },
                    Field {
                        key: "path",
                        kind: Kind::OneOf(&["/", "/docs"]),
                        doc: "The folder of it.",
                        tightens: Tightens::Neutral,
                    },
                ]),
                doc: "What is published without a workflow.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "cname",
                kind: Kind::Text,
                doc: "The custom domain; the empty text for none.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "https_enforced",
                kind: Kind::Bool,
                doc: "Whether plain HTTP is redirected. With a custom domain GitHub refuses it until the domain's certificate is there.",
                tightens: Tightens::True,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[HTTPS],
        check: Shape::no_check,
    },
    title: "Pages",
    docs: "The site of GitHub Pages. Only the declared fields are compared and written.

Where there is no site it is made, which needs `build_type = \"workflow\"` or `source.branch`, and a branch that is there; a site is never taken down. Changes are neutral, except \
that enforcing HTTPS tightens and no longer doing so loosens. `https_enforced` is judged by itself: while the certificate of a custom domain is not \
there yet it is a violation, and the next apply sets it once it is.",
    example: "[repo.pages]\nbuild_type = \"workflow\"\nhttps_enforced = true\n",
    reads: &[READ],
    writes: &["pages:write", "administration:write"],
    calls: &[("build_type", POST), ("source", POST), ("cname", PUT), ("https_enforced", PUT)],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Pages;

impl Setting for Pages {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let site = match Outcome::known(read(cx)?) {
            Err(outcome) => return Ok(every_part(desired, &outcome)),
            Ok(site) => site,
        };
        let path = cx.repo_path(ROUTE)?;
        let whole = site.map_or_else(|| create(desired, &path), |site| change(desired, site, &path));
        let whole = with_its_branch(whole, desired, cx)?;
        let mut judgements = Vec::new();
        if has_whole(desired) {
            judgements.push(whole.clone().whole());
        }
        if let Some(wanted) = desired.bool(HTTPS) {
            let outcome = match site {
                None if matches!(whole, Outcome::Violation { .. }) => whole,
                site => https(desired, wanted, site, path),
            };
            judgements.push(outcome.of_part(HTTPS));
        }
        Ok(judgements)
    }

    /// The same plan may rename the default branch.
    fn needs(&self, part: Option<&str>, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Need>, Pending> {
        let now = cx.repository()?.default_branch.as_deref();
        let branch = desired.text("source.branch").filter(|branch| part.is_none() && Some(*branch) == now);
        let of_branch = branch.map(|branch| Need::still("default_branch", &[branch]));
        let of_site = match part {
            Some(_) if Outcome::known(read(cx)?).is_ok_and(|site| site.is_none()) => Some(Need::made(META.shape.key)),
            _ => None,
        };
        Ok(Need::while_public(cx)?.into_iter().chain(of_branch).chain(of_site).collect())
    }
}

/// A site is published from a branch only if that is there (422).
fn with_its_branch(whole: Outcome, desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let (Outcome::Differs(difference), Some(branch)) = (&whole, desired.text("source.branch")) else {
        return Ok(whole);
    };
    let found = cx.rest(RestRead::document(format!("branches/{}", encoded(branch)), "contents:read"))?;
    // A branch that the token may not see is left to GitHub's own answer.
    if found.value().is_none_or(|found| found.is_some()) {
        return Ok(whole);
    }
    let message = format!("the repository has no branch `{branch}`; push it first, or publish another one");
    let (observed, desired) = (difference.before.clone(), difference.after.clone());
    Ok(Outcome::Violation { message, observed, desired })
}

/// Whether anything but `https_enforced` is declared (or nothing at all: then that there is a site).
fn has_whole(desired: &Desired) -> bool {
    desired.fields.keys().any(|key| key != HTTPS)
}

fn every_part(desired: &Desired, outcome: &Outcome) -> Vec<Judgement> {
    let whole = has_whole(desired).then(|| outcome.clone().whole());
    let https = desired.declares(HTTPS).then(|| outcome.clone().of_part(HTTPS));
    whole.into_iter().chain(https).collect()
}

/// The site, or that there is none.
fn read<'a>(cx: &Context<'a>) -> Result<Reading<Option<&'a Value>>, Pending> {
    let has = cx.repository()?.other.get("has_pages").and_then(Value::as_bool);
    if has == Some(false) {
        return Ok(Reading::known(None));
    }
    let told = cx.rest(RestRead::document(ROUTE, READ))?;
    Ok(told.and_then(|site| match site {
        None if has == Some(true) => {
            Reading::lacking("GitHub says that there is a site, and does not show it", Permission::from(READ))
        }
        site => Reading::known(site),
    }))
}

/// A site's value of a field, in the form of the policy.
fn value_of(site: &Value, field: &str) -> Value {
    let value = field.split('.').try_fold(site, |value, key| value.get(key)).cloned().unwrap_or_default();
    if field == "cname" && value.is_null() { json!("") } else { value }
}

/// The declared fields but for `https_enforced`.
fn declared(desired: &Desired) -> Vec<(&str, &Value)> {
    let fields = desired.fields.iter().filter(|(key, _)| !key.is_empty() && *key != HTTPS);
    fields.map(|(key, leaf)| (key.as_str(), &leaf.value)).collect()
}

fn change(desired: &Desired, site: &Value, path: &str) -> Outcome {
    let declared = declared(desired);
    let differing: Vec<(&str, &Value)> =
        declared.iter().copied().filter(|(key, wanted)| value_of(site, key) != **wanted).collect();
    if differing.is_empty() {
        let observed = declared.iter().map(|(key, _)| (*key, value_of(site, key)));
        return holds(nested(observed), nested(declared.iter().map(|(key, wanted)| (*key, (*wanted).clone()))));
    }
    let before = nested(differing.iter().map(|(key, _)| (*key, value_of(site, key))));
    let after = nested(differing.iter().map(|(key, wanted)| (*key, (*wanted).clone())));
    let mut body = in_form_of_call(&after);
    // GitHub takes the source only as a whole.
    if let Some(Value::Object(source)) = body.get_mut("source") {
        for key in ["branch", "path"] {
            source.entry(key).or_insert_with(|| value_of(site, &format!("source.{key}")));
        }
    }
    let write = RestWrite::with_body("PUT", path.to_owned(), Value::Object(body));
    updated(before, after, Effect::Neutral, vec![Write::Rest(write)])
}

/// Makes the site, then sets the domain, which only a site that is there takes.
fn create(desired: &Desired, path: &str) -> Outcome {
    let after = nested(declared(desired).into_iter().map(|(key, wanted)| (key, wanted.clone())));
    let branch = desired.text("source.branch");
    if branch.is_none() && desired.text("build_type") != Some("workflow") {
        let message = "there is no site, and the policy does not say what to publish: give `build_type = \"workflow\"` or \
                       `source.branch`";
        return Outcome::Violation { message: message.to_owned(), observed: Value::Null, desired: desired.to_json() };
    }
    if branch.is_none() && desired.declares("source.path") {
        let message = "there is no site, and GitHub takes `source.path` for a new one only with its branch: give `source.branch` too";
        return Outcome::Violation { message: message.to_owned(), observed: Value::Null, desired: desired.to_json() };
    }
    let mut body = in_form_of_call(&after);
    let cname = body.remove("cname").filter(|cname| !cname.is_null());
    let mut writes = vec![RestWrite::with_body("POST", path.to_owned(), Value::Object(body))];
    writes.extend(cname.map(|cname| RestWrite::with_body("PUT", path.to_owned(), json!({"cname": cname}))));
    created(after, Effect::Neutral, writes.into_iter().map(Write::Rest).collect())
}

/// Whether HTTPS is enforced; of a site that is still to be made, nothing is known yet.
fn https(desired: &Desired, wanted: bool, site: Option<&Value>, path: String) -> Outcome {
    let is = site.map(|site| value_of(site, HTTPS)).unwrap_or_default();
    if is == json!(wanted) {
        return holds(is, json!(wanted));
    }
    let domain = desired.text("cname").or_else(|| site?.get("cname")?.as_str()).unwrap_or_default();
    if wanted && !domain.is_empty() && !site.is_some_and(|site| has_certificate(site, domain)) {
        let message = format!(
            "GitHub enforces HTTPS only once the certificate of `{domain}` is there; point the domain to GitHub and apply again"
        );
        return Outcome::Violation { message, observed: is, desired: json!(wanted) };
    }
    let write = RestWrite::with_body("PUT", path, json!({HTTPS: wanted}));
    updated(is, json!(wanted), Effect::tightening_if(wanted), vec![Write::Rest(write)])
}

fn has_certificate(site: &Value, domain: &str) -> bool {
    let state = site.pointer("/https_certificate/state").and_then(Value::as_str).unwrap_or_default();
    let is = site.get("cname").and_then(Value::as_str).is_some_and(|cname| cname.eq_ignore_ascii_case(domain));
    is && ["issued", "uploaded", "approved"].contains(&state)
}

/// Dotted fields as objects in objects.
fn nested<'k>(fields: impl Iterator<Item = (&'k str, Value)>) -> Value {
    let mut whole = json!({});
    for (field, value) in fields {
        match field.split_once('.') {
            Some((head, key)) => whole[head][key] = value,
            None => whole[field] = value,
        }
    }
    whole
}

fn in_form_of_call(fields: &Value) -> Map<String, Value> {
    let mut body = fields.as_object().cloned().unwrap_or_default();
    if body.get("cname") == Some(&json!("")) {
        body.insert("cname".to_owned(), Value::Null);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::Action,
        settings::bench::{Bench, desired, difference, example_is_sound, forbidden, lacking, not_found, repo_with},
    };

    fn site() -> Value {
        json!({
            "cname": null, "build_type": "legacy", "source": {"branch": "gh-pages", "path": "/"}, "https_enforced": true,
            "status": "built", "public": true,
        })
    }

    fn bench(has: Value) -> Bench {
        Bench::new(vec![repo_with("web", json!({"has_pages": has}))])
    }

    fn with(site: Value) -> Bench {
        bench(json!(true)).known("web", ROUTE, site)
    }

    fn wanted(value: &Value) -> Desired {
        desired("pages", None, value)
    }

    fn call(method: &'static str, body: Value) -> Write {
        Write::Rest(RestWrite::with_body(method, "/repos/acme/web/pages".into(), body))
    }

    fn part(bench: &Bench, value: &Value) -> Outcome {
        let mut all = bench.judge(&Pages, Some("web"), &wanted(value)).expect("read");
        let https = all.pop().expect("a part");
        assert_eq!(https.part, Some("https_enforced"));
        https.outcome
    }

    #[test]
    fn only_declared_fields_that_differ_are_written() {
        let same = wanted(&json!({"cname": "", "source": {"branch": "gh-pages"}}));
        assert!(matches!(with(site()).outcome(&Pages, "web", &same), Outcome::Compliant { .. }));
        let change = difference(with(site()).outcome(&Pages, "web", &wanted(&json!({"build_type": "workflow"}))));
        assert_eq!(
            (change.effect, change.writes),
            (Effect::Neutral, vec![call("PUT", json!({"build_type": "workflow"}))])
        );
    }

    #[test]
    fn the_source_is_written_whole_and_no_domain_is_null() {
        let docs = difference(with(site()).outcome(&Pages, "web", &wanted(&json!({"source": {"path": "/docs"}}))));
        assert_eq!((docs.before, docs.after), (json!({"source": {"path": "/"}}), json!({"source": {"path": "/docs"}})));
        assert_eq!(docs.writes, [call("PUT", json!({"source": {"path": "/docs", "branch": "gh-pages"}}))]);
        let mut own = site();
        own["cname"] = json!("docs.example.org");
        let none = difference(with(own).outcome(&Pages, "web", &wanted(&json!({"cname": ""}))));
        assert_eq!(none.writes, [call("PUT", json!({"cname": null}))]);
    }

    #[test]
    fn enforcing_https_tightens_and_the_reverse_loosens() {
        for (on, effect) in [(true, Effect::Tightening), (false, Effect::Loosening)] {
            let mut site = site();
            site["https_enforced"] = json!(!on);
            let change = difference(part(&with(site), &json!({"https_enforced": on})));
            assert_eq!((change.effect, change.writes), (effect, vec![call("PUT", json!({"https_enforced": on}))]));
        }
    }

    #[test]
    fn https_of_a_domain_waits_for_its_certificate() {
        let mut own = site();
        (own["cname"], own["https_enforced"]) = (json!("docs.example.org"), json!(false));
        let on = json!({"https_enforced": true});
        for (state, waits) in [("new", true), ("approved", false), ("issued", false)] {
            own["https_certificate"] = json!({"state": state});
            let outcome = part(&with(own.clone()), &on);
            assert_eq!(
                matches!(&outcome, Outcome::Violation { message, .. } if message.contains("docs.example.org")),
                waits
            );
            // The certificate is another domain's.
            let other = part(&with(own.clone()), &json!({"https_enforced": true, "cname": "new.example.org"}));
            assert!(matches!(other, Outcome::Violation { .. }));
        }
    }

    #[test]
    fn a_site_is_made_in_two_calls_and_only_if_it_is_known_what_to_publish() {
        let value = json!({"source": {"branch": "main", "path": "/docs"}, "cname": "docs.example.org"});
        let main = bench(json!(false)).known("web", "branches/main", json!({"name": "main"}));
        let change = difference(main.outcome(&Pages, "web", &wanted(&value)));
        assert_eq!(change.action, Action::Create);
        let first = json!({"source": {"branch": "main", "path": "/docs"}});
        assert_eq!(change.writes, [call("POST", first), call("PUT", json!({"cname": "docs.example.org"}))]);
        let plain = wanted(&json!({"build_type": "workflow", "cname": ""}));
        let change = difference(bench(json!(false)).outcome(&Pages, "web", &plain));
        assert_eq!(change.writes, [call("POST", json!({"build_type": "workflow"}))]);
        let vague = part(&bench(json!(false)), &json!({"https_enforced": true}));
        assert!(matches!(vague, Outcome::Violation { message, .. } if message.contains("source.branch")));
        let folder = wanted(&json!({"build_type": "workflow", "source": {"path": "/docs"}}));
        let folder = bench(json!(false)).outcome(&Pages, "web", &folder);
        assert!(matches!(folder, Outcome::Violation { message, .. } if message.contains("source.branch")));
    }

    #[test]
    fn a_branch_that_is_not_there_is_told_before_anything_is_written() {
        let value = wanted(&json!({"source": {"branch": "site"}}));
        let none = bench(json!(false)).rest("web", "branches/site", not_found()).outcome(&Pages, "web", &value);
        assert!(matches!(none, Outcome::Violation { message, .. } if message.contains("no branch `site`")));
        let moved = with(site()).rest("web", "branches/site", not_found()).outcome(&Pages, "web", &value);
        assert!(matches!(moved, Outcome::Violation { .. }));
        // What is there already is not asked about.
        let same = wanted(&json!({"source": {"branch": "gh-pages"}}));
        assert!(matches!(with(site()).outcome(&Pages, "web", &same), Outcome::Compliant { .. }));
    }

    #[test]
    fn nothing_is_asked_where_the_list_says_that_there_is_no_site() {
        let value = wanted(&json!({"build_type": "workflow"}));
        assert_eq!(bench(json!(true)).wanted(&Pages, Some("web"), &value), ["rest:pages"]);
        for answer in [forbidden(READ), not_found()] {
            let hidden = bench(json!(true)).rest("web", ROUTE, answer).outcome(&Pages, "web", &value);
            assert_eq!(lacking(&hidden), Some(READ));
        }
        example_is_sound(&Pages);
    }
}
