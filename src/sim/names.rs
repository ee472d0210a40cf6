//! How GraphQL's names of a repository's fields fit REST's.

/// GraphQL name, REST name: the values are the same.
pub const PAIRS: &[(&str, &str)] = &[
    ("description", "description"),
    ("homepageUrl", "homepage"),
    ("isArchived", "archived"),
    ("isDisabled", "disabled"),
    ("isFork", "fork"),
    ("isTemplate", "is_template"),
    ("isPrivate", "private"),
    ("createdAt", "created_at"),
    ("pushedAt", "pushed_at"),
    ("updatedAt", "updated_at"),
    ("forkingAllowed", "allow_forking"),
    ("hasIssuesEnabled", "has_issues"),
    ("hasProjectsEnabled", "has_projects"),
    ("hasWikiEnabled", "has_wiki"),
    ("hasDiscussionsEnabled", "has_discussions"),
    ("webCommitSignoffRequired", "web_commit_signoff_required"),
    ("deleteBranchOnMerge", "delete_branch_on_merge"),
    ("autoMergeAllowed", "allow_auto_merge"),
    ("allowUpdateBranch", "allow_update_branch"),
    ("mergeCommitAllowed", "allow_merge_commit"),
    ("mergeCommitTitle", "merge_commit_title"),
    ("mergeCommitMessage", "merge_commit_message"),
    ("squashMergeAllowed", "allow_squash_merge"),
    ("squashMergeCommitTitle", "squash_merge_commit_title"),
    ("squashMergeCommitMessage", "squash_merge_commit_message"),
    ("rebaseMergeAllowed", "allow_rebase_merge"),
    ("squashPrTitleUsedAsDefault", "use_squash_pr_title_as_default"),
    ("diskUsage", "size"),
    ("stargazerCount", "stargazers_count"),
];

/// GraphQL fields that the simulator computes: an observation of them is not kept.
pub const DERIVED: &[&str] = &[
    "id", "databaseId", "name", "nameWithOwner", "owner", "visibility", "isEmpty", "isMirror", "mirrorUrl", "viewerCanAdminister",
    "viewerPermission", "defaultBranchRef", "isSecurityPolicyEnabled", "securityPolicyUrl", "repositoryTopics", "licenseInfo",
    "primaryLanguage", "object", "ref", "refs", "pullRequests", "url", "resourcePath", "isInOrganization", "codeowners",
];
