//! Webhooks of repositories and of organisations: one description for both, each with its own place and permission.

use super::hook;
use crate::{
    model::{Desired, Field, Keyed, Kind, Reading, Scope, Shape, Tightens},
    settings::{Context, Judgement, Meta, Pending, Phase, Setting},
};

const FIELDS: &[Field] = &[
    Field {
        key: "events",
        kind: Kind::List(&Kind::Text),
        doc: "The events that are delivered, in any order; `[\"*\"]` for all. Needed to make the webhook.",
        tightens: Tightens::Neutral,
    },
    Field { key: "active", kind: Kind::Bool, doc: "Whether it is delivered at all.", tightens: Tightens::Neutral },
    Field {
        key: "content_type",
        kind: Kind::OneOf(&["json", "form"]),
        doc: "In which form it is delivered.",
        tightens: Tightens::Neutral,
    },
    Field {
        key: "insecure_ssl",
        kind: Kind::Bool,
        doc: "Whether the receiver's certificate is left unchecked.",
        tightens: Tightens::False,
    },
    Field {
        key: "secret",
        kind: Kind::Bool,
        doc: "`true`: a secret must be set, with which the receiver can tell GitHub's deliveries from others'. Observed only.",
        tightens: Tightens::True,
    },
];

const DOCS: &str = "Where GitHub sends word of what happens, by the URL, compared to the letter. Each field is a part that is judged by itself, \
and what is not given is left alone.

GitHub never shows a secret, only that there is one. So a secret is never made, changed or taken away: that one is missing is a violation, \
and a missing webhook that is to have one is not made but told as a violation too; make it by hand, with a secret that its receiver knows. \
`config` is changed by its own call, since an update of the whole would drop the secret. Two webhooks with the same URL are a violation: \
which of them is meant cannot be told.

With `prune = true` all other webhooks are deleted, which is a deletion; the plan then names their URLs, so that nothing secret should stand \
in one. Checking the certificate tightens, the rest is neutral.";

const CALLS_OF_REPO: &[(&str, &str)] = &[
    ("events", "PATCH /repos/{owner}/{repo}/hooks/{hook_id}"),
    ("active", "PATCH /repos/{owner}/{repo}/hooks/{hook_id}"),
    ("content_type", "PATCH /repos/{owner}/{repo}/hooks/{hook_id}/config"),
    ("insecure_ssl", "PATCH /repos/{owner}/{repo}/hooks/{hook_id}/config"),
];

const CALLS_OF_ORG: &[(&str, &str)] = &[
    ("events", "PATCH /orgs/{org}/hooks/{hook_id}"),
    ("active", "PATCH /orgs/{org}/hooks/{hook_id}"),
    ("content_type", "PATCH /orgs/{org}/hooks/{hook_id}/config"),
    ("insecure_ssl", "PATCH /orgs/{org}/hooks/{hook_id}/config"),
];

const fn shape(scope: Scope) -> Shape {
    Shape {
        key: "webhooks",
        scope,
        keyed: Some(Keyed { what: "URL", name: Kind::Text, prune: true }),
        kind: Kind::Table(FIELDS),
        tightens: Tightens::Judged,
        extra: &[],
        parts: hook::PARTS,
        check: Shape::no_check,
    }
}

const CONTROLS: &[&str] = &["OSPS BR-03.01", "Scorecard Webhooks", "OpenJS githubWebhookSecrets"];

static OF_REPO: Meta = Meta {
    shape: shape(Scope::Repo),
    title: "Webhooks",
    docs: DOCS,
    example: "[repo.webhooks.\"https://ci.example.org/github\"]\nevents = [\"push\"]\ninsecure_ssl = false\nsecret = true\n",
    reads: &["repository_hooks:read"],
    writes: &["repository_hooks:write"],
    calls: CALLS_OF_REPO,
    controls: CONTROLS,
    phase: Phase::Configure,
    after: &[],
    late: false,
};

static OF_ORG: Meta = Meta {
    shape: shape(Scope::Org),
    title: "Webhooks of the organisation",
    docs: DOCS,
    example: "[org.webhooks.\"https://audit.example.org/github\"]\nevents = [\"*\"]\nsecret = true\n",
    reads: &["organization_hooks:read"],
    writes: &["organization_hooks:write"],
    calls: CALLS_OF_ORG,
    controls: CONTROLS,
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The webhooks of repositories.
pub struct RepoWebhooks;

/// The webhooks of organisations.
pub struct OrgWebhooks;

impl Setting for RepoWebhooks {
    fn meta(&self) -> &'static Meta {
        &OF_REPO
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        hook::judge(desired, cx)
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        hook::existing(cx)
    }
}

impl Setting for OrgWebhooks {
    fn meta(&self) -> &'static Meta {
        &OF_ORG
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        hook::judge(desired, cx)
    }

    fn existing(&self, cx: &Context<'_>) -> Result<Reading<Vec<String>>, Pending> {
        hook::existing(cx)
    }
}

#[cfg(test)]
#[path = "webhooks_tests.rs"]
mod tests;
