//! What a request is called where requests are counted: its method and its path without names and numbers.

/// Returns the route of a request: `GET /repos/{owner}/{repo}/rulesets/{}`. Of a GraphQL request its operation is named.
pub(super) fn of(method: &str, path: &str, query: Option<&str>) -> String {
    if let Some(query) = query.filter(|_| path.ends_with("/graphql")) {
        let mut words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        let name = words.by_ref().find(|word| !["query", "mutation"].contains(word)).unwrap_or_default();
        return format!("{method} /graphql {name}").trim_end().to_owned();
    }
    let path = path.trim_start_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    let (start, rest): (&str, &[&str]) = match segments.as_slice() {
        ["repos", _, _, rest @ ..] => ("/repos/{owner}/{repo}", rest),
        ["orgs", _, rest @ ..] => ("/orgs/{org}", rest),
        ["users", _, rest @ ..] => ("/users/{username}", rest),
        ["apps", _, rest @ ..] => ("/apps/{app_slug}", rest),
        rest => ("", rest),
    };
    let rest: String = rest.iter().map(|segment| format!("/{}", general(segment))).collect();
    format!("{method} {start}{rest}")
}

/// A segment, or `{}` for a number or the name of a git object.
fn general(segment: &str) -> &str {
    let number = segment.bytes().all(|b| b.is_ascii_digit());
    let object = segment.len() == 40 && segment.bytes().all(|b| b.is_ascii_hexdigit());
    if (number && !segment.is_empty()) || object { "{}" } else { segment }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn names_and_numbers_are_left_out() {
        assert_eq!(of("GET", "/orgs/acme/repos", None), "GET /orgs/{org}/repos");
        assert_eq!(of("GET", "/repos/acme/web/rulesets/7", None), "GET /repos/{owner}/{repo}/rulesets/{}");
        assert_eq!(of("GET", "/rate_limit", None), "GET /rate_limit");
        assert_eq!(of("POST", "/graphql", Some("query Blobs($o: ID!) { viewer { login } }")), "POST /graphql Blobs");
        assert_eq!(of("POST", "/graphql", Some("{ viewer { login } }")), "POST /graphql viewer");
    }
}
