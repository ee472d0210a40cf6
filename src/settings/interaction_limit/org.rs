//! The organisation's limit, which holds in all its public repositories.

use super::{ROUTE, by_rest, judge, shape};
use crate::{
    model::{Desired, Scope},
    settings::{Context, Judgement, Meta, Pending, Phase, RestRead, Setting},
};

const READ: &str = "organization_administration:read";

static META: Meta = Meta {
    shape: shape(Scope::Org),
    title: "Interaction limit",
    docs: "Who may comment, open issues and open pull requests in any public repository of the organisation, for a while: the limit, or \
`{ limit = \"…\", expiry = \"…\" }`.

GitHub ends every limit by itself, after six months at the latest. One that has run out is a difference, and the next apply sets it anew; one that \
still runs is left alone, whatever its `expiry` was. A stricter limit tightens, a weaker one or `no_limit` loosens. While it runs, repositories \
cannot have limits of their own.",
    example: "[org]\ninteraction_limit = \"existing_users\"\n",
    reads: &[READ],
    writes: &["organization_administration:write"],
    calls: &[
        ("value", "PUT or DELETE /orgs/{org}/interaction-limits"),
        ("limit", "PUT or DELETE /orgs/{org}/interaction-limits"),
        ("expiry", "PUT /orgs/{org}/interaction-limits"),
    ],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting of organisations.
pub struct OrgInteractionLimit;

impl Setting for OrgInteractionLimit {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let observed = by_rest(cx.org_rest(RestRead::document(ROUTE, READ))?, READ);
        Ok(vec![judge(desired, observed, &cx.org_path(ROUTE), cx.observed.as_of).whole()])
    }
}
