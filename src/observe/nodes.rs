//! GraphQL fields and folders of many repositories in one query: `nodes(ids:)` in batches that need no cursor, so that
//! they run side by side, and one that GitHub cannot answer in its ten seconds is halved alone.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::{Map, Value, json};

use super::{Observer, unknown};
use crate::{
    github::{GithubError, GraphqlAnswer, GraphqlProblem},
    model::{NodeId, Org, Permission, Reading, TreeEntry},
    settings::{Answer, GraphqlField, ReadKey, RepoRead},
};

/// Repositories in a query. GitHub takes 100; what binds is its time limit: four folders of fifty repositories are 200
/// reads of git.
const BATCH: usize = 50;
/// Below this, a query that failed is sent again as it is.
const SMALL: usize = 5;
/// Queries under way at once.
const SIDE_BY_SIDE: usize = 4;

/// What is asked of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fields {
    pub(super) fields: BTreeSet<GraphqlField>,
    pub(super) trees: BTreeSet<Tree>,
}

/// A folder, at the head of the default branch or at the revision that its path begins with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tree {
    pub(super) path: String,
    pub(super) at_head: bool,
}

impl Fields {
    /// Whether the question is one of these, of this repository.
    fn holds(&self, target: &(Org, NodeId), key: &ReadKey) -> bool {
        let ReadKey::Repo(org, id, read) = key else { return false };
        let asked = match read {
            RepoRead::Graphql(field) => self.fields.contains(field),
            _ => self.trees.iter().any(|tree| tree.read() == *read),
        };
        asked && *org == target.0 && *id == target.1
    }
}

impl Tree {
    fn expression(&self) -> String {
        if self.at_head { format!("HEAD:{}", self.path) } else { self.path.clone() }
    }

    fn read(&self) -> RepoRead {
        if self.at_head { RepoRead::Tree(self.path.clone()) } else { RepoRead::TreeAt(self.path.clone()) }
    }
}

/// A repository with what is asked of it.
pub(super) type Asked = ((Org, NodeId), Fields);
type Answers = Vec<(ReadKey, Answer)>;

/// What came of one query.
enum Attempt {
    Done(Answers),
    /// Some are there; the rest is to be asked without what GitHub refused.
    Part(Answers, Vec<Asked>),
    /// To be asked in these pieces.
    Again(Vec<Vec<Asked>>),
}

impl Observer {
    pub(super) async fn fetch_nodes(&self, mut queue: Vec<Vec<Asked>>) -> Answers {
        queue.reverse();
        let mut running = FuturesUnordered::new();
        let mut answers = Vec::new();
        loop {
            while running.len() < SIDE_BY_SIDE
                && let Some(batch) = queue.pop()
            {
                running.push(self.ask(batch));
            }
            match running.next().await {
                None => return answers,
                Some(Attempt::Done(more)) => answers.extend(more),
                Some(Attempt::Part(more, rest)) => {
                    answers.extend(more);
                    queue.push(rest);
                }
                Some(Attempt::Again(pieces)) => queue.extend(pieces),
            }
        }
    }

    async fn ask(&self, batch: Vec<Asked>) -> Attempt {
        let union = union(&batch, |key| self.is_undefined(key));
        if union.fields.is_empty() && union.trees.is_empty() {
            return Attempt::Done(spread(&batch, &union, &mut GraphqlAnswer::default()));
        }
        let Some(((org, _), _)) = batch.first() else { return Attempt::Done(Vec::new()) };
        let ids: Vec<&str> = batch.iter().map(|((_, id), _)| id.as_str()).collect();
        let answer = self.client.query(org, &document(&union), json!({"ids": ids}), batch.len() <= SMALL).await;
        match answer {
            Ok(answer) => self.sort_out(batch, &union, answer),
            Err(error) if error.is_passing() && batch.len() > 1 => Attempt::Again(halves(batch)),
            Err(error) => Attempt::Done(all_unknown(&batch, &error)),
        }
    }

