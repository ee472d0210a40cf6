//! `ordain explain`

mod told;

use std::collections::BTreeMap;

use clap::ValueEnum;

use super::{
    Exit, Failed,
    options::{ScopeArgs, SourceArgs},
    rounds,
    session::{self, MOST_ROUNDS, Session, Source},
    ui::Ui,
};
use crate::{
    github::add_permission,
    model::{Desired, NodeId, Org, RepoName, RepoPattern, Scope},
    plan::{Judged, names},
    render::{
        self,
        explain::{ExplainedSetting, Explanation, Unmanaged},
    },
    settings::{self, Context, Memo, Notes, Observed, ReadKey, Setting},
};

/// Say of one repository (or organisation) which rule and line decide each setting, what is observed and desired, the
/// verdict and why.
#[derive(Debug, clap::Args)]
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
    let mut needs = loaded.reads();
    // What is explained without a rule must be readable too.
    for scope in [Scope::Repo, Scope::Org] {
        let asked = args.key.as_deref().and_then(|key| settings::find(scope, key.split('.').next().unwrap_or(key)));
        asked.iter().flat_map(|setting| setting.meta().reads).for_each(|one| add_permission(&mut needs, one));
    }
    let source = Source::open(args.source.snapshot.as_ref(), &args.scope.cache, needs, ui)?;
    let mut session = session::observe(&loaded, &filters, &source, ui).await?;
    let targets = targets(&about, &session)?;
    let plan = session.plan(&loaded, &source, crate::plan::RunLimits::default(), true);
    let mut out = String::new();
    for target in targets {
        let mut explanation = explanation(&target, &session);
        if let Some(key) = &args.key
            && explanation.settings.is_empty()
        {
            explanation.unmanaged = Some(unmanaged(key, &target, &mut session, &source, ui).await);
            ui.clear();
        }
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
    let explained = explained_all(&settings, session);
    let named = |one: &ExplainedSetting| {
        let places = one.sources.iter().chain(&one.overridden);
        places.map(|place| place.rule.clone()).collect::<Vec<_>>()
    };
    let mut rules: Vec<String> = explained.iter().flat_map(named).collect();
    rules.sort();
    rules.dedup();
    Explanation {
        target: target.to_owned(),
        facts: facts(target, session),
        rules,
        settings: explained,
        unmanaged: None,
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
        let setting = settings::find(judged.meta.shape.scope, judged.desired.key);
        let target = (&judged.target.org, judged.target.node());
        let mut one =
            told::explained(judged, &setting.map(|setting| asked(setting, judged, session)).unwrap_or_default());
        if last != Some(judged.desired.setting()) {
            let notes = Notes::default();
            let told =
                setting.and_then(|setting| notes_of(setting, &judged.desired, target, &session.observed, &notes));
            one.notes = told.unwrap_or_default();
        }
        last = Some(judged.desired.setting());
        told.push(one);
    }
    told
}

/// What the setting tells itself; nothing where answers are missing, which `notes` then names.
fn notes_of(
    setting: &dyn Setting,
    desired: &Desired,
    (org, node): (&Org, Option<&NodeId>),
    observed: &Observed,
    notes: &Notes,
) -> Option<Vec<String>> {
    let memo = Memo::default();
    setting.explain(desired, &context(observed, (org, node), notes, &memo)?).ok()
}

fn context<'o>(
    observed: &'o Observed,
    (org, node): (&'o Org, Option<&NodeId>),
    notes: &'o Notes,
    memo: &'o Memo,
) -> Option<Context<'o>> {
    let org_observed = observed.orgs.get(org)?;
    let subject = node.and_then(|id| org_observed.repo(id));
    Some(Context { observed, org, org_observed, subject, notes, memo, gates: None })
}

/// What was asked to judge it.
fn asked(setting: &dyn Setting, judged: &Judged, session: &Session<'_>) -> Vec<ReadKey> {
    let (notes, memo) = (Notes::tracing(), Memo::default());
    let target = (&judged.target.org, judged.target.node());
    if let Some(cx) = context(&session.observed, target, &notes, &memo) {
        let _ = setting.judge(&judged.desired, &cx);
    }
    notes.asked.map(|asked| asked.into_inner().into_iter().collect()).unwrap_or_default()
}

/// A setting that no rule gives to the target: what it tells itself all the same, such as what protects a branch.
async fn unmanaged(key: &str, target: &str, session: &mut Session<'_>, source: &Source, ui: &Ui) -> Unmanaged {
    let (org, name) = target.split_once('/').map_or((target, None), |(org, name)| (org, Some(name)));
    let scope = if name.is_some() { Scope::Repo } else { Scope::Org };
    let mut told = Unmanaged { setting: key.to_owned(), message: told::unmanaged(key, scope), notes: Vec::new() };
    let found =
        settings::SETTINGS.iter().find(|one| one.meta().shape.scope == scope && names(one.meta().shape.key, key));
    let (Some(setting), Ok(org)) = (found, Org::new(org)) else { return told };
    let node = name.and_then(|name| {
        let repo = session.observed.orgs.get(&org)?.named(&RepoName::new(name).ok()?)?;
        Some(repo.repository.node_id.clone())
    });
    let desired = Desired { key: setting.meta().shape.key, name: None, fields: BTreeMap::new() };
    for _ in 0..MOST_ROUNDS {
        let notes = Notes::default();
        if let Some(lines) = notes_of(*setting, &desired, (&org, node.as_ref()), &session.observed, &notes) {
            told.notes = lines;
            return told;
        }
        let missing = notes.missing.into_inner();
        if missing.is_empty() {
            return told;
        }
        rounds::answer(missing, &mut session.observed, source, ui).await;
    }
    told
}
