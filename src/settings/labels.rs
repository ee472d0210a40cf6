//! The labels of issues and pull requests.
//!
//! Read in bulk by GraphQL's `labels(first: 100)`; where there are more, by `GET /repos/{owner}/{repo}/labels`. Written by `POST` to
//! that, and `PATCH` and `DELETE` of `…/labels/{name}`. GitHub tells names apart without case and keeps the case of the first.

use serde_json::{Map, Value, json};

use super::{
    Context, GraphqlField, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    item::{created, encoded, holds, removed, updated},
};
use crate::model::{Desired, Effect, Field, Keyed, Kind, Permission, Problem, Reading, Scope, Shape, Tightens};

const READ: &str = "issues:read";
/// GitHub's bound on descriptions.
const LONGEST: usize = 100;

const LABELS: GraphqlField = GraphqlField {
    key: "labels",
    selection: "labels(first: 100) { totalCount nodes { name color description } }",
    permission: Some(READ),
};

static META: Meta = Meta {
    shape: Shape {
        key: "labels",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "label name", name: Kind::Text, prune: true }),
        kind: Kind::Table(&[
            Field {
                key: "color",
                kind: Kind::Text,
                doc: "Six hexadecimal digits, with or without `#`. Left out, GitHub gives a new label a colour of its choice.",
                tightens: Tightens::Neutral,
            },
            Field {
                key: "description",
                kind: Kind::Text,
                doc: "At most 100 characters; the empty text is the same as none.",
                tightens: Tightens::Neutral,
            },
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Labels",
    docs: "The labels of issues and pull requests.

GitHub tells label names apart without regard to case: a label that differs from the policy in case only is the same label and is \
renamed, so that issues keep it. Colours are compared without case and without `#`. An empty table asks for no more than that there is \
such a label. With `prune = true` labels that no rule lists are deleted, and issues lose them.",
    example: "[repo.labels.security]\ncolor = \"#b60205\"\ndescription = \"Weakens or strengthens security\"\n",
    reads: &[READ],
    writes: &["issues:write"],
    calls: &[
        ("color", "POST /repos/{owner}/{repo}/labels or PATCH /repos/{owner}/{repo}/labels/{name}"),
        ("description", "POST /repos/{owner}/{repo}/labels or PATCH /repos/{owner}/{repo}/labels/{name}"),
    ],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Labels;

impl Setting for Labels {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, cx)?.whole()])
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        Ok(read(cx)?.map(|labels| labels.into_iter().map(|label| label.name).collect()))
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let problem = |path: &str, message: String, help: &str| Problem {
        path: path.to_owned(),
        message,
        help: Some(help.to_owned()),
    };
    let mut problems = Vec::new();
    if let Some(color) = text("color").filter(|color| !is_color(&plain(color))) {
        problems.push(problem("color", format!("`{color}` is no colour"), "write six hexadecimal digits: `d73a4a`"));
    }
    if text("description").is_some_and(|text| text.chars().count() > LONGEST) {
        problems.push(problem("description", "the description is too long".to_owned(), "GitHub takes 100 characters"));
    }
    problems
}

fn is_color(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A colour as GitHub writes it.
fn plain(color: &str) -> String {
    color.trim_start_matches('#').to_ascii_lowercase()
}

/// A label as GitHub has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    name: String,
    color: String,
    description: String,
}

impl Label {
    fn new(told: &Value) -> Option<Self> {
        let text = |key: &str| told.get(key).and_then(Value::as_str);
        Some(Self {
            name: text("name")?.to_owned(),
            color: plain(text("color").unwrap_or_default()),
            description: text("description").unwrap_or_default().to_owned(),
        })
    }

    fn all(told: &[Value]) -> Vec<Self> {
        told.iter().filter_map(Self::new).collect()
    }

    fn to_json(&self) -> Value {
        json!({"color": self.color, "description": self.description})
    }
}

fn read(cx: &Context<'_>) -> Result<Reading<Vec<Label>>, Pending> {
    let few = match cx.graphql(LABELS)? {
        Reading::Known { known } => known,
        other => return Ok(other.map(|_| Vec::new())),
    };
    let nodes = few.get("nodes").and_then(Value::as_array);
    if let Some(nodes) = nodes
        && few.get("totalCount").and_then(Value::as_u64) == u64::try_from(nodes.len()).ok()
    {
        return Ok(Reading::known(Label::all(nodes)));
    }
    let all = cx.rest(RestRead::list("labels", READ))?;
    Ok(all.and_then(|all| match all.and_then(Value::as_array) {
        Some(all) => Reading::known(Label::all(all)),
        None => Reading::lacking("GitHub shows no labels", Permission::from(READ)),
    }))
}

