//! `ordain man`: manual pages, from the command line's own description and the lessons.

use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use super::{
    Exit, Failed, disk,
    lessons::{self, ENVIRONMENT, EXITS, FIRST_STEPS, Lesson},
    ui::Ui,
};

/// Print a manual page (roff): ordain.1, or that of a command.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command, such as plan.
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Option<String>,
    /// Write all pages into this folder instead: ordain.1, ordain-plan.1 and so on.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run<C: CommandFactory>(args: &Args, ui: &Ui) -> Result<Exit, Failed> {
    let pages = pages(C::command())?;
    ui.clear();
    if let Some(folder) = &args.out {
        disk::folder(folder)?;
        for (name, text) in &pages {
            disk::write(&folder.join(name), text)?;
        }
        ui.note(&format!("ordain: {} manual pages are in {}", pages.len(), folder.display()));
        return Ok(Exit::Done);
    }
    let wanted = args.command.as_ref().map_or_else(|| "ordain.1".to_owned(), |name| format!("ordain-{name}.1"));
    match pages.iter().find(|(name, _)| *name == wanted) {
        Some((_, text)) => ui.print(text),
        None => {
            let name = args.command.as_deref().unwrap_or_default();
            let names = C::command();
            let near = crate::diagnostics::nearest(name, names.get_subcommands().map(Command::get_name));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Failed::msg(format!("there is no command `{name}`{hint}")));
        }
    }
    Ok(Exit::Done)
}

/// All pages: the name of the file and its text.
fn pages(command: Command) -> Result<Vec<(String, String)>, Failed> {
    let mut command = command;
    // The page of `ordain help` would say nothing.
    command = command.disable_help_subcommand(true);
    command.build();
    let names: Vec<String> = command.get_subcommands().map(|sub| format!("ordain-{}", sub.get_name())).collect();
    let mut pages = vec![("ordain.1".to_owned(), whole(&command, &names)?)];
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("ordain-{}", sub.get_name());
        let others = names.iter().filter(|other| **other != name);
        let text =
            page(sub, lessons::of(sub.get_name()), &["ordain".to_owned()].iter().chain(others).collect::<Vec<_>>())?;
        pages.push((format!("{name}.1"), text));
    }
    Ok(pages)
}

/// The page of the program.
fn whole(command: &Command, names: &[String]) -> Result<String, Failed> {
    let mut out = Vec::new();
    let man = head(command, "ordain", &mut out)?;
    man.render_options_section(&mut out)?;
    man.render_subcommands_section(&mut out)?;
    let mut roff = Roff::new();
    section(&mut roff, "EXAMPLES");
    verbatim(&mut roff, FIRST_STEPS.split("\n\n").next().unwrap_or_default().trim_start_matches("First steps:\n"));
    exits(&mut roff, EXITS);
    environment(&mut roff);
    files(&mut roff, &all_files());
    see_also(&mut roff, &names.iter().collect::<Vec<_>>());
    roff.to_writer(&mut out)?;
    Ok(String::from_utf8(out)?)
}

/// The page of a command.
fn page(command: &Command, lesson: Option<&Lesson>, others: &[&String]) -> Result<String, Failed> {
    let mut out = Vec::new();
    let man = head(command, &format!("ordain-{}", command.get_name()), &mut out)?;
    let mut roff = Roff::new();
    if let Some(lesson) = lesson {
        for text in lesson.more {
            roff.control("PP", []);
            roff.text([roman(*text)]);
        }
        verbatim(&mut roff, lesson.verbatim);
    }
    roff.to_writer(&mut out)?;
    man.render_options_section(&mut out)?;
    let mut roff = Roff::new();
    if let Some(lesson) = lesson {
        section(&mut roff, "EXAMPLES");
        verbatim(&mut roff, &lessons::examples(lesson));
        exits(&mut roff, lesson.exits);
        if lesson.asks_github {
            environment(&mut roff);
        }
        files(&mut roff, lesson.files);
    }
    see_also(&mut roff, others);
    roff.to_writer(&mut out)?;
    Ok(String::from_utf8(out)?)
}

