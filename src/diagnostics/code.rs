//! The kinds of diagnostics: a word for tools and a sentence for people.

use std::fmt;

/// Builds the enum, its words, its sentences and its list from one table, so that none can be forgotten.
macro_rules! codes {
    ($($name:ident = $word:literal, $description:literal;)+) => {
        /// What kind of thing is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $description] $name,)+
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word, in kebab-case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$name => $description,)+ }
            }
        }
    };
}

codes! {
    NotRegularFile = "not-a-regular-file", "A policy holds regular files and folders only: no links, no devices.";
    Unreadable = "unreadable", "A file of the policy could not be read.";
    UnexpectedFile = "unexpected-file", "A file stands where the policy knows none.";
    NotUtf8 = "not-utf-8", "TOML files are UTF-8 text.";
    Syntax = "toml-syntax", "The file is not well-formed TOML.";
    MissingFile = "missing-file", "A file that every policy needs is not there.";
    NoRules = "no-rules", "A policy needs at least one rule.";
    NoOrgs = "no-orgs", "A policy needs at least one organisation.";
    MissingKey = "missing-key", "A key that must be given is not there.";
    UnknownKey = "unknown-key", "The table does not take this key.";
    UnknownSetting = "unknown-setting", "No setting has this name.";
    UnknownRule = "unknown-rule", "No rule has this name.";
    UnknownOrg = "unknown-organisation", "The organisation is not among those of the policy.";
    UnknownTemplate = "unknown-template", "No file under `files/` has this name.";
    UnknownPlaceholder = "unknown-placeholder", "A template names a value that does not exist.";
    BadPlaceholder = "bad-placeholder", "A placeholder of a template is not well-formed or may not stand there.";
    NoValue = "no-value", "A template names a value that this repository does not have.";
    WrongType = "wrong-type", "The value is of another type than the key takes.";
    WrongValue = "wrong-value", "The value is of the right type, but not one that the key takes.";
    UnsafePath = "unsafe-path", "A path must stay inside the repository and outside `.git`.";
    Duplicate = "duplicate", "The same thing is said twice.";
    WrongScope = "wrong-scope", "The key stands in a rule that it is not for.";
    OverrideCycle = "override-cycle", "Rules override each other in a circle.";
    Conflict = "conflict", "Two rules give different values to the same field of the same target.";
    BadGate = "bad-gate", "A gate is not well-formed.";
    UnknownGate = "unknown-gate", "A gate names a setting that does not exist.";
    GateCycle = "gate-cycle", "Gates wait for each other in a circle.";
    GateUnsupplied = "gate-unsupplied", "No rule could ever make this gate hold.";
    UnusedTemplate = "unused-template", "A file under `files/` is used by no rule.";
    Setting = "setting", "The setting itself refuses the value.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_kebab_case_words_with_a_sentence() {
        let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{code}");
            assert!(code.description().ends_with('.'), "{code}");
        }
    }
}
