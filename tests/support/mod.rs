//! The laboratory of the tests: the real binary, against the simulator on loopback, with a policy in a folder of its own.
//!
//! Everything that was asked and answered is held against GitHub's descriptions (`contract`) when a [`Lab`] ends, except
//! what a fault made: so every test is a contract test.
//!
//! ```ignore
//! let lab = Lab::new(&state([org("acme").repo(repo("web").pvr(false))]))
//!     .policy(&[("rules/a.toml", "[repo]\nprivate_vulnerability_reporting = true\n")]);
//! assert_eq!(lab.plan().ids(), ["acme/web:private_vulnerability_reporting"]);
//! lab.run(&["apply", "--yes"]).exits(0);
//! ```

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::panic, reason = "tests fail by panicking, with the whole of what was seen")]

pub(crate) mod contract;
mod diff;
mod document;
mod state;

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use ordain::sim::{Exchange, Fault, FaultKind, Sim, World, serve};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[allow(unused_imports, reason = "each test binary uses a part of this")]
pub(crate) use diff::{differences, differing};
pub(crate) use document::Document;
#[allow(unused_imports, reason = "each test binary uses a part of it")]
pub(crate) use state::{OrgState, RepoState, Token, org, repo, state, state_with};

/// The token that a lab uses if it is told nothing else; a state without tokens takes it for an owner's.
pub(crate) const TOKEN: &str = "ghp_laboratory";

/// The simulator, a folder with a policy in it, and a way to run the program.
pub(crate) struct Lab {
    sim: Sim,
    folder: TempDir,
    address: String,
    path: &'static str,
    token: String,
    extra: Vec<(String, String)>,
    checked: bool,
    // Dropped last: with it the server ends.
    _runtime: Runtime,
}

/// What a run of the program left.
#[derive(Debug, Clone)]
pub(crate) struct Ran {
    pub(crate) command: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Lab {
    /// Serves a state on loopback, and records what is asked.
    pub(crate) fn new(state: &Value) -> Self {
        let sim = Sim::from_state(state).expect("a state");
        sim.record(true);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(serve(listener, sim.clone()));
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("home")).expect("a home");
        let token = TOKEN.to_owned();
        Self { sim, folder, address, path: "", token, extra: Vec::new(), checked: false, _runtime: runtime }
    }

    /// Writes the policy: paths from its folder, and texts. Without a `policy.toml` among them, one is written that names all
    /// organisations of the state.
    pub(crate) fn policy(self, files: &[(&str, &str)]) -> Self {
        self.write_policy(files);
        self
    }

    /// As [`Lab::policy`], later: what was there is gone.
    pub(crate) fn write_policy(&self, files: &[(&str, &str)]) {
        let root = self.policy_folder();
        if root.exists() {
            fs::remove_dir_all(&root).expect("the old policy goes");
        }
        fs::create_dir_all(root.join("rules")).expect("a folder");
        if !files.iter().any(|(path, _)| *path == "policy.toml") {
            fs::write(root.join("policy.toml"), self.policy_toml("")).expect("policy.toml");
        }
        for (path, text) in files {
            let file = root.join(path);
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            fs::write(&file, text).expect("a file of the policy");
        }
    }

    /// A `policy.toml` that names all organisations of the state, with more lines.
    pub(crate) fn policy_toml(&self, more: &str) -> String {
        let state = self.sim.state();
        let orgs: Vec<&str> =
            state["organizations"].as_array().expect("a list").iter().filter_map(|org| org["login"].as_str()).collect();
        format!("version = 1\norgs = {orgs:?}\n{more}")
    }

    /// Lets the program ask at a path of the server, such as GitHub Enterprise Server's `/api/v3`.
    pub(crate) fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// Lets the program come with another token.
    pub(crate) fn token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    /// Adds to the program's environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The simulator.
    pub(crate) fn sim(&self) -> &Sim {
        &self.sim
    }

    /// The folder in which the program runs; the policy is in `policy`.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The policy's folder.
    pub(crate) fn policy_folder(&self) -> PathBuf {
        self.folder.path().join("policy")
    }

    /// The address of the API, as the program is told it.
    pub(crate) fn api_url(&self) -> String {
        format!("{}{}", self.address, self.path)
    }

    /// The program, ready to run: a scrubbed environment, and nobody at the terminal.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ordain"));
        command
            .args(args)
            .current_dir(self.folder())
            .env_clear()
            .env("GITHUB_API_URL", self.api_url())
            .env("GITHUB_TOKEN", &self.token)
            .env("ORDAIN_CLOCK_FACTOR", "1000")
            .env("RUST_BACKTRACE", "1")
            .env("HOME", self.folder().join("home"))
            .envs(self.extra.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end. A panic of it fails the test at once.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("the program starts");
        let ran = Ran {
            command: format!("ordain {}", args.join(" ")),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        };
        assert!(!ran.stderr.contains("panicked"), "{ran}");
        ran
    }