/// Title, name, synopsis and description. No date: the same program gives the same pages.
fn head(command: &Command, title: &str, out: &mut Vec<u8>) -> Result<Man, Failed> {
    let version = env!("CARGO_PKG_VERSION");
    let command = command.clone().display_name(title.to_owned()).after_help("").after_long_help("");
    let man = Man::new(command).title(title.to_uppercase()).source(format!("ordain {version}")).manual("ordain");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    Ok(man)
}

fn section(roff: &mut Roff, title: &str) {
    roff.control("SH", [title]);
}

/// Lines that stay as they are.
fn verbatim(roff: &mut Roff, text: &str) {
    if text.is_empty() {
        return;
    }
    roff.control("PP", []);
    roff.control("nf", []);
    for line in text.lines() {
        if line.is_empty() {
            roff.control("sp", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    roff.control("fi", []);
}

fn list<'t>(roff: &mut Roff, entries: impl Iterator<Item = (String, &'t str)>) {
    for (name, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(meaning)]);
    }
}

fn exits(roff: &mut Roff, all: &[(u8, &str)]) {
    section(roff, "EXIT STATUS");
    list(roff, all.iter().map(|(code, meaning)| (code.to_string(), *meaning)));
}

fn environment(roff: &mut Roff) {
    section(roff, "ENVIRONMENT");
    list(roff, ENVIRONMENT.iter().map(|(names, meaning)| ((*names).to_owned(), *meaning)));
}

fn files(roff: &mut Roff, all: &[(&str, &str)]) {
    if !all.is_empty() {
        section(roff, "FILES");
        list(roff, all.iter().map(|(name, meaning)| ((*name).to_owned(), *meaning)));
    }
}

/// The files of the commands that write to GitHub: of all there are.
fn all_files() -> Vec<(&'static str, &'static str)> {
    lessons::of("apply").map(|lesson| lesson.files.to_vec()).unwrap_or_default()
}

fn see_also(roff: &mut Roff, names: &[&String]) {
    section(roff, "SEE ALSO");
    let mut line = Vec::new();
    for (at, name) in names.iter().enumerate() {
        line.push(bold(name.as_str()));
        line.push(roman(if at + 1 == names.len() { "(1)" } else { "(1), " }));
    }
    roff.text(line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_has_a_page_with_what_a_reader_looks_for() {
        let pages = pages(Cli::command()).expect("pages");
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for sub in Cli::command().get_subcommands().filter(|sub| !sub.is_hide_set()) {
            assert!(names.contains(&format!("ordain-{}.1", sub.get_name()).as_str()), "{names:?}");
        }
        assert!(names.contains(&"ordain.1"));
        for (name, text) in &pages {
            for wanted in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "\"EXIT STATUS\"", "\"SEE ALSO\""]
            {
                assert!(text.contains(&format!("\n.SH {wanted}\n")), "{name} lacks {wanted}:\n{text}");
            }
        }
        let plan = &pages.iter().find(|(name, _)| name == "ordain-plan.1").expect("plan").1;
        assert!(plan.contains(".SH ENVIRONMENT") && plan.contains(".SH FILES"), "{plan}");
        assert!(plan.contains("GITHUB_TOKEN") && plan.contains("policy/"), "{plan}");
    }

    /// What `groff -ww` would say, as far as it can be seen without it: requests are known, blocks that are opened are closed,
    /// and no line of text begins with a control character.
    #[test]
    fn the_pages_are_well_formed() {
        for (name, text) in pages(Cli::command()).expect("pages") {
            let (mut filled, mut inset) = (true, 0_i32);
            for line in text.lines() {
                assert!(!line.starts_with('\''), "{name}: {line}");
                let Some(request) = line.strip_prefix('.') else { continue };
                match request.split(' ').next().unwrap_or_default() {
                    "nf" => filled = false,
                    "fi" => filled = true,
                    "RS" => inset += 1,
                    "RE" => inset -= 1,
                    "SH" => assert!(filled && inset == 0, "{name}: {line}"),
                    "ie" | "el" | "ds" | "TH" | "TP" | "PP" | "IP" | "br" | "sp" => {}
                    other => panic!("{name}: the request .{other} is not known"),
                }
            }
            assert!(filled && inset == 0, "{name}");
        }
    }
}
