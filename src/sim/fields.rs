//! What GitHub's list says of a repository. What a new repository says is kept once for all of them: a hundred thousand
//! repositories differ from it in a few fields each.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// What a new public repository says, but for its times.
static COMMON: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let facts = json!({
        "private": false, "visibility": "public", "archived": false, "disabled": false, "fork": false,
        "is_template": false, "description": null, "homepage": null, "default_branch": "main", "topics": [],
        "language": null, "license": null, "size": 0,
        "has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false, "has_downloads": true,
        "has_discussions": false, "has_pull_requests": true,
    });
    let settings = json!({
        "pull_request_creation_policy": "all", "mirror_url": null, "web_commit_signoff_required": false,
        "delete_branch_on_merge": false, "allow_forking": true, "allow_merge_commit": true, "allow_squash_merge": true,
        "allow_rebase_merge": true, "allow_auto_merge": false, "allow_update_branch": false,
        "use_squash_pr_title_as_default": false, "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "squash_merge_commit_message": "COMMIT_MESSAGES", "merge_commit_title": "MERGE_MESSAGE",
        "merge_commit_message": "PR_TITLE", "custom_properties": {}, "stargazers_count": 0, "forks_count": 0,
        "open_issues_count": 0,
    });
    [facts, settings].into_iter().filter_map(|v| v.as_object().cloned()).flatten().collect()
});

/// The fields of a repository.
#[derive(Clone, Debug, PartialEq)]
pub struct Fields {
    /// What differs from [`COMMON`], and only that: so two that say the same are equal.
    own: Map<String, Value>,
}

impl Fields {
    /// Returns what a repository says that was created at a time (RFC 3339).
    pub fn new(stamp: &str) -> Self {
        let times = ["created_at", "pushed_at", "updated_at"];
        Self { own: times.iter().map(|key| ((*key).to_owned(), json!(stamp))).collect() }
    }

    /// Returns the value of a field.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.own.get(key).or_else(|| COMMON.get(key))
    }

    /// Sets a field.
    pub fn insert(&mut self, key: String, value: Value) {
        if COMMON.get(&key) == Some(&value) {
            self.own.remove(&key);
        } else {
            self.own.insert(key, value);
        }
    }

    /// Returns all fields.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        COMMON.iter().filter(|(key, _)| !self.own.contains_key(*key)).chain(&self.own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_back_to_the_common_value_is_as_if_it_had_never_been_set() {
        let mut fields = Fields::new("2026-11-22T12:00:00Z");
        let fresh = fields.clone();
        fields.insert("has_wiki".to_owned(), json!(false));
        assert_eq!(fields.get("has_wiki"), Some(&json!(false)));
        assert_ne!(fields, fresh);
        assert_eq!(fields.iter().filter(|(key, _)| *key == "has_wiki").count(), 1);
        fields.insert("has_wiki".to_owned(), json!(true));
        assert_eq!(fields, fresh);
        assert_eq!(fields.iter().count(), COMMON.len() + 3);
    }
}
