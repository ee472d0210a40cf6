//! `ordain init`: a policy written from what the organisations have today. What holds is kept by a rule; what could be better is
//! only reported, so that the plan of the new policy changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Exit, Failed, disk,
    session::{self, Loaded, Session, Source},
    ui::Ui,
};
use crate::{
    model::{Org, Verdict},
    plan::{Filters, Judged, names},
    render::policy::{self, Proposal},
};

/// What is looked at.
const BASELINE: &str = include_str!("baseline.toml");

/// Write a policy from what the organisations have today. What holds is kept by a rule, exceptions are listed by name, and what
/// does not hold is a rule that only reports: the plan of the new policy changes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The organisations.
    #[arg(required = true, value_name = "ORG")]
    orgs: Vec<String>,
    /// A mail address that every security policy should name.
    #[arg(long, value_name = "MAIL")]
    contact: Option<String>,
    /// The folder to write; it must not be there yet, or be empty.
    #[arg(long, value_name = "DIR", default_value = "policy")]
    policy: PathBuf,
    /// Name and look at public repositories only, for a policy that others can read.
    #[arg(long)]
    public_only: bool,
    #[command(flatten)]
    source: super::options::SourceArgs,
    #[command(flatten)]
    cache: super::options::CacheArgs,
}

#[derive(Debug, Deserialize)]
struct Baseline {
    proposal: Vec<Proposed>,
}

/// A group of values that a rule could ask for.
#[derive(Debug, Deserialize)]
struct Proposed {
    name: String,
    description: String,
    #[serde(default, rename = "match")]
    matching: Map<String, Value>,
    repo: Option<Map<String, Value>>,
    org: Option<Map<String, Value>>,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    check_folder(&args.policy)?;
    let orgs: Vec<Org> = args.orgs.iter().map(|org| Org::new(org.as_str())).collect::<Result<_, _>>()?;
    let orgs: Vec<String> = orgs.iter().map(ToString::to_string).collect();
    let proposed = proposed(args)?;
    let asked = asked(&orgs, &proposed)?;
    let source = Source::open(args.source.snapshot.as_ref(), &args.cache, asked.reads(), ui)?;
    let filters = Filters::default();
    let mut session = session::observe(&asked, &filters, &source, ui).await?;
    for (org, seen) in &session.observed.orgs {
        if let Some(error) = &seen.error {
            return Err(Failed::msg(format!("{org} could not be listed: {}; nothing was written", error.reason)));
        }
    }
    let proposals: Vec<Proposal> = proposed.iter().flat_map(|group| of_group(group, &session)).collect();
    let files = policy::files(&orgs, &proposals);
    check_plan(&files, &mut session, &filters, &source, ui).await?;
    for (path, text) in &files {
        let file = args.policy.join(path);
        disk::folder(file.parent().unwrap_or(&args.policy))?;
        disk::write(&file, text)?;
    }
    ui.clear();
    ui.print(&summary(&args.policy, &files, &proposals, &session));
    let private = private(&proposals, &session);
    if private > 0 {
        ui.note(&format!(
            "ordain: the rules name repositories that are not public ({private}); keep the policy private, or write it with --public-only"
        ));
    }
    Ok(if proposals.iter().any(|one| one.unknown.0 > 0) { Exit::Incomplete } else { Exit::Done })
}

/// Nothing is ever written over.
fn check_folder(folder: &Path) -> Result<(), Failed> {
    let mut entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(Failed::msg(format!("{} cannot be read: {}", folder.display(), disk::why(&error, folder))));
        }
        Ok(entries) => entries,
    };
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Failed::msg(format!(
            "{} is there already and not empty; name another folder with --policy DIR. Nothing was read or written",
            folder.display()
        ))),
    }
}

fn proposed(args: &Args) -> Result<Vec<Proposed>, Failed> {
    let mut baseline: Baseline = toml::from_str(BASELINE)?;
    if args.public_only {
        let of_repos = baseline.proposal.iter_mut().filter(|group| group.repo.is_some());
        of_repos.for_each(|group| {
            group.matching.insert("visibility".to_owned(), json!(["public"]));
        });
    }
    if let Some(contact) = &args.contact {
        let policy = baseline.proposal.iter_mut().filter_map(|group| group.repo.as_mut()?.get_mut("security_policy"));
        policy.for_each(|table| *table = json!({"contact": contact}));
    }
    Ok(baseline.proposal)
}

/// A policy that asks for all proposals, to see where they hold.
fn asked(orgs: &[String], proposed: &[Proposed]) -> Result<Loaded, Failed> {
    let mut files = BTreeMap::new();
    files.insert("policy.toml".to_owned(), format!("version = 1\norgs = {}\n", json!(orgs)));
    for group in proposed {
        let mut rule = Map::new();
        if !group.matching.is_empty() {
            rule.insert("match".to_owned(), Value::Object(group.matching.clone()));
        }
        for (table, values) in [("repo", &group.repo), ("org", &group.org)] {
            rule.extend(values.clone().map(|values| (table.to_owned(), Value::Object(values))));
        }
        files.insert(format!("rules/{}.toml", group.name), toml::to_string(&rule)?);
    }
    Loaded::written(&files)
}

