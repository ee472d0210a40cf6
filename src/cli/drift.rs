//! `ordain drift`

use super::{
    Exit, Failed, forecast,
    options::{Format, ScopeArgs, SourceArgs},
    report::{self, Words},
    session::{self, Keep, Source},
    ui::Ui,
};
use crate::{
    model::Verdict,
    plan::{Filters, Plan, RunLimits, Shard},
};

/// Say what differs from the policy; never changes anything. Exit 2 if something differs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    source: SourceArgs,
    /// The format on standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The verdicts that make it exit 2: change, pending, blocked, violation, waived, not_applicable, audit (a violation
    /// that the policy only audits).
    #[arg(long, value_name = "VERDICT,…", value_delimiter = ',', default_value = "change,pending,blocked,violation")]
    fail_on: Vec<String>,
    /// Judge shard I of N only: a repository belongs to one by its identity, organisations to shard 1. Each takes its share of
    /// GitHub's limits.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Name the compliant verdicts too; html always does.
    #[arg(long)]
    all: bool,
    /// Say what looking will cost, and look no further: requests, points, time, and whether the hour's allowance has room.
    #[arg(long, conflicts_with = "all")]
    forecast: bool,
}

pub(crate) async fn run(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    for word in &args.fail_on {
        if word != "audit" && !Verdict::ALL.iter().any(|verdict| verdict.as_str() == word) {
            let near = crate::diagnostics::nearest(word, Verdict::ALL.iter().map(|verdict| verdict.as_str()));
            let words = || Verdict::ALL.iter().map(|verdict| verdict.as_str()).chain(["audit"]).collect::<Vec<_>>();
            let hint =
                near.map_or_else(|| format!("one of {}", words().join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(Failed::msg(format!("--fail-on: there is no verdict `{word}`; {hint}")));
        }
    }
    if args.forecast {
        forecast::check(&args.source, args.format)?;
    }
    let mut loaded = session::load(&args.scope.policy, ui)?;
    loaded.public_only = args.scope.public_only;
    let filters = Filters { shard: args.shard, ..args.scope.filters(&loaded.policy.config.orgs)? };
    let source = Source::open(args.source.snapshot.as_ref(), &args.scope.cache, loaded.reads(), ui)?;
    if args.forecast {
        return forecast::run(&loaded, &filters, &source, (&args.scope, args.format), ui).await;
    }
    source.share(args.shard);
    let all = args.all || report::whole(args.format);
    let mut session = session::observe_for_report(&loaded, &filters, &source, Keep::Report { all }, ui).await?;
    session.check_repos(&filters)?;
    let plan = session.last_plan(&loaded, &source, RunLimits::default(), all);
    let differs = differs(&report::asked(&plan, args.all), &args.fail_on);
    let plan = report::shown(plan, &session, &args.scope);
    let started = session.started;
    session.leave();
    report::print(&plan, Words::Drift, args.format, &args.scope, ui)?;
    session::tell_cost(&plan, started, report::tells_cost(args.format), ui);
    report::to_actions(&report::asked(&plan, args.all), Words::Drift, ui);
    if session::has_unknown(&plan, &args.scope, ui) {
        return Ok(Exit::Incomplete);
    }
    Ok(if differs { Exit::Differs } else { Exit::Done })
}

fn differs(plan: &Plan, fail_on: &[String]) -> bool {
    let on = |word: &str| fail_on.iter().any(|one| one == word);
    (plan.summary.change > 0 && on("change"))
        || plan.findings.iter().any(|finding| match finding.verdict {
            Verdict::Violation if finding.audit => on("audit"),
            verdict => on(verdict.as_str()),
        })
}
