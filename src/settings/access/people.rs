//! People by their logins: compared without case, spelt as GitHub spells them, and looked up where GitHub has not named them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    model::{Login, Permission, Problem, Reading},
    settings::{Context, Outcome, Pending, RestRead},
};

/// The permission to read who belongs to an organisation.
pub(super) const MEMBERS: &str = "members:read";

/// A set of people.
pub(super) type People = BTreeSet<Login>;

/// The people of a policy's list. What could not be a login was refused when the policy was read.
pub(super) fn wanted(texts: &[&str]) -> People {
    texts.iter().filter_map(|text| Login::new(text.trim_start_matches('@')).ok()).collect()
}

/// The login of an item of GitHub's lists; items that name nobody (an invitation by mail) have none.
pub(super) fn login(item: &Value) -> Option<Login> {
    Login::new(item.get("login")?.as_str()?).ok()
}

/// The people of one of GitHub's lists.
pub(super) fn logins<'v>(items: impl IntoIterator<Item = &'v Value>) -> People {
    items.into_iter().filter_map(login).collect()
}

/// A set of people as plans show it.
pub(super) fn shown(people: &People) -> Value {
    json!(people.iter().map(Login::as_str).collect::<Vec<_>>())
}

/// People in a sentence: `@a, @b`.
pub(super) fn in_words(people: &People) -> String {
    people.iter().map(|login| format!("@{login}")).collect::<Vec<_>>().join(", ")
}

/// Whether a login is that of the token's owner. Nobody where GitHub did not say who that is: an App is no member.
pub(super) fn is_caller(cx: &Context<'_>, login: &str) -> Result<bool, Pending> {
    Ok(cx.viewer()?.value().is_some_and(|caller| caller.eq_ignore_ascii_case(login)))
}

/// The items of a list that every token with the permission is shown: 404 means that this one may not see it.
pub(super) fn list<'a>(answer: Reading<Option<&'a Value>>, permission: &str, what: &str) -> Reading<&'a [Value]> {
    answer.and_then(|body| match body.and_then(Value::as_array) {
        Some(items) => Reading::known(items.as_slice()),
        None => Reading::lacking(format!("GitHub shows no {what}"), Permission::from(permission)),
    })
}

/// The owners of the organisation. Every organisation has one, and outsiders are shown only people who show themselves: an empty
/// list is no answer.
pub(super) fn owners<'a>(cx: &Context<'a>) -> Result<Reading<&'a [Value]>, Pending> {
    let answer = cx.org_rest(RestRead::list("members?role=admin", MEMBERS))?;
    let some = answer.map(|body| body.filter(|body| body.as_array().is_some_and(|list| !list.is_empty())));
    Ok(list(some, MEMBERS, "owners"))
}

/// Its members who are no owners.
pub(super) fn plain_members<'a>(cx: &Context<'a>) -> Result<Reading<&'a [Value]>, Pending> {
    Ok(list(cx.org_rest(RestRead::list("members?role=member", MEMBERS))?, MEMBERS, "members"))
}

/// Those of some people who have a GitHub account, spelt as GitHub spells them, and those who have none.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) there: People,
    pub(super) nobody: People,
}

/// Looks up people whom none of GitHub's lists named.
pub(super) fn resolve(cx: &Context<'_>, people: &People) -> Result<Result<Resolved, Outcome>, Pending> {
    let answers: Vec<_> = people
        .iter()
        .map(|login| (login, cx.org_rest(RestRead::document(format!("/users/{}", login.folded()), "metadata:read"))))
        .collect();
    let mut resolved = Resolved::default();
    for (name, answer) in answers {
        match Outcome::known(answer?) {
            Err(outcome) => return Ok(Err(outcome)),
            Ok(None) => resolved.nobody.insert(name.clone()),
            Ok(Some(user)) => resolved.there.insert(login(user).unwrap_or_else(|| name.clone())),
        };
    }
    Ok(Ok(resolved))
}

/// What to say of logins that nobody has.
pub(super) fn unknown_people(nobody: &People) -> String {
    let (verb, it) = if nobody.len() == 1 { ("is", "it") } else { ("are", "them") };
    format!("{} {verb} nobody on GitHub; look whether {it} is misspelt, renamed or gone", in_words(nobody))
}

/// The logins of a list that could not be anybody's.
pub(super) fn check_logins(value: &Value, path: &str) -> Vec<Problem> {
    let texts = value.get(path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let bad = texts.filter(|text| !text.contains("{{") && Login::new(text.trim_start_matches('@')).is_err());
    bad.map(|text| Problem {
        path: path.to_owned(),
        message: format!("`{text}` is no login"),
        help: Some("a login has letters, digits and `-` only".to_owned()),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_compared_without_case_and_keep_theirs() {
        let wanted = wanted(&["OctoCat", "@hubot"]);
        let told =
            logins(&[json!({"login": "octocat"}), json!({"login": "Hubot"}), json!({"login": null, "email": "a@b.c"})]);
        assert_eq!(wanted, told);
        assert_eq!(in_words(&told), "@Hubot, @octocat");
    }

    #[test]
    fn what_is_no_login_is_said() {
        let problems = check_logins(&json!({"members": ["ok-1", "a b", "{{ vars.x }}"]}), "members");
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("`a b`"));
    }
}
