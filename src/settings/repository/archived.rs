//! Whether the repository is archived, and so read-only. Unarchiving goes before every other change of the repository, archiving
//! after all of them, each in a call of its own (`PATCH /repos/{owner}/{repo}` with `archived`).

use serde_json::json;

use super::{ADMINISTER, PATCH};
use crate::{
    model::{Desired, Effect, Kind, Scope, Shape, Tightens},
    settings::{Context, Difference, Judgement, Meta, Outcome, Pending, Phase, RestWrite, Setting, Write},
};

static META: Meta = Meta {
    shape: Shape {
        key: "archived",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Bool,
        tightens: Tightens::Neutral,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Archived",
    docs: "Whether the repository is archived, and so read-only for everyone. A rule that sets it matches archived repositories too.

Archiving is never done by `--yes` or a limit alone, only by `--allow ID`; it is the last change of the repository, and is not made \
where another one failed, which could not be made up for afterwards. Unarchiving is the first: what else the plan changes there follows \
in the same apply, and is not tried where it fails.",
    example: "[match]\narchived = true\n\n[repo]\narchived = true\n",
    reads: &["metadata:read"],
    writes: &[ADMINISTER],
    calls: &[("value", PATCH)],
    controls: &[],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct Archived;

impl Setting for Archived {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn phase(&self, difference: &Difference) -> Phase {
        if difference.after == json!(true) { Phase::Lock } else { Phase::Unlock }
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let (now, wanted) = (cx.repository()?.archived, desired.bool("").unwrap_or_default());
        if now == wanted {
            return Ok(vec![Outcome::Compliant { observed: json!(now), desired: json!(wanted) }.whole()]);
        }
        let write = RestWrite::with_body("PATCH", cx.repo_path("")?, json!({"archived": wanted}));
        let mut difference = Difference::update(json!(now), json!(wanted), Effect::Neutral, Write::Rest(write));
        difference.restricted = wanted.then(|| "it archives the repository".to_owned());
        Ok(vec![Outcome::Differs(difference).whole()])
    }
}
