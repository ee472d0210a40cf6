//! From questions to calls: which questions go together in one call. Pure, so that a forecast counts the very calls that would be
//! sent.

use std::collections::BTreeMap;

use super::{Wanted, blobs, nodes, rest};
use crate::{
    model::{NodeId, Org},
    settings::{ReadKey, RepoRead},
};

/// The calls that answer some questions.
pub(super) struct Calls {
    pub(super) viewer: bool,
    pub(super) rest: Vec<rest::Question>,
    pub(super) nodes: Vec<Vec<nodes::Asked>>,
    pub(super) blobs: Vec<blobs::Batch>,
}

/// Sorts questions by the kind of call that answers them. `shared`: one token serves all organisations.
pub(super) fn sorted(wanted: Vec<Wanted>, shared: bool) -> Calls {
    let (mut viewer, mut rest, mut texts) = (false, Vec::new(), Vec::new());
    let mut asked: BTreeMap<(Org, NodeId), nodes::Fields> = BTreeMap::new();
    for Wanted { key, name } in wanted {
        match (key, name) {
            (ReadKey::Viewer, _) => viewer = true,
            (ReadKey::Org(org, read), _) => rest.push(rest::Question::Org(org, read)),
            (ReadKey::Name(org, name), _) => rest.push(rest::Question::Name(org, name)),
            (ReadKey::Repo(org, id, RepoRead::Graphql(field)), _) => {
                asked.entry((org, id)).or_default().fields.insert(field);
            }
            (ReadKey::Repo(org, id, RepoRead::Tree(path)), _) => {
                asked.entry((org, id)).or_default().trees.insert(nodes::Tree { path, at_head: true });
            }
            (ReadKey::Repo(org, id, RepoRead::TreeAt(path)), _) => {
                asked.entry((org, id)).or_default().trees.insert(nodes::Tree { path, at_head: false });
            }
            (ReadKey::Repo(org, id, RepoRead::Blob(oid)), Some(name)) => {
                texts.push(blobs::Question { org, id, name, oid });
            }
            (ReadKey::Repo(org, id, RepoRead::Rest(read)), Some(name)) => {
                rest.push(rest::Question::Repo(org, id, name, read));
            }
            (ReadKey::Repo(org, id, RepoRead::Listing), Some(name)) => {
                rest.push(rest::Question::Listing(org, id, name));
            }
            (ReadKey::Repo(_, _, RepoRead::Blob(_) | RepoRead::Rest(_) | RepoRead::Listing), None) => {}
        }
    }
    Calls { viewer, rest, nodes: nodes::batches(asked, shared), blobs: blobs::batches(texts, shared) }
}

/// What kind of call answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallKind {
    /// A REST read. A list that spans pages takes one for each page.
    Rest,
    /// A query for fields and folders of so many repositories.
    Nodes(usize),
    /// A query for so many texts.
    Texts(usize),
    /// The query for the token's owner.
    Viewer,
}

/// A call as it would be sent, before it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its kind.
    pub kind: CallKind,
    /// The organisation whose token it carries; none for the owner's, who may be asked with any.
    pub org: Option<Org>,
    /// What it costs: points of the GraphQL budget for a query, one of the REST budget for a page.
    pub points: u64,
    /// The questions that it answers.
    pub keys: Vec<ReadKey>,
}

/// The calls that [`Observer::fetch`](super::Observer::fetch) would send for these questions, if GitHub answers all of them at
/// the first time. `shared`: one token serves all organisations.
#[must_use]
pub fn calls_of(wanted: Vec<Wanted>, shared: bool) -> Vec<Call> {
    let calls = sorted(wanted, shared);
    let mut all = Vec::new();
    for question in &calls.rest {
        let (org, keys) = (Some(question.org().clone()), vec![question.key()]);
        all.push(Call { kind: CallKind::Rest, org, points: 1, keys });
    }
    for batch in &calls.nodes {
        let org = batch.first().map(|((org, _), _)| org.clone());
        let (kind, points) = (CallKind::Nodes(batch.len()), nodes::points(batch));
        all.push(Call { kind, org, points, keys: nodes::questions(batch) });
    }
    for batch in &calls.blobs {
        let org = batch.first().and_then(|askers| askers.first()).map(|question| question.org.clone());
        let keys = batch.iter().flatten().map(blobs::Question::key).collect();
        all.push(Call { kind: CallKind::Texts(batch.len()), org, points: 1, keys });
    }
    if calls.viewer {
        all.push(Call { kind: CallKind::Viewer, org: None, points: 1, keys: vec![ReadKey::Viewer] });
    }
    all
}
