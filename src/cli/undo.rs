//! `ordain undo`

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;

use super::{
    Exit, Failed, disk, environment,
    options::{CacheArgs, PolicyArgs},
    rounds,
    session::{self, Loaded, MOST_ROUNDS, Source},
    ui::Ui,
    writing::{self, WriteArgs, Writing},
};
use crate::{
    apply::{Journaled, Options, read_journal, taken},
    github::Permissions,
    model::{Org, Scope, Source as Place, Verdict},
    plan::{Applied, Filters, Frame, Judged, Plan, PlanWarning, Undo, allow_flag},
    render,
    settings::Observed,
};

/// Take back what a journal says an apply has changed. Shows the plan and asks first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The journal of an apply (or of an undo).
    #[arg(id = "of", value_name = "JOURNAL")]
    of: PathBuf,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    write: WriteArgs,
    /// The format on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: UndoFormat,
}

/// The formats of an undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UndoFormat {
    Text,
    Json,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let loaded = session::load(&args.policy, ui)?;
    let _lock = writing::lock(&args.policy.policy)?;
    let journaled = journal(&args.of, &loaded)?;
    let limits = args.write.limits.limits()?;
    let file = args.of.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let source = Source::open(None, &args.cache, needs(&journaled), ui)?;
    let (listing, filters) = (Filters { orgs: orgs(&journaled), ..Filters::default() }, Filters::default());
    let (observed, mut warnings) = session::list(&loaded, &listing, &source, session::now(), ui).await?;
    warnings.extend(notes(&journaled, &file));
    let (undo, observed) = judge(&loaded, &filters, journaled, (file.clone(), observed), &source, ui).await?;
    ui.clear();
    let (back, left, as_before) = undo.verdicts(&observed);
    let frame = Frame {
        counted: 0,
        policy: loaded.identity.clone(),
        api_url: environment::address()?.rest().to_owned(),
        source: "github".to_owned(),
        created_at: Timestamp::now(),
        warnings,
        limits,
        cost: session::cost(&source),
        all: false,
        own_repository: loaded.own_repository.clone(),
    };
    let plan = undo.assemble(&back, left, as_before, &observed, frame);
    show(args, &plan, &file, ui)?;
    writing::tell_idle_allows(&args.write.allow, &plan, ui);
    if let Some(why) = writing::refusals(&plan) {
        return Err(Failed::msg(format!("{why}\nto take it back: {}", command_line(args, &plan))));
    }
    if !args.write.yes && !plan.changes.is_empty() {
        if args.format == UndoFormat::Json {
            return Err(Failed::msg("nothing was changed: that is the plan. Say --yes to take it back"));
        }
        writing::ask(plan.changes.len(), 0, "undo", ui)?;
    }
    let applied = make(args, (&undo, &back), &plan, observed, (&source, file), ui).await?;
    ui.clear();
    tell(args, &applied, ui)?;
    let left = plan.findings.iter().any(|finding| finding.verdict != Verdict::Compliant);
    Ok(if left || applied.incomplete() { Exit::Incomplete } else { Exit::Done })
}

