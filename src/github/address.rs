//! Where the API is: github.com, a GitHub Enterprise Server (`https://HOST/api/v3`), or a test server.

use http::Uri;

/// Why a text is no API address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an API address: {why}; use one like https://api.github.com or https://HOST/api/v3")]
pub struct BadAddress {
    text: String,
    why: String,
}

/// The addresses of the REST and the GraphQL API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiAddress {
    rest: String,
    graphql: String,
}

impl ApiAddress {
    /// The address of github.com.
    pub const DEFAULT: &'static str = "https://api.github.com";

    /// Reads `GITHUB_API_URL` and, if given, `GITHUB_GRAPHQL_URL`. Without the second, GraphQL is at `/graphql`, on an
    /// Enterprise Server (`…/api/v3`) at `/api/graphql`.
    ///
    /// # Errors
    /// If one of them is not an absolute http(s) URL, or carries a user, a query or a fragment.
    pub fn new(rest: &str, graphql: Option<&str>) -> Result<Self, BadAddress> {
        let rest = check(rest)?;
        let graphql = match graphql {
            Some(url) => check(url)?,
            None => match rest.strip_suffix("/api/v3") {
                Some(host) => format!("{host}/api/graphql"),
                None => format!("{rest}/graphql"),
            },
        };
        Ok(Self { rest, graphql })
    }

    /// The REST address without a slash at its end.
    #[must_use]
    pub fn rest(&self) -> &str {
        &self.rest
    }

    /// The GraphQL address.
    #[must_use]
    pub fn graphql(&self) -> &str {
        &self.graphql
    }

    /// Turns the link to another page of a list into a path below the REST address. The host that it names is left out:
    /// credentials go to the configured address only, and a server behind a proxy may name itself otherwise.
    #[must_use]
    pub fn page_path_of(&self, link: &str) -> Option<String> {
        let uri: Uri = link.parse().ok()?;
        self.path_of(uri.path_and_query()?.as_str())
    }

    /// Turns a link of an answer (absolute, or a path) into a path below the REST address; `None` if it leads to another
    /// host. A path that does not repeat the address's own prefix is taken as it is.
    #[must_use]
    pub fn path_of(&self, link: &str) -> Option<String> {
        let uri: Uri = link.parse().ok()?;
        let base: Uri = self.rest.parse().ok()?;
        if let Some(authority) = uri.authority()
            && base.authority() != Some(authority)
        {
            return None;
        }
        let path = uri.path_and_query()?.as_str();
        let prefix = base.path().trim_end_matches('/');
        Some(path.strip_prefix(prefix).filter(|rest| rest.starts_with('/')).unwrap_or(path).to_owned())
    }

    /// Whether the connection is not encrypted.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.rest.starts_with("http://") && self.graphql.starts_with("http://")
    }
}

fn check(text: &str) -> Result<String, BadAddress> {
    let text = text.trim();
    let bad = |why: &str| BadAddress { text: without_user(text), why: why.to_owned() };
    let uri: Uri = text.parse().map_err(|error: http::uri::InvalidUri| bad(&error.to_string()))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(bad("it does not begin with https://"));
    }
    let Some(authority) = uri.authority() else { return Err(bad("it names no host")) };
    // A password with a `/` in it would pass for a path.
    if text.contains('@') {
        return Err(bad("it carries a user or password"));
    }
    if authority.as_str().len() > authority.host().len() && authority.port_u16().is_none() {
        return Err(bad("its port is not a number"));
    }
    if uri.query().is_some() || text.contains('#') {
        return Err(bad("it carries a query or fragment"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Drops a user and password, so that an error message does not show them.
fn without_user(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}…{}", &text[..scheme + 3], &text[at..]),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(rest: &str) -> ApiAddress {
        ApiAddress::new(rest, None).expect("valid")
    }

    #[test]
    fn graphql_is_derived() {
        assert_eq!(address("https://api.github.com").graphql(), "https://api.github.com/graphql");
        assert_eq!(address("https://ghe.example/api/v3/").graphql(), "https://ghe.example/api/graphql");
        assert_eq!(address("http://127.0.0.1:8080").graphql(), "http://127.0.0.1:8080/graphql");
        let given = ApiAddress::new("http://h:1", Some("http://h:2/q")).expect("valid");
        assert_eq!(given.graphql(), "http://h:2/q");
    }

    #[test]
    fn links_are_cut_to_paths_of_the_same_host() {
        let ghe = address("https://ghe.example/api/v3");
        assert_eq!(
            ghe.path_of("https://ghe.example/api/v3/orgs/x/repos?page=2").as_deref(),
            Some("/orgs/x/repos?page=2")
        );
        assert_eq!(ghe.path_of("https://evil.example/orgs/x"), None);
        assert_eq!(ghe.page_path_of("https://proxy.example/api/v3/x?after=1").as_deref(), Some("/x?after=1"));
        assert_eq!(address("https://api.github.com").path_of("/repositories/1").as_deref(), Some("/repositories/1"));
    }

    #[test]
    fn bad_addresses_are_refused_and_passwords_not_shown() {
        for bad in ["", "api.github.com", "ftp://x", "https://", "https://h/?q=1"] {
            assert!(ApiAddress::new(bad, None).is_err(), "{bad}");
        }
        let error = ApiAddress::new("https://me:secret@h", None).expect_err("refused").to_string();
        assert!(!error.contains("secret"), "{error}");
        let error = ApiAddress::new("http://me:sec/ret@h", None).expect_err("refused").to_string();
        assert!(!error.contains("sec/"), "{error}");
    }
}
