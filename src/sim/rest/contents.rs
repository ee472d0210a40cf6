//! Files and folders of a branch.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Answer, Ctx, Reply, Spot, commits};
use crate::sim::branches::WORKFLOWS;
use crate::sim::git::{Blob, Entry, Signer};
use crate::sim::token::Level;

/// Routes `/repos/{owner}/{repo}/contents/{path}`.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, path: &str) -> Answer {
    match method {
        "GET" => read(ctx, spot, path),
        "PUT" => write(ctx, spot, path),
        "DELETE" => remove(ctx, spot, path),
        _ => Err(ctx.no_route()),
    }
}

fn read(ctx: &Ctx<'_>, spot: Spot, path: &str) -> Answer {
    ctx.need(spot, "contents", Level::Read)?;
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    if repo.is_empty() {
        return Err(Reply::error(404, "This repository is empty."));
    }
    let name = ctx.param("ref").unwrap_or("HEAD");
    let commit = commits::resolve(repo, name)
        .ok_or_else(|| Reply::error(404, &format!("No commit found for the ref {name}")))?;
    let entry = org.objects.at(&commit.tree, path).ok_or_else(Reply::not_found)?;
    let at = if name == "HEAD" { repo.default_branch() } else { name.to_owned() };
    if entry.kind() == "tree" {
        let lines = org.objects.trees.get(&entry.oid).into_iter().flatten();
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        return Ok(Reply::json(
            200,
            lines.map(|e| describe(ctx, spot, &format!("{prefix}{}", e.name), &at, e, false)).collect(),
        ));
    }
    Ok(Reply::json(200, describe(ctx, spot, path, &at, &entry, true)))
}

/// Returns GitHub's form of a file or folder; with `content` the text too.
fn describe(ctx: &Ctx<'_>, spot: Spot, path: &str, at: &str, entry: &Entry, content: bool) -> Value {
    let (url, full) = (ctx.repo_url(spot), ctx.full_name(spot));
    let own = format!("{url}/contents/{path}?ref={at}");
    let kind = if entry.kind() == "tree" { "dir" } else { "file" };
    let git = format!("{url}/git/{}/{}", if kind == "dir" { "trees" } else { "blobs" }, entry.oid);
    let html = format!("https://github.com/{full}/{}/{at}/{path}", if kind == "dir" { "tree" } else { "blob" });
    let download = (kind == "file").then(|| format!("https://raw.githubusercontent.com/{full}/{at}/{path}"));
    let mut out = json!({
        "name": path.rsplit('/').next().unwrap_or_default(), "path": path, "sha": entry.oid, "size": entry.size, "url": own,
        "html_url": html, "git_url": git, "download_url": download, "type": kind,
        "_links": {"self": own, "git": git, "html": html},
    });
    if let (true, Some(map)) = (content, out.as_object_mut()) {
        let (encoding, text) = match ctx.org(spot.o).bytes(&entry.oid) {
            Some(bytes) => ("base64", wrapped(bytes)),
            None => ("none", String::new()),
        };
        map.insert("encoding".to_owned(), json!(encoding));
        map.insert("content".to_owned(), json!(text));
    }
    out
}

/// Returns base64 in lines of sixty characters, as GitHub sends it.
pub(super) fn wrapped(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    text.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect()
}

/// Undoes base64 with line breaks.
pub(crate) fn unwrapped(text: &str) -> Option<Vec<u8>> {
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(bare).ok()
}

/// Refuses to write a workflow file without the permission for it.
pub(super) fn guard(ctx: &Ctx<'_>, spot: Spot, path: &str) -> Result<(), Reply> {
    ctx.need(spot, "contents", Level::Write)?;
    if path.starts_with(WORKFLOWS) { ctx.need(spot, "workflows", Level::Write) } else { Ok(()) }
}

