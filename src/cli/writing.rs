//! What the commands that write have in common: the lock, the question, limits and `--allow`, the journal, Ctrl-C.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use clap::ValueEnum;
use jiff::Timestamp;

use super::{Failed, disk, interrupts::Interrupts, session::Source, ui::Ui};
use crate::{
    apply::{Job, Journal, Options, Stop, apply, cost},
    plan::{
        Applied, ChangeOutcome, ChangeResult, Judged, LIMIT_NAMES, NotClosed, OpenPull, Plan, Planner, Refusal,
        RunLimits, Target, allow_flag,
    },
    render::words::count_of,
    settings::Observed,
};

/// Limits on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct LimitArgs {
    /// Raise or lower a limit of policy.toml for this run (repeatable): changes, repositories, deletions, loosening,
    /// pull_requests.
    #[arg(long, value_name = "NAME=N")]
    pub(crate) limit: Vec<String>,
    /// A bound above which neither policy.toml nor --limit counts (repeatable).
    #[arg(long, value_name = "NAME=N")]
    pub(crate) limit_max: Vec<String>,
}

impl LimitArgs {
    pub(crate) fn limits(&self) -> Result<RunLimits, Failed> {
        Ok(RunLimits { given: parse("--limit", &self.limit)?, most: parse("--limit-max", &self.limit_max)? })
    }
}

fn parse(flag: &str, texts: &[String]) -> Result<BTreeMap<String, u64>, Failed> {
    let mut limits = BTreeMap::new();
    for text in texts {
        let Some((name, count)) = text.split_once('=') else {
            return Err(Failed::msg(format!("{flag} {text}: write NAME=N, such as deletions=3")));
        };
        if !LIMIT_NAMES.contains(&name) {
            let near = crate::diagnostics::nearest(name, LIMIT_NAMES.into_iter());
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Failed::msg(format!("{flag} {text}: there is no limit `{name}`{hint}")));
        }
        let count =
            count.parse().map_err(|_| Failed::msg(format!("{flag} {text}: `{count}` is not a whole number")))?;
        limits.insert(name.to_owned(), count);
    }
    Ok(limits)
}

/// How a command writes.
#[derive(Debug, clap::Args)]
pub(crate) struct WriteArgs {
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// Make a change that neither --yes nor a limit lets through (repeatable): one that makes something public, archives,
    /// takes away the caller's own access, or is of the policy's own repository. ID is the change's, as the plan tells it.
    /// Without it the change is refused and the rest goes on (exit 3); it counts in the limits all the same.
    #[arg(long, value_name = "ID")]
    pub(crate) allow: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Where each write is noted before and after it; a file that is not there yet. Default: ordain-journal-TIME.jsonl.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
}

/// The formats of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutcomeFormat {
    Text,
    Json,
    Markdown,
}

/// One write at a time on one policy folder: its `policy.toml` is locked while it runs.
pub(crate) fn lock(folder: &Path) -> Result<File, Failed> {
    if !folder.is_dir() {
        return Err(Failed::msg(format!(
            "{} is not a folder; a packed policy is planned, never applied",
            folder.display()
        )));
    }
    let path = folder.join("policy.toml");
    let file = File::open(&path)
        .map_err(|error| Failed::msg(format!("{} cannot be read: {}", path.display(), disk::why(&error, &path))))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Failed::msg(format!("another apply runs on {}; nothing was changed", folder.display())))
        }
        // Some file systems have no locks; one apply there is as good as before.
        Err(std::fs::TryLockError::Error(_)) => Ok(file),
    }
}

/// Asks for a yes. `verb` is the command, for the advice where nobody can answer; `closings` are pull requests to be closed
/// beside the changes.
pub(crate) fn ask(changes: usize, closings: usize, verb: &str, ui: &Ui) -> Result<(), Failed> {
    if let Some(why) = ui.lost() {
        return Err(Failed::msg(format!("the plan could not be shown ({why}); nothing was changed")));
    }
    let make = format!("make {}", count_of(changes, "change", "changes"));
    let close = format!("close {}", count_of(closings, "pull request", "pull requests"));
    let parts = [(changes, make), (closings, close)].into_iter().filter(|(number, _)| *number > 0);
    let question = parts.map(|(_, part)| part).collect::<Vec<_>>().join(" and ");
    let (first, rest) = question.split_at_checked(1).unwrap_or_default();
    match ui.confirm(&format!("{}{rest}?", first.to_uppercase())) {
        Some(true) => Ok(()),
        Some(false) => Err(Failed::msg("declined; nothing was changed")),
        None => Err(Failed::msg(format!(
            "there is no terminal to ask at; nothing was changed. Say --yes to {verb} without asking"
        ))),
    }
}