    fn sort_out(&self, batch: Vec<Asked>, union: &Fields, mut answer: GraphqlAnswer) -> Attempt {
        let whole: Vec<&GraphqlProblem> = answer.errors.iter().filter(|error| is_of_whole(error)).collect();
        if let Some(missing) = whole.iter().find_map(|error| error.undefined_field()) {
            let mut undefined = self.undefined.lock().expect("no holder of this lock panics");
            let known = union.fields.iter().filter(|field| has_word(field.selection, &missing));
            let before = undefined.len();
            undefined.extend(known.map(|field| field.key));
            if undefined.len() > before {
                return Attempt::Again(vec![batch]);
            }
        }
        let none = answer.data.get("nodes").and_then(Value::as_array).is_none();
        let overloaded = answer.errors.iter().any(GraphqlProblem::is_overload);
        if batch.len() > 1 && (overloaded || none) {
            return Attempt::Again(halves(batch));
        }
        if none {
            let message = whole.first().map_or("it holds no nodes", |error| error.message.as_str()).to_owned();
            let error = GithubError::Malformed { call: "POST /graphql".into(), message };
            return Attempt::Done(all_unknown(&batch, &error));
        }
        let answers = spread(&batch, union, &mut answer);
        let rest = taken_along(batch, union, &answer);
        if rest.is_empty() {
            return Attempt::Done(answers);
        }
        let again = |key: &ReadKey| rest.iter().any(|(target, fields)| fields.holds(target, key));
        Attempt::Part(answers.into_iter().filter(|(key, _)| !again(key)).collect(), rest)
    }
}

/// Sorts the repositories so that those of which the same is asked stand together, and cuts them into batches: one query each.
/// Where one token serves all organisations (`shared`), a query may hold repositories of several.
pub(super) fn batches(asked: BTreeMap<(Org, NodeId), Fields>, shared: bool) -> Vec<Vec<Asked>> {
    let mut groups: BTreeMap<Option<Org>, Vec<Asked>> = BTreeMap::new();
    for (target, fields) in asked {
        let group = if shared { None } else { Some(target.0.clone()) };
        groups.entry(group).or_default().push((target, fields));
    }
    let mut batches = Vec::new();
    for mut group in groups.into_values() {
        group.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        while !group.is_empty() {
            let rest = group.split_off(group.len().min(BATCH));
            batches.push(std::mem::replace(&mut group, rest));
        }
    }
    batches
}

/// The questions that a batch answers.
pub(super) fn questions(batch: &[Asked]) -> Vec<ReadKey> {
    let mut keys = Vec::new();
    for ((org, id), asked) in batch {
        let reads =
            asked.fields.iter().map(|field| RepoRead::Graphql(*field)).chain(asked.trees.iter().map(Tree::read));
        keys.extend(reads.map(|read| ReadKey::Repo(org.clone(), id.clone(), read)));
    }
    keys
}

/// The points that the query of a batch costs.
pub(super) fn points(batch: &[Asked]) -> u64 {
    super::points::of(&document(&union(batch, |_| false)), batch.len() as u64)
}

/// The repositories that GitHub left out whole because it refuses one field of them, which may not be null, with what else is
/// asked of them.
fn taken_along(batch: Vec<Asked>, union: &Fields, answer: &GraphqlAnswer) -> Vec<Asked> {
    let nodes = answer.data.get("nodes").and_then(Value::as_array);
    let mut rest = Vec::new();
    for (at, (target, mut asked)) in batch.into_iter().enumerate() {
        let is_there = nodes.and_then(|nodes| nodes.get(at)).is_some_and(Value::is_object);
        let place = Place { node: None, at, errors: &answer.errors };
        let refused = |name: &str| place.errors.iter().any(|error| place.names(error, name));
        let before = asked.fields.len() + asked.trees.len();
        asked.fields.retain(|field| !refused(answer_name(field)));
        let alias = |tree: &Tree| union.trees.iter().position(|other| other == tree);
        asked.trees.retain(|tree| !alias(tree).is_some_and(|number| refused(&format!("tree{number}"))));
        let left = asked.fields.len() + asked.trees.len();
        if !is_there && (1..before).contains(&left) {
            rest.push((target, asked));
        }
    }
    rest
}

/// Whether a selection names a field.
fn has_word(selection: &str, word: &str) -> bool {
    selection.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|one| one == word)
}

/// Whether an error is about the whole query and not about one place in its data.
fn is_of_whole(error: &GraphqlProblem) -> bool {
    !matches!(error.path.as_deref(), Some([Value::String(first), Value::Number(_), ..]) if first == "nodes")
}

fn halves(mut batch: Vec<Asked>) -> Vec<Vec<Asked>> {
    let second = batch.split_off(batch.len().div_ceil(2));
    vec![batch, second].into_iter().filter(|half| !half.is_empty()).collect()
}

fn union(batch: &[Asked], undefined: impl Fn(&str) -> bool) -> Fields {
    let mut all = Fields::default();
    for (_, fields) in batch {
        all.fields.extend(fields.fields.iter().filter(|field| !undefined(field.key)));
        all.trees.extend(fields.trees.iter().cloned());
    }
    all
}

