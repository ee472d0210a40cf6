//! Snapshots: everything that was observed, as one file (`ordain.snapshot/1`). What stands in it is GitHub's own answers
//! under GitHub's own names, so that the simulator can serve it and a plan can be made from it without network.

mod files;
mod reading;
mod writing;

pub use reading::{BadSnapshot, read};
pub use writing::{Snapshot, write};

/// The name of the format.
pub const FORMAT: &str = "ordain.snapshot/1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Org;

    #[test]
    fn a_snapshot_round_trips() {
        let text = r#"{"format":"ordain.snapshot/1","as_of":"2026-11-22T12:00:00Z","organizations":[{"login":"o","rest":{"":{"known":{"public_repos":1}}},
            "repositories":[{"id":1,"node_id":"R_1","name":"a","visibility":"public","security_and_analysis":{"secret_scanning":{"status":"enabled"}},
            "files":{"SECURITY.md":"hi",".github/workflows/ci.yml":"on: push"}},{"id":2,"node_id":"R_2","name":"a-ghsa-aaaa-bbbb-cccc","private":true}]}]}"#;
        let observed = read(text).expect("reads");
        let org = observed.orgs.get(&Org::new("o").expect("valid")).expect("there");
        assert_eq!(org.repos.len(), 1, "an advisory's fork is never observed");
        assert_eq!(org.repos[0].trees.len(), 4);
        let written = |observed| {
            let snapshot = write(observed, "https://api.github.com", vec!["labels".to_owned()]);
            serde_json::to_string_pretty(&snapshot).expect("JSON")
        };
        let again = read(&written(&observed)).expect("reads again");
        assert_eq!(again, observed);
        assert_eq!(written(&again), written(&observed));
    }

    #[test]
    fn another_format_is_named_wherever_it_stands() {
        let refused = |text| read(text).expect_err("refused").to_string();
        for text in [
            r#"{"format":"ordain.plan/1"}"#,
            r#"{"organizations":3,"format":"ordain.plan/1"}"#,
            r#"{"as_of":"2026-11-22T12:00:00Z","organizations":[],"format":"ordain.plan/1"}"#,
        ] {
            assert!(refused(text).contains("its `format` is `ordain.plan/1`, not `ordain.snapshot/1`"), "{text}");
        }
        for text in ["[]", r#"["ordain.snapshot/1"]"#, "3", "{}", r#"{"format":3}"#] {
            assert!(refused(text).contains("its `format` is not said"), "{text}");
        }
        assert!(refused("[").contains("EOF"));
        assert!(refused(r#"{"format":"ordain.snapshot/1","as_of":"2026-11-22T12:00:00Z"}"#).contains("organizations"));
    }

    #[test]
    fn what_nests_too_deep_is_refused_or_passed_over() {
        let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        let head = r#""format":"ordain.snapshot/1","as_of":"2026-11-22T12:00:00Z","organizations":"#;
        assert!(read(&format!("{{{head}{}}}", deep("[", "]"))).is_err());
        let rest = format!(r#"[{{"login":"o","rest":{{"x":{{"known":{}}}}}}}]"#, deep(r#"{"a":["#, "]}"));
        assert!(read(&format!("{{{head}{rest}}}")).expect_err("refused").to_string().contains("recursion limit"));
        assert!(read(&format!(r#"{{{head}[],"unknown":{}}}"#, deep("[", "]"))).is_ok());
    }
}
