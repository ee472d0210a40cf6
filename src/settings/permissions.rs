//! Which permissions a run needs, from the settings that it judges.

use std::collections::BTreeSet;

use super::{Meta, Phase, code_security};
use crate::model::Scope;

/// The permissions (`name:level`) that reading these settings needs, and with `writes` what writing them needs. Some are read
/// beside a setting's own: the list of repositories, our branch where files may come by pull request, and the organisation's
/// configurations, which prove what repositories have.
#[must_use]
pub fn permissions<'m>(metas: impl Iterator<Item = &'m Meta>, writes: bool) -> BTreeSet<&'static str> {
    let mut needed = BTreeSet::from(["metadata:read"]);
    for meta in metas {
        needed.extend(meta.reads);
        if writes {
            needed.extend(meta.writes);
        }
        if meta.phase == Phase::Content {
            needed.extend(["contents:read", "pull_requests:read"]);
        }
        if meta.shape.scope == Scope::Repo && code_security::PROVEN.contains(&meta.shape.key) {
            needed.insert(code_security::READ);
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{SETTINGS, find};

    fn of(keys: &[&str], writes: bool) -> Vec<&'static str> {
        let metas = keys.iter().filter_map(|key| find(Scope::Repo, key)).map(|setting| setting.meta());
        permissions(metas, writes).into_iter().collect()
    }

    #[test]
    fn only_what_the_settings_need_is_named() {
        assert_eq!(of(&["workflows"], false), ["actions:read", "contents:read", "metadata:read"]);
        assert_eq!(of(&["workflows"], true), ["actions:read", "actions:write", "contents:read", "metadata:read"]);
        assert_eq!(of(&["files"], false), ["contents:read", "metadata:read", "pull_requests:read"]);
        assert_eq!(of(&[], true), ["metadata:read"]);
        let proven = ["metadata:read", "organization_administration:read"];
        assert_eq!(of(&["private_vulnerability_reporting"], false), proven);
    }

    #[test]
    fn reading_needs_no_right_to_write() {
        let all = permissions(SETTINGS.iter().map(|setting| setting.meta()), true);
        assert!(all.iter().any(|one| one.ends_with(":write")));
        // A setting that GitHub shows only to those who may write it says so in its `reads`, by itself.
        let reading = permissions(SETTINGS.iter().map(|setting| setting.meta()), false);
        let declared: BTreeSet<_> = SETTINGS.iter().flat_map(|setting| setting.meta().reads).copied().collect();
        assert!(reading.iter().all(|one| one.ends_with(":read") || declared.contains(one)), "{reading:?}");
    }
}
