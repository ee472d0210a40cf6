//! How the TOML of a setting looks: one description, from which the policy is parsed and checked, the JSON Schema
//! and the manual are printed, and the direction of every field is known.

use serde_json::Value;

/// Whether a setting belongs to repositories (`[repo]`) or to organisations (`[org]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `[repo]`
    Repo,
    /// `[org]`
    Org,
}

impl Scope {
    /// The table of a rule in which such settings stand.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Repo => "repo",
            Self::Org => "org",
        }
    }
}

/// Which change of a field makes the target safer; the reverse loosens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tightens {
    /// Towards true.
    True,
    /// Towards false.
    False,
    /// Neither direction matters.
    Neutral,
    /// It depends on the values; the setting's own code decides.
    Judged,
}

/// The kind of a value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`
    Bool,
    /// A whole number within bounds.
    Integer {
        /// The least value taken.
        min: i64,
        /// The greatest value taken.
        max: i64,
    },
    /// A text; templates are filled in.
    Text,
    /// One of GitHub's words.
    OneOf(&'static [&'static str]),
    /// A duration such as `"14d"`, `"12h"`, `"30m"`.
    Duration,
    /// A path inside a repository: no leading `/`, no `.` or `..` segments, no `.git`.
    RepoPath,
    /// The name of a file in the policy's `files/` folder, such as `"SECURITY.md"`.
    Template,
    /// A text, or a regular expression written `/…/`; templates are filled in only in texts.
    TextOrRegex,
    /// A glob of repository names.
    Glob,
    /// One entry of `requires`.
    Gate,
    /// A list; it is one leaf.
    List(&'static Self),
    /// One of several kinds, tried in order.
    Either(&'static [Self]),
    /// A table with fixed fields.
    Table(&'static [Field]),
    /// A table from free names to values of one kind; each name is a field.
    Map(&'static Self),
    /// Whatever TOML can say; passed to GitHub as it is (tables inside are merged by leaf).
    Any,
}

/// A field of a table.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key in TOML.
    pub key: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// One or more sentences for the manual and the schema.
    pub doc: &'static str,
    /// Which change makes the target safer.
    pub tightens: Tightens,
}

/// How a keyed setting (`labels."bug"`) is keyed.
#[derive(Debug, Clone, Copy)]
pub struct Keyed {
    /// What the name is, for messages: `label name`.
    pub what: &'static str,
    /// What a name must be: `Kind::Text` or `Kind::RepoPath`.
    pub name: Kind,
    /// Whether the table takes `prune`.
    pub prune: bool,
}

/// What is wrong with a value of the right shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The dotted path of the field within the setting; empty for the setting itself.
    pub path: String,
    /// What is wrong: a phrase in lower case without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    pub help: Option<String>,
}

/// The TOML of one setting.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The key under `[repo]` or `[org]`.
    pub key: &'static str,
    /// Repositories or organisations.
    pub scope: Scope,
    /// Present where the setting is a table of named items.
    pub keyed: Option<Keyed>,
    /// What the setting (one item of it, if keyed) takes. For a bare value with further fields (`{ value = …, paused = … }`)
    /// this is the kind of the bare value.
    pub kind: Kind,
    /// Which change of a bare value makes the target safer. The fields of a table have their own; for a table as a whole this
    /// is `Judged`.
    pub tightens: Tightens,
    /// Further fields that the long form of a bare value takes beside `value`, `mode`, `requires`, `reason`.
    pub extra: &'static [Field],
    /// The parts that are judged each by itself, in the order of reports; empty where the setting is judged whole.
    pub parts: &'static [&'static str],
    /// Checks what the kinds cannot say, on the leaves of **one** rule; the whole merged value is checked by the setting.
    /// The value is as `Desired::to_json` gives it.
    pub check: fn(&Value) -> Vec<Problem>,
}

impl Shape {
    /// A check that finds nothing.
    #[must_use]
    pub const fn no_check(_: &Value) -> Vec<Problem> {
        Vec::new()
    }
}
