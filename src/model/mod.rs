//! GitHub's nouns as types, and the words of the design: readings, verdicts, desired values.
//!
//! Everything here is plain data: no I/O, no clock, no environment. Text becomes one of these
//! types once, at the edge; after that no identity is a bare string.

mod desired;
mod duration;
mod fields;
mod git;
mod listed;
mod names;
mod pattern;
mod permission;
mod read;
mod reading;
mod repository;
mod shape;
mod shared;
mod verdict;

pub use desired::{Beaten, Desired, DesiredSet, Gate, GateScope, Leaf, Mode, Source};
pub use duration::parse_duration;
pub use fields::Fields;
pub use git::{EntryKind, ObjectType, Oid, TreeEntry, blob_oid};
pub(crate) use listed::Listed;
pub use names::{Login, NameError, NodeId, Org, RepoName, RepoRef};
pub use pattern::{NamePattern, RepoPattern};
pub use permission::Permission;
pub(crate) use read::Word;
pub use reading::Reading;
pub use repository::{Alike, License, Repository, Visibility, is_advisory_fork};
pub use shape::{Field, Keyed, Kind, Problem, Scope, Shape, Tightens};
pub use shared::{Lately, Shared};
pub use verdict::{Action, Delivery, Effect, Verdict};
