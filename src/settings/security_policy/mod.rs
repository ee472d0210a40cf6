//! The security policy in force: the `SECURITY.md` that GitHub shows, which is the repository's own or the organisation's.
//!
//! Read from folders (GraphQL `object(expression:)` of `.github`, the root and `docs`, here and in the organisation's repository
//! `.github`) and, where something must stand in it, from its text by blob id: one fetch serves every repository that inherits it.
//! Written by pull request.

mod text;

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc};

use regex::Regex;
use serde_json::{Value, json};

use self::text::Required;
use super::{
    Blob, Context, Difference, FileWrite, Judgement, Meta, Outcome, Pending, Phase, Setting, Write,
    community_file::{self, Found},
};
use crate::model::{Action, Delivery, Desired, Effect, Field, Kind, Problem, Scope, Shape, Tightens, blob_oid};

/// The name of the file; GitHub compares it without case.
const NAME: &str = "SECURITY.md";
/// Beyond this GitHub cuts texts off.
const LARGEST: u64 = 1 << 20;
const READ: &str = "contents:read";

const FIELDS: &[Field] = &[
    Field {
        key: "contact",
        kind: Kind::Text,
        doc: "What must be named in it, usually a mail address. It must stand as a whole, not inside a longer address, and not in an \
              HTML comment. With an `@` in it, it is compared without case.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "contains",
        kind: Kind::List(&Kind::TextOrRegex),
        doc: "Texts that must all stand in it, letter by letter, or regular expressions `/…/` that must match.",
        tightens: Tightens::Judged,
    },
    Field {
        key: "inherit",
        kind: Kind::Bool,
        doc: "Whether the file of the organisation's public `.github` repository counts where the repository has none. Default true.",
        tightens: Tightens::Neutral,
    },
    Field {
        key: "template",
        kind: Kind::Template,
        doc: "The file of `files/` that a pull request puts there where the policy is missing or fails. Without it that is a violation.",
        tightens: Tightens::Judged,
    },
];

static META: Meta = Meta {
    shape: Shape {
        key: "security_policy",
        scope: Scope::Repo,
        keyed: None,
        kind: Kind::Table(FIELDS),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Security policy",
    docs: "Whether people find out how to report a vulnerability: the `SECURITY.md` that GitHub shows under the *Security* tab.

What is judged is the policy *in force*. GitHub looks into `.github/`, the root and `docs/` of the repository, in this order, and where \
it has none, into the same folders of the organisation's repository `.github` if that is public. Names are compared without case. The \
verdict says which file it is: `docs/SECURITY.md`, or `.github:SECURITY.md` where it is inherited. An empty table asks for no more than \
that there is one.

Only a regular file counts: a symbolic link or a submodule of that name is a violation, and where something must stand in it, so is a \
file that is not a text. A file of \
more than 1 MiB is *unknown*, since GitHub cuts it off. If the repository `.github` is hidden from the token but GitHub says that a policy \
is in force, the verdict is *unknown* too.

With `template`, a missing policy is mended by a pull request that adds `SECURITY.md` to the root, and a failing one of the repository's own by \
one that overwrites it. An inherited policy that fails is never covered up by copies of its own in each repository: it is a violation there, \
and is mended once, where a rule matches the repository `.github`. (`inherit = false` asks for a file in each repository.) A template that \
would itself fail is never written.",
    example: "[repo.security_policy]\ncontact = \"security@example.org\"\ncontains = [\"/(?i)within [0-9]+ (days|hours)/\"]\n",
    reads: &[READ],
    writes: &["contents:write", "pull_requests:write"],
    calls: &[
        ("contact", "a pull request"),
        ("contains", "a pull request"),
        ("inherit", "a pull request"),
        ("template", "a pull request: GraphQL createCommitOnBranch and POST /repos/{owner}/{repo}/pulls"),
    ],
    controls: &[
        "OSPS VM-01.01",
        "OSPS VM-02.01",
        "OSPS DO-02.01",
        "Scorecard Security-Policy",
        "OpenJS securityMdMeetsOpenJSCVD",
        "OpenJS securityPolicyMeetsStandards",
    ],
    phase: Phase::Content,
    after: &[],
    late: false,
};

/// The setting.
pub struct SecurityPolicy;

impl Setting for SecurityPolicy {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, cx)?.whole()])
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let problem = |path: &str, message: String, help: &str| Problem {
        path: path.to_owned(),
        message,
        help: (!help.is_empty()).then(|| help.to_owned()),
    };
    let mut problems = Vec::new();
    if value.get("contact").and_then(Value::as_str).is_some_and(|contact| contact.trim().is_empty()) {
        problems.push(problem("contact", "the contact is empty".into(), "leave it out if any policy will do"));
    }
    for wanted in value.get("contains").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        match text::pattern(wanted) {
            None if wanted.is_empty() => problems.push(problem("contains", "an empty text is always there".into(), "")),
            Some("") => problems.push(problem("contains", "an empty regular expression always matches".into(), "")),
            Some(pattern) => {
                if let Err(error) = text::compile(pattern) {
                    let message = format!("`{wanted}` is not a valid regular expression: {}", last_line(&error));
                    problems.push(problem("contains", message, ""));
                }
            }
            None => {}
        }
    }
    problems
}

