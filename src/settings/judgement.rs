//! What a setting says of a target: the outcome, and for a difference how it is mended.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::GateState;
use crate::model::{
    Action, Delivery, Desired, Effect, Gate, NodeId, Oid, Org, Permission, Reading, RepoName, Repository,
};

/// One outcome of one setting or part.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The part; `None` where the setting is judged whole.
    pub part: Option<&'static str>,
    /// The leaf whose source, reason, mode and gates hold for this outcome; empty: those of all leaves together.
    pub leaf: String,
    /// For an organisation's setting that judges repositories one by one: which.
    pub repo: Option<(RepoName, NodeId)>,
    /// What holds.
    pub outcome: Outcome,
}

impl Judgement {
    /// The setting's address without the target: the key, then the name, then the part.
    #[must_use]
    pub fn setting(&self, desired: &Desired) -> String {
        let setting = desired.setting();
        match self.part {
            Some(part) => format!("{setting}.{part}"),
            None => setting,
        }
    }
}

/// What holds, before waivers, mode and gates.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It cannot exist there, and why.
    NotApplicable(String),
    /// It could not be read.
    Unknown {
        /// Why.
        reason: String,
        /// The permission that would help.
        permission: Option<Permission>,
    },
    /// Observed equals desired.
    Compliant {
        /// What GitHub says.
        observed: Value,
        /// What the policy says.
        desired: Value,
    },
    /// It differs and ordain cannot change it.
    Violation {
        /// Why, and how to mend it by hand.
        message: String,
        /// What GitHub says.
        observed: Value,
        /// What the policy says.
        desired: Value,
    },
    /// It differs, and gates that the setting itself holds (such as `attach_requires`) do not.
    Blocked {
        /// Which, and why.
        gates: Vec<(Gate, GateState)>,
        /// What GitHub says.
        observed: Value,
        /// What the policy says.
        desired: Value,
    },
    /// It differs and can be changed.
    Differs(Box<Difference>),
}

/// A difference and its remedy.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What GitHub says.
    pub before: Value,
    /// What the policy says.
    pub after: Value,
    /// What the change does.
    pub action: Action,
    /// Which way it moves the target's security.
    pub effect: Effect,
    /// Whether something that people made is lost.
    pub deletes: bool,
    /// The settings of repositories that the same write moves.
    pub moves: Vec<Move>,
    /// The remedy: what to write, in order.
    pub writes: Vec<Write>,
    /// Why neither `--yes` nor a limit is enough for it, but only `--allow ID`: `it makes the repository public`.
    pub restricted: Option<String>,
}

impl Difference {
    /// An update by one call.
    #[must_use]
    pub fn update(before: Value, after: Value, effect: Effect, write: Write) -> Box<Self> {
        Box::new(Self {
            before,
            after,
            action: Action::Update,
            effect,
            deletes: false,
            moves: Vec::new(),
            writes: vec![write],
            restricted: None,
        })
    }
}

/// A setting of a repository that a write to the organisation moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The organisation.
    pub org: String,
    /// The repository.
    pub repo: String,
    /// Its identity.
    pub node_id: NodeId,
    /// The setting's address without the target.
    pub setting: String,
    /// What GitHub says; null where it was not read.
    pub before: Value,
    /// What it will be.
    pub after: Value,
    /// Which way it moves the repository's security.
    pub effect: Effect,
}

impl Move {
    /// What a write does to one setting of a repository: `(before, after)`.
    #[must_use]
    pub fn of(
        org: &Org,
        repo: &Repository,
        setting: impl Into<String>,
        (before, after): (Value, Value),
        effect: Effect,
    ) -> Self {
        let (org, node_id, repo) = (org.to_string(), repo.node_id.clone(), repo.name.to_string());
        Self { org, repo, node_id, setting: setting.into(), before, after, effect }
    }
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A REST call.
    Rest(RestWrite),
    /// A GraphQL mutation, for what REST cannot write.
    Graphql(GraphqlWrite),
    /// A file of the judged repository; delivered by pull request or commit.
    File(FileWrite),
}

