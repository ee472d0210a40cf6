//! What went wrong with a call, in words that help.

use crate::model::Permission;

/// What went wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GithubError {
    /// 401
    #[error("GitHub does not accept the token (401: {message}); check GITHUB_TOKEN, or its expiry")]
    Unauthorized {
        /// GitHub's words.
        message: String,
    },
    /// 403 for lack of a right.
    #[error("GitHub refuses {call} (403: {message}){}", needs(permission.as_ref()))]
    Forbidden {
        /// Method and route.
        call: String,
        /// GitHub's words.
        message: String,
        /// What `x-accepted-github-permissions` names.
        permission: Option<Permission>,
    },
    /// 404: it is not there, or the token may not see it.
    #[error("GitHub knows no {call} (404): it is not there, or the token may not see it{}", needs(permission.as_ref()))]
    NotFound {
        /// Method and route.
        call: String,
        /// What `x-accepted-github-permissions` names.
        permission: Option<Permission>,
    },
    /// A write to something that was renamed or moved: nothing was written.
    #[error(
        "{call} was answered by a redirect ({status}): it was renamed or moved meanwhile; nothing was written, plan again"
    )]
    Redirected {
        /// Method and route.
        call: String,
        /// 301, 302, 307 or 308.
        status: u16,
    },
    /// 409 or 422: GitHub does not take the request as it is.
    #[error("GitHub does not take {call} ({status}: {message})")]
    Rejected {
        /// Method and route.
        call: String,
        /// The status.
        status: u16,
        /// GitHub's words, with those of its `errors`.
        message: String,
    },
    /// The limits did not let it through within the time that ordain waits.
    #[error("GitHub's rate limit refuses {call}: {message}")]
    RateLimited {
        /// Method and route.
        call: String,
        /// GitHub's words, and until when.
        message: String,
    },
    /// 5xx that stayed.
    #[error("GitHub failed at {call} ({status}: {message})")]
    Server {
        /// Method and route.
        call: String,
        /// The status.
        status: u16,
        /// GitHub's words.
        message: String,
    },
    /// No whole answer arrived. A write may or may not have taken effect.
    #[error("no answer to {call}: {message}")]
    Lost {
        /// Method and route.
        call: String,
        /// What the connection said.
        message: String,
    },
    /// The answer is not what the API describes.
    #[error("the answer to {call} is not what GitHub's API describes: {message}; is the API address right?")]
    Malformed {
        /// Method and route.
        call: String,
        /// What is wrong with it.
        message: String,
    },
    /// Any other status.
    #[error("GitHub answered {call} with {status}: {message}")]
    Unexpected {
        /// Method and route.
        call: String,
        /// The status.
        status: u16,
        /// GitHub's words.
        message: String,
    },
    /// There is no credential for an organisation.
    #[error("{0}")]
    NoCredential(String),
}

impl GithubError {
    /// The permission that would help, where GitHub names one.
    #[must_use]
    pub const fn permission(&self) -> Option<&Permission> {
        match self {
            Self::Forbidden { permission, .. } | Self::NotFound { permission, .. } => permission.as_ref(),
            _ => None,
        }
    }

    /// Whether asking once more, or for less at once, may help.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Server { .. } | Self::Lost { .. } | Self::Malformed { .. })
    }
}

fn needs(permission: Option<&Permission>) -> String {
    permission.map(|p| format!("; the token needs {p}")).unwrap_or_default()
}
