//! Where a reading is kept: an organisation or a repository.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Ctx, Reply, Spot};
use crate::sim::token::Level;

/// An organisation or one of its repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The organisation at this place of the world.
    Org(usize),
    /// A repository.
    Repo(Spot),
}

impl Place {
    /// Returns the readings that are served as they are, by suffix.
    pub(crate) fn readings<'c>(self, ctx: &'c Ctx<'_>) -> &'c BTreeMap<String, Value> {
        match self {
            Self::Org(o) => &ctx.org(o).rest,
            Self::Repo(spot) => &ctx.repo(spot).rest,
        }
    }

    /// Returns what is known under a suffix; none where nothing was ever set or the state says that it cannot be read.
    pub(crate) fn known<'c>(self, ctx: &'c Ctx<'_>, suffix: &str) -> Option<&'c Value> {
        self.readings(ctx).get(suffix)?.get("known")
    }

    /// Keeps something under a suffix.
    pub(crate) fn keep(self, ctx: &mut Ctx<'_>, suffix: &str, value: Value) {
        let reading = json!({"known": value});
        match self {
            Self::Org(o) => ctx.world.orgs[o].rest.insert(suffix.to_owned(), reading),
            Self::Repo(spot) => ctx.repo_mut(spot).rest.insert(suffix.to_owned(), reading),
        };
    }

    /// Refuses a token that has less than `level` of a permission there.
    pub(crate) fn need(self, ctx: &Ctx<'_>, permission: &str, level: Level) -> Result<(), Reply> {
        match self {
            Self::Org(o) => ctx.need_org(o, permission, level),
            Self::Repo(spot) => ctx.need(spot, permission, level),
        }
    }
}
