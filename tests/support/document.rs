//! A plan document, with ways to look at it.

use serde_json::{Map, Value};

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document(pub(crate) Value);

impl Document {
    pub(crate) fn new(value: Value) -> Self {
        assert_eq!(value["format"], "ordain.plan/1", "{value}");
        Self(value)
    }

    fn list(&self, key: &str) -> &[Value] {
        self.0[key].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// The changes.
    pub(crate) fn changes(&self) -> &[Value] {
        self.list("changes")
    }

    /// The findings.
    pub(crate) fn findings(&self) -> &[Value] {
        self.list("findings")
    }

    /// The ids of the changes.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.changes().iter().filter_map(|change| change["id"].as_str()).collect()
    }

    /// The change with an id.
    #[track_caller]
    pub(crate) fn change(&self, id: &str) -> &Value {
        self.changes()
            .iter()
            .find(|one| one["id"] == id)
            .unwrap_or_else(|| panic!("no change {id} in\n{}", self.text()))
    }

    /// The finding with an id.
    #[track_caller]
    pub(crate) fn finding(&self, id: &str) -> &Value {
        self.findings()
            .iter()
            .find(|one| one["id"] == id)
            .unwrap_or_else(|| panic!("no finding {id} in\n{}", self.text()))
    }

    /// The verdict told for an id: `change`, or a finding's.
    #[track_caller]
    pub(crate) fn verdict(&self, id: &str) -> &str {
        if self.changes().iter().any(|change| change["id"] == id) {
            return "change";
        }
        self.finding(id)["verdict"].as_str().expect("a word")
    }

    /// The ids of the findings with a verdict.
    pub(crate) fn with_verdict(&self, verdict: &str) -> Vec<&str> {
        self.findings().iter().filter(|one| one["verdict"] == verdict).filter_map(|one| one["id"].as_str()).collect()
    }

    /// A number of the summary.
    #[track_caller]
    pub(crate) fn summary(&self, key: &str) -> u64 {
        self.0["summary"][key].as_u64().unwrap_or_else(|| panic!("no {key} in {}", self.0["summary"]))
    }

    /// The document without what may differ from run to run: when it was made, and what it cost.
    pub(crate) fn timeless(&self) -> Value {
        let mut plan = self.0.clone();
        let fields: &mut Map<String, Value> = plan.as_object_mut().expect("an object");
        for key in ["created_at", "cost", "as_of", "digest"] {
            fields.remove(key);
        }
        plan
    }

    /// The document as text, for messages.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string_pretty(&self.0).expect("JSON")
    }
}
