//! How a setting asks. Every question is answered from what was observed; a question without an answer is noted, and
//! judging stops there until the answer has been read. So a setting's judgement *is* its list of reads, and nothing can
//! be judged that was not asked for.

use std::{
    any::Any,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde_json::Value;

use super::{
    observed::{Blob, Observed, OrgObserved, RepoObserved},
    reads::{GraphqlField, ReadKey, RepoRead, RestRead},
};
use crate::model::{Gate, NodeId, Oid, Org, Reading, RepoRef, Repository, TreeEntry};

/// The answer is not there yet; it has been noted as wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending;

/// An answer, or `Pending`.
pub type Asked<T> = Result<Reading<T>, Pending>;

/// Whether a gate holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateState {
    /// Every part of the named setting is compliant.
    Holds,
    /// It does not hold, and why.
    Closed(String),
}

/// Answers whether gates hold. Given to settings that are judged after the others (`Meta::late`).
pub trait Gates {
    /// The state of a gate as seen from a repository (or from the organisation, if `None`).
    fn state(&self, org: &Org, repo: Option<&NodeId>, gate: &Gate) -> GateState;
}

/// Notes of what was asked.
#[derive(Debug, Default)]
pub struct Notes {
    /// Asked and not answered yet.
    pub missing: RefCell<BTreeSet<ReadKey>>,
    /// Everything asked, if wanted (to read it again before and after a write).
    pub asked: Option<RefCell<BTreeSet<ReadKey>>>,
    /// Whether one target is judged alone, just before or after a write.
    pub alone: bool,
    /// The repositories of which something was asked while another target was judged: others may ask it too.
    pub lent: RefCell<BTreeSet<NodeId>>,
}

impl Notes {
    /// Notes that also keep what was asked and answered.
    #[must_use]
    pub fn tracing() -> Self {
        Self { asked: Some(RefCell::default()), ..Self::default() }
    }

    /// The same for one target that is judged alone, just before or after a write.
    #[must_use]
    pub fn of_one() -> Self {
        Self { alone: true, ..Self::tracing() }
    }

    /// Adds what is missing here to other notes. Gives whether something is, and all of it is on its way.
    #[must_use]
    pub fn handed_on(self, to: &Self, on_the_way: &BTreeSet<ReadKey>) -> bool {
        let missing = self.missing.into_inner();
        let waits = !missing.is_empty() && missing.iter().all(|key| on_the_way.contains(key));
        to.missing.borrow_mut().extend(missing);
        to.lent.borrow_mut().append(&mut self.lent.into_inner());
        waits
    }

    fn ask(&self, key: impl FnOnce() -> ReadKey, there: bool) {
        if there && self.asked.is_none() {
            return;
        }
        let key = key();
        if let Some(asked) = &self.asked {
            asked.borrow_mut().insert(key.clone());
        }
        if !there {
            self.missing.borrow_mut().insert(key);
        }
    }
}

type MemoKey = (Org, &'static str);

#[derive(Debug, Default)]
struct Kept(RefCell<BTreeMap<MemoKey, Rc<dyn Any>>>);

/// Things computed once from what was observed and used for each repository of an organisation, such as a text that has been
/// parsed. It lives as long as one pass over an unchanging observation.
#[derive(Debug, Default)]
pub struct Memo {
    kept: Kept,
    indexes: Rc<Kept>,
}

/// Indexes of an organisation's long lists: they last from round to round, until an organisation has answered more.
#[derive(Debug, Default)]
pub struct Indexes {
    kept: Rc<Kept>,
    answers: usize,
}

impl Indexes {
    /// A memo for one pass, with the indexes that are right for this observation.
    pub fn memo(&mut self, observed: &Observed) -> Memo {
        let answers = observed.orgs.values().map(|org| org.rest.len()).sum();
        if answers != self.answers {
            *self = Self { kept: Rc::default(), answers };
        }
        Memo { kept: Kept::default(), indexes: Rc::clone(&self.kept) }
    }
}

impl Kept {
    fn get<T: 'static>(&self, org: &Org, name: &'static str, compute: impl FnOnce() -> T) -> Rc<T> {
        let key = (org.clone(), name);
        if let Some(found) = self.0.borrow().get(&key).cloned().and_then(|any| any.downcast::<T>().ok()) {
            return found;
        }
        let fresh = Rc::new(compute());
        self.0.borrow_mut().insert(key, fresh.clone());
        fresh
    }
}

