//! Classic branch protection, by branch or pattern. GitHub's rulesets are its successor.
//!
//! Read in bulk by GraphQL; a branch that is there is written by `PUT /repos/{owner}/{repo}/branches/{branch}/protection`, which
//! replaces the whole, patterns by GraphQL's mutations.

mod compare;
mod graphql;
mod read;
mod rest;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

pub(super) use read::{Rule, rules};

use super::{
    Context, Difference, GraphqlWrite, Judgement, Meta, Outcome, Pending, Phase, RestRead, RestWrite, Setting, Write,
    rulesets::{number_of_app, plan_is_free},
};
use crate::model::{Action, Desired, Effect, Field, Keyed, Kind, Problem, Reading, Scope, Shape, Tightens};
use compare::{differences, normal};

const fn switch(key: &'static str, tightens: Tightens, doc: &'static str) -> Field {
    Field { key, kind: Kind::Bool, doc, tightens }
}

const fn names(key: &'static str, doc: &'static str) -> Field {
    Field { key, kind: Kind::List(&Kind::Text), doc, tightens: Tightens::Judged }
}

const LISTS: &[Field] =
    &[names("users", "Logins."), names("teams", "Slugs of teams."), names("apps", "Slugs of apps.")];

const fn section(key: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { key, kind, doc, tightens: Tightens::Judged }
}

const CHECK: &[Field] = &[
    Field { key: "context", kind: Kind::Text, doc: "The name of the check.", tightens: Tightens::Judged },
    Field {
        key: "app_id",
        kind: Kind::Either(&[Kind::Text, Kind::Integer { min: -1, max: i64::MAX }]),
        doc: "Which app must set it: `\"app:SLUG\"`, a number, or -1 for any.",
        tightens: Tightens::Judged,
    },
];

const CHECKS: Kind = Kind::Either(&[
    Kind::Bool,
    Kind::Table(&[
        switch("strict", Tightens::True, "Whether a branch must be up to date before it is merged."),
        Field {
            key: "checks",
            kind: Kind::List(&Kind::Table(CHECK)),
            doc: "The checks, the whole list. Where one does not say which app must set it, GitHub's app stays.",
            tightens: Tightens::Judged,
        },
        names("contexts", "The same by name only."),
    ]),
]);

const REVIEWS: Kind = Kind::Either(&[
    Kind::Bool,
    Kind::Table(&[
        switch("dismiss_stale_reviews", Tightens::True, "Whether a push takes approvals away."),
        switch("require_code_owner_reviews", Tightens::True, "Whether code owners must approve."),
        Field {
            key: "required_approving_review_count",
            kind: Kind::Integer { min: 0, max: 6 },
            doc: "How many must approve.",
            tightens: Tightens::Judged,
        },
        switch(
            "require_last_push_approval",
            Tightens::True,
            "Whether somebody else than the last to push must approve.",
        ),
        section(
            "dismissal_restrictions",
            Kind::Either(&[Kind::Bool, Kind::Table(LISTS)]),
            "Who may dismiss reviews; `false`: everybody who may push.",
        ),
        section("bypass_pull_request_allowances", Kind::Table(LISTS), "Who needs no pull request."),
    ]),
]);

