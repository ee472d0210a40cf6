//! `ordain doctor`: which permissions the policy needs, and which the credential has.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use serde_json::json;

use super::{
    Exit, Failed,
    options::{CacheArgs, PolicyArgs},
    session::{self, Loaded, Session, Source},
    ui::Ui,
};
use crate::{
    github::Permissions,
    model::{Org, Verdict},
    observe::Observer,
    plan::Filters,
    render::{
        self,
        doctor::{Examination, Needed, Standing},
    },
    settings::{self, permissions},
};

/// Say which permissions the policy needs to plan and to apply, whether the credential has them, and how to get them. Only reads.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    cache: CacheArgs,
    /// Print the manifest of a GitHub App that may do just what is needed to plan, or to apply; nothing is asked of GitHub.
    #[arg(long, value_enum, value_name = "plan|apply")]
    manifest: Option<Purpose>,
    /// The format on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: DoctorFormat,
}

/// What an App is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Purpose {
    Plan,
    Apply,
}

/// The formats of the examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DoctorFormat {
    Text,
    Json,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.policy, ui)?;
    if let Some(purpose) = args.manifest {
        let needs = if purpose == Purpose::Plan { loaded.reads() } else { loaded.reads_and_writes() };
        ui.print(&manifest(purpose, &needs)?);
        return Ok(Exit::Done);
    }
    let source = Source::open(None, &args.cache, loaded.reads_and_writes(), ui)?;
    let filters = Filters::default();
    let session = session::observe(&loaded, &filters, &source, ui).await?;
    let Source::Github(observer) = &source else { return Ok(Exit::Done) };
    let examination = examine(&loaded, &session, observer).await;
    ui.clear();
    ui.print(&match args.format {
        DoctorFormat::Text => render::doctor::text(&examination, &ui.style()),
        DoctorFormat::Json => format!("{}\n", serde_json::to_string_pretty(&examination)?),
    });
    let missing = examination.needed.iter().any(|one| one.standing == Standing::Missing);
    Ok(if missing { Exit::Incomplete } else { Exit::Done })
}

fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Plan => "plan",
        Purpose::Apply => "apply",
    }
}

/// GitHub's page "Registering a GitHub App from a manifest".
fn manifest(purpose: Purpose, needs: &Permissions) -> Result<String, Failed> {
    let manifest = json!({
        "name": format!("ordain {}", name(purpose)),
        "url": "https://github.com",
        "public": false,
        "hook_attributes": {"url": "https://github.com", "active": false},
        "default_permissions": needs,
        "default_events": [],
    });
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

/// GitHub's page "Registering a GitHub App using URL parameters".
fn link(org: &Org, purpose: Purpose, needs: &Permissions) -> String {
    let each: Vec<String> = needs.iter().map(|(name, level)| format!("{name}={level}")).collect();
    format!(
        "https://github.com/organizations/{org}/settings/apps/new?name=ordain-{}&public=false&webhook_active=false&{}",
        name(purpose),
        each.join("&")
    )
}

async fn examine(loaded: &Loaded, session: &Session<'_>, observer: &Observer) -> Examination {
    let (reads, all) = (loaded.reads(), loaded.reads_and_writes());
    let orgs = &loaded.policy.config.orgs;
    let (lacking, tried) = (lacking(session), tried(session));
    let (mut needed, mut notes) = (Vec::new(), Vec::new());
    let mut credential = String::new();
    for org in orgs {
        let granted = observer.client().permissions(org).await;
        let scopes = scopes(observer, org).await;
        credential = match (&granted, &scopes) {
            (Some(_), _) => "a GitHub App".to_owned(),
            (None, Some(scopes)) => format!("a classic token with the scopes {scopes}"),
            (None, None) => "a token whose permissions GitHub does not tell; what can be read was tried".to_owned(),
        };
        let besides = all.iter().filter(|(permission, level)| reads.get(*permission) != Some(*level));
        for ((permission, level), for_what) in
            reads.iter().map(|one| (one, "plan")).chain(besides.map(|one| (one, "apply")))
        {
            let text = format!("{permission}:{level}");
            let standing = match &granted {
                Some(granted) if is_enough(granted.get(permission), level) => Standing::There,
                Some(_) => Standing::Missing,
                None if lacking.contains(&(org.clone(), text.clone())) => Standing::Missing,
                None if scopes.is_some() || tried.contains(&(org.clone(), text.clone())) => Standing::There,
                None => Standing::NotTold,
            };
            let settings = users(loaded, permission, level);
            needed.push(Needed { org: org.to_string(), permission: text, for_what, settings, standing });
        }
        if let Some(seen) = session.observed.orgs.get(org) {
            match &seen.error {
                Some(error) => notes.push(format!("{org} could not be listed: {}", error.reason)),
                None => notes.extend(administered(org, seen, granted.is_some())),
            }
        }
    }
    let create_app = orgs.first().map(|org| {
        BTreeMap::from([("plan", link(org, Purpose::Plan, &reads)), ("apply", link(org, Purpose::Apply, &all))])
    });
    Examination { credential, notes, needed, create_app: create_app.unwrap_or_default() }
}

/// What GitHub named when it refused something.
fn lacking(session: &Session<'_>) -> BTreeSet<(Org, String)> {
    let unknown = session.judged.iter().filter(|judged| judged.verdict == Verdict::Unknown);
    unknown.filter_map(|judged| Some((judged.target.org.clone(), judged.to_finding().permission?.0))).collect()
}

/// What settings that were judged are read with: it worked.
fn tried(session: &Session<'_>) -> BTreeSet<(Org, String)> {
    let known = session.judged.iter().filter(|judged| judged.verdict != Verdict::Unknown);
    let reads = known.flat_map(|judged| judged.meta.reads.iter().map(move |read| (judged, *read)));
    reads.map(|(judged, read)| (judged.target.org.clone(), read.to_owned())).collect()
}

/// The scopes of a classic token; none for others.
async fn scopes(observer: &Observer, org: &Org) -> Option<String> {
    let answer = observer.client().get(org, "/user").await.ok()?;
    let scopes = answer.headers.get("x-oauth-scopes")?.to_str().ok()?.trim().to_owned();
    (!scopes.is_empty()).then_some(scopes)
}

fn is_enough(granted: Option<&String>, level: &str) -> bool {
    let rank = |level: &str| ["read", "write", "admin"].iter().position(|one| *one == level).map_or(0, |at| at + 1);
    granted.is_some_and(|granted| rank(granted) >= rank(level))
}

/// How many repositories the token's owner administers, where that is not all.
fn administered(org: &Org, seen: &settings::OrgObserved, is_app: bool) -> Option<String> {
    let all = seen.repos.len();
    let own = seen.repos.iter().filter(|repo| repo.repository.can_administer() == Some(true)).count();
    (!is_app && own < all).then(|| {
        format!(
            "In {org} the token's owner administers {own} of {all} repositories; the others can be read in part only."
        )
    })
}

/// The settings of the policy that need a permission.
fn users(loaded: &Loaded, permission: &str, level: &str) -> Vec<String> {
    let wanted = format!("{permission}:{level}");
    let mut users: Vec<String> = loaded
        .policy
        .settings()
        .into_iter()
        .filter_map(|(scope, key)| settings::find(scope, key))
        .map(|setting| setting.meta())
        .filter(|meta| permissions(std::iter::once(*meta), true).contains(wanted.as_str()))
        .map(|meta| match meta.shape.scope {
            crate::model::Scope::Repo => meta.shape.key.to_owned(),
            crate::model::Scope::Org => format!("org {}", meta.shape.key),
        })
        .collect();
    users.dedup();
    users
}