/// What a setting sees while it judges one target.
pub struct Context<'a> {
    /// Everything observed.
    pub observed: &'a Observed,
    /// The organisation.
    pub org: &'a Org,
    /// The organisation's observation.
    pub org_observed: &'a OrgObserved,
    /// The repository judged; `None` for an organisation's setting.
    pub subject: Option<&'a RepoObserved>,
    /// Where questions are noted.
    pub notes: &'a Notes,
    /// What was computed before from the same answers.
    pub memo: &'a Memo,
    /// Whether gates hold; always there for late settings.
    pub gates: Option<&'a dyn Gates>,
}

impl<'a> Context<'a> {
    /// The repository that is judged. For an organisation's setting it is an error of the program to ask; such a setting
    /// gets `Pending` and is told as unknown.
    ///
    /// # Errors
    /// `Pending` if the list's fields were forgotten and must be read again.
    pub fn repository(&self) -> Result<&'a Repository, Pending> {
        let repo = self.subject.ok_or(Pending)?;
        self.listing(repo)
    }

    /// The list's fields of any repository of this organisation.
    ///
    /// # Errors
    /// `Pending` if they were forgotten and must be read again.
    pub fn listing(&self, repo: &'a RepoObserved) -> Result<&'a Repository, Pending> {
        self.notes.ask(|| self.repo_key(repo, RepoRead::Listing), !repo.stale);
        if repo.stale { Err(Pending) } else { Ok(&repo.repository) }
    }

    /// The judged repository's names.
    ///
    /// # Errors
    /// `Pending` for an organisation's setting, which has none.
    pub fn repo_ref(&self) -> Result<RepoRef, Pending> {
        let repo = self.subject.ok_or(Pending)?;
        Ok(RepoRef { org: self.org.clone(), name: repo.repository.name.clone() })
    }

    /// The path of a REST route of the judged repository: `/repos/{org}/{repo}/{suffix}`.
    ///
    /// # Errors
    /// `Pending` for an organisation's setting, which has none.
    pub fn repo_path(&self, suffix: &str) -> Result<String, Pending> {
        let repo = self.subject.ok_or(Pending)?;
        let slash = if suffix.is_empty() { "" } else { "/" };
        Ok(format!("/repos/{}/{}{slash}{suffix}", self.org, repo.repository.name))
    }

    /// The path of a REST route of the organisation: `/orgs/{org}/{suffix}`.
    #[must_use]
    pub fn org_path(&self, suffix: &str) -> String {
        let slash = if suffix.is_empty() { "" } else { "/" };
        format!("/orgs/{}{slash}{suffix}", self.org)
    }

    /// Whether the token can administer the repository, or (an App's) may at least read its administration, so that what
    /// GitHub says of it is the truth. `false` where that is not known.
    #[must_use]
    pub fn sees_administration(&self, repository: &Repository) -> bool {
        let told = self.org_observed.token_permissions.as_ref();
        repository.can_administer() == Some(true) || told.is_some_and(|told| told.contains_key("administration"))
    }

    /// Whether one target is judged alone, just before or after a write, so that what is read serves no other: then the smallest
    /// answer is the cheapest, and not the one that many can share; and what replaces a whole object is made of the whole.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.notes.alone
    }

    /// Computes something once for the organisation. Ask for the answers it is made from first, at every call, so that they
    /// are noted.
    pub fn memo<T: 'static>(&self, name: &'static str, compute: impl FnOnce() -> T) -> Rc<T> {
        self.memo.kept.get(self.org, name, compute)
    }

    /// As [`memo`](Self::memo), of what is made from answers of the organisation alone (`org_rest`): it lasts from round to round.
    pub fn index<T: 'static>(&self, name: &'static str, compute: impl FnOnce() -> T) -> Rc<T> {
        self.memo.indexes.get(self.org, name, compute)
    }

    fn repo_key(&self, repo: &RepoObserved, read: RepoRead) -> ReadKey {
        ReadKey::Repo(self.org.clone(), repo.repository.node_id.clone(), read)
    }

    /// Notes what is asked of another repository than the one that is judged.
    fn lend(&self, repo: &RepoObserved) {
        if !self.subject.is_some_and(|subject| std::ptr::eq(subject, repo)) {
            self.notes.lent.borrow_mut().insert(repo.repository.node_id.clone());
        }
    }

    fn answer<T: Clone>(
        &self,
        key: impl FnOnce() -> ReadKey,
        found: Option<&'a Reading<T>>,
    ) -> Result<Reading<&'a T>, Pending> {
        self.notes.ask(key, found.is_some());
        found.map(Reading::as_ref).ok_or(Pending)
    }

    /// A GraphQL field of the judged repository.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn graphql(&self, field: GraphqlField) -> Asked<&'a Value> {
        self.graphql_of(self.subject.ok_or(Pending)?, field)
    }

    /// A GraphQL field of any repository of this organisation.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn graphql_of(&self, repo: &'a RepoObserved, field: GraphqlField) -> Asked<&'a Value> {
        self.lend(repo);
        self.answer(|| self.repo_key(repo, RepoRead::Graphql(field)), repo.graphql.get(field.key))
    }

    /// The entries of a folder of the judged repository at the head of its default branch; `None` where there is none.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn tree(&self, path: &str) -> Asked<Option<&'a [TreeEntry]>> {
        self.tree_of(self.subject.ok_or(Pending)?, path)
    }

    /// The entries of a folder of any repository of this organisation.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn tree_of(&self, repo: &'a RepoObserved, path: &str) -> Asked<Option<&'a [TreeEntry]>> {
        self.lend(repo);
        let key = || self.repo_key(repo, RepoRead::Tree(path.to_owned()));
        Ok(self.answer(key, repo.trees.get(path))?.map(Option::as_deref))
    }

    /// The entries of a folder of the judged repository at another revision: `refs/heads/ordain/policy:docs`.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn tree_at(&self, expression: &str) -> Asked<Option<&'a [TreeEntry]>> {
        let repo = self.subject.ok_or(Pending)?;
        let key = || self.repo_key(repo, RepoRead::TreeAt(expression.to_owned()));
        Ok(self.answer(key, repo.trees.get(expression))?.map(Option::as_deref))
    }

    /// The text of a file of any repository of this organisation, by its object name.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn blob_of(&self, repo: &'a RepoObserved, oid: &Oid) -> Asked<&'a Blob> {
        self.answer(|| self.repo_key(repo, RepoRead::Blob(oid.clone())), self.org_observed.blobs.get(oid))
    }

    /// The text of a file of the judged repository, by its object name.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn blob(&self, oid: &Oid) -> Asked<&'a Blob> {
        self.blob_of(self.subject.ok_or(Pending)?, oid)
    }

    /// A REST answer of the judged repository; `None` where GitHub said 404.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn rest(&self, read: RestRead) -> Asked<Option<&'a Value>> {
        self.rest_of(self.subject.ok_or(Pending)?, read)
    }

    /// A REST answer of any repository of this organisation; `None` where GitHub said 404.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn rest_of(&self, repo: &'a RepoObserved, read: RestRead) -> Asked<Option<&'a Value>> {
        self.lend(repo);
        let found = repo.rest.get(&read.suffix);
        Ok(self.answer(|| self.repo_key(repo, RepoRead::Rest(read)), found)?.map(Option::as_ref))
    }

    /// A REST answer of the organisation; `None` where GitHub said 404.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn org_rest(&self, read: RestRead) -> Asked<Option<&'a Value>> {
        let found = self.org_observed.rest.get(&read.suffix);
        Ok(self.answer(|| ReadKey::Org(self.org.clone(), read), found)?.map(Option::as_ref))
    }

    /// The login of the token's owner.
    ///
    /// # Errors
    /// `Pending` until it has been read.
    pub fn viewer(&self) -> Asked<&'a String> {
        self.answer(|| ReadKey::Viewer, self.observed.viewer.as_ref())
    }
}
