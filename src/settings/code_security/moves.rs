//! What a configuration does to the settings of the repositories that get it, told one by one.

use serde_json::json;

use super::fields::Effective;
use crate::{
    model::{Effect, Reading},
    settings::{
        Context, Move, Pending, RepoObserved, dependabot_alerts, dependabot_security_updates,
        private_vulnerability_reporting, secret_scanning,
    },
};

const UPDATES: &str = "dependabot_security_updates";

/// What the switches move in these repositories. Everything is asked before the first that pends stops the judging.
pub(super) fn of_all<'a>(
    cx: &Context<'a>,
    repos: impl Iterator<Item = &'a RepoObserved>,
    switches: &Effective,
) -> Result<Vec<Move>, Pending> {
    let each: Vec<_> = repos.map(|repo| of(cx, repo, switches)).collect();
    let each: Vec<Vec<Move>> = each.into_iter().collect::<Result<_, _>>()?;
    Ok(each.into_iter().flatten().collect())
}

/// What the switches move in one repository.
fn of<'a>(cx: &Context<'a>, repo: &'a RepoObserved, switches: &Effective) -> Result<Vec<Move>, Pending> {
    let implied = with_implied(switches);
    let wanted = implied.iter().filter_map(|(field, word)| match word.as_str() {
        "enabled" => Some((*field, true)),
        "disabled" => Some((*field, false)),
        _ => None,
    });
    let products = switches.get("secret_protection").is_some_and(|word| word == "enabled");
    let asked: Vec<_> = wanted.map(|(field, on)| (field, on, target(cx, repo, field))).collect();
    let mut moves = Vec::new();
    for (field, on, target) in asked {
        let Some((setting, reading)) = target? else { continue };
        let before = match reading {
            // What the plan lacks stays off, unless the configuration brings the product with it.
            Reading::NotApplicable { .. } if !on || !(products || field == "code_security") => continue,
            Reading::NotApplicable { .. } | Reading::Unknown { .. } => json!(null),
            Reading::Known { known } => json!(known),
        };
        let after = match field {
            "code_scanning_default_setup" => json!(if on { "configured" } else { "not-configured" }),
            _ => json!(on),
        };
        if before != after {
            let effect = Effect::tightening_if(on);
            moves.push(Move::of(cx.org, &repo.repository, setting, (before, after), effect));
        }
    }
    Ok(moves)
}

/// Security updates stand on alerts: GitHub switches them off together.
fn with_implied(switches: &Effective) -> Effective {
    let mut all = switches.clone();
    if all.get("dependabot_alerts").is_some_and(|word| word == "disabled") {
        all.entry(UPDATES).and_modify(|word| "disabled".clone_into(word)).or_insert_with(|| "disabled".to_owned());
    }
    all
}

type Target = Option<(String, Reading<bool>)>;

/// The setting that a field moves in a repository, and what is observed of it; `None` where the field can do nothing there.
fn target<'a>(cx: &Context<'a>, repo: &'a RepoObserved, field: &'static str) -> Result<Target, Pending> {
    let public = repo.repository.is_public();
    let own = |reading: Reading<bool>| Some((field.to_owned(), reading));
    match field {
        "private_vulnerability_reporting" if !public => Ok(None),
        // Public repositories have these without being asked.
        "code_security" | "secret_protection" | "dependency_graph" if public => Ok(None),
        "private_vulnerability_reporting" => Ok(own(private_vulnerability_reporting::observe(cx, repo)?)),
        "dependabot_alerts" => Ok(own(dependabot_alerts::observe(cx, repo)?)),
        UPDATES => Ok(own(dependabot_security_updates::observe(cx, repo)?)),
        "code_scanning_default_setup" => {
            Ok(Some(("code_scanning_default_setup.state".to_owned(), Reading::unknown("not read"))))
        }
        "code_security" | "secret_protection" => Ok(own(listed(cx, repo, field)?)),
        _ => match secret_scanning::observe_configured(cx, repo, field)? {
            Some((part, reading)) => Ok(Some((format!("secret_scanning.{part}"), reading))),
            None if field.starts_with("secret_scanning") => Ok(own(listed(cx, repo, field)?)),
            None => Ok(own(Reading::unknown("no repository tells it"))),
        },
    }
}

/// A feature that the list may tell although no setting of ours holds it.
fn listed<'a>(cx: &Context<'a>, repo: &'a RepoObserved, feature: &str) -> Result<Reading<bool>, Pending> {
    let listing = cx.listing(repo)?;
    Ok(match listing.security_feature(feature) {
        Some(on) => Reading::known(on),
        None if listing.security_and_analysis.is_some() => Reading::not_applicable("not in the organisation's plan"),
        None => Reading::unknown("not told"),
    })
}