fn judge(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = desired.name.as_deref().unwrap_or_default();
    let all = match Outcome::known(read(cx)?) {
        Err(outcome) => return Ok(outcome),
        Ok(all) => all,
    };
    let same = |label: &&Label| label.name.to_lowercase() == name.to_lowercase();
    let found = all.iter().find(|label| label.name == name).or_else(|| all.iter().find(same));
    if desired.is_pruned() {
        return match found {
            None => Ok(holds(Value::Null, Value::Null)),
            Some(label) => {
                let write = RestWrite::bare("DELETE", of_label(cx, label)?);
                Ok(removed(label.to_json(), Effect::Neutral, vec![Write::Rest(write)]))
            }
        };
    }
    let wanted = wanted(desired);
    let Some(label) = found else {
        let mut body = wanted.clone();
        body.insert("name".to_owned(), json!(name));
        let write = RestWrite::with_body("POST", cx.repo_path("labels")?, Value::Object(body));
        return Ok(created(Value::Object(wanted), Effect::Neutral, vec![Write::Rest(write)]));
    };
    let (before, after) = differing(label, name, &wanted);
    if after.is_empty() {
        return Ok(holds(label.to_json(), Value::Object(wanted)));
    }
    let mut body = after.clone();
    if let Some(name) = body.remove("name") {
        body.insert("new_name".to_owned(), name);
    }
    let write = RestWrite::with_body("PATCH", of_label(cx, label)?, Value::Object(body));
    Ok(updated(Value::Object(before), Value::Object(after), Effect::Neutral, vec![Write::Rest(write)]))
}

fn of_label(cx: &Context<'_>, label: &Label) -> Result<String, Pending> {
    cx.repo_path(&format!("labels/{}", encoded(&label.name)))
}

/// What the policy declares, as GitHub writes it.
fn wanted(desired: &Desired) -> Map<String, Value> {
    let color = desired.text("color").map(|color| ("color".to_owned(), json!(plain(color))));
    let description = desired.text("description").map(|text| ("description".to_owned(), json!(text)));
    color.into_iter().chain(description).collect()
}

