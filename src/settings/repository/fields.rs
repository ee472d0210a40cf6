//! The table of a repository's fields. Each is a static, so that the registry names it.

use serde_json::Value;

use super::{ADMINISTER, Bound, Field, PATCH, homepage, textual};
use crate::{
    model::{Kind, Problem, Repository, Scope, Shape, Tightens},
    settings::{GraphqlField, Meta, Phase},
};

/// What shows the merge settings in REST's own answer.
const MERGES: &str = "contents:write";
/// What shows everything that a token which sees the repository may know.
const METADATA: &str = "metadata:read";
/// What shows the rest.
const ADMINISTRATION: &str = "administration:read";

const BOOL: Kind = Kind::Bool;

const fn shape(key: &'static str, kind: Kind, tightens: Tightens, check: fn(&Value) -> Vec<Problem>) -> Shape {
    Shape { key, scope: Scope::Repo, keyed: None, kind, tightens, extra: &[], parts: &[], check }
}

const fn bare(key: &'static str, kind: Kind) -> Shape {
    shape(key, kind, Tightens::Neutral, Shape::no_check)
}

const fn meta(shape: Shape, title: &'static str, docs: &'static str, example: &'static str) -> Meta {
    Meta {
        shape,
        title,
        docs,
        example,
        reads: &[METADATA],
        writes: &[ADMINISTER],
        calls: &[("value", PATCH)],
        controls: &[],
        phase: Phase::Configure,
        after: &[],
        late: false,
    }
}

const fn told(name: &'static str, permission: &'static str) -> GraphqlField {
    GraphqlField { key: name, selection: name, permission: Some(permission) }
}

/// A field that the list has.
const fn listed(meta: &'static Meta, graphql: GraphqlField) -> Field {
    Field {
        meta,
        graphql,
        listed: true,
        normal: Value::clone,
        beside: None,
        never: everywhere,
        bound: None,
        mutated: None,
    }
}

/// A field of merging, which the list lacks.
const fn merging(meta: &'static Meta, graphql: GraphqlField) -> Field {
    Field { listed: false, ..listed(meta, graphql) }
}

const fn everywhere(_: &Repository) -> Option<&'static str> {
    None
}

fn forks_of_public(repository: &Repository) -> Option<&'static str> {
    repository.is_public().then_some("everyone may fork a public repository")
}

static DESCRIPTION_META: Meta = meta(
    shape("description", Kind::Text, Tightens::Neutral, textual::check),
    "Description",
    "The sentence under the repository's name. An empty text is the same as none; spaces around it do not count. GitHub \
     takes one line of at most 350 characters.",
    "[repo]\ndescription = \"Fast, unopinionated web framework\"\n",
);
/// `description`
pub(in crate::settings) static DESCRIPTION: Field =
    Field { normal: textual::normal, ..listed(&DESCRIPTION_META, told("description", METADATA)) };

static HOMEPAGE_META: Meta = meta(
    shape("homepage", Kind::Text, Tightens::Neutral, homepage::check),
    "Home page",
    "The address beside the description. An empty text is the same as none. A slash at the end, the case of the host's \
     name, and spaces around it do not count.",
    "[repo]\nhomepage = \"https://expressjs.com\"\n",
);
/// `homepage`
pub(in crate::settings) static HOMEPAGE: Field =
    Field { normal: homepage::normal, ..listed(&HOMEPAGE_META, told("homepageUrl", METADATA)) };

static HAS_ISSUES_META: Meta = Meta {
    controls: &["OSPS GV-02.01"],
    ..meta(
        bare("has_issues", BOOL),
        "Issues",
        "Whether the repository has issues. Switched off they are hidden, not lost.",
        "[repo]\nhas_issues = true\n",
    )
};
/// `has_issues`
pub(in crate::settings) static HAS_ISSUES: Field = listed(&HAS_ISSUES_META, told("hasIssuesEnabled", METADATA));

static HAS_PROJECTS_META: Meta = meta(
    bare("has_projects", BOOL),
    "Projects",
    "Whether the repository has projects. Where the organisation has them switched off (`has_repository_projects`), GitHub \
     refuses to switch them on.",
    "[repo]\nhas_projects = false\n",
);
/// `has_projects`
pub(in crate::settings) static HAS_PROJECTS: Field = Field {
    bound: Some(Bound { key: "has_repository_projects", at: false, refuses: &[true] }),
    ..listed(&HAS_PROJECTS_META, told("hasProjectsEnabled", METADATA))
};

static HAS_WIKI_META: Meta = meta(
    bare("has_wiki", BOOL),
    "Wiki",
    "Whether the repository has a wiki. Switched off it is hidden, not lost. A private repository without a paid plan has \
     none, whatever is written.",
    "[repo]\nhas_wiki = false\n",
);
/// `has_wiki`
pub(in crate::settings) static HAS_WIKI: Field = listed(&HAS_WIKI_META, told("hasWikiEnabled", METADATA));