/// A REST call. Calls of one target with the same method and path are sent as one, their bodies joined.
#[derive(Debug, Clone, PartialEq)]
pub struct RestWrite {
    /// PUT, PATCH, POST or DELETE.
    pub method: &'static str,
    /// The path from the API's root. `{id:KEY}` stands for the id that an earlier call of this run kept under KEY.
    pub path: String,
    /// The JSON body: only what is to change, where `base` has the rest.
    pub body: Option<Value>,
    /// For a call that replaces the whole object: all of it as GitHub says it now, in the form of the call. The bodies of all
    /// changes that share the call are laid over it. Read anew before the write, so that nothing that somebody else changed
    /// meanwhile is taken back. Make it from a complete reading only. For any other call: what GitHub wants named beside the
    /// change, as it is now.
    pub base: Option<Value>,
    /// Keeps the `id` of the answer under this key for later paths.
    pub keeps_id: Option<String>,
    /// Whether GitHub works on after it has answered (202), so that reading back takes patience.
    pub settles: bool,
    /// For an organisation's call that names the repositories it is for: how many of them go in one. Calls of several
    /// repositories that say the same are then sent as one.
    pub gathers: Option<Gathering>,
}

/// A call that names the repositories it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gathering {
    /// The list in the body that names them.
    pub list: &'static str,
    /// How many GitHub takes in one call.
    pub most: usize,
}

impl RestWrite {
    /// A call without a body.
    #[must_use]
    pub const fn bare(method: &'static str, path: String) -> Self {
        Self { method, path, body: None, base: None, keeps_id: None, settles: false, gathers: None }
    }

    /// A call that replaces the whole object: what is to change, and what GitHub says of all of it.
    #[must_use]
    pub const fn replacing(method: &'static str, path: String, changes: Value, base: Value) -> Self {
        Self { method, path, body: Some(changes), base: Some(base), keeps_id: None, settles: false, gathers: None }
    }

    /// An organisation's call for a list of repositories, which is joined with those of others that say the same.
    #[must_use]
    pub fn gathering(method: &'static str, path: String, body: Value, gathering: Gathering) -> Self {
        Self { gathers: Some(gathering), ..Self::with_body(method, path, body) }
    }

    /// Whether it says the same as another of its kind, the repositories that both name apart.
    #[must_use]
    pub fn gathers_with(&self, other: &Self) -> bool {
        let Some(gathering) = self.gathers.filter(|_| self.gathers == other.gathers) else { return false };
        let said = |write: &Self| {
            let mut body = write.body.clone().unwrap_or_default();
            body.as_object_mut().and_then(|body| body.remove(gathering.list));
            body
        };
        self.method == other.method && self.path == other.path && said(self) == said(other)
    }

    /// A call with a body.
    #[must_use]
    pub const fn with_body(method: &'static str, path: String, body: Value) -> Self {
        Self { method, path, body: Some(body), base: None, keeps_id: None, settles: false, gathers: None }
    }
}

/// A GraphQL mutation. Each is a request of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphqlWrite {
    /// The document: one mutation that takes `$input`.
    pub mutation: &'static str,
    /// The value of `$input`.
    pub input: Value,
}

/// A file to be written or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWrite {
    /// The path in the repository.
    pub path: String,
    /// The new bytes; `None` removes the file.
    pub content: Option<Arc<[u8]>>,
    /// The object name of the new bytes.
    pub oid: Option<Oid>,
    /// By pull request or commit. Workflow files and CODEOWNERS always go by pull request.
    pub delivery: Delivery,
}

impl Outcome {
    /// The outcome of a reading that is not known; the known value is given back.
    ///
    /// # Errors
    /// The outcome, where the reading is unknown or not applicable.
    #[expect(clippy::result_large_err, reason = "it is looked at at once and never passed on")]
    pub fn known<T>(reading: Reading<T>) -> Result<T, Self> {
        match reading {
            Reading::Known { known } => Ok(known),
            Reading::Unknown { unknown, permission } => Err(Self::Unknown { reason: unknown, permission }),
            Reading::NotApplicable { not_applicable } => Err(Self::NotApplicable(not_applicable)),
        }
    }

    /// An unknown outcome.
    pub fn unknown(reason: impl Into<String>, permission: Option<&str>) -> Self {
        Self::Unknown { reason: reason.into(), permission: permission.map(Permission::from) }
    }

    /// A judgement of the whole setting.
    #[must_use]
    pub const fn whole(self) -> Judgement {
        Judgement { part: None, leaf: String::new(), repo: None, outcome: self }
    }

    /// A judgement of a part, whose leaf has the part's name.
    #[must_use]
    pub fn of_part(self, part: &'static str) -> Judgement {
        Judgement { part: Some(part), leaf: part.to_owned(), repo: None, outcome: self }
    }
}