static META: Meta = Meta {
    shape: Shape {
        key: "branch_protection",
        scope: Scope::Repo,
        keyed: Some(Keyed { what: "branch or pattern", name: Kind::Text, prune: false }),
        kind: Kind::Table(&[
            section("required_status_checks", CHECKS, "Checks that must pass; `false`: none."),
            switch("enforce_admins", Tightens::True, "Whether administrators are held too."),
            section("required_pull_request_reviews", REVIEWS, "Reviews that a pull request needs; `false`: none."),
            section(
                "restrictions",
                Kind::Either(&[Kind::Bool, Kind::Table(LISTS)]),
                "Who may push; `false`: everybody who may write.",
            ),
            switch("required_linear_history", Tightens::True, "Whether merge commits are refused."),
            switch("allow_force_pushes", Tightens::False, "Whether history may be overwritten."),
            switch("allow_deletions", Tightens::False, "Whether the branch may be deleted."),
            switch("block_creations", Tightens::True, "Whether `restrictions` hold for new branches too."),
            switch("required_conversation_resolution", Tightens::True, "Whether all conversations must be resolved."),
            switch("lock_branch", Tightens::True, "Whether the branch is read-only."),
            switch("allow_fork_syncing", Tightens::False, "Whether a locked branch may still be synced with its upstream."),
            switch("required_signatures", Tightens::True, "Whether commits must be signed."),
        ]),
        tightens: Tightens::Judged,
        extra: &[],
        parts: &[],
        check,
    },
    title: "Classic branch protection",
    docs: "A rule of classic branch protection, by its branch or pattern. Rulesets are its successor: `ordain explain REPO protected` \
prints one that is equal.

Only the declared fields are held. GitHub's call replaces the whole rule, so ordain reads it whole, lays what is declared over it \
and sends it again: what the policy does not name stays, also which app must set a check (GitHub would bind one without an app to \
whichever app has set it last). Rules for patterns, and for branches that are not there yet, are written by GraphQL.

A rule for a branch beats all patterns: making one where a pattern held before loosens, if the pattern was stricter. Names of \
people, teams and apps are without case. GitHub Free has no protected branches in private repositories.",
    example: "[repo.branch_protection.main]\nenforce_admins = true\nallow_force_pushes = false\nallow_deletions = false\n\
              [repo.branch_protection.main.required_status_checks]\nstrict = true\n\
              checks = [{ context = \"test\", app_id = \"app:github-actions\" }]\n\
              [repo.branch_protection.main.required_pull_request_reviews]\nrequired_approving_review_count = 1\n\
              [repo.branch_protection.\"release/*\"]\nrequired_linear_history = true\n",
    reads: &[read::READS, "metadata:read", "contents:read"],
    writes: &["administration:write"],
    calls: &[
        (
            "every field of a branch",
            "PUT /repos/{owner}/{repo}/branches/{branch}/protection; of a pattern: createBranchProtectionRule, updateBranchProtectionRule",
        ),
        (
            "required_signatures",
            "POST or DELETE /repos/{owner}/{repo}/branches/{branch}/protection/required_signatures",
        ),
    ],
    controls: &["OSPS AC-03.01", "OSPS AC-03.02", "Scorecard Branch-Protection"],
    phase: Phase::Configure,
    after: &[],
    late: false,
};

/// The setting.
pub struct BranchProtection;

impl Setting for BranchProtection {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, desired: &Desired, cx: &Context<'_>) -> Result<Vec<Judgement>, Pending> {
        Ok(vec![judge(desired, cx)?.whole()])
    }
}

fn check(value: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let path = "required_status_checks.checks";
    let checks = &value["required_status_checks"];
    if checks.get("checks").is_some() && checks.get("contexts").is_some() {
        let help = Some("leave out `contexts`".to_owned());
        problems.push(Problem {
            path: path.to_owned(),
            message: "`checks` and `contexts` set the same thing".to_owned(),
            help,
        });
    }
    for one in checks["checks"].as_array().into_iter().flatten() {
        if one.get("context").is_none() {
            let message = "a check needs its `context`".to_owned();
            problems.push(Problem { path: path.to_owned(), message, help: None });
        }
        if one.get("app_id").and_then(Value::as_str).is_some_and(|app| !app.starts_with("app:")) {
            let help = Some("write `app_id = \"app:SLUG\"` or a number".to_owned());
            problems.push(Problem { path: path.to_owned(), message: "the app is not named".to_owned(), help });
        }
    }
    problems
}

/// Whether the name is a pattern.
fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[', '\\'])
}

fn declares_lists(value: &Value) -> bool {
    let lists = |value: &Value| ["users", "teams", "apps"].iter().any(|key| value.get(key).is_some());
    let reviews = &value["required_pull_request_reviews"];
    lists(&value["restrictions"])
        || lists(&reviews["dismissal_restrictions"])
        || reviews.get("bypass_pull_request_allowances").is_some()
}