/// The regex crate draws a picture above the reason; diagnostics have their own.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn judge(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let required = Required { contact: desired.text("contact"), contains: desired.texts("contains") };
    let inherit = desired.bool("inherit").unwrap_or(true);
    // Asked with the folders, so that it is read in the same round.
    let hidden = if inherit { community_file::hidden_policy(cx) } else { Ok(false) };
    let found = match Outcome::known(community_file::find(cx, NAME, inherit)?) {
        Ok(found) => found,
        Err(outcome) => return Ok(outcome),
    };
    let Some(found) = found else {
        if hidden? {
            let reason =
                "GitHub says that a security policy is in force, but no SECURITY.md is to be seen with this token";
            return Ok(Outcome::unknown(reason, Some(READ)));
        }
        let own = if inherit { "" } else { " of its own" };
        return Ok(mend(desired, cx, &required, None, format!("there is no {NAME}{own}")));
    };
    let fault = match fault(cx, &found, &required)? {
        Ok(fault) => fault,
        Err(outcome) => return Ok(outcome),
    };
    let name = if found.inherited { format!("the organisation's {}", found.address()) } else { found.path.clone() };
    Ok(match fault {
        None => Outcome::Compliant { observed: observed(Some(&found), None), desired: desired.to_json() },
        Some(Fault::Odd(what)) => violation(desired, Some(&found), format!("{name} {what}")),
        Some(Fault::Text(what)) if found.inherited => violation(
            desired,
            Some(&found),
            format!("{name} {what}; mend it there, or give the repository a {NAME} of its own"),
        ),
        Some(Fault::Text(what)) => mend(desired, cx, &required, Some(&found), format!("{name} {what}")),
    })
}

/// Why a file does not do, as a phrase after its name.
enum Fault {
    /// It is not a file that could be judged or overwritten.
    Odd(String),
    /// Something is missing in its text.
    Text(String),
}

fn fault(
    cx: &Context<'_>,
    found: &Found<'_>,
    required: &Required<'_>,
) -> Result<Result<Option<Fault>, Outcome>, Pending> {
    let too_large =
        || Outcome::unknown(format!("{} is over 1 MiB, which GitHub does not show whole", found.address()), None);
    if let Some(oddity) = found.oddity() {
        return Ok(Ok(Some(Fault::Odd(format!("is {oddity}, which GitHub does not take for a policy")))));
    }
    if found.entry.size.is_some_and(|size| size > LARGEST) {
        return Ok(Err(too_large()));
    }
    // A text is fetched only where something must stand in it.
    if required.contact.is_none() && required.contains.is_empty() {
        return Ok(Ok(None));
    }
    Ok(match Outcome::known(cx.blob_of(found.repo, &found.entry.oid)?) {
        Err(outcome) => Err(outcome),
        Ok(Blob::TooLarge(_)) => Err(too_large()),
        Ok(Blob::Binary(_)) => Ok(Some(Fault::Text("is not a text".into()))),
        Ok(Blob::Text(text)) => Ok(required.missing(text, |pattern| regex(cx, pattern)).map(Fault::Text)),
    })
}

/// A compiled pattern; each is compiled once for all repositories.
fn regex(cx: &Context<'_>, pattern: &str) -> Option<Rc<Regex>> {
    let kept = cx.memo("security_policy patterns", RefCell::<BTreeMap<String, Option<Rc<Regex>>>>::default);
    let mut kept = kept.borrow_mut();
    kept.entry(pattern.to_owned()).or_insert_with(|| text::compile(pattern).ok().map(Rc::new)).clone()
}

/// The remedy for a missing policy, or for a failing one of the repository's own: a pull request if there is a template that would do.
fn mend(
    desired: &Desired,
    cx: &Context<'_>,
    required: &Required<'_>,
    found: Option<&Found<'_>>,
    message: String,
) -> Outcome {
    let Some(leaf) = desired.leaf("template") else {
        return violation(desired, found, message);
    };
    let Some(bytes) = &leaf.rendered else {
        return violation(desired, found, format!("{message}, and the template has no content"));
    };
    let fault = match std::str::from_utf8(bytes) {
        _ if bytes.len() as u64 > LARGEST => Some("is over 1 MiB".to_owned()),
        Err(_) => Some("is not a text".to_owned()),
        Ok(text) => required.missing(text, |pattern| regex(cx, pattern)),
    };
    if let Some(fault) = fault {
        let template = desired.text("template").unwrap_or_default();
        return violation(
            desired,
            found,
            format!("{message}, and would not be mended: the template {template} {fault}"),
        );
    }
    let path = found.map_or_else(|| NAME.to_owned(), |found| found.path.clone());
    let oid = blob_oid(bytes);
    let mut before = observed(found, Some(&message));
    if let (Some(found), Value::Object(before)) = (found, &mut before) {
        // What would be overwritten: a plan made from another text is out of date.
        before.insert("oid".into(), json!(found.entry.oid));
    }
    Outcome::Differs(Box::new(Difference {
        before,
        after: json!({"file": path, "inherited": false, "problem": null, "oid": oid}),
        action: if found.is_some() { Action::Update } else { Action::Create },
        effect: Effect::Tightening,
        deletes: false,
        moves: Vec::new(),
        writes: vec![Write::File(FileWrite {
            path,
            content: Some(Arc::clone(bytes)),
            oid: Some(oid),
            delivery: Delivery::PullRequest,
        })],
        restricted: None,
    }))
}

fn violation(desired: &Desired, found: Option<&Found<'_>>, message: String) -> Outcome {
    let observed = observed(found, Some(&message));
    Outcome::Violation { message, observed, desired: desired.to_json() }
}

/// The policy in force as plans tell it; null where there is none.
fn observed(found: Option<&Found<'_>>, problem: Option<&str>) -> Value {
    found
        .map_or(Value::Null, |found| json!({"file": found.address(), "inherited": found.inherited, "problem": problem}))
}

#[cfg(test)]
mod tests;
