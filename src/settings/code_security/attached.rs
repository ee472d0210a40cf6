//! Which configuration each repository is attached to, from the organisation's lists (one call for a hundred
//! repositories), and what an *enforced* one proves.
//!
//! `attached` proves nothing: a repository's admin can change the values of an unenforced configuration. Only the status
//! `enforced` of a configuration whose `enforcement` is `enforced` does.

use std::{collections::BTreeMap, rc::Rc};

use serde_json::{Value, json};

use crate::{
    model::{NodeId, Reading},
    settings::{Context, Outcome, Pending, RestRead},
};

pub(in crate::settings) const READ: &str = "organization_administration:read";

/// The configurations of the organisation: `GET /orgs/{org}/code-security/configurations`.
pub(super) fn configurations() -> RestRead {
    RestRead::list("code-security/configurations", READ)
}

/// The repositories of one configuration: `GET /orgs/{org}/code-security/configurations/{id}/repositories`.
pub(super) fn repositories(id: u64) -> RestRead {
    RestRead::list(format!("code-security/configurations/{id}/repositories"), READ)
}

/// A value that an enforced configuration holds in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::settings) struct Enforced {
    /// The configuration's name.
    pub(in crate::settings) configuration: String,
    /// Whether the feature is on.
    pub(in crate::settings) value: bool,
}

impl Enforced {
    /// The outcome for a repository's own bool: GitHub takes a contrary write and does nothing, so it is a violation.
    pub(in crate::settings) fn outcome(&self, wanted: bool) -> Outcome {
        let (observed, desired) = (json!(self.value), json!(wanted));
        if self.value == wanted {
            return Outcome::Compliant { observed, desired };
        }
        let message = format!(
            "the code security configuration `{}` enforces the contrary; change it there, or detach the repository",
            self.configuration
        );
        Outcome::Violation { message, observed, desired }
    }
}

/// What an enforced configuration proves of a field in the judged repository: `None` where nothing is proven, also where
/// the configurations cannot be read.
pub(in crate::settings) fn enforced(cx: &Context<'_>, field: &str) -> Result<Option<Enforced>, Pending> {
    let Some(subject) = cx.subject else { return Ok(None) };
    let all = cx.org_rest(configurations())?;
    let Some(all) = known_list(&all) else { return Ok(None) };
    let mut proof = None;
    let mut pending = false;
    for configuration in all.iter().filter(|c| c.get("enforcement").and_then(Value::as_str) == Some("enforced")) {
        let (Some(id), Some(value)) = (configuration.get("id").and_then(Value::as_u64), switch(configuration, field))
        else {
            continue;
        };
        let Ok(list) = cx.org_rest(repositories(id)) else {
            pending = true;
            continue;
        };
        let statuses = statuses(cx, id, known_list(&list).map_or(&[], Vec::as_slice));
        if statuses.get(&subject.repository.node_id).map(String::as_str) == Some("enforced") {
            let name = configuration.get("name").and_then(Value::as_str).unwrap_or_default();
            proof = Some(Enforced { configuration: name.to_owned(), value });
        }
    }
    if pending { Err(Pending) } else { Ok(proof) }
}

/// The list of a known answer.
pub(super) fn known_list<'a>(answer: &Reading<Option<&'a Value>>) -> Option<&'a Vec<Value>> {
    answer.value().copied().flatten().and_then(Value::as_array)
}

/// A field that is switched on or off; `not_set` and absent ones say nothing.
fn switch(configuration: &Value, field: &str) -> Option<bool> {
    match configuration.get(field)?.as_str()? {
        "enabled" => Some(true),
        "disabled" => Some(false),
        _ => None,
    }
}

/// The attachment status of each repository of a configuration, indexed once.
pub(super) fn statuses(cx: &Context<'_>, id: u64, list: &[Value]) -> Rc<BTreeMap<NodeId, String>> {
    let all = cx
        .index("code security attachments", std::cell::RefCell::<BTreeMap<u64, Rc<BTreeMap<NodeId, String>>>>::default);
    if let Some(found) = all.borrow().get(&id) {
        return found.clone();
    }
    let index: BTreeMap<NodeId, String> = list
        .iter()
        .filter_map(|item| {
            let node = item.get("repository")?.get("node_id")?.as_str()?;
            Some((NodeId(node.into()), item.get("status")?.as_str()?.to_owned()))
        })
        .collect();
    let index = Rc::new(index);
    all.borrow_mut().insert(id, index.clone());
    index
}
