//! What a plan will cost, for people.

use super::{
    page::{Page, Paint},
    text::Style,
    words::{self, count, duration},
};
use crate::forecast::{Budget, Estimated, Forecast};

/// Tells a forecast.
#[must_use]
pub fn text(forecast: &Forecast, style: &Style) -> String {
    let mut page = Page::new(*style);
    page.put(0, Paint::Bold, &head(forecast));
    page.blank();
    table(&mut page, forecast);
    if !forecast.misses.is_empty() {
        page.blank();
        page.put(0, Paint::Bold, "What is read of each repository by itself:");
        for miss in &forecast.misses {
            page.put(2, if miss.repositories > 0 { Paint::Plain } else { Paint::Dim }, &miss.message);
        }
    }
    page.blank();
    if forecast.budgets.is_empty() {
        page.put(0, Paint::Plain, "The server tells of no hourly limits.");
    }
    for budget in &forecast.budgets {
        let paint = if budget.fits { Paint::Green } else { Paint::Yellow };
        page.put(0, paint, &fits(budget));
    }
    for warning in &forecast.warnings {
        page.put(0, Paint::Yellow, &format!("Not looked at: {warning}"));
    }
    page.put(0, Paint::Dim, &format!("The forecast cost {}.", words::cost(&forecast.cost)));
    page.finish()
}

fn head(forecast: &Forecast) -> String {
    let repositories = |number| count(number, "repository", "repositories");
    let size = format!(
        "{} in {}",
        repositories(forecast.repositories),
        words::count_of(forecast.orgs.len(), "organisation", "organisations")
    );
    let rules = format!("{} judged", count(forecast.judged, "is", "are"));
    if forecast.looked_at < forecast.repositories {
        format!("{size}: {} were looked at, and the others are taken to be like them; {rules}.", forecast.looked_at)
    } else {
        format!("{size}; {rules}.")
    }
}

fn table(page: &mut Page, forecast: &Forecast) {
    let Forecast { at_least, about, at_most, .. } = forecast;
    page.raw(2, Paint::Dim, &row("a plan takes", ["about", "at least", "at most"].map(str::to_owned)));
    let number = |of: fn(&Estimated) -> u64| [about, at_least, at_most].map(|one| of(one).to_string());
    page.raw(2, Paint::Plain, &row("requests", number(|one| one.cost.requests)));
    page.raw(2, Paint::Plain, &row("of these GraphQL", number(|one| one.cost.graphql_requests)));
    page.raw(2, Paint::Plain, &row("REST points", number(|one| one.cost.rest_points)));
    page.raw(2, Paint::Plain, &row("GraphQL points", number(|one| one.cost.graphql_points)));
    page.raw(2, Paint::Plain, &row("time", [about, at_least, at_most].map(|one| duration(one.seconds))));
}

fn row(name: &str, values: [String; 3]) -> String {
    let [about, least, most] = values;
    format!("{name:<18}{about:>14}{least:>14}{most:>14}")
}

fn fits(budget: &Budget) -> String {
    let Budget { organization, rest, graphql, fits, waits, waits_at_most } = budget;
    let whose = organization.as_ref().map(|org| format!(" for {org}")).unwrap_or_default();
    let left = format!(
        "of this hour's allowance{whose} {} of {} requests and {} of {} GraphQL points are left",
        rest.remaining, rest.limit, graphql.remaining, graphql.limit
    );
    match (fits, waits_at_most) {
        (true, 0) => format!("It fits: {left}."),
        (true, most) => format!("It fits: {left}; at most it waits {} for more.", duration(*most)),
        (false, most) if most > waits => {
            format!("It waits about {}, at most {}: {left}.", duration(*waits), duration(*most))
        }
        (false, _) => format!("It waits about {}: {left}.", duration(*waits)),
    }
}