static HAS_DISCUSSIONS_META: Meta = Meta {
    calls: &[("value", "POST /graphql (updateRepository)")],
    controls: &["OSPS GV-02.01"],
    ..meta(
        bare("has_discussions", BOOL),
        "Discussions",
        "Whether the repository has discussions. Only GraphQL writes it.",
        "[repo]\nhas_discussions = true\n",
    )
};
/// `has_discussions`
pub(in crate::settings) static HAS_DISCUSSIONS: Field = Field {
    mutated: Some("hasDiscussionsEnabled"),
    ..listed(&HAS_DISCUSSIONS_META, told("hasDiscussionsEnabled", METADATA))
};

static IS_TEMPLATE_META: Meta = meta(
    bare("is_template", BOOL),
    "Template repository",
    "Whether new repositories can be made from this one.",
    "[repo]\nis_template = false\n",
);
/// `is_template`
pub(in crate::settings) static IS_TEMPLATE: Field = listed(&IS_TEMPLATE_META, told("isTemplate", METADATA));

static ALLOW_MERGE_COMMIT_META: Meta = meta(
    bare("allow_merge_commit", BOOL),
    "Merge commits",
    "Whether pull requests may be merged with a merge commit. At least one of `allow_merge_commit`, `allow_squash_merge` \
     and `allow_rebase_merge` must stay allowed: a policy that switches all three off is an error.",
    "[repo]\nallow_merge_commit = false\n",
);
/// `allow_merge_commit`
pub(in crate::settings) static ALLOW_MERGE_COMMIT: Field =
    merging(&ALLOW_MERGE_COMMIT_META, told("mergeCommitAllowed", MERGES));

static ALLOW_SQUASH_MERGE_META: Meta = meta(
    bare("allow_squash_merge", BOOL),
    "Squash merging",
    "Whether pull requests may be squashed into one commit. At least one of `allow_merge_commit`, `allow_squash_merge` and \
     `allow_rebase_merge` must stay allowed: a policy that switches all three off is an error.",
    "[repo]\nallow_squash_merge = true\n",
);
/// `allow_squash_merge`
pub(in crate::settings) static ALLOW_SQUASH_MERGE: Field =
    merging(&ALLOW_SQUASH_MERGE_META, told("squashMergeAllowed", MERGES));

static ALLOW_REBASE_MERGE_META: Meta = meta(
    bare("allow_rebase_merge", BOOL),
    "Rebase merging",
    "Whether pull requests may be rebased. At least one of `allow_merge_commit`, `allow_squash_merge` and \
     `allow_rebase_merge` must stay allowed: a policy that switches all three off is an error.",
    "[repo]\nallow_rebase_merge = false\n",
);
/// `allow_rebase_merge`
pub(in crate::settings) static ALLOW_REBASE_MERGE: Field =
    merging(&ALLOW_REBASE_MERGE_META, told("rebaseMergeAllowed", MERGES));

static ALLOW_AUTO_MERGE_META: Meta = meta(
    bare("allow_auto_merge", BOOL),
    "Auto-merge",
    "Whether a pull request can be set to merge itself once all that it needs is there. A private repository without a paid \
     plan has none.",
    "[repo]\nallow_auto_merge = true\n",
);
/// `allow_auto_merge`
pub(in crate::settings) static ALLOW_AUTO_MERGE: Field =
    merging(&ALLOW_AUTO_MERGE_META, told("autoMergeAllowed", MERGES));

static ALLOW_UPDATE_BRANCH_META: Meta = meta(
    bare("allow_update_branch", BOOL),
    "Updating branches",
    "Whether GitHub always offers to update the branch of a pull request that is behind its base.",
    "[repo]\nallow_update_branch = true\n",
);
/// `allow_update_branch`
pub(in crate::settings) static ALLOW_UPDATE_BRANCH: Field =
    merging(&ALLOW_UPDATE_BRANCH_META, told("allowUpdateBranch", MERGES));

static DELETE_BRANCH_ON_MERGE_META: Meta = meta(
    bare("delete_branch_on_merge", BOOL),
    "Deleting merged branches",
    "Whether the branch of a merged pull request is deleted.",
    "[repo]\ndelete_branch_on_merge = true\n",
);
/// `delete_branch_on_merge`
pub(in crate::settings) static DELETE_BRANCH_ON_MERGE: Field =
    merging(&DELETE_BRANCH_ON_MERGE_META, told("deleteBranchOnMerge", MERGES));

static SQUASH_MERGE_COMMIT_TITLE_META: Meta = meta(
    bare("squash_merge_commit_title", Kind::OneOf(&["PR_TITLE", "COMMIT_OR_PR_TITLE"])),
    "Title of squashed commits",
    "What the title of a squashed commit is made from. GitHub takes `COMMIT_OR_PR_TITLE` only with the message \
     `COMMIT_MESSAGES`; `PR_TITLE` goes with every message. Set title and message together where the present ones do not \
     fit; a policy that holds two which do not fit is an error.",
    "[repo]\nsquash_merge_commit_title = \"PR_TITLE\"\n",
);
/// `squash_merge_commit_title`
pub(in crate::settings) static SQUASH_MERGE_COMMIT_TITLE: Field =
    merging(&SQUASH_MERGE_COMMIT_TITLE_META, told("squashMergeCommitTitle", MERGES));

