//! Who asks, and what they may.
//!
//! A token with `permissions` has just these, like an App's installation or a fine-grained personal token; one without
//! is an owner's. The names are those of `X-Accepted-GitHub-Permissions` (`administration`, `contents`…).

use std::collections::BTreeMap;

use super::world::{Org, Repo};

/// How much of something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
    /// All of it.
    Admin,
}

impl Level {
    /// Returns the level of a word; an unknown word is none.
    pub fn of(word: &str) -> Self {
        match word {
            "read" => Self::Read,
            "write" => Self::Write,
            "admin" => Self::Admin,
            _ => Self::None,
        }
    }

    /// Returns GitHub's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// What kind of identity a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    User,
    /// A GitHub App's installation.
    AppInstallation,
    /// A GitHub App itself (a JWT): it may only ask about installations.
    App,
}

/// A credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The secret.
    pub token: String,
    /// The account, or the App's slug.
    pub login: String,
    /// What it stands for.
    pub kind: Kind,
    /// Its permissions; none: an owner's.
    pub permissions: Option<BTreeMap<String, String>>,
    /// The organisations whose private things it sees; none: all.
    pub orgs: Option<Vec<String>>,
    /// The repositories it was narrowed to (names, without owner); none: all.
    pub repositories: Option<Vec<String>>,
}

impl Token {
    /// Returns an owner's token.
    pub fn owner(token: &str, login: &str) -> Self {
        Self {
            token: token.to_owned(),
            login: login.to_owned(),
            kind: Kind::User,
            permissions: None,
            orgs: None,
            repositories: None,
        }
    }

    /// Returns the login as it stands in commits and pull requests.
    pub fn actor(&self) -> String {
        match self.kind {
            Kind::User => self.login.clone(),
            Kind::AppInstallation | Kind::App => {
                format!("{}[bot]", self.login.trim_end_matches("[bot]"))
            }
        }
    }

    /// Whether the token belongs to the organisation at all.
    pub fn member(&self, org: &Org) -> bool {
        self.orgs.as_ref().is_none_or(|orgs| orgs.iter().any(|o| o.eq_ignore_ascii_case(&org.login)))
    }

    /// Whether the token was not narrowed to other repositories than this one.
    pub fn is_for(&self, name: &str) -> bool {
        self.repositories.as_ref().is_none_or(|names| names.iter().any(|n| n.eq_ignore_ascii_case(name)))
    }

    /// Whether the repository exists for this token.
    pub fn sees(&self, org: &Org, repo: &Repo) -> bool {
        !repo.is_private() || (self.member(org) && self.is_for(&repo.name) && self.kind != Kind::App)
    }

    /// Whether every repository of the organisation exists for this token.
    pub fn sees_all(&self, org: &Org) -> bool {
        self.repositories.is_none() && self.member(org) && self.kind != Kind::App
    }

    /// Returns how much of a permission the token has in the organisation.
    pub fn level(&self, org: &Org, permission: &str) -> Level {
        if !self.member(org) || self.kind == Kind::App {
            return Level::None;
        }
        match &self.permissions {
            None => Level::Admin,
            Some(_) if permission == "metadata" => Level::Read,
            Some(all) => all.get(permission).map_or(Level::None, |word| Level::of(word)),
        }
    }

    /// Returns how much of a permission the token has on a repository.
    pub fn level_on(&self, org: &Org, repo: &Repo, permission: &str) -> Level {
        if self.is_for(&repo.name) { self.level(org, permission) } else { Level::None }
    }

    /// Whether the token administers the repository.
    pub fn administers(&self, org: &Org, repo: &Repo) -> bool {
        self.level_on(org, repo, "administration") >= Level::Write
    }

    /// Whether what only administrators see is shown: to a reader with `administration: read` too.
    pub fn sees_settings(&self, org: &Org, repo: &Repo) -> bool {
        self.level_on(org, repo, "administration") >= Level::Read
    }

    /// Whether the token may push.
    pub fn pushes(&self, org: &Org, repo: &Repo) -> bool {
        self.level_on(org, repo, "contents") >= Level::Write
    }

    /// Returns GitHub's message for a missing permission.
    pub fn refusal(&self) -> &'static str {
        match self.kind {
            Kind::User => "Resource not accessible by personal access token",
            Kind::AppInstallation | Kind::App => "Resource not accessible by integration",
        }
    }
}
