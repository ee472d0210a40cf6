//! The fields of an organisation itself: each a setting of its own, all read by the one `GET /orgs/{org}` that is asked in any
//! case, and written together by one `PATCH /orgs/{org}`.
//!
//! GitHub shows most of them to owners only and leaves them out for everybody else: absent is unknown, never false. Some can be
//! read and not written. What the same call takes and is closing down (defaults of security products, which code security
//! configurations replace; `members_allowed_repository_creation_type`) is not here.

mod catalogue;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::{
    Context, Difference, Judgement, Meta, Outcome, Pending, RestRead, RestWrite, Setting, Write, direction::Safer,
};
use crate::model::{Desired, Problem};
pub use catalogue::*;

const READ: &str = "organization_administration:read";

/// One field.
pub struct OrgField {
    meta: &'static Meta,
    safer: Safer,
}

fn check_text(value: &Value) -> Vec<Problem> {
    let length = value.as_str().map_or(0, |text| text.chars().count());
    let message = format!("GitHub takes at most 160 characters, and there are {length}");
    let long = Problem { path: String::new(), message, help: Some("shorten the text".to_owned()) };
    if length > 160 { vec![long] } else { Vec::new() }
}

impl Setting for OrgField {
    fn meta(&self) -> &'static Meta {
        self.meta
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let wanted = normal(desired.value("").unwrap_or(&Value::Null));
        Ok(vec![self.outcome(&wanted, cx)?.whole()])
    }
}

impl OrgField {
    fn outcome(&self, wanted: &Value, cx: &Context<'_>) -> Result<Outcome, Pending> {
        let key = self.meta.shape.key;
        let about = match Outcome::known(cx.org_rest(RestRead::certain("", READ))?) {
            Err(outcome) => return Ok(outcome),
            Ok(about) => about.unwrap_or(&Value::Null),
        };
        let plan = about.get("plan").and_then(|plan| plan.get("name")).and_then(Value::as_str);
        let observed = about.get(key).map(normal);
        if key == MEMBERS_CAN_CREATE_INTERNAL_REPOSITORIES.meta.shape.key
            && let Some(plan) = plan.filter(|plan| *plan != "enterprise")
            && observed.as_ref() != Some(wanted)
        {
            let why = format!("only organisations of an enterprise have internal repositories; the plan is `{plan}`");
            return Ok(Outcome::NotApplicable(why));
        }
        let Some(observed) = observed else {
            let reason = format!("GitHub shows `{key}` to owners of the organisation only");
            return Ok(Outcome::unknown(reason, Some(READ)));
        };
        let desired = wanted.clone();
        if observed == desired {
            return Ok(Outcome::Compliant { observed, desired });
        }
        if self.meta.writes.is_empty() {
            let message = "GitHub's API cannot change it; an owner can, in the settings of the organisation".to_owned();
            return Ok(Outcome::Violation { message, observed, desired });
        }
        let effect = self.safer.effect(&observed, &desired);
        let body = Value::Object(Map::from_iter([(key.to_owned(), desired.clone())]));
        let write = Write::Rest(RestWrite::with_body("PATCH", cx.org_path(""), body));
        Ok(Outcome::Differs(Difference::update(observed, desired, effect, write)))
    }
}

/// GitHub says null or an empty text where there is none.
fn normal(value: &Value) -> Value {
    if value.is_null() { json!("") } else { value.clone() }
}
