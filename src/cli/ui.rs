//! What people see: results on standard output, everything else on standard error.

use std::{
    io::{ErrorKind, IsTerminal, Write},
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use super::{
    Failed, disk, environment,
    options::{Color, Global},
};
use crate::render::{clean, text, text::Style};

/// Work without a known end.
const SPINNER: &str = "{spinner} {msg} {elapsed}";
/// Work of which it is known how much there is.
const BAR: &str = "{spinner} {msg} [{bar:24}] {pos} of {len}{left}";
/// What a terminal that does not tell its width is taken for.
const USUAL: usize = 80;
/// Longer lines are hard to read, however wide the terminal.
const WIDEST: usize = 140;

/// The terminal.
pub(crate) struct Ui {
    quiet: bool,
    verbose: bool,
    color: Color,
    width: Option<usize>,
    bar: ProgressBar,
    /// Why standard output took no more.
    lost: OnceLock<String>,
}

impl Ui {
    pub(crate) fn new(global: &Global) -> Self {
        let able = std::io::stderr().is_terminal() && !environment::is_dumb();
        let shown = !global.quiet && able && !environment::is_ci();
        let bar = if shown { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.set_style(style(SPINNER));
        if shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        let (quiet, verbose, color, width) = (global.quiet, global.verbose > 0, global.color, global.width);
        Self { quiet, verbose, color, width, bar, lost: OnceLock::new() }
    }

    fn colored(&self, terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !environment::no_color(),
        }
    }

    /// How a page on standard output looks. What is piped is not wrapped: programs and files want whole lines.
    pub(crate) fn style(&self) -> Style {
        let out = std::io::stdout();
        let width = self.width(out.is_terminal(), || terminal_size::terminal_size_of(&out));
        Style { color: self.colored(out.is_terminal()), width, verbose: self.verbose }
    }

    fn width(&self, terminal: bool, size: impl Fn() -> Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
        let told = || size().map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0);
        let found = || told().or_else(environment::columns).unwrap_or(USUAL);
        match self.width {
            Some(width) => width,
            None if terminal => found().clamp(40, WIDEST),
            None => usize::MAX,
        }
    }

    pub(crate) fn color_on_stderr(&self) -> bool {
        self.colored(std::io::stderr().is_terminal())
    }

    pub(crate) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints a result. Where standard output takes no more, [`lost`](Self::lost) says why.
    pub(crate) fn print(&self, text: &str) {
        self.bar.suspend(|| {
            let mut out = std::io::stdout().lock();
            let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            self.note_lost(written);
        });
    }

    /// A reader that went away (`| head`) is no error.
    fn note_lost(&self, written: std::io::Result<()>) {
        if let Err(error) = written
            && error.kind() != ErrorKind::BrokenPipe
        {
            let _ = self.lost.set(disk::why(&error, Path::new("")));
        }
    }

    /// Why a result could not be printed.
    pub(crate) fn lost(&self) -> Option<&str> {
        self.lost.get().map(String::as_str)
    }

    /// Prints a result that is written piece by piece.
    pub(crate) fn print_by(&self, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
        self.bar.suspend(|| {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            let written = write(&mut out).and_then(|()| out.flush());
            self.note_lost(written);
        });
    }

    /// Says something beside the result.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.err(text);
        }
    }

    /// Prints to standard error, already rendered; what is ordain's own word is wrapped at a terminal.
    pub(crate) fn err(&self, text: &str) {
        let own = text.starts_with("ordain: ");
        let text = if own { self.wrapped(text) } else { text.to_owned() };
        self.bar.suspend(|| {
            let mut err = std::io::stderr().lock();
            let _ = writeln!(err, "{}", text.trim_end());
        });
    }

    fn wrapped(&self, message: &str) -> String {
        let err = std::io::stderr();
        let width = self.width(err.is_terminal(), || terminal_size::terminal_size_of(&err));
        text::message(message, width)
    }

    /// Says why nothing was done.
    pub(crate) fn fail(&self, failed: &Failed) {
        self.bar.finish_and_clear();
        self.err(&format!("ordain: {failed}"));
    }

    /// Says what is going on.
    pub(crate) fn progress(&self, text: &str) {
        self.bar.set_message(clean(text));
    }

    /// Begins work of so many pieces: a bar with how many there are, how many are done, and the time that is left.
    pub(crate) fn count(&self, text: &str, pieces: usize) {
        // The numbers first: each of these may draw.
        self.bar.set_length(pieces as u64);
        self.bar.reset();
        self.progress(text);
        self.bar.set_style(style(BAR).progress_chars("=> ").with_key("left", left));
    }

    /// So many pieces are done.
    pub(crate) fn reached(&self, pieces: usize) {
        self.bar.set_position(pieces as u64);
    }

    /// Takes the progress away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// A teller of waits for the client.
    pub(crate) fn notice(&self) -> crate::github::Notice {
        let (bar, quiet) = (self.bar.clone(), self.quiet);
        Arc::new(move |text: &str| {
            if !quiet {
                bar.suspend(|| {
                    let _ = writeln!(std::io::stderr().lock(), "ordain: {}", clean(text));
                });
            }
        })
    }

    /// A teller of what only those want to know who said `-v`.
    pub(crate) fn detail(&self) -> crate::github::Notice {
        if self.verbose { self.notice() } else { Arc::new(|_| {}) }
    }

    /// Asks for a yes. `None` where nobody can answer.
    pub(crate) fn confirm(&self, question: &str) -> Option<bool> {
        self.bar.finish_and_clear();
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return None;
        }
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "{question} Type `yes` to go on: ").and_then(|()| err.flush());
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).ok()?;
        Some(answer.trim().eq_ignore_ascii_case("yes"))
    }
}

/// The time that is left, once there is anything to tell it from.
fn left(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    if state.pos() > 0 && state.len().is_some_and(|len| state.pos() < len) {
        let _ = write!(out, ", {:#} left", HumanDuration(state.eta()));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
