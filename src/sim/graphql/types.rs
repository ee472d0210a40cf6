//! The little of the schema that execution needs: interfaces, arguments, what cannot be null.

/// Whether an object of a type fits a type condition.
pub(super) fn is_a(typename: &str, condition: &str) -> bool {
    if typename == condition {
        return true;
    }
    let members: &[&str] = match condition {
        "GitObject" => &["Commit", "Tree", "Blob", "Tag"],
        "Node" => &[
            "Repository",
            "Organization",
            "User",
            "Bot",
            "Commit",
            "Tree",
            "Blob",
            "Ref",
            "PullRequest",
            "CheckSuite",
            "Workflow",
            "WorkflowRun",
            "BranchProtectionRule",
            "RepositoryRuleset",
            "App",
            "Team",
        ],
        "Actor" | "RequestedReviewer" => &["User", "Organization", "Bot", "Mannequin"],
        "RepositoryOwner" => &["User", "Organization"],
        "RepositoryInfo" | "UniformResourceLocatable" => {
            &["Repository", "PullRequest", "Commit", "Workflow", "WorkflowRun"]
        }
        "BranchActorAllowanceActor" | "PushAllowanceActor" | "ReviewDismissalAllowanceActor" => {
            &["App", "Team", "User"]
        }
        "RuleSource" => &["Repository", "Organization", "Enterprise"],
        "GitSignature" => &["GpgSignature", "SshSignature", "SmimeSignature", "UnknownSignature"],
        _ => &[],
    };
    members.contains(&typename)
}

const PAGE: &[&str] = &["first", "last", "after", "before"];

/// Whether a field takes an argument.
pub(super) fn takes(typename: &str, field: &str, argument: &str) -> bool {
    let (own, paged): (&[&str], bool) = match (typename, field) {
        ("Query", "nodes") => (&["ids"], false),
        ("Query", "node") => (&["id"], false),
        ("Query", "repository") => (&["owner", "name", "followRenames"], false),
        ("Query", "organization" | "user" | "repositoryOwner") => (&["login"], false),
        ("Query", "rateLimit") => (&["dryRun"], false),
        ("Mutation", _) => (&["input"], false),
        ("Organization", "repository") => (&["name", "followRenames"], false),
        ("Organization", "repositories") => (
            &[
                "orderBy",
                "ownerAffiliations",
                "affiliations",
                "isArchived",
                "isFork",
                "isLocked",
                "privacy",
                "visibility",
                "hasIssuesEnabled",
            ],
            true,
        ),
        ("Organization", "teams") => (&["orderBy", "privacy", "query", "role", "rootTeamsOnly", "userLogins"], true),
        ("Organization" | "Repository", "rulesets") => (&["includeParents", "targets"], true),
        ("Repository", "object") => (&["expression", "oid"], false),
        ("Repository", "ref") => (&["qualifiedName"], false),
        ("Repository", "refs") => (&["refPrefix", "query", "orderBy", "direction"], true),
        ("Repository", "pullRequests") => (&["baseRefName", "headRefName", "labels", "orderBy", "states"], true),
        ("Repository", "collaborators") => (&["affiliation", "login", "query"], true),
        ("Repository", "codeowners") => (&["refName"], false),
        ("Repository", "labels") => (&["orderBy", "query"], true),
        ("Repository", "branchProtectionRules" | "repositoryTopics" | "deployKeys" | "environments") => {
            (&["orderBy", "names"], true)
        }
        ("Commit", "checkSuites") => (&["filterBy"], true),
        ("Commit", "history") => (&["path", "author", "since", "until"], true),
        ("Commit" | "PullRequest", "parents" | "commits" | "files") => (&[], true),
        ("GitActor" | "User" | "Bot" | "Organization", "avatarUrl") => (&["size"], false),
        ("BranchProtectionRule" | "RepositoryRuleset" | "Team", _) => (&[], true),
        _ => (&[], false),
    };
    own.contains(&argument) || (paged && PAGE.contains(&argument))
}

/// Whether a field that fails takes the object above with it.
pub(super) fn non_null(typename: &str, field: &str) -> bool {
    matches!(
        (typename, field),
        ("Query", "nodes")
            | ("Organization", "repositories" | "teams")
            | ("Repository", "pullRequests" | "branchProtectionRules" | "repositoryTopics" | "owner")
            | ("Commit", "history" | "parents" | "tree")
            | ("PullRequest", "commits")
    )
}