fn judge(desired: &Desired, cx: &Context<'_>) -> Result<Outcome, Pending> {
    let name = desired.name.as_deref().unwrap_or_default();
    let told = desired.to_json();
    let public = cx.repository()?.is_public();
    let free = (!public).then(|| plan_is_free(cx));
    let lists = declares_lists(&told);
    let rules = rules(cx, lists);
    let wanted = with_numbers(&told, cx);
    if free.transpose()? == Some(true) {
        let why = "on GitHub Free, private repositories have no protected branches";
        return Ok(Outcome::NotApplicable(why.to_owned()));
    }
    let rules = match Outcome::known(rules?) {
        Err(outcome) => return Ok(outcome),
        Ok(rules) => rules,
    };
    let wanted = match Outcome::known(wanted?) {
        Err(outcome) => return Ok(outcome),
        Ok(wanted) => wanted,
    };
    let rule = rules.iter().find(|rule| rule.pattern == name);
    if rule.is_some_and(|rule| lists && rule.forced_by_some.is_none()) {
        let why = "the repository protects more than ten patterns, and who is exempt from this one was not told";
        return Ok(Outcome::unknown(why, None));
    }
    let blank = blank();
    let found = differences(rule.map_or(&blank, |rule| &rule.fields), &wanted);
    if rule.is_some() && found.before.is_empty() {
        return Ok(Outcome::Compliant { observed: json!(wanted), desired: json!(wanted) });
    }
    let change = Change { name, rule, wanted: &wanted, found: &found, told: &told };
    let writes = match Outcome::known(change.writes(cx)?) {
        Err(outcome) => return Ok(outcome),
        Ok(writes) => writes,
    };
    Ok(Outcome::Differs(Box::new(change.difference(&rules, &blank, writes))))
}

/// A rule in which nothing is on.
fn blank() -> Map<String, Value> {
    let switches = read::SWITCHES.iter().map(|(key, _)| *key);
    let sections = ["required_status_checks", "required_pull_request_reviews", "restrictions"];
    switches.chain(sections).map(|key| (key.to_owned(), json!(false))).collect()
}

/// A rule that is to be made or changed.
struct Change<'a> {
    name: &'a str,
    rule: Option<&'a Rule>,
    wanted: &'a Map<String, Value>,
    found: &'a compare::Differences,
    /// The policy's own value, in which apps are named.
    told: &'a Value,
}