fn document(union: &Fields) -> String {
    let mut selection = String::new();
    for field in &union.fields {
        selection.push_str("      ");
        selection.push_str(field.selection);
        selection.push('\n');
    }
    for (number, tree) in union.trees.iter().enumerate() {
        let expression = Value::String(tree.expression());
        selection.push_str(&format!("      tree{number}: object(expression: {expression}) {{ ...TreeFacts }}\n"));
    }
    let fragment = if union.trees.is_empty() {
        ""
    } else {
        "fragment TreeFacts on GitObject {\n  __typename\n  oid\n  ... on Tree { entries { name type mode oid size } }\n}\n"
    };
    format!(
        "query ObserveNodes($ids: [ID!]!) {{\n  rateLimit {{ cost nodeCount limit remaining used resetAt }}\n  nodes(ids: $ids) \
         {{\n    __typename\n    ... on Repository {{\n      id\n{selection}    }}\n  }}\n}}\n{fragment}"
    )
}

/// Deals the answers out to the questions, errors to the places that they name.
fn spread(batch: &[Asked], union: &Fields, answer: &mut GraphqlAnswer) -> Answers {
    let GraphqlAnswer { data, errors } = answer;
    let mut nodes = data.get_mut("nodes").and_then(Value::as_array_mut);
    let aliases: BTreeMap<&Tree, String> =
        union.trees.iter().enumerate().map(|(number, tree)| (tree, format!("tree{number}"))).collect();
    let mut answers = Vec::new();
    for (at, ((org, id), asked)) in batch.iter().enumerate() {
        let node = nodes.as_mut().and_then(|nodes| nodes.get_mut(at)?.as_object_mut());
        let mut place = Place { node, at, errors };
        let key = |read| ReadKey::Repo(org.clone(), id.clone(), read);
        for field in &asked.fields {
            let value = if union.fields.contains(field) {
                place.value(answer_name(field), field.permission)
            } else {
                Reading::unknown("this server's GraphQL does not have the field")
            };
            answers.push((key(RepoRead::Graphql(*field)), Answer::Graphql(value)));
        }
        for folder in &asked.trees {
            let alias = aliases.get(folder).map_or("", String::as_str);
            let tree = place.value(alias, Some("contents:read")).and_then(tree);
            answers.push((key(folder.read()), Answer::Tree(tree)));
        }
    }
    answers
}

/// The name under which the answer of a selection stands: its alias, else the field's name.
fn answer_name(field: &GraphqlField) -> &'static str {
    let end = field.selection.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(field.selection.len());
    &field.selection[..end]
}

/// One repository's place in an answer.
struct Place<'a> {
    node: Option<&'a mut Map<String, Value>>,
    at: usize,
    errors: &'a [GraphqlProblem],
}

impl Place<'_> {
    /// What is said of a field; taken out of the answer, which nobody else asks for it.
    fn value(&mut self, name: &str, permission: Option<&str>) -> Reading<Value> {
        if let Some(error) = self.error(name) {
            let refused = error.kind.as_deref() == Some("FORBIDDEN");
            return Reading::Unknown {
                unknown: format!("GitHub's GraphQL says: {}", error.message),
                permission: permission.filter(|_| refused).map(Permission::from),
            };
        }
        match self.node.as_mut().and_then(|node| node.get_mut(name)) {
            Some(value) => Reading::known(value.take()),
            None => Reading::unknown("GitHub's GraphQL gave no answer for this repository"),
        }
    }

    /// Whether an error is about this very field.
    fn names(&self, error: &GraphqlProblem, name: &str) -> bool {
        match error.path.as_deref() {
            Some([_, Value::Number(at), first, ..]) => {
                at.as_u64() == Some(self.at as u64) && first.as_str() == Some(name)
            }
            _ => false,
        }
    }

    /// The error of this field (or of the whole repository), if there is one.
    fn error(&self, name: &str) -> Option<&GraphqlProblem> {
        self.errors.iter().find(|error| match error.path.as_deref() {
            Some([_, Value::Number(at), rest @ ..]) if at.as_u64() == Some(self.at as u64) => {
                rest.first().is_none_or(|first| first.as_str() == Some(name))
            }
            _ => false,
        })
    }
}

fn tree(mut value: Value) -> Reading<Option<Vec<TreeEntry>>> {
    match value.get_mut("entries") {
        // No such path, no commit, or a file where a folder was asked for.
        None => Reading::known(None),
        Some(entries) => match serde_json::from_value(entries.take()) {
            Ok(entries) => Reading::known(Some(entries)),
            Err(error) => Reading::unknown(format!("GitHub's answer is not a folder: {error}")),
        },
    }
}