/// The fields of a group, each with where it holds.
fn of_group(group: &Proposed, session: &Session<'_>) -> Vec<Proposal> {
    let mut all = Vec::new();
    for (of_org, values) in [(false, &group.repo), (true, &group.org)] {
        let mut fields = Vec::new();
        for (key, value) in values.iter().flatten() {
            leaves(key, value, &mut fields);
        }
        for (field, value) in fields {
            let rule = format!("rules/{}", group.name);
            let judged: Vec<&Judged> = session
                .judged
                .iter()
                .filter(|one| one.target.repo.is_some() != of_org && names(&one.setting(), &field))
                .filter(|one| one.rules().contains(&rule))
                .collect();
            all.push(proposal(group, of_org, (field, value), &judged));
        }
    }
    all.retain(|one| !one.holds.is_empty() || !one.lacks.is_empty() || one.unknown.0 > 0);
    all
}

fn leaves(path: &str, value: &Value, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| leaves(&format!("{path}.{key}"), value, out));
        }
        _ => out.push((path.to_owned(), value.clone())),
    }
}

fn proposal(group: &Proposed, of_org: bool, (field, value): (String, Value), judged: &[&Judged]) -> Proposal {
    let with = |wanted: &dyn Fn(Verdict) -> bool| -> BTreeSet<String> {
        judged.iter().filter(|one| wanted(one.verdict)).map(|one| one.target.name()).collect()
    };
    let unknown: Vec<&&Judged> = judged.iter().filter(|one| one.verdict == Verdict::Unknown).collect();
    let permission = unknown.iter().find_map(|one| one.to_finding().permission).map(|permission| permission.0);
    Proposal {
        group: group.name.clone(),
        description: group.description.clone(),
        matching: group.matching.clone(),
        of_org,
        field,
        value,
        holds: with(&|verdict| verdict == Verdict::Compliant),
        // What could not be read is not kept by a rule either.
        lacks: with(&|verdict| !matches!(verdict, Verdict::Compliant | Verdict::NotApplicable)),
        unknown: (unknown.len(), permission),
    }
}

/// The new policy must change nothing: adopting it is safe.
async fn check_plan(
    files: &BTreeMap<String, String>,
    session: &mut Session<'_>,
    filters: &Filters,
    source: &Source,
    ui: &Ui,
) -> Result<(), Failed> {
    let loaded = Loaded::written(files)?;
    let plan = session.plan_of(&loaded, filters, source, ui).await?;
    match plan.changes.first() {
        None => Ok(()),
        Some(change) => Err(Failed::msg(format!(
            "the policy would change {} ({}); nothing was written. This is a fault of ordain: please report it",
            change.id, change.source
        ))),
    }
}

/// How many repositories the exceptions name that are not public.
fn private(proposals: &[Proposal], session: &Session<'_>) -> usize {
    let named: BTreeSet<&str> = proposals
        .iter()
        .filter(|one| !one.of_org && one.holds.len() > one.lacks.len())
        .flat_map(|one| one.lacks.iter().map(String::as_str))
        .collect();
    let hidden = |org: &Org, repo: &crate::model::Repository| {
        !repo.is_public() && named.contains(format!("{org}/{}", repo.name).as_str())
    };
    session
        .observed
        .orgs
        .iter()
        .map(|(org, seen)| seen.repos.iter().filter(|repo| hidden(org, &repo.repository)).count())
        .sum()
}

fn summary(folder: &Path, files: &BTreeMap<String, String>, proposals: &[Proposal], session: &Session<'_>) -> String {
    let repositories: usize = session.observed.orgs.values().map(|org| org.repos.len()).sum();
    let kept = proposals.iter().filter(|one| !one.holds.is_empty() && one.holds.len() > one.lacks.len()).count();
    let mut out = format!(
        "Wrote {} with {} files, from {repositories} repositories. Its plan changes nothing.\n\n",
        folder.display(),
        files.len()
    );
    for one in proposals {
        let (holds, all) = (one.holds.len(), one.holds.len() + one.lacks.len());
        out.push_str(&format!("  {:<40} holds in {holds} of {all}\n", one.field));
    }
    out.push_str(&format!(
        "\n{kept} of {} are kept by rules; what does not hold yet is only reported (mode = \"audit\").\n\
         Next: read {}/rules, then `ordain plan`. Take the line `mode = \"audit\"` out of a rule to have it changed.\n",
        proposals.len(),
        folder.display()
    ));
    out
}
