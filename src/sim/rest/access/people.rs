//! Accounts: those that the state lists under `users`, and every login that appears in it.

use serde_json::{Value, json};

use super::super::{Answer, Ctx, Reply, shapes};

/// Returns the account of a login, spelt as GitHub spells it.
pub(super) fn known(ctx: &Ctx<'_>, login: &str) -> Option<String> {
    ctx.world.accounts().find(|known| known.eq_ignore_ascii_case(login)).cloned().or_else(|| {
        let caller = ctx.token.actor();
        caller.eq_ignore_ascii_case(login).then_some(caller)
    })
}

/// `GET /users/{username}`
pub(in super::super) fn user(ctx: &Ctx<'_>, login: &str) -> Answer {
    let login = known(ctx, login).ok_or_else(Reply::not_found)?;
    let mut out = shapes::user(&ctx.base, &login);
    let more = json!({
        "name": login, "company": null, "blog": "", "location": null, "email": null, "hireable": null, "bio": null,
        "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0, "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    });
    if let (Some(out), Value::Object(more)) = (out.as_object_mut(), more) {
        out.extend(more);
    }
    Ok(Reply::json(200, out))
}
