//! `ordain explain`

use clap::ValueEnum;

use super::{
    Exit, Failed,
    options::{ScopeArgs, SourceArgs},
    session::{self, Session, Source},
    ui::Ui,
};
use crate::{
    model::{Org, RepoName, RepoPattern},
    plan::Judged,
    render::{
        self,
        explain::{ExplainedGate, ExplainedSetting, ExplainedSource, Explanation},
    },
    settings::{self, Context, GateState, Memo, Notes},
};

/// Say of one repository (or organisation) which rule and line decide each setting, what is observed and desired, the
/// verdict and why.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ordain explain expressjs/cors\n  ordain explain expressjs/cors private_vulnerability_reporting\n  ordain explain expressjs code_security"
)]
pub(crate) struct Args {
    /// `ORG/REPO`, `REPO` where only one organisation has it, or `ORG`.
    #[arg(id = "target", value_name = "REPO")]
    target: String,
    /// Only this setting, whole or a start up to a dot.
    key: Option<String>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    source: SourceArgs,
    /// The format on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: ExplainFormat,
}

/// The formats of explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExplainFormat {
    Text,
    Json,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.scope.policy, ui)?;
    let mut filters = args.scope.filters(&loaded.policy.config.orgs)?;
    let about = about(&args.target, &loaded.policy.config.orgs)?;
    match &about {
        About::Org(org) => filters.orgs = vec![org.clone()],
        About::Repo(pattern) => {
            filters.orgs.retain(|org| pattern.matches_org(org));
            filters.repos = vec![pattern.clone()];
            if filters.orgs.is_empty() {
                filters.orgs =
                    loaded.policy.config.orgs.iter().filter(|org| pattern.matches_org(org)).cloned().collect();
            }
        }
    }
    if let Some(key) = &args.key {
        super::options::check_setting(key)?;
        filters.settings = vec![key.clone()];
    }
    let source = Source::open(args.source.snapshot.as_ref(), &args.scope.cache, loaded.reads(), ui)?;
    let session = session::observe(&loaded, &filters, &source, ui).await?;
    let targets = targets(&about, &session)?;
    let plan = session.plan(&loaded, &source, crate::plan::RunLimits::default(), true);
    let mut out = String::new();
    for target in targets {
        let explanation = explanation(&target, &session);
        out.push_str(&match args.format {
            ExplainFormat::Json => render::json::explanation(&explanation)?,
            ExplainFormat::Text => render::explain::text(&explanation, &ui.style()),
        });
    }
    ui.print(&out);
    Ok(if session::has_unknown(&plan, &args.scope, ui) { Exit::Incomplete } else { Exit::Done })
}

/// What is to be explained.
enum About {
    Org(Org),
    Repo(RepoPattern),
}

fn about(text: &str, orgs: &[Org]) -> Result<About, Failed> {
    if let Some(org) = orgs.iter().find(|org| org.as_str().eq_ignore_ascii_case(text)) {
        return Ok(About::Org(org.clone()));
    }
    let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
    RepoName::new(name)?;
    if let Some((org, _)) = text.split_once('/')
        && !orgs.iter().any(|one| one.as_str().eq_ignore_ascii_case(org))
    {
        let near = crate::diagnostics::nearest(org, orgs.iter().map(Org::as_str));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(Failed::msg(format!("{text}: the policy does not name the organisation `{org}`{hint}")));
    }
    RepoPattern::new(text).map(About::Repo).map_err(|why| Failed::msg(format!("{text}: {why}")))
}

/// The names of the targets: one, or an error that says which come near.
fn targets(about: &About, session: &Session<'_>) -> Result<Vec<String>, Failed> {
    let pattern = match about {
        About::Org(org) => return Ok(vec![org.to_string()]),
        About::Repo(pattern) => pattern,
    };
    let mut found = Vec::new();
    let mut all = Vec::new();
    for (org, seen) in &session.observed.orgs {
        for repo in &seen.repos {
            if pattern.matches(org, &repo.repository.name) {
                found.push(format!("{org}/{}", repo.repository.name));
            }
            all.push(repo.repository.name.to_string());
        }
    }
    if found.is_empty() {
        let wanted = pattern.to_string();
        let name = wanted.rsplit_once('/').map_or(wanted.as_str(), |(_, name)| name);
        let near = crate::diagnostics::nearest(name, all.iter().map(String::as_str));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let failed = session.observed.orgs.iter().filter(|(org, _)| pattern.matches_org(org));
        let failed =
            failed.filter_map(|(org, seen)| Some(format!("\n{org} was not listed: {}", seen.error.as_ref()?.reason)));
        let failed: String = failed.collect();
        return Err(Failed::msg(format!("there is no repository {wanted}, or the token may not see it{hint}{failed}")));
    }
    Ok(found)
}