/// Says which `--allow` fits no change of the plan: misspelt, or no longer needed.
pub(crate) fn tell_idle_allows(allow: &[String], plan: &Plan, ui: &Ui) {
    for id in allow {
        match plan.changes.iter().find(|change| change.id == *id) {
            None => {
                let restricted = plan.changes.iter().filter(|change| change.restricted.is_some());
                let near = crate::diagnostics::nearest(id, restricted.map(|change| change.id.as_str()));
                let hint = near.map(|near| format!("; did you mean {}?", allow_flag(near))).unwrap_or_default();
                ui.note(&format!("ordain: --allow {id}: it fits no change of this plan{hint}"));
            }
            Some(change) if change.restricted.is_none() => {
                ui.note(&format!("ordain: --allow {id}: the change needs no leave"));
            }
            Some(_) => {}
        }
    }
}

/// Why the plan is refused, limit by limit, before the first write.
pub(crate) fn refusals(plan: &Plan) -> Option<String> {
    let each: Vec<String> = plan.refused.iter().map(Refusal::sentence).collect();
    (!each.is_empty()).then(|| format!("refused, nothing was changed: {}", each.join(", and ")))
}

/// What is written, and how.
pub(crate) struct Writing<'a> {
    pub(crate) source: &'a Source,
    pub(crate) planner: &'a Planner<'a>,
    pub(crate) plan: &'a Plan,
    pub(crate) judged: &'a [Judged],
    pub(crate) observed: Observed,
    /// The pull requests to be closed, since nothing differs any more that they are for.
    pub(crate) unneeded: Vec<(Target, OpenPull)>,
    pub(crate) args: &'a WriteArgs,
    pub(crate) options: Options,
    /// The name of the journal that is taken back.
    pub(crate) undoes: Option<String>,
}

/// The ids that `--allow` names.
pub(crate) fn allowed(args: &WriteArgs) -> BTreeSet<String> {
    args.allow.iter().cloned().collect()
}

/// Makes the changes, with a journal beside them. An interrupt finishes what is in flight; a second one leaves it.
pub(crate) async fn make(writing: Writing<'_>, ui: &Ui) -> Result<Applied, Failed> {
    let Writing { source, planner, plan, judged, observed, unneeded, args, options, undoes } = writing;
    let Source::Github(observer) = source else { return Err(Failed::msg("a snapshot cannot be changed")) };
    let path = args.journal.clone().unwrap_or_else(|| {
        PathBuf::from(format!("ordain-journal-{}.jsonl", Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ")))
    });
    let mut interrupts = Interrupts::listen()?;
    let journal = Journal::create(&path, plan, undoes).map_err(|error| {
        Failed::msg(format!(
            "the journal {} cannot be written: {}; nothing was changed (--journal FILE names another)",
            path.display(),
            disk::why(&error, &path)
        ))
    })?;
    let stop = Stop::default();
    let started = (std::time::Instant::now(), observer.client().limits().spent());
    let came = Came::default();
    let progress = |outcome: &ChangeOutcome| {
        ui.reached(came.note(outcome));
        ui.progress(&format!("applying: {}", outcome.change.id));
    };
    ui.count("applying", plan.changes.len());
    let pulls: Vec<OpenPull> = unneeded.iter().map(|(_, open)| open.clone()).collect();
    let job = Job {
        observer,
        planner,
        plan,
        judged,
        observed,
        unneeded,
        options,
        progress: &progress,
        journal: &journal,
        stop: &stop,
    };
    let mut applying = std::pin::pin!(apply(job));
    let applied = loop {
        tokio::select! {
            applied = &mut applying => break applied,
            () = interrupts.next() => {}
        }
        if stop.is_asked() {
            let (began, before) = started;
            break Applied {
                cost: cost(observer.client().limits().spent() - before),
                milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                ..came.so_far(plan, pulls)
            };
        }
        stop.ask();
        ui.note(
            "ordain: interrupted; finishing what is in flight, the rest is left to the next run. Once more stops at once, and leaves \
             what is in flight to the journal",
        );
    };
    ui.note(&format!("ordain: the journal is {}", path.display()));
    Ok(applied)
}

/// What came of changes so far, by id.
#[derive(Default)]
struct Came(Mutex<BTreeMap<String, ChangeResult>>);

impl Came {
    /// Notes an outcome; gives how many there are.
    fn note(&self, outcome: &ChangeOutcome) -> usize {
        let mut came = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        came.insert(outcome.change.id.clone(), outcome.result.clone());
        came.len()
    }

    /// What is told where the writing was left in the middle.
    fn so_far(&self, plan: &Plan, pulls: Vec<OpenPull>) -> Applied {
        const LEFT: &str =
            "interrupted twice; whether it was begun stands in the journal, and the next apply reads what came of it";
        let came = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let result = |id| came.get(id).cloned().unwrap_or_else(|| ChangeResult::Skipped { message: LEFT.to_owned() });
        let outcomes = plan.changes.iter();
        let not_closed = pulls.into_iter().map(|open| NotClosed { url: open.url, message: LEFT.to_owned() });
        Applied {
            outcomes: outcomes
                .map(|change| ChangeOutcome { change: change.clone(), result: result(&change.id) })
                .collect(),
            not_closed: not_closed.collect(),
            ..Applied::default()
        }
    }
}
