//! Writing by REST: `PUT /repos/{owner}/{repo}/branches/{branch}/protection` replaces the whole, so everything that GitHub says of
//! the branch is sent again, in the form of the call, and what is to change laid over it.

use serde_json::{Map, Value, json};

/// The switches as the call takes them.
const SWITCHES: [&str; 7] = [
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
];

/// Any app may set a check. Left out, GitHub would bind the check to whichever app has set it last.
const ANY_APP: i64 = -1;

/// What GitHub answers, as the call takes it.
pub(super) fn base(told: &Value) -> Value {
    let mut body = Map::new();
    let checks = told.get("required_status_checks").filter(|checks| checks.is_object());
    body.insert("required_status_checks".to_owned(), checks.map_or(Value::Null, checks_of));
    body.insert("enforce_admins".to_owned(), json!(told["enforce_admins"]["enabled"] == true));
    let reviews = told.get("required_pull_request_reviews").filter(|reviews| reviews.is_object());
    body.insert("required_pull_request_reviews".to_owned(), reviews.map_or(Value::Null, reviews_of));
    let restrictions = told.get("restrictions").filter(|lists| lists.is_object());
    body.insert("restrictions".to_owned(), restrictions.map_or(Value::Null, names));
    for key in SWITCHES {
        body.insert(key.to_owned(), json!(told[key]["enabled"] == true));
    }
    Value::Object(body)
}

/// A rule in which nothing is on.
pub(super) fn blank() -> Value {
    base(&json!({}))
}

fn checks_of(told: &Value) -> Value {
    let all = told["checks"].as_array().cloned().unwrap_or_else(|| {
        let names = told["contexts"].as_array().into_iter().flatten();
        names.map(|context| json!({"context": context})).collect()
    });
    json!({"strict": told["strict"] == true, "contexts": [], "checks": all.iter().map(check).collect::<Value>()})
}

fn check(told: &Value) -> Value {
    let app = told["app_id"].as_i64().unwrap_or(ANY_APP);
    json!({"context": told["context"], "app_id": app})
}

fn reviews_of(told: &Value) -> Value {
    let mut body = Map::new();
    for key in [
        "dismiss_stale_reviews",
        "require_code_owner_reviews",
        "required_approving_review_count",
        "require_last_push_approval",
    ] {
        if let Some(value) = told.get(key) {
            body.insert(key.to_owned(), value.clone());
        }
    }
    for key in ["dismissal_restrictions", "bypass_pull_request_allowances"] {
        if let Some(lists) = told.get(key).filter(|lists| lists.is_object()) {
            body.insert(key.to_owned(), names(lists));
        }
    }
    Value::Object(body)
}

/// People by login, teams and apps by slug.
fn names(lists: &Value) -> Value {
    let all = |key: &str, name: &str| {
        let all = lists[key].as_array().into_iter().flatten();
        all.map(|one| if one.is_string() { one.clone() } else { one[name].clone() }).collect::<Value>()
    };
    json!({"users": all("users", "login"), "teams": all("teams", "slug"), "apps": all("apps", "slug")})
}

/// What is to change, in the form of the call. `base` is what it is laid over; `has` GitHub's checks, whose apps are kept.
pub(super) fn changes(wanted: &Map<String, Value>, base: &Value) -> Value {
    let mut body = Map::new();
    for (key, value) in wanted.iter().filter(|(key, _)| *key != "required_signatures") {
        let before = &base[key.as_str()];
        let value = match (key.as_str(), value) {
            (_, Value::Bool(false)) if !base[key.as_str()].is_boolean() => Value::Null,
            ("required_status_checks", Value::Object(section)) => sent_checks(section, before),
            ("required_pull_request_reviews", Value::Object(section)) => sent_reviews(section),
            ("restrictions", Value::Object(section)) => whole_lists(section, before),
            (_, value) => value.clone(),
        };
        body.insert(key.clone(), value);
    }
    Value::Object(body)
}

fn sent_checks(section: &Map<String, Value>, before: &Value) -> Value {
    let mut body = Map::new();
    body.insert("strict".to_owned(), section.get("strict").cloned().unwrap_or_else(|| json!(before["strict"] == true)));
    body.insert("contexts".to_owned(), json!([]));
    let kept = || before["checks"].as_array().cloned().unwrap_or_default();
    let named = section
        .get("contexts")
        .and_then(Value::as_array)
        .map(|names| names.iter().map(|context| json!({"context": context})).collect::<Vec<_>>());
    let declared = section.get("checks").and_then(Value::as_array).cloned().or(named);
    let sent = declared.map_or_else(kept, |all| {
        all.iter()
            .map(|one| {
                // Where the policy does not say which app, the one that GitHub has stays.
                let had = kept().into_iter().find(|other| other["context"] == one["context"]);
                if one.get("app_id").is_some() { check(one) } else { had.unwrap_or_else(|| check(one)) }
            })
            .collect()
    });
    body.insert("checks".to_owned(), Value::Array(sent));
    Value::Object(body)
}

fn sent_reviews(section: &Map<String, Value>) -> Value {
    let mut body = section.clone();
    if body.get("dismissal_restrictions") == Some(&json!(false)) {
        // An empty object switches them off.
        body.insert("dismissal_restrictions".to_owned(), json!({}));
    }
    Value::Object(body)
}

/// The three lists: those that are declared, and GitHub's own for the rest.
fn whole_lists(section: &Map<String, Value>, before: &Value) -> Value {
    let one = |key: &str| section.get(key).or_else(|| before.get(key)).cloned().unwrap_or_else(|| json!([]));
    json!({"users": one("users"), "teams": one("teams"), "apps": one("apps")})
}
