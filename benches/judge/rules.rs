//! A policy of many rules: the baseline, and rules that each say the same for a few repositories, as where teams have their own.

use std::{fmt::Write as _, path::Path};

use anyhow::Result;

use crate::common::copy_baseline;

/// What a rule says; it differs in nothing from the baseline, so that no two rules fight.
const SAID: &[&str] = &[
    "dependabot_alerts = true\n",
    "private_vulnerability_reporting = true\ndependabot_security_updates = true\n",
    "[repo.secret_scanning]\nenabled = true\npush_protection = true\n",
    "[repo.security_policy]\ncontact = \"security@example.org\"\n",
];

/// Writes the policy.
pub(crate) fn write(to: &Path, rules: usize) -> Result<()> {
    copy_baseline(to, "", "")?;
    for (number, said) in (1..rules).zip(SAID.iter().cycle()) {
        let mut text = String::new();
        let _ = writeln!(text, "description = \"Team {number}\"\n\n[match]");
        // Repositories are called `fast-parser-17`: by name, by number, by topic and language.
        match number % 3 {
            0 => writeln!(text, "repo = [\"*-{number}\", \"*-{number}?\"]"),
            1 => writeln!(text, "repo = \"*-{number}??\"\nvisibility = [\"public\"]\nfork = false"),
            _ => writeln!(text, "repo = \"*-parser-{number}*\"\nlanguage = [\"Rust\", \"Go\"]"),
        }?;
        let _ = write!(text, "\n[repo]\n{said}");
        std::fs::write(to.join(format!("rules/team-{number:03}.toml")), text)?;
    }
    Ok(())
}