impl Change<'_> {
    fn difference(&self, rules: &[Rule], blank: &Map<String, Value>, writes: Vec<Write>) -> Difference {
        let (action, before, after, effect) = match self.rule {
            Some(_) => (Action::Update, json!(self.found.before), json!(self.found.after), self.found.effect),
            None => (Action::Create, Value::Null, json!(self.wanted), self.effect_of_making(rules, blank)),
        };
        Difference { before, after, action, effect, deletes: false, moves: Vec::new(), writes, restricted: None }
    }

    /// A rule for a branch takes it out of the pattern that held before.
    fn effect_of_making(&self, rules: &[Rule], blank: &Map<String, Value>) -> Effect {
        let held = rules.iter().filter(|rule| is_pattern(&rule.pattern) && !is_pattern(self.name));
        let held = held.filter(|rule| super::protected::fits(&rule.pattern, self.name)).min_by_key(|rule| rule.number);
        let Some(held) = held else { return Effect::Tightening };
        let mut whole = blank.clone();
        whole.extend(self.wanted.clone());
        differences(&held.fields, &whole).effect
    }

    fn writes(&self, cx: &Context<'_>) -> Result<Reading<Vec<Write>>, Pending> {
        let exists = match is_pattern(self.name) {
            true => false,
            false => {
                let branch = cx.rest(RestRead::document(format!("branches/{}", self.name), "contents:read"))?;
                match branch {
                    Reading::Known { known } => known.is_some(),
                    other => return Ok(other.map(|_| Vec::new())),
                }
            }
        };
        if exists { self.by_rest(cx) } else { self.by_graphql(cx) }
    }

    fn by_rest(&self, cx: &Context<'_>) -> Result<Reading<Vec<Write>>, Pending> {
        let suffix = format!("branches/{}/protection", self.name);
        let path = cx.repo_path(&suffix)?;
        let mut writes = Vec::new();
        let changed = if self.rule.is_some() { &self.found.after } else { self.wanted };
        match self.rule {
            None => {
                let base = rest::blank();
                let changes = rest::changes(changed, &base);
                writes.push(Write::Rest(RestWrite::replacing("PUT", path.clone(), changes, base)));
            }
            Some(_) if changed.keys().any(|key| key != "required_signatures") => {
                let told = match cx.rest(RestRead::certain(suffix, read::READS))? {
                    Reading::Known { known } => known.cloned().unwrap_or(Value::Null),
                    other => return Ok(other.map(|_| Vec::new())),
                };
                let base = rest::base(&told);
                let changes = rest::changes(changed, &base);
                writes.push(Write::Rest(RestWrite::replacing("PUT", path.clone(), changes, base)));
            }
            Some(_) => {}
        }
        // Signatures have a call of their own, for which the rule must be there.
        match changed.get("required_signatures").and_then(Value::as_bool) {
            Some(on) if on || self.rule.is_some() => {
                let method = if on { "POST" } else { "DELETE" };
                writes.push(Write::Rest(RestWrite::bare(method, format!("{path}/required_signatures"))));
            }
            _ => {}
        }
        Ok(Reading::known(writes))
    }

    fn by_graphql(&self, cx: &Context<'_>) -> Result<Reading<Vec<Write>>, Pending> {
        let changed = if self.rule.is_some() { &self.found.after } else { self.wanted };
        let changed = with_slugs(changed, self.told);
        let repository = cx.repository()?.node_id.clone();
        Ok(graphql::input(&changed, self.rule, cx)?.map(|mut input| {
            let mutation = match self.rule {
                Some(rule) => {
                    input.insert("branchProtectionRuleId".to_owned(), json!(rule.id));
                    graphql::UPDATE
                }
                None => {
                    input.insert("repositoryId".to_owned(), json!(repository.as_str()));
                    input.insert("pattern".to_owned(), json!(self.name));
                    graphql::CREATE
                }
            };
            vec![Write::Graphql(GraphqlWrite { mutation, input: Value::Object(input) })]
        }))
    }
}

/// The declared fields in normal form, with `app_id = "app:SLUG"` as numbers.
fn with_numbers(told: &Value, cx: &Context<'_>) -> Result<Reading<Map<String, Value>>, Pending> {
    let mut wanted = match normal("", told) {
        Value::Object(wanted) => wanted,
        _ => Map::new(),
    };
    let checks = wanted.get_mut("required_status_checks").and_then(|section| section.get_mut("checks")?.as_array_mut());
    let Some(checks) = checks else { return Ok(Reading::known(wanted)) };
    let slug = |check: &Value| check["app_id"].as_str().map(|app| app.strip_prefix("app:").unwrap_or(app).to_owned());
    let asked: Vec<_> = checks.iter().map(|check| slug(check).map(|slug| number_of_app(&slug, cx))).collect();
    for (check, number) in checks.iter_mut().zip(asked) {
        match number {
            None => {}
            Some(number) => match number? {
                Reading::Known { known } => check["app_id"] = json!(known),
                other => return Ok(other.map(|_| Map::new())),
            },
        }
    }
    Ok(Reading::known(wanted))
}

/// Adds the slugs of apps to the checks, as GraphQL wants ids that only a slug leads to.
fn with_slugs(changed: &Map<String, Value>, told: &Value) -> Map<String, Value> {
    let mut changed = changed.clone();
    let named = told["required_status_checks"]["checks"].as_array().cloned().unwrap_or_default();
    let checks =
        changed.get_mut("required_status_checks").and_then(|section| section.get_mut("checks")?.as_array_mut());
    for check in checks.into_iter().flatten() {
        let same = named.iter().find(|one| one["context"] == check["context"]);
        let slug = same.and_then(|one| one["app_id"].as_str()).and_then(|app| app.strip_prefix("app:"));
        if let (Some(slug), Some(check)) = (slug, check.as_object_mut()) {
            check.insert("app".to_owned(), json!(slug));
        }
    }
    changed
}