static SQUASH_MERGE_COMMIT_MESSAGE_META: Meta = meta(
    bare("squash_merge_commit_message", Kind::OneOf(&["PR_BODY", "COMMIT_MESSAGES", "BLANK"])),
    "Message of squashed commits",
    "What the message of a squashed commit is made from. GitHub takes `COMMIT_OR_PR_TITLE` only with the message \
     `COMMIT_MESSAGES`; `PR_TITLE` goes with every message. Set title and message together where the present ones do not \
     fit; a policy that holds two which do not fit is an error. Written together with the title that is there, without \
     which GitHub does not take it.",
    "[repo]\nsquash_merge_commit_message = \"PR_BODY\"\n",
);
/// `squash_merge_commit_message`
pub(in crate::settings) static SQUASH_MERGE_COMMIT_MESSAGE: Field = Field {
    beside: Some(&SQUASH_MERGE_COMMIT_TITLE),
    ..merging(&SQUASH_MERGE_COMMIT_MESSAGE_META, told("squashMergeCommitMessage", MERGES))
};

static MERGE_COMMIT_TITLE_META: Meta = meta(
    bare("merge_commit_title", Kind::OneOf(&["PR_TITLE", "MERGE_MESSAGE"])),
    "Title of merge commits",
    "What the title of a merge commit is made from. GitHub takes `MERGE_MESSAGE` only with the message `PR_TITLE`, and \
     `PR_TITLE` only with `PR_BODY` or `BLANK`. Set title and message together where the present ones do not fit; a policy \
     that holds two which do not fit is an error.",
    "[repo]\nmerge_commit_title = \"MERGE_MESSAGE\"\n",
);
/// `merge_commit_title`
pub(in crate::settings) static MERGE_COMMIT_TITLE: Field =
    merging(&MERGE_COMMIT_TITLE_META, told("mergeCommitTitle", MERGES));

static MERGE_COMMIT_MESSAGE_META: Meta = meta(
    bare("merge_commit_message", Kind::OneOf(&["PR_BODY", "PR_TITLE", "BLANK"])),
    "Message of merge commits",
    "What the message of a merge commit is made from. GitHub takes `MERGE_MESSAGE` only with the message `PR_TITLE`, and \
     `PR_TITLE` only with `PR_BODY` or `BLANK`. Set title and message together where the present ones do not fit; a policy \
     that holds two which do not fit is an error. Written together with the title that is there, without which GitHub does \
     not take it.",
    "[repo]\nmerge_commit_message = \"PR_TITLE\"\n",
);
/// `merge_commit_message`
pub(in crate::settings) static MERGE_COMMIT_MESSAGE: Field = Field {
    beside: Some(&MERGE_COMMIT_TITLE),
    ..merging(&MERGE_COMMIT_MESSAGE_META, told("mergeCommitMessage", MERGES))
};

static WEB_COMMIT_SIGNOFF_REQUIRED_META: Meta = Meta {
    controls: &["OSPS LE-01.01"],
    ..meta(
        shape("web_commit_signoff_required", BOOL, Tightens::True, Shape::no_check),
        "Sign-off of web commits",
        "Whether who commits in the browser must sign off (Developer Certificate of Origin). Where the organisation requires \
     it, a repository cannot do without.",
        "[repo]\nweb_commit_signoff_required = true\n",
    )
};
/// `web_commit_signoff_required`
pub(in crate::settings) static WEB_COMMIT_SIGNOFF_REQUIRED: Field = Field {
    bound: Some(Bound { key: "web_commit_signoff_required", at: true, refuses: &[false] }),
    ..listed(&WEB_COMMIT_SIGNOFF_REQUIRED_META, told("webCommitSignoffRequired", ADMINISTRATION))
};

static ALLOW_FORKING_META: Meta = meta(
    shape("allow_forking", BOOL, Tightens::False, Shape::no_check),
    "Forking of private repositories",
    "Whether a private or internal repository may be forked. Everyone may fork a public one, so there it is *not \
     applicable*. Where the organisation forbids it (`members_can_fork_private_repositories`), GitHub refuses to write \
     either value.",
    "[repo]\nallow_forking = false\n",
);
/// `allow_forking`
pub(in crate::settings) static ALLOW_FORKING: Field = Field {
    never: forks_of_public,
    bound: Some(Bound { key: "members_can_fork_private_repositories", at: false, refuses: &[true, false] }),
    ..listed(&ALLOW_FORKING_META, told("forkingAllowed", ADMINISTRATION))
};