/// Reads the journal. One of another address, or of an organisation that today's policy does not name, is refused whole.
fn journal(file: &Path, loaded: &Loaded) -> Result<Journaled, Failed> {
    let refused = |why: String| Failed::msg(format!("{}: {why}; nothing was changed", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| refused(disk::why(&error, file)))?;
    let entries = read_journal(&text).map_err(|why| refused(format!("it is not a journal: {why}")))?;
    let journaled = taken(&entries).map_err(refused)?;
    let address = environment::address()?;
    if journaled.api_url != address.rest() {
        return Err(refused(format!("it is of {}, and this run is for {}", journaled.api_url, address.rest())));
    }
    let of_lines = journaled.taken.iter().map(|one| &one.org);
    for org in journaled.orgs.iter().chain(of_lines) {
        let named = Org::new(org.clone()).is_ok_and(|org| loaded.policy.config.orgs.contains(&org));
        if !named {
            return Err(refused(format!("it is of the organisation `{org}`, which today's policy does not name")));
        }
    }
    if let Some(one) = journaled.taken.iter().find(|one| !journaled.orgs.contains(&one.org)) {
        let (line, org) = (one.line, &one.org);
        return Err(refused(format!("line {line} is of `{org}`, which is not among the journal's organisations")));
    }
    Ok(journaled)
}

/// The organisations whose lines took effect; all of the journal's where there are none.
fn orgs(journaled: &Journaled) -> Vec<Org> {
    let named = journaled.taken.iter().map(|one| &one.org);
    let mut orgs: Vec<Org> = named.filter_map(|org| Org::new(org.clone()).ok()).collect();
    if orgs.is_empty() {
        orgs = journaled.orgs.iter().filter_map(|org| Org::new(org.clone()).ok()).collect();
    }
    orgs.sort();
    orgs.dedup();
    orgs
}

/// What reading and writing the journal's settings needs.
fn needs(journaled: &Journaled) -> Permissions {
    let keys = journaled.taken.iter().map(|one| {
        let scope = if one.repo.is_some() { Scope::Repo } else { Scope::Org };
        (scope, one.key.as_str())
    });
    session::permissions_of(keys, true)
}

fn notes(journaled: &Journaled, file: &str) -> Vec<PlanWarning> {
    let mut warnings = Vec::new();
    let place = Some(Place { file: file.to_owned(), line: 1 });
    if journaled.failed > 0 {
        let message = format!(
            "writes that the journal calls failed: {}; what they left is not known, and they are left as they are",
            journaled.failed
        );
        warnings.push(PlanWarning { message, source: place.clone() });
    }
    for url in &journaled.closed {
        let message = format!(
            "{url} was closed, since it was no longer needed; `ordain apply` opens one again where files differ"
        );
        warnings.push(PlanWarning { message, source: place.clone() });
    }
    if !journaled.ended {
        let message = "the journal was cut short; a write without an outcome counts where GitHub shows it".to_owned();
        warnings.push(PlanWarning { message, source: place });
    }
    warnings
}

/// Reads and judges in rounds until every question is answered.
async fn judge<'a>(
    loaded: &'a Loaded,
    filters: &'a Filters,
    journaled: Journaled,
    (file, mut observed): (String, Observed),
    source: &Source,
    ui: &Ui,
) -> Result<(Undo<'a>, Observed), Failed> {
    if !observed.orgs.is_empty() && observed.orgs.values().all(|org| org.error.is_some()) {
        return Err(Failed::msg(session::no_organisation(&observed, source)));
    }
    let mut undo = Undo::new(&loaded.policy, filters, &observed, file, journaled.taken);
    for _ in 0..MOST_ROUNDS {
        let missing = undo.judge(&observed);
        if missing.is_empty() {
            break;
        }
        rounds::answer(missing, &mut observed, source, ui).await;
    }
    Ok((undo, observed))
}

fn show(args: &Args, plan: &Plan, file: &str, ui: &Ui) -> Result<(), Failed> {
    match args.format {
        UndoFormat::Json if args.write.yes && plan.refused.is_empty() => {}
        UndoFormat::Json => ui.print(&render::json::plan(plan)?),
        UndoFormat::Text if args.write.yes && ui.is_quiet() && plan.refused.is_empty() => {}
        UndoFormat::Text => ui.print(&render::text::undo(plan, file, &ui.style())),
    }
    Ok(())
}

fn tell(args: &Args, applied: &Applied, ui: &Ui) -> Result<(), Failed> {
    ui.print(&match args.format {
        UndoFormat::Json if !args.write.yes => String::new(),
        UndoFormat::Json => render::json::applied(applied)?,
        _ if applied.outcomes.is_empty() => String::new(),
        UndoFormat::Text => render::text::applied(applied, &ui.style()),
    });
    Ok(())
}

async fn make(
    args: &Args,
    (undo, back): (&Undo<'_>, &[Judged]),
    plan: &Plan,
    observed: Observed,
    (source, file): (&Source, String),
    ui: &Ui,
) -> Result<Applied, Failed> {
    if plan.changes.is_empty() {
        return Ok(Applied::default());
    }
    let allow = writing::allowed(&args.write);
    let writing = Writing {
        source,
        planner: &undo.planner,
        plan,
        judged: back,
        observed,
        unneeded: Vec::new(),
        args: &args.write,
        options: Options { first: None, partial: true, allow, backwards: true },
        undoes: Some(file),
    };
    writing::make(writing, ui).await
}

/// The command line that this plan needs, with what was given already.
fn command_line(args: &Args, plan: &Plan) -> String {
    let quoted = |path: &Path| {
        let text = path.display().to_string();
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) && !text.is_empty();
        if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    let mut line = format!("ordain undo {}", quoted(&args.of));
    if args.policy.policy != Path::new("policy") {
        line += &format!(" --policy {}", quoted(&args.policy.policy));
    }
    let replaced = |text: &&String| {
        !plan.refused.iter().any(|one| text.split_once('=').is_some_and(|(name, _)| name == one.limit))
    };
    for given in args.write.limits.limit.iter().filter(replaced) {
        line += &format!(" --limit {given}");
    }
    for given in args.write.limits.limit_max.iter().filter(replaced) {
        line += &format!(" --limit-max {given}");
    }
    for one in &plan.refused {
        line += &format!(" --limit {}={}", one.limit, one.planned);
    }
    for change in plan.changes.iter().filter(|change| change.restricted.is_some()) {
        line += &format!(" {}", allow_flag(&change.id));
    }
    if let Some(journal) = &args.write.journal {
        line += &format!(" --journal {}", quoted(journal));
    }
    line
}
