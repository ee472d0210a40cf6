//! What a command teaches beside its options: examples, exit codes, files, environment. One text for `--help` and for the manual
//! pages, so that neither tells what the other does not.

mod catalogue;

use std::borrow::Cow;

use clap::Command;

pub(crate) use catalogue::{ENVIRONMENT, EXITS, FIRST_STEPS, LESSONS};

/// What one command teaches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lesson {
    /// The command's name.
    pub(crate) command: &'static str,
    /// What is reached, and the line of a shell that reaches it.
    pub(crate) examples: &'static [(&'static str, &'static str)],
    /// Paragraphs.
    pub(crate) more: &'static [&'static str],
    /// A text whose lines stay as they are, for `--help` and the manual page.
    pub(crate) verbatim: &'static str,
    /// What its exit codes mean, where that is less than all of [`EXITS`].
    pub(crate) exits: &'static [(u8, &'static str)],
    /// What it reads and writes on disk.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Whether it talks to GitHub, so that address and credentials matter.
    pub(crate) asks_github: bool,
}

/// The lesson of a command.
pub(crate) fn of(command: &str) -> Option<&'static Lesson> {
    LESSONS.iter().find(|lesson| lesson.command == command)
}

/// Adds the lessons to the help of a whole command line.
pub(crate) fn teach(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = command.after_help(FIRST_STEPS).after_long_help(format!(
        "{FIRST_STEPS}\n\nExit codes; where several hold, 1 comes first, then 3, then 2:\n{}\n\nEnvironment:\n{}",
        exits(EXITS),
        environment()
    ));
    names.into_iter().fold(command, |command, name| match of(&name) {
        Some(lesson) => {
            command.mut_subcommand(name, |sub| sub.after_help(help(lesson, false)).after_long_help(help(lesson, true)))
        }
        None => command,
    })
}

/// The examples, each as a comment and a line to copy.
pub(crate) fn examples(lesson: &Lesson) -> String {
    let each = lesson.examples.iter().map(|(what, line)| format!("  # {what}\n  {line}"));
    each.collect::<Vec<_>>().join("\n")
}

fn help(lesson: &Lesson, long: bool) -> String {
    let mut parts: Vec<Cow<'_, str>> = vec![format!("Examples:\n{}", examples(lesson)).into()];
    if long {
        parts.extend(lesson.more.iter().map(|text| Cow::Borrowed(*text)));
        if !lesson.verbatim.is_empty() {
            parts.push(lesson.verbatim.into());
        }
    }
    if !lesson.exits.is_empty() {
        parts.push(format!("Exit codes:\n{}", exits(lesson.exits)).into());
    }
    parts.join("\n\n")
}

fn exits(all: &[(u8, &str)]) -> String {
    all.iter().map(|(code, meaning)| format!("  {code}  {meaning}")).collect::<Vec<_>>().join("\n")
}

fn environment() -> String {
    let each = ENVIRONMENT.iter().map(|(names, meaning)| format!("  {names}\n      {meaning}"));
    each.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_teaches_by_example_and_nothing_teaches_of_none() {
        let command = Cli::command();
        let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        for name in &names {
            let lesson = of(name).unwrap_or_else(|| panic!("`ordain {name}` has no lesson"));
            assert!(!lesson.examples.is_empty(), "`ordain {name}` has no example");
        }
        for lesson in LESSONS {
            assert!(names.contains(&lesson.command), "`{}` is no command", lesson.command);
        }
    }

    /// The words of each call of ordain in a line of a shell.
    fn calls(line: &str) -> Vec<Vec<String>> {
        let mut calls = Vec::new();
        for part in line.split(" && ").flat_map(|part| part.split(" || ")).flat_map(|part| part.split(" | ")) {
            let words = part.split_whitespace().take_while(|word| !word.starts_with('>') && *word != "&");
            let words: Vec<String> = words.map(|word| word.trim_matches('\'').to_owned()).collect();
            let from = words.iter().position(|word| word == "ordain");
            calls.extend(from.map(|from| words[from..].to_vec()));
        }
        calls
    }

    #[test]
    fn every_example_is_a_command_line_that_parses() {
        for lesson in LESSONS {
            let mut own = 0;
            for (_, line) in lesson.examples {
                for words in calls(line) {
                    if let Err(error) = Cli::try_parse_from(&words) {
                        panic!("{line}: {error}");
                    }
                    own += usize::from(words.get(1).is_some_and(|word| word == lesson.command));
                }
            }
            assert!(own > 0, "no example of `{}` calls it", lesson.command);
        }
    }

    #[test]
    fn help_shows_examples_and_exit_codes() {
        let mut command = teach(Cli::command());
        let drift = command.find_subcommand_mut("drift").expect("drift").render_help().to_string();
        assert!(drift.contains("ordain drift --fail-on") && drift.contains("Exit codes:\n  0  "), "{drift}");
        let whole = command.render_long_help().to_string();
        assert!(whole.contains("GITHUB_TOKEN") && whole.contains("ordain demo"), "{whole}");
    }
}