/// The declared fields that differ: as they are, and as they will be.
fn differing(label: &Label, name: &str, wanted: &Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    let mut is = json!({"name": label.name, "color": label.color, "description": label.description});
    let mut after = wanted.clone();
    after.insert("name".to_owned(), json!(name));
    after.retain(|key, value| is.get(key) != Some(value));
    let before = after.keys().map(|key| (key.clone(), is[key].take())).collect();
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::Action,
        settings::bench::{Bench, desired, difference, example_is_sound, lacking, repo},
    };

    fn bench(labels: Value) -> Bench {
        let total = labels.as_array().map_or(0, Vec::len);
        Bench::new(vec![repo("web")]).graphql(
            "web",
            "labels",
            Reading::known(json!({"totalCount": total, "nodes": labels})),
        )
    }

    fn bug() -> Bench {
        bench(json!([{"name": "bug", "color": "d73a4a", "description": null}]))
    }

    fn wanted(name: &str, value: &Value) -> Desired {
        desired("labels", Some(name), value)
    }

    #[test]
    fn colours_are_compared_without_case_and_hash() {
        let same = wanted("bug", &json!({"color": "#D73A4A", "description": ""}));
        assert!(matches!(bug().outcome(&Labels, "web", &same), Outcome::Compliant { .. }));
        assert_eq!(check(&json!({"color": "#D73A4A"})), []);
        assert_eq!(check(&json!({"color": "red", "description": "x".repeat(101)})).len(), 2);
    }

    #[test]
    fn only_what_differs_is_written_and_the_rest_of_the_label_stays() {
        let change = difference(bug().outcome(&Labels, "web", &wanted("bug", &json!({"description": "Broken"}))));
        assert_eq!((&change.before, &change.after), (&json!({"description": ""}), &json!({"description": "Broken"})));
        let body = json!({"description": "Broken"});
        let write = RestWrite::with_body("PATCH", "/repos/acme/web/labels/bug".into(), body);
        assert_eq!((change.effect, change.writes), (Effect::Neutral, vec![Write::Rest(write)]));
    }

    #[test]
    fn a_label_that_differs_in_case_only_is_renamed() {
        let change = difference(bug().outcome(&Labels, "web", &wanted("Bug", &json!({"color": "d73a4a"}))));
        assert_eq!(change.action, Action::Update);
        let write = RestWrite::with_body("PATCH", "/repos/acme/web/labels/bug".into(), json!({"new_name": "Bug"}));
        assert_eq!(change.writes, [Write::Rest(write)]);
    }

    #[test]
    fn a_missing_label_is_made_and_an_empty_table_asks_only_that_it_is_there() {
        let change =
            difference(bug().outcome(&Labels, "web", &wanted("good first issue", &json!({"color": "#7057ff"}))));
        let body = json!({"color": "7057ff", "name": "good first issue"});
        let write = RestWrite::with_body("POST", "/repos/acme/web/labels".into(), body);
        assert_eq!((change.action, change.writes), (Action::Create, vec![Write::Rest(write)]));
        let there = bug().outcome(&Labels, "web", &wanted("bug", &json!({})));
        assert!(matches!(there, Outcome::Compliant { .. }));
    }

    #[test]
    fn a_label_that_nobody_lists_is_deleted_by_its_name() {
        let leaf = wanted("x", &json!({"prune": true})).fields["prune"].clone();
        let bench = bench(json!([{"name": "a/b c", "color": "d73a4a", "description": null}]));
        let pruned = Desired::pruned("labels", "a/b c".into(), leaf);
        let change = difference(bench.outcome(&Labels, "web", &pruned));
        assert!(change.deletes && change.effect == Effect::Neutral);
        assert_eq!(change.writes, [Write::Rest(RestWrite::bare("DELETE", "/repos/acme/web/labels/a%2Fb%20c".into()))]);
        assert!(matches!(bug().outcome(&Labels, "web", &pruned), Outcome::Compliant { .. }));
    }

    #[test]
    fn more_labels_than_a_query_gives_are_read_by_rest() {
        let many = Bench::new(vec![repo("web")]).graphql(
            "web",
            "labels",
            Reading::known(json!({"totalCount": 2, "nodes": [{"name": "a", "color": "000000"}]})),
        );
        let bug = wanted("bug", &json!({}));
        assert_eq!(many.wanted(&Labels, Some("web"), &bug), ["rest:labels"]);
        let told = json!([{"name": "a", "color": "000000"}, {"name": "bug", "color": "000000"}]);
        let read = many.known("web", "labels", told);
        assert!(matches!(read.outcome(&Labels, "web", &bug), Outcome::Compliant { .. }));
    }

    #[test]
    fn a_hidden_list_is_unknown() {
        let hidden =
            Bench::new(vec![repo("web")]).graphql("web", "labels", Reading::lacking("no", Permission::from(READ)));
        assert_eq!(lacking(&hidden.outcome(&Labels, "web", &wanted("bug", &json!({})))), Some(READ));
        example_is_sound(&Labels);
    }

    proptest::proptest! {
        /// Whatever stands there and whatever is wanted: what is written holds afterwards.
        #[test]
        fn what_is_written_holds(
            names in proptest::sample::subsequence(vec!["bug", "Docs", "a b", "é"], 0..4),
            name in proptest::sample::select(vec!["bug", "BUG", "docs", "a b", "É"]),
            color in proptest::option::of("#?[0-9a-fA-F]{6}"),
            description in proptest::option::of("[a-z]{0,3}"),
        ) {
            let mut all: Vec<Value> =
                names.iter().map(|name| json!({"name": name, "color": "D73A4A", "description": null})).collect();
            let mut value = json!({});
            if let Some(color) = color { value["color"] = json!(color); }
            if let Some(description) = description { value["description"] = json!(description); }
            let wanted = wanted(name, &value);
            if let Outcome::Differs(difference) = bench(json!(all)).outcome(&Labels, "web", &wanted) {
                let Some(Write::Rest(write)) = difference.writes.into_iter().next() else { unreachable!("a call") };
                let mut body = write.body.expect("a body");
                if write.method == "POST" {
                    all.push(body);
                } else {
                    let path = write.path.rsplit('/').next().unwrap_or_default().to_owned();
                    let label = all.iter_mut().find(|label| encoded(label["name"].as_str().unwrap_or_default()) == path);
                    let label = label.expect("the label of the path");
                    if let Some(name) = body.as_object_mut().and_then(|body| body.remove("new_name")) {
                        label["name"] = name;
                    }
                    for (key, value) in body.as_object().expect("an object") {
                        label[key] = value.clone();
                    }
                }
                let after = bench(json!(all)).outcome(&Labels, "web", &wanted);
                proptest::prop_assert!(matches!(after, Outcome::Compliant { .. }), "{after:?}");
            }
        }
    }
}
