//! Code security configurations: GitHub's own bulk form of security settings.

mod attached;

pub(super) use attached::{Enforced, enforced};
