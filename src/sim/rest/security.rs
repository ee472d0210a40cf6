//! Private vulnerability reporting, Dependabot alerts, Dependabot security updates.

use serde_json::json;

use super::{Answer, Ctx, Reply, Spot, attach};
use crate::sim::token::Level;

/// Routes the three switches that have an address of their own.
pub(super) fn route(ctx: &mut Ctx<'_>, method: &str, spot: Spot, which: &str) -> Answer {
    let on = match method {
        "GET" => return read(ctx, spot, which),
        "PUT" => true,
        "DELETE" => false,
        _ => return Err(ctx.no_route()),
    };
    ctx.need(spot, "administration", Level::Write)?;
    match which {
        "private-vulnerability-reporting" => {
            if ctx.repo(spot).visibility() != "public" {
                return Err(Reply::error(
                    422,
                    "Private vulnerability reporting is only available for public repositories.",
                ));
            }
            if attach::holds(ctx.org(spot.o), ctx.repo(spot), "private_vulnerability_reporting").is_none() {
                ctx.repo_mut(spot).pvr = on;
            }
        }
        "vulnerability-alerts" => {
            if attach::holds(ctx.org(spot.o), ctx.repo(spot), "dependabot_alerts").is_none() {
                let repo = ctx.repo_mut(spot);
                repo.alerts = on;
                repo.fixes &= on;
            }
        }
        _ => {
            if attach::holds(ctx.org(spot.o), ctx.repo(spot), "dependabot_security_updates").is_none() {
                set_fixes(ctx, spot, on)?;
            }
        }
    }
    Ok(Reply::empty(204))
}

fn read(ctx: &Ctx<'_>, spot: Spot, which: &str) -> Answer {
    let repo = ctx.repo(spot);
    match which {
        "private-vulnerability-reporting" => {
            ctx.need(spot, "metadata", Level::Read)?;
            if repo.visibility() != "public" {
                return Err(Reply::not_found());
            }
            Ok(Reply::json(200, json!({"enabled": repo.pvr})))
        }
        "vulnerability-alerts" => {
            ctx.need(spot, "administration", Level::Read)?;
            if repo.alerts {
                Ok(Reply::empty(204))
            } else {
                Err(Reply::error(404, "Vulnerability alerts are disabled."))
            }
        }
        _ => {
            ctx.need(spot, "administration", Level::Read)?;
            if !repo.alerts {
                return Err(Reply::not_found());
            }
            Ok(Reply::json(200, json!({"enabled": repo.fixes, "paused": repo.fixes && repo.fixes_paused})))
        }
    }
}

/// Turns Dependabot security updates on or off; they need the alerts.
pub(super) fn set_fixes(ctx: &mut Ctx<'_>, spot: Spot, on: bool) -> Result<(), Reply> {
    let repo = ctx.repo_mut(spot);
    if on && !repo.alerts {
        return Err(Reply::error(422, "Vulnerability alerts must be enabled to configure automated security fixes."));
    }
    repo.fixes = on;
    // Turning them on anew ends a pause.
    repo.fixes_paused = false;
    Ok(())
}
