//! File texts, once for each content: a blob's name is its content, so one fetch serves every repository that holds it.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use serde_json::{Map, Value};

use super::{Observer, unknown};
use crate::{
    github::{GithubError, GraphqlAnswer},
    model::{NodeId, Oid, Org, Reading, RepoName},
    settings::{Answer, Blob, ReadKey, RepoRead},
};

/// Texts in a query.
const BATCH: usize = 50;
/// Queries under way at once.
const SIDE_BY_SIDE: usize = 4;

/// A question for a text.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) org: Org,
    pub(super) id: NodeId,
    pub(super) name: RepoName,
    pub(super) oid: Oid,
}

impl Question {
    pub(super) fn key(&self) -> ReadKey {
        ReadKey::Repo(self.org.clone(), self.id.clone(), RepoRead::Blob(self.oid.clone()))
    }
}

/// The texts of one query, each with all who ask for it.
pub(super) type Batch = Vec<Vec<Question>>;

/// Puts questions for the same content together, and cuts them into batches: one query each. Where one token serves all
/// organisations (`shared`), one question speaks for all of them.
pub(super) fn batches(questions: Vec<Question>, shared: bool) -> Vec<Batch> {
    let mut contents: BTreeMap<(Option<Org>, Oid), Vec<Question>> = BTreeMap::new();
    for question in questions {
        let group = if shared { None } else { Some(question.org.clone()) };
        contents.entry((group, question.oid.clone())).or_default().push(question);
    }
    let mut groups: BTreeMap<Option<Org>, Batch> = BTreeMap::new();
    for ((group, _), askers) in contents {
        groups.entry(group).or_default().push(askers);
    }
    groups.into_values().flat_map(|group| group.chunks(BATCH).map(<[_]>::to_vec).collect::<Vec<_>>()).collect()
}

impl Observer {
    pub(super) async fn fetch_blobs(&self, batches: Vec<Batch>) -> Vec<(ReadKey, Answer)> {
        let answers = stream::iter(batches).map(|batch| self.batch(batch)).buffer_unordered(SIDE_BY_SIDE);
        answers.collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    async fn batch(&self, batch: Batch) -> Vec<(ReadKey, Answer)> {
        let mut pieces = vec![batch];
        let mut answers = Vec::new();
        while let Some(mut piece) = pieces.pop() {
            let firsts: Vec<&Question> = piece.iter().filter_map(|askers| askers.first()).collect();
            let Some(org) = firsts.first().map(|question| question.org.clone()) else { continue };
            let (document, variables) = document(&firsts);
            match self.client.query(&org, &document, variables, piece.len() == 1).await {
                Ok(answer)
                    if piece.len() == 1 || !answer.errors.iter().any(crate::github::GraphqlProblem::is_overload) =>
                {
                    answers.extend(deal(&piece, &answer));
                }
                Err(error) if piece.len() == 1 || !error.is_passing() => answers.extend(refuse(&piece, &error)),
                Ok(_) | Err(_) => {
                    let second = piece.split_off(piece.len().div_ceil(2));
                    pieces.push(second);
                    pieces.push(piece);
                }
            }
        }
        answers
    }
}

fn document(questions: &[&Question]) -> (String, Value) {
    let (mut parameters, mut selections, mut variables) = (Vec::new(), String::new(), Map::new());
    for (n, question) in questions.iter().enumerate() {
        parameters.push(format!("$w{n}: String!, $r{n}: String!, $o{n}: GitObjectID!"));
        selections.push_str(&format!(
            "  b{n}: repository(owner: $w{n}, name: $r{n}, followRenames: false) {{ object(oid: $o{n}) {{ ...BlobText }} }}\n"
        ));
        variables.insert(format!("w{n}"), question.org.as_str().into());
        variables.insert(format!("r{n}"), question.name.as_str().into());
        variables.insert(format!("o{n}"), question.oid.as_str().into());
    }
    let document = format!(
        "query Blobs({}) {{\n  rateLimit {{ cost nodeCount remaining resetAt }}\n{selections}}}\nfragment BlobText on GitObject \
         {{\n  oid\n  ... on Blob {{ byteSize isBinary isTruncated text }}\n}}\n",
        parameters.join(", ")
    );
    (document, Value::Object(variables))
}

fn deal(piece: &[Vec<Question>], answer: &GraphqlAnswer) -> Vec<(ReadKey, Answer)> {
    let mut answers = Vec::new();
    for (n, askers) in piece.iter().enumerate() {
        let object = answer.data.get(format!("b{n}")).and_then(|repository| repository.get("object"));
        let blob = match object.filter(|object| object.is_object()) {
            Some(object) => text(object),
            None => {
                let alias = Value::String(format!("b{n}"));
                let error = answer
                    .errors
                    .iter()
                    .find(|error| error.path.as_ref().is_some_and(|path| path.first() == Some(&alias)));
                let words = error.map_or("GitHub does not give the file's text", |error| error.message.as_str());
                Reading::lacking(words, "contents:read".into())
            }
        };
        answers.extend(askers.iter().map(|question| (question.key(), Answer::Blob(blob.clone()))));
    }
    answers
}

fn text(object: &Value) -> Reading<Blob> {
    let flag = |key: &str| object.get(key).and_then(Value::as_bool);
    if flag("isTruncated") == Some(true) {
        return Reading::known(Blob::TooLarge(true));
    }
    match object.get("text").and_then(Value::as_str) {
        Some(text) => Reading::known(Blob::Text(text.to_owned())),
        None if flag("isBinary") == Some(true) => Reading::known(Blob::Binary(true)),
        None => Reading::unknown("GitHub gave the file without its text"),
    }
}

fn refuse(piece: &[Vec<Question>], error: &GithubError) -> Vec<(ReadKey, Answer)> {
    let answer = || Answer::Blob(unknown(error, Some("contents:read")));
    piece.iter().flatten().map(|question| (question.key(), answer())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_a_binary_and_a_cut_off_one_are_told_apart() {
        let read = |value: Value| text(&value);
        assert_eq!(
            read(json!({"text": "x", "isBinary": false, "isTruncated": false})),
            Reading::known(Blob::Text("x".into()))
        );
        assert_eq!(read(json!({"text": null, "isBinary": true})), Reading::known(Blob::Binary(true)));
        assert_eq!(read(json!({"text": "x", "isTruncated": true})), Reading::known(Blob::TooLarge(true)));
        assert!(read(json!({})).value().is_none());
    }
}
