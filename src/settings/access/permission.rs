//! What somebody may do in a repository: GitHub's words, which of them gives more, and which direction a change has.

use serde_json::Value;

use crate::model::Effect;

/// GitHub's own permissions, from the least to the most. Any other word is a custom role's name.
pub(super) const WORDS: [&str; 5] = ["pull", "triage", "push", "maintain", "admin"];

/// The word for writing of a word for reading: `read`, `READ` and `write` are what `pull` and `push` read back as.
pub(super) fn word(text: &str) -> String {
    let folded = text.to_ascii_lowercase();
    match folded.as_str() {
        "read" => "pull".to_owned(),
        "write" => "push".to_owned(),
        word if WORDS.contains(&word) => folded,
        // The name of a custom role keeps its case.
        _ => text.to_owned(),
    }
}

/// The word that invitations are changed with; `None` for a custom role, which they cannot be changed to.
pub(super) fn of_invitation(word: &str) -> Option<&str> {
    match word {
        "pull" => Some("read"),
        "push" => Some("write"),
        word if WORDS.contains(&word) => Some(word),
        _ => None,
    }
}

/// How much a word gives; `None` for a custom role, of which only its owner knows.
pub(super) fn rank(word: &str) -> Option<usize> {
    WORDS.iter().position(|known| *known == word)
}

/// Whether two words mean the same: names of custom roles are compared without case.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Whether the first surely gives as much as the second.
pub(super) fn covers(a: &str, b: &str) -> bool {
    same(a, b) || matches!((rank(a), rank(b)), (Some(a), Some(b)) if a >= b)
}

/// The greater of two grants; of two that cannot be compared the second.
pub(super) fn greater(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if covers(&a, &b) { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// The direction of a change: less tightens, more loosens, and what cannot be compared with a custom role loosens too.
pub(super) fn effect(before: Option<&str>, after: Option<&str>) -> Effect {
    match (before, after) {
        (_, None) => Effect::Tightening,
        (None, Some(_)) => Effect::Loosening,
        // Every role gives at least `pull` and at most `admin`.
        (Some(before), Some(after)) => {
            Effect::tightening_if(covers(before, after) || before == "admin" || after == "pull")
        }
    }
}

/// The grant that an item of a list tells: its role's name, else the greatest of its `permissions`, else `permission`.
pub(super) fn told(item: &Value) -> Option<String> {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    if let Some(role) = text("role_name").or_else(|| text("permission")) {
        return Some(word(role));
    }
    let held = |word: &&&str| item.pointer(&format!("/permissions/{word}")).and_then(Value::as_bool) == Some(true);
    WORDS.iter().rev().find(held).map(|word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn words_of_reading_are_those_of_writing() {
        for (read, write) in
            [("read", "pull"), ("WRITE", "push"), ("MAINTAIN", "maintain"), ("Docs Editor", "Docs Editor")]
        {
            assert_eq!(word(read), write);
        }
        assert_eq!(told(&json!({"role_name": "read", "permissions": {"admin": true}})).as_deref(), Some("pull"));
        assert_eq!(
            told(&json!({"permissions": {"admin": false, "push": true, "pull": true}})).as_deref(),
            Some("push")
        );
        assert_eq!(told(&json!({})), None);
    }

    #[test]
    fn a_custom_role_is_never_taken_for_less() {
        assert_eq!(effect(Some("push"), Some("auditor")), Effect::Loosening);
        assert_eq!(effect(Some("auditor"), Some("push")), Effect::Loosening);
        assert_eq!(effect(Some("auditor"), Some("pull")), Effect::Tightening);
        assert_eq!(effect(Some("admin"), Some("auditor")), Effect::Tightening);
    }

    proptest! {
        /// What goes up loosens, and the way back tightens.
        #[test]
        fn the_way_back_has_the_other_direction(a in 0_usize..5, b in 0_usize..5) {
            prop_assume!(a != b);
            let (low, high) = (WORDS[a.min(b)], WORDS[a.max(b)]);
            prop_assert_eq!(effect(Some(low), Some(high)), Effect::Loosening);
            prop_assert_eq!(effect(Some(high), Some(low)), Effect::Tightening);
            let most = greater(Some(low.into()), Some(high.into()));
            prop_assert_eq!(most.as_deref(), Some(high));
        }
    }
}
