//! When the workflow last succeeded on the default branch.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    model::Reading,
    settings::{Context, Outcome, Pending, RestRead, item::encoded, workflow_state::WorkflowState},
};

const READ: &str = "actions:read";

/// A duration such as `14d`, `12h` or `30m`; `None` for anything else.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().next_back()?;
    let number = text.strip_suffix(unit)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return None,
    };
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()?.checked_mul(seconds).map(SignedDuration::from_secs)
}

/// Judges the last success. The runs on the head often prove it; only where they do not is the list of runs read.
pub(super) fn judge(cx: &Context<'_>, state: &WorkflowState, within: &str) -> Result<Outcome, Pending> {
    let Some(span) = duration(within) else {
        return Ok(Outcome::unknown(format!("`{within}` is not a duration"), None));
    };
    // Before all time, everything is recent.
    let since = cx.observed.as_of.checked_sub(span).unwrap_or(Timestamp::MIN);
    let fresh = |success: Option<Timestamp>| success.filter(|at| *at >= since);
    let compliant = |at: Timestamp| Outcome::Compliant { observed: json!(at.to_string()), desired: json!(within) };
    if let Some(at) = fresh(state.last_success) {
        return Ok(compliant(at));
    }
    let newest = match Outcome::known(newest(cx, state.id)?) {
        Ok(newest) => newest.max(state.last_success),
        Err(outcome) => return Ok(outcome),
    };
    if let Some(at) = fresh(newest) {
        return Ok(compliant(at));
    }
    let message = newest.map_or_else(
        || format!("{} never succeeded on the default branch", state.path),
        |at| format!("the last success of {} was {at}, longer ago than {within}", state.path),
    );
    let observed = newest.map_or(Value::Null, |at| json!(at.to_string()));
    Ok(Outcome::Violation { message, observed, desired: json!(within) })
}

fn newest(cx: &Context<'_>, id: u64) -> Result<Reading<Option<Timestamp>>, Pending> {
    let branch = cx.repository()?.default_branch.as_deref();
    let of_branch = branch.map(|branch| format!("&branch={}", encoded(branch))).unwrap_or_default();
    let suffix = format!("actions/workflows/{id}/runs?status=success&per_page=1{of_branch}");
    let answer = cx.rest(RestRead::document(suffix, READ))?;
    Ok(answer.and_then(|body| {
        let Some(runs) = body.and_then(|body| body.get("workflow_runs")).and_then(Value::as_array) else {
            return Reading::lacking("GitHub shows no runs of the workflow", READ.into());
        };
        let time = |run: &Value| run.get("updated_at")?.as_str()?.parse().ok();
        Reading::known(runs.iter().filter_map(time).max())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(duration("14d"), Some(SignedDuration::from_hours(14 * 24)));
        assert_eq!(duration("90m"), Some(SignedDuration::from_mins(90)));
        assert_eq!(duration("2w"), duration("14d"));
        for bad in ["", "d", "14", "1.5d", "-1d", "14 d", "9999999999999999999d", "999999999999999999w", "1é"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