fn explanation(target: &str, session: &Session<'_>) -> Explanation {
    let settings: Vec<&Judged> = session.judged.iter().filter(|judged| judged.target.name() == target).collect();
    let mut rules: Vec<String> = settings.iter().flat_map(|judged| judged.rules()).collect();
    rules.sort();
    rules.dedup();
    Explanation {
        target: target.to_owned(),
        facts: facts(target, session),
        rules,
        settings: explained_all(&settings, session),
    }
}

/// What rules can match on, in words.
fn facts(target: &str, session: &Session<'_>) -> Vec<String> {
    let Some((org, name)) = target.split_once('/') else { return Vec::new() };
    let found = Org::new(org).ok().zip(RepoName::new(name).ok());
    let Some(repo) = found.and_then(|(org, name)| session.observed.orgs.get(&org)?.named(&name)) else {
        return Vec::new();
    };
    let repository = &repo.repository;
    let mut facts = vec![repository.visibility.to_string()];
    for (holds, word) in
        [(repository.archived, "archived"), (repository.fork, "fork"), (repository.is_template, "template")]
    {
        if holds {
            facts.push(word.to_owned());
        }
    }
    facts.extend(repository.default_branch.as_ref().map(|branch| format!("default branch {branch}")));
    facts.extend(repository.language.clone());
    facts.extend(repository.license.as_ref().and_then(|license| license.spdx_id.clone()));
    if !repository.topics.is_empty() {
        facts.push(format!("topics: {}", repository.topics.join(", ")));
    }
    facts
}

/// Each setting, with what it tells itself at the first of its parts.
fn explained_all(settings: &[&Judged], session: &Session<'_>) -> Vec<ExplainedSetting> {
    let mut told = Vec::new();
    let mut last = None;
    for judged in settings {
        let mut one = explained(judged);
        if last != Some(judged.desired.setting()) {
            one.notes = notes(judged, session);
        }
        last = Some(judged.desired.setting());
        told.push(one);
    }
    told
}

fn notes(judged: &Judged, session: &Session<'_>) -> Vec<String> {
    let setting = settings::find(judged.meta.shape.scope, judged.desired.key);
    let Some((setting, org_observed)) = setting.zip(session.observed.orgs.get(&judged.target.org)) else {
        return Vec::new();
    };
    let cx = Context {
        observed: &session.observed,
        org: &judged.target.org,
        org_observed,
        subject: judged.target.node().and_then(|id| org_observed.repo(id)),
        notes: &Notes::default(),
        memo: &Memo::default(),
        gates: None,
    };
    setting.explain(&judged.desired, &cx).unwrap_or_default()
}

fn explained(judged: &Judged) -> ExplainedSetting {
    let (observed, desired) = judged.values();
    let finding = judged.to_finding();
    let gates = judged.gates.iter().map(|(gate, state)| ExplainedGate {
        gate: gate.to_string(),
        holds: *state == GateState::Holds,
        message: match state {
            GateState::Holds => String::new(),
            // The page says already that it does not hold.
            GateState::Closed(why) => why.strip_prefix(&format!("{gate} does not hold: ")).unwrap_or(why).to_owned(),
        },
    });
    ExplainedSetting {
        setting: judged.setting(),
        verdict: judged.verdict,
        message: judged.message.clone(),
        observed,
        desired,
        sources: sources(judged),
        overridden: Vec::new(),
        reason: judged.reason(),
        waiver: judged.waiver.as_deref().cloned(),
        gates: gates.collect(),
        permission: finding.permission,
        controls: judged.meta.controls.iter().map(|control| (*control).to_owned()).collect(),
        notes: Vec::new(),
        read: Vec::new(),
    }
}

fn sources(judged: &Judged) -> Vec<ExplainedSource> {
    let path = &judged.judgement.leaf;
    let below = |key: &str| path.is_empty() || key == path || key.starts_with(&format!("{path}."));
    let some = judged.desired.fields.keys().any(|key| below(key));
    let mut sources = Vec::new();
    for (field, leaf) in judged.desired.fields.iter().filter(|(key, _)| !some || below(key)) {
        for (at, source) in leaf.sources.iter().enumerate() {
            sources.push(ExplainedSource {
                rule: leaf.rules.get(at).or_else(|| leaf.rules.first()).cloned().unwrap_or_default(),
                source: source.clone(),
                field: field.clone(),
                value: leaf.value.clone(),
                note: None,
            });
        }
    }
    sources
}