    /// The plan; the run must end with 0.
    pub(crate) fn plan(&self) -> Document {
        self.plan_with(&[])
    }

    /// The plan with more options; the run must end with 0.
    pub(crate) fn plan_with(&self, more: &[&str]) -> Document {
        self.json(&[&["plan", "--format", "json"], more].concat()).exits(0).document()
    }

    /// Runs a command that prints a document.
    pub(crate) fn json(&self, args: &[&str]) -> Ran {
        self.run(args)
    }

    /// Applies the policy; the run must end with 0. Gives the outcomes.
    pub(crate) fn apply(&self) -> Value {
        self.apply_with(&[])
    }

    /// As [`Lab::apply`], with more options.
    pub(crate) fn apply_with(&self, more: &[&str]) -> Value {
        self.run(&[&["apply", "--yes", "--format", "json"], more].concat()).exits(0).value()
    }

    /// Merges every open pull request, as maintainers do.
    pub(crate) fn merge(&self) {
        self.sim.edit(World::merge_all_pulls);
    }

    /// Changes the world as somebody else would.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut World)) {
        self.sim.edit(change);
    }

    /// The state of the simulated GitHub.
    pub(crate) fn state(&self) -> Value {
        self.sim.state()
    }

    /// Lets the first `times` requests to a path go wrong.
    pub(crate) fn fault(&self, method: &str, path: &str, times: u32, kind: FaultKind) {
        self.sim.fault(Fault { method: Some(method.to_owned()), path: path.to_owned(), after: 0, times, kind });
    }

    /// Forgets what has been asked, after holding it against the contract.
    pub(crate) fn forget(&self) {
        self.check();
        self.sim.clear_exchanges();
    }

    /// What has been asked and answered since the last [`Lab::forget`].
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.sim.exchanges()
    }

    /// What has been asked that changes something: `METHOD path`; of GraphQL, mutations only.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.exchanges().iter().filter(|e| is_write(e)).map(|e| format!("{} {}", e.method, e.path_and_query)).collect()
    }

    /// How many requests of a method went to paths that start so.
    pub(crate) fn count(&self, method: &str, start: &str) -> usize {
        self.exchanges().iter().filter(|e| e.method == method && e.path_and_query.starts_with(start)).count()
    }

    /// Holds everything that was asked and answered against the contract.
    pub(crate) fn check(&self) {
        let mut problems: Vec<String> = Vec::new();
        for exchange in self.exchanges().iter().filter(|exchange| !exchange.faulty) {
            let held = contract::Contract::load().check(&contract::Exchange {
                method: &exchange.method,
                path_and_query: &exchange.path_and_query,
                request_body: exchange.request_body.as_ref(),
                status: exchange.status,
                response_body: exchange.response_body.as_ref(),
            });
            problems.extend(held.err().into_iter().flatten());
        }
        problems.sort();
        problems.dedup();
        assert!(problems.is_empty(), "against GitHub's descriptions:\n{}", problems.join("\n"));
    }

    /// Ends the lab: everything is held against the contract.
    pub(crate) fn finish(mut self) {
        self.checked = true;
        self.check();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if !self.checked && !thread::panicking() {
            self.check();
        }
    }
}

/// Whether a request changes something.
pub(crate) fn is_write(exchange: &Exchange) -> bool {
    let graphql = matches!(exchange.path_and_query.as_str(), "/graphql" | "/api/graphql");
    let text = || exchange.request_body.as_ref().and_then(|body| body["query"].as_str()).unwrap_or_default();
    if graphql { text().trim_start().starts_with("mutation") } else { exchange.method != "GET" }
}

impl Ran {
    /// Holds the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Holds that a text stands on standard output.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "{text:?} is not on standard output\n{self}");
        self
    }

    /// Holds that a text stands on standard error.
    #[track_caller]
    pub(crate) fn tells(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not on standard error\n{self}");
        self
    }

    /// Holds that a text stands nowhere.
    #[track_caller]
    pub(crate) fn hides(self, text: &str) -> Self {
        assert!(!self.stdout.contains(text) && !self.stderr.contains(text), "{text:?} is told\n{self}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not JSON: {error}\n{self}"))
    }

    /// Standard output as a plan document.
    #[track_caller]
    pub(crate) fn document(&self) -> Document {
        Document::new(self.value())
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "$ {command}\n{stdout}\n--- standard error\n{stderr}\n--- exit {code}")
    }
}
