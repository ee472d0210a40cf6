//! Who may see the repository. Making it public is let through only by `--allow`; making a public one narrower erases its stars
//! and watchers and cuts its forks off, so it counts as a deletion (GitHub's "Setting repository visibility").

use serde_json::json;

use super::{ADMINISTER, PATCH};
use crate::{
    model::{Action, Desired, Effect, Kind, Scope, Shape, Tightens, Visibility},
    settings::{
        Context, Difference, Judgement, Meta, Move, Outcome, Pending, Phase, RestWrite, Setting, Write,
        private_vulnerability_reporting,
    },
};

static META: Meta = Meta {
    shape: Shape {
        key: "visibility",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::OneOf(&["public", "private", "internal"]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check: Shape::no_check,
    },
    title: "Visibility",
    docs: "Who may see the repository: everyone (`public`), everyone in the enterprise (`internal`), or those who were given access \
(`private`). Narrower tightens, wider loosens.

Making a repository public is never done by `--yes` or a limit alone, only by `--allow ID`. Making a public one narrower erases its \
stars and watchers and cuts its forks off, so it counts as a deletion; that private vulnerability reporting ends is told as an effect. A fork keeps the visibility \
of what it was forked from: GitHub changes neither, and a difference is a violation. `internal` exists only in organisations of an \
enterprise.",
    example: "[repo]\nvisibility = \"public\"\n",
    reads: &["metadata:read"],
    writes: &[ADMINISTER],
    calls: &[("value", PATCH)],
    controls: &["OSPS QA-01.01"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct VisibilityOf;

impl Setting for VisibilityOf {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        let repository = cx.repository()?;
        let wanted = Visibility::from(desired.text("").unwrap_or_default());
        let (before, after) = (json!(repository.visibility), json!(wanted));
        if repository.visibility == wanted {
            return Ok(vec![Outcome::Compliant { observed: before, desired: after }.whole()]);
        }
        if repository.fork {
            let message =
                "a fork has the visibility of what it was forked from, and GitHub does not change it".to_owned();
            return Ok(vec![Outcome::Violation { message, observed: before, desired: after }.whole()]);
        }
        let write = RestWrite::with_body("PATCH", cx.repo_path("")?, json!({"visibility": wanted}));
        let difference = Difference {
            action: Action::Update,
            effect: Effect::tightening_if(width(&wanted) < width(&repository.visibility)),
            deletes: repository.is_public(),
            moves: ended(cx)?,
            writes: vec![Write::Rest(write)],
            restricted: (wanted == Visibility::Public).then(|| "it makes the repository public".to_owned()),
            before,
            after,
        };
        Ok(vec![Outcome::Differs(Box::new(difference)).whole()])
    }
}

/// What ends where a public repository is made narrower: private vulnerability reporting, where it is on.
fn ended(cx: &Context<'_>) -> Result<Vec<Move>, Pending> {
    let (repository, subject) = (cx.repository()?, cx.subject.ok_or(Pending)?);
    if !repository.is_public() || private_vulnerability_reporting::observe(cx, subject)?.value() != Some(&true) {
        return Ok(Vec::new());
    }
    let change = (json!(true), json!(false));
    Ok(vec![Move::of(cx.org, repository, "private_vulnerability_reporting", change, Effect::Neutral)])
}

/// How many people may see it. A word that GitHub may add is taken for wider than private and narrower than public.
const fn width(visibility: &Visibility) -> u8 {
    match visibility {
        Visibility::Private => 0,
        Visibility::Internal => 1,
        Visibility::Other(_) => 2,
        Visibility::Public => 3,
    }
}
