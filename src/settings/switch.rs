//! A setting that is on or off, with one route that PUT switches on and DELETE off.

use serde_json::json;

use super::{Context, Difference, Outcome, Pending, RestWrite, Write};
use crate::model::{Effect, Reading};

/// The outcome of such a setting of the judged repository; on is the safer side.
pub(super) fn judge(observed: Reading<bool>, wanted: bool, route: &str, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let observed = match Outcome::known(observed) {
        Err(outcome) => return Ok(outcome),
        Ok(observed) => observed,
    };
    if observed == wanted {
        return Ok(Outcome::Compliant { observed: json!(observed), desired: json!(wanted) });
    }
    let method = if wanted { "PUT" } else { "DELETE" };
    let write = Write::Rest(RestWrite::bare(method, cx.repo_path(route)?));
    Ok(Outcome::Differs(Difference::update(json!(observed), json!(wanted), Effect::tightening_if(wanted), write)))
}
