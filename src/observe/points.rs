//! What a GraphQL query costs, by the formula that GitHub documents: the requests that its connections need, each at its full
//! `first` (or `last`) and for each node that holds it, divided by a hundred and rounded; one at least. GitHub's page "Rate limits
//! and query limits for the GraphQL API", section "Predicting the point value of a query".

/// The points of a query over `nodes(ids:)` with so many ids.
pub(super) fn of(document: &str, ids: u64) -> u64 {
    (requests(document, ids) + 50).checked_div(100).unwrap_or_default().max(1)
}

/// The requests that the connections of a document need.
fn requests(document: &str, ids: u64) -> u64 {
    let document = without_texts(document);
    let (mut requests, mut times, mut held) = (0_u64, 1_u64, Vec::new());
    // By how much the selection that comes next is taken more often than what holds it.
    let mut next = 1;
    let mut rest = document.as_str();
    while let Some(at) = rest.find(['{', '}', '(']) {
        let sign = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match sign {
            b'{' => {
                held.push(times);
                times = times.saturating_mul(std::mem::replace(&mut next, 1));
            }
            b'}' => times = held.pop().unwrap_or(1),
            _ => {
                let (arguments, after) = rest.split_once(')').unwrap_or((rest, ""));
                rest = after;
                let size = size(arguments);
                requests = requests.saturating_add(if size.is_some() { times } else { 0 });
                let of_ids = arguments.trim() == "ids: $ids";
                let has_selection = rest.trim_start().starts_with('{');
                next = if has_selection { size.unwrap_or(if of_ids { ids } else { 1 }) } else { 1 };
            }
        }
    }
    requests
}

/// The document without what stands between quotes.
fn without_texts(document: &str) -> String {
    let (mut out, mut inside, mut escaped) = (String::with_capacity(document.len()), false, false);
    for c in document.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if inside => {}
            _ => out.push(c),
        }
    }
    out
}

/// The number behind `first:` or `last:`.
fn size(arguments: &str) -> Option<u64> {
    let named = ["first:", "last:"].iter().find_map(|name| arguments.split_once(name))?.1.trim_start();
    let digits = named.bytes().take_while(u8::is_ascii_digit).count();
    named[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's own page: 100 repositories, 50 issues of each, 60 labels of each of these: 5,101 requests.
    #[test]
    fn the_example_of_githubs_page_costs_fifty_one_points() {
        let query = "query { viewer { login repositories(first: 100) { edges { node { id issues(first: 50) { edges { node { id \
                     labels(first: 60) { edges { node { id name } } } } } } } } } } }";
        assert_eq!((requests(query, 0), of(query, 0)), (5_101, 51));
    }

    #[test]
    fn what_is_asked_of_many_nodes_counts_for_each() {
        let query = |selection: &str| {
            format!(
                "query Q($ids: [ID!]!) {{ rateLimit {{ cost }} nodes(ids: $ids) {{ ... on Repository {{ {selection} }} }} }}"
            )
        };
        assert_eq!(requests(&query("isEmpty tree0: object(expression: \"HEAD:a(first: 9) {\") { id }"), 50), 0);
        assert_eq!(
            requests(
                &query("labels(first: 100) { totalCount } pulls: pullRequests(states: [OPEN], first: 2) { x }"),
                50
            ),
            100
        );
        assert_eq!(
            requests(&query("rulesets(first: 5) { nodes { rules(first: 40) { nodes { type } } } } isFork"), 50),
            300
        );
        assert_eq!(of(&query("isEmpty"), 50), 1);
        assert_eq!(of(&query("rulesets(first: 5) { nodes { id } }"), 50), 1, "half a point is rounded up");
    }
}
