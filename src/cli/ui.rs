//! What people see: results on standard output, everything else on standard error.

use std::{
    io::{IsTerminal, Write},
    sync::Arc,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{
    Failed, environment,
    options::{Color, Global},
};
use crate::render::{clean, text::Style};

/// The terminal.
pub(crate) struct Ui {
    quiet: bool,
    verbose: bool,
    color: Color,
    bar: ProgressBar,
}

impl Ui {
    pub(crate) fn new(global: &Global) -> Self {
        let shown = !global.quiet && std::io::stderr().is_terminal() && !environment::is_ci();
        let bar = if shown { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        if shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { quiet: global.quiet, verbose: global.verbose > 0, color: global.color, bar }
    }

    fn colored(&self, terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !environment::no_color(),
        }
    }

    /// How a page on standard output looks.
    pub(crate) fn style(&self) -> Style {
        let width = if std::io::stdout().is_terminal() { environment::columns().unwrap_or(100) } else { 100 };
        Style {
            color: self.colored(std::io::stdout().is_terminal()),
            width: width.clamp(40, 160),
            verbose: self.verbose,
        }
    }

    pub(crate) fn color_on_stderr(&self) -> bool {
        self.colored(std::io::stderr().is_terminal())
    }

    pub(crate) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints a result.
    pub(crate) fn print(&self, text: &str) {
        self.bar.suspend(|| {
            let mut out = std::io::stdout().lock();
            // A reader that went away (`| head`) is no error.
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        });
    }

    /// Prints a result that is written piece by piece.
    pub(crate) fn print_by(&self, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
        self.bar.suspend(|| {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            let _ = write(&mut out).and_then(|()| out.flush());
        });
    }

    /// Says something beside the result.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.err(text);
        }
    }

    /// Prints to standard error, already rendered.
    pub(crate) fn err(&self, text: &str) {
        self.bar.suspend(|| {
            let mut err = std::io::stderr().lock();
            let _ = writeln!(err, "{}", text.trim_end());
        });
    }

    /// Says why nothing was done.
    pub(crate) fn fail(&self, failed: &Failed) {
        self.bar.finish_and_clear();
        self.err(&format!("ordain: {}", lines(&failed.to_string())));
    }

    /// Says what is going on.
    pub(crate) fn progress(&self, text: &str) {
        self.bar.set_message(clean(text));
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

/// Cleans each line, keeping the line breaks that our own messages have.
fn lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}