fn all_unknown(batch: &[Asked], error: &GithubError) -> Answers {
    let mut answers = Vec::new();
    for ((org, id), asked) in batch {
        let key = |read| ReadKey::Repo(org.clone(), id.clone(), read);
        for field in &asked.fields {
            answers.push((key(RepoRead::Graphql(*field)), Answer::Graphql(unknown(error, field.permission))));
        }
        for folder in &asked.trees {
            answers.push((key(folder.read()), Answer::Tree(unknown(error, Some("contents:read")))));
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERTS: GraphqlField = GraphqlField {
        key: "hasVulnerabilityAlertsEnabled",
        selection: "hasVulnerabilityAlertsEnabled",
        permission: Some("administration:read"),
    };

    fn asked(id: &str, trees: &[&str]) -> Asked {
        let target = (Org::new("o").expect("valid"), NodeId(id.into()));
        let fields = Fields {
            fields: BTreeSet::from([ALERTS]),
            trees: trees.iter().map(|path| Tree { path: (*path).to_owned(), at_head: true }).collect(),
        };
        (target, fields)
    }

    #[test]
    fn one_query_asks_for_what_any_of_its_repositories_needs() {
        let batch = vec![asked("A", &[""]), asked("B", &[".github", "a\"b"])];
        let text = document(&union(&batch, |_| false));
        assert_eq!(text.matches("hasVulnerabilityAlertsEnabled").count(), 1);
        assert!(text.contains(r#"object(expression: "HEAD:a\"b")"#), "{text}");
    }

    #[test]
    fn an_error_makes_only_its_own_place_unknown() {
        let batch = vec![asked("A", &[]), asked("B", &[]), asked("C", &[])];
        let union = union(&batch, |_| false);
        let error = |path: Value| {
            let json = json!({"type": "FORBIDDEN", "message": "no", "path": path});
            serde_json::from_value::<GraphqlProblem>(json).expect("a problem")
        };
        let mut answer = GraphqlAnswer {
            data: json!({"nodes": [{"id": "A", "hasVulnerabilityAlertsEnabled": true}, {"id": "B"}, null]}),
            errors: vec![error(json!(["nodes", 1, "hasVulnerabilityAlertsEnabled"])), error(json!(["nodes", 2]))],
        };
        let answers = spread(&batch, &union, &mut answer);
        assert_eq!(answers[0].1, Answer::Graphql(Reading::known(json!(true))));
        for (_, answer) in &answers[1..] {
            let Answer::Graphql(Reading::Unknown { permission, .. }) = answer else { panic!("{answer:?}") };
            assert_eq!(permission.as_ref().map(|p| p.0.as_str()), Some("administration:read"));
        }
    }

    #[test]
    fn what_falls_with_a_refused_field_is_asked_again_without_it() {
        let pulls = GraphqlField { key: "p", selection: "p: pullRequests(first: 1) { totalCount }", permission: None };
        let mut batch = vec![asked("A", &[""]), asked("B", &[""])];
        batch[0].1.fields.insert(pulls);
        let all = union(&batch, |_| false);
        let error = json!({"type": "FORBIDDEN", "message": "no", "path": ["nodes", 0, "p"]});
        let answer = GraphqlAnswer {
            data: json!({"nodes": [null, {"id": "B", "hasVulnerabilityAlertsEnabled": true, "tree0": null}]}),
            errors: vec![serde_json::from_value(error).expect("a problem")],
        };
        let rest = taken_along(batch.clone(), &all, &answer);
        assert_eq!(rest.len(), 1);
        assert_eq!((rest[0].0.1.as_str(), &rest[0].1), ("A", &asked("A", &[""]).1));
        // Where nothing else is asked, or the repository itself is refused, there is nothing to ask again.
        let gone = json!({"type": "NOT_FOUND", "message": "no", "path": ["nodes", 0]});
        let gone = GraphqlAnswer { errors: vec![serde_json::from_value(gone).expect("a problem")], ..answer };
        assert_eq!(taken_along(batch, &all, &gone), []);
    }

    #[test]
    fn aliases_are_the_names_of_answers() {
        let field = |selection| GraphqlField { key: "k", selection, permission: None };
        assert_eq!(answer_name(&field("pulls: pullRequests(first: 1) { totalCount }")), "pulls");
        assert_eq!(answer_name(&field("isEmpty")), "isEmpty");
    }

    #[test]
    fn halving_keeps_everyone() {
        let batch: Vec<_> = (0..7).map(|n| asked(&n.to_string(), &[])).collect();
        let pieces = halves(batch);
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [4, 3]);
    }
}
