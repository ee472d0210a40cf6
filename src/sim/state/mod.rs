//! The state file: an `ordain.snapshot/1` document, read into a world and written back.
//!
//! What no observation carries stands in `simulator` objects:
//!
//! * top level: `now` (RFC 3339; the clock stands still there), `tokens` (`{token, login, type: "user" | "app_installation",
//!   permissions: {"administration": "write"}, owner: true, orgs: [..], repositories: [..]}`), `rate_limit` (`{core, graphql,
//!   secondary: bool, window_s}`), `clock_factor` (how many times faster than ours the clock of these limits runs;
//!   `ORDAIN_CLOCK_FACTOR` is the program's), `faults` (below), `users` (`[LOGIN]`: accounts that appear nowhere else),
//!   `latency_ms`, `attach_reads` (default 1), `next_id`, `app` (`{id, slug}`);
//! * organisation: `plan`, `members` (how many), `secret_scanning` (the paid product is there: bool), `installation`,
//!   `status` and `message` where it cannot be read, `configurations` (`[{id, name, …, default_for_new_repos}]`), and what
//!   only the simulator writes: `trees`, `binary`;
//! * repository: `branches` (`{NAME: {files: {PATH: TEXT | null}, author, signed, message}}`, each upon the default branch's head),
//!   `pulls` (`[{number, title, body, head, base, state, author, head_repo, files}]`), `workflows` (`{PATH: {state, run: false,
//!   conclusion, updated_at}}`), `workflow_runs` (`[{workflow: PATH, event, status, conclusion, created_at, updated_at}]`),
//!   `renamed_from` (`[NAME]`), `code_security_configuration` (`{id | name, status}`), `attach_fails`, `author` (of the head
//!   commit), and what only the simulator writes: `git`.
//!
//! `faults` lets things go wrong: `{"seed": 7, "in_a_row": 3, "mix": [{"path": "/repos/*", "method": "PUT", "probability": 0.1,
//! "kind": "reset_after"}], "script": [{"path": "/graphql", "after": 2, "times": 1, "kind": "bad_gateway"}]}`. `path` is a start
//! of the path, or with `*` a pattern of the whole; without it and without `method`, every request is meant. The kinds: without
//! effect `server_error` (500), `bad_gateway` (502), `unavailable` (503), `unauthorized` (401), `secondary_limit` (403 with
//! `retry-after`: `seconds`), `secondary_limit_bare`, `too_many_requests` (429 with `retry-after`: `seconds`),
//! `too_many_requests_bare`, `reset_before`; after the effect `bad_gateway_after`, `reset_after`, `reset_inside` (inside the
//! body), `truncated` (JSON), `not_json`; and `slow` (`ms`), `stale` (a read tells what was so before the last write, up to `ms`
//! after it by the clock of the limits), `late` (a write takes effect `reads` reads later, or before the next write). The same
//! seed gives the same request the same faults; no request meets more than `in_a_row` of the mix one after the other.
//!
//! Rulesets are whole REST objects in the list of the reading `rulesets` (of a repository or an organisation), or are taken from the
//! observed GraphQL; classic protection is `graphql.branchProtectionRules`, with the actors of its allowances; apps are readings
//! `/apps/{slug}` of an organisation.
//!
//! Where these are absent, workflows and runs are taken from the observed check suites and lists of runs, and the branch and
//! pull request of ordain from the observed comparison.

mod faults;
mod git;
mod listed;
mod load;
mod observed;
mod org;
mod pulls;
mod repo;
mod rulesets;
mod save;

pub(super) use load::load_with;
pub use load::{StateError, load};
pub use save::save;