/// What a write of one file is about: the branch, and the line that is there.
fn target(ctx: &Ctx<'_>, spot: Spot, path: &str) -> Result<(String, Option<Entry>), Reply> {
    guard(ctx, spot, path)?;
    if path.is_empty() {
        return Err(Reply::error(422, "path contains a malformed path component"));
    }
    let (org, repo) = (ctx.org(spot.o), ctx.repo(spot));
    let branch = ctx.text("branch")?.unwrap_or_else(|| repo.default_branch());
    let branch = branch.trim_start_matches("refs/heads/").to_owned();
    let head = repo.refs.get(&format!("refs/heads/{branch}")).and_then(|oid| repo.commits.get(oid));
    if head.is_none() && !repo.is_empty() {
        return Err(Reply::error(404, &format!("Branch {branch} not found")));
    }
    let old = head.and_then(|c| org.objects.at(&c.tree, path));
    if old.as_ref().is_some_and(|e| e.kind() == "tree") {
        return Err(Reply::error(422, &format!("{path} is a directory")));
    }
    Ok((branch, old))
}

fn check_sha(ctx: &Ctx<'_>, path: &str, old: Option<&Entry>) -> Result<(), Reply> {
    match (ctx.text("sha")?, old) {
        (None, Some(_)) => Err(Reply::error(422, "Invalid request.\n\n\"sha\" wasn't supplied.")),
        (Some(sha), Some(entry)) if sha != entry.oid => Err(Reply::error(409, &format!("{path} does not match {sha}"))),
        (Some(sha), None) => Err(Reply::error(409, &format!("{path} does not match {sha}"))),
        (Some(_), Some(_)) | (None, None) => Ok(()),
    }
}

fn write(ctx: &mut Ctx<'_>, spot: Spot, path: &str) -> Answer {
    let message = ctx.required("message")?;
    let content = ctx.required("content")?;
    let (branch, old) = target(ctx, spot, path)?;
    let bytes = unwrapped(&content).ok_or_else(|| Reply::error(422, "content is not valid Base64"))?;
    check_sha(ctx, path, old.as_ref())?;
    let status = if old.is_some() { 200 } else { 201 };
    commit(ctx, spot, &branch, (path, Some(bytes)), &message, status)
}

fn remove(ctx: &mut Ctx<'_>, spot: Spot, path: &str) -> Answer {
    let message = ctx.required("message")?;
    ctx.required("sha")?;
    let (branch, old) = target(ctx, spot, path)?;
    if old.is_none() {
        return Err(Reply::not_found());
    }
    check_sha(ctx, path, old.as_ref())?;
    commit(ctx, spot, &branch, (path, None), &message, 200)
}

/// Makes the commit; GitHub signs it unless the request names an author or committer of its own.
fn commit(
    ctx: &mut Ctx<'_>,
    spot: Spot,
    branch: &str,
    (path, bytes): (&str, Option<Vec<u8>>),
    message: &str,
    status: u16,
) -> Answer {
    let stamp = ctx.world.stamp();
    let own = |key: &str| {
        let given = ctx.body.get(key)?;
        let text = |k: &str| given.get(k).and_then(Value::as_str).map(str::to_owned);
        Some(Signer {
            name: text("name")?,
            email: text("email")?,
            login: None,
            date: text("date").unwrap_or_else(|| stamp.clone()),
        })
    };
    let signed = own("author").is_none() && own("committer").is_none();
    let author = own("author").or_else(|| own("committer")).unwrap_or_else(|| Signer::of(&ctx.token.actor(), &stamp));
    let files = [(path.to_owned(), bytes)];
    let oid =
        ctx.world.commit_to(spot.o, spot.r, branch, &files, message, &author, signed).ok_or_else(Reply::not_found)?;
    let made = ctx.repo(spot).commits.get(&oid).ok_or_else(Reply::not_found)?;
    let entry = ctx.org(spot.o).objects.at(&made.tree, path);
    let content = entry.map(|e| describe(ctx, spot, path, branch, &e, false));
    let body = json!({"content": content, "commit": commits::git_commit(ctx, spot, made)});
    Ok(Reply::json(status, body))
}

impl Ctx<'_> {
    /// Whether the bytes of a blob were not kept.
    pub(super) fn unknown_bytes(&self, o: usize, oid: &str) -> bool {
        matches!(self.org(o).objects.blobs.get(oid), Some(Blob::TooLarge | Blob::Binary))
    }
}
