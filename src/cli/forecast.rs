//! `ordain plan --forecast` and `ordain drift --forecast`

use super::{
    Exit, Failed,
    options::{Format, ScopeArgs, SourceArgs},
    session::{self, Loaded, Source},
    ui::Ui,
};
use crate::{
    diagnostics,
    forecast::{NoForecast, Question, forecast},
    plan::Filters,
    render,
};

/// Refuses what a forecast has no use for.
pub(crate) fn check(source: &SourceArgs, format: Format) -> Result<(), Failed> {
    if source.snapshot.is_some() {
        return Err(Failed::msg(
            "--forecast: a plan from a snapshot costs nothing; leave out --snapshot or --forecast",
        ));
    }
    if !matches!(format, Format::Text | Format::Json) {
        return Err(Failed::msg("--forecast is told as text or as JSON: say --format text or --format json"));
    }
    Ok(())
}

/// Says what a plan of this policy will cost; plans nothing.
pub(crate) async fn run(
    loaded: &Loaded,
    filters: &Filters,
    source: &Source,
    (scope, format): (&ScopeArgs, Format),
    ui: &Ui,
) -> Result<Exit, Failed> {
    let Source::Github(observer) = source else { return Ok(Exit::Done) };
    ui.progress("looking at the organisations");
    let question = Question {
        policy: &loaded.policy,
        identity: &loaded.identity,
        filters,
        orgs: session::organisations(loaded, filters),
        as_of: session::now(),
    };
    let told = forecast(&question, observer).await;
    ui.clear();
    let told = told.map_err(|why| match why {
        NoForecast::NoOrganisation(reasons) => {
            let address = observer.client().address().rest();
            Failed::msg(format!(
                "{}\nnothing was read or changed; the API was asked at {address} (GITHUB_API_URL)",
                reasons.join("\n")
            ))
        }
        NoForecast::NoRepository(name) => {
            Failed::msg(format!("--repo {name}: no repository has such a name, or the token may not see it"))
        }
        NoForecast::Conflicts(conflicts) => {
            let text = diagnostics::render(&conflicts, loaded.policy.sources(), ui.color_on_stderr());
            // Which repositories show it is told by the plan, which knows which of them are public.
            if !scope.public_only {
                ui.err(&text);
            }
            Failed::msg(
                "the policy does not fit these repositories; `ordain plan` says where, before it reads anything else",
            )
        }
    })?;
    ui.print(&match format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&told)?),
        _ => render::forecast::text(&told, &ui.style()),
    });
    Ok(if told.warnings.is_empty() { Exit::Done } else { Exit::Incomplete })
}
