//! The lessons of all commands.

use super::Lesson;

/// What stands under the list of commands.
pub(crate) const FIRST_STEPS: &str = "First steps:
  # the whole story against a simulated GitHub: no token, no network
  ordain demo
  # a policy from what an organisation has today; its plan changes nothing
  ordain init acme
  # what would change; and which rule, line and reason stand behind it
  ordain plan
  ordain explain acme/api
  # each setting with an example, from the code
  ordain schema --manual

`ordain COMMAND --help` shows each command with examples.";

/// What the exit codes mean.
pub(crate) const EXITS: &[(u8, &str)] = &[
    (0, "done; for `drift` and `plan --detailed-exitcode`: nothing differs"),
    (1, "nothing was done: bad usage, bad policy, no access, refused by a limit, declined"),
    (2, "`plan --detailed-exitcode`: there are changes; `drift`: something differs"),
    (3, "incomplete: something is unknown, stale or failed; the report says what"),
];

/// The environment, of all commands that ask GitHub.
pub(crate) const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "ORDAIN_APP_ID with ORDAIN_APP_PRIVATE_KEY or ORDAIN_APP_PRIVATE_KEY_FILE",
        "a GitHub App: an installation token for each organisation",
    ),
    ("GITHUB_TOKEN, else GH_TOKEN, else `gh auth token`", "a token, where there is no App"),
    (
        "GITHUB_API_URL",
        "where the API is: https://api.github.com if not set; a GitHub Enterprise Server is https://HOST/api/v3",
    ),
    ("GITHUB_GRAPHQL_URL", "where GraphQL is, if not beside it"),
    ("NO_COLOR, TERM=dumb", "no colour"),
    ("CI", "no progress bar"),
    (
        "GITHUB_STEP_SUMMARY, GITHUB_OUTPUT",
        "set by GitHub Actions: `plan` and `drift` write their report and numbers there",
    ),
];

const POLICY: (&str, &str) =
    ("policy/", "the policy: policy.toml, waivers.toml, rules/, files/, tests/ (--policy DIR names another folder)");
const JOURNAL: (&str, &str) = (
    "ordain-journal-TIME.jsonl",
    "the journal: what was written, noted before and after each write (--journal FILE names another)",
);
const READS: &[(u8, &str)] = &[
    (0, "done"),
    (1, "nothing was done: bad usage, bad policy, no access"),
    (3, "something could not be read; it is said what, and which permission would help"),
];

const NOTHING: Lesson = Lesson {
    command: "",
    examples: &[],
    more: &[],
    verbatim: "",
    exits: &[(0, "done"), (1, "nothing was done; it is said why")],
    files: &[],
    asks_github: false,
};

/// One for each command.
pub(crate) const LESSONS: &[Lesson] = &[
    INIT,
    VALIDATE,
    PLAN,
    APPLY,
    MERGE,
    UNDO,
    DRIFT,
    EXPLAIN,
    SNAPSHOT,
    TEST,
    DOCTOR,
    SCHEMA,
    SIM,
    DEMO,
    COMPLETIONS,
    MAN,
];

const INIT: Lesson = Lesson {
    command: "init",
    examples: &[
        ("three organisations, into the folder policy", "ordain init expressjs pillarjs jshttp"),
        ("every security policy should name this address", "ordain init acme --contact security@acme.example"),
        ("for a policy that others can read, in another folder", "ordain init acme --public-only --policy acme-policy"),
    ],
    more: &[
        "What holds for most repositories becomes a rule, exceptions are listed by name, and what does not hold becomes a rule that \
         only reports. So the plan of the new policy changes nothing: adopting it is safe.",
        "Then read the rules and take the line `mode = \"audit\"` out of one to have it changed; `ordain plan` shows what that does.",
    ],
    exits: READS,
    files: &[("policy/", "what it writes; it must not be there yet, or be empty (--policy DIR names another folder)")],
    asks_github: true,
    ..NOTHING
};

const VALIDATE: Lesson = Lesson {
    command: "validate",
    examples: &[
        ("is the policy in the folder policy well-formed?", "ordain validate"),
        ("another folder", "ordain validate --policy acme-policy"),
        (
            "as one file of data, for a job that holds a credential",
            "ordain validate --pack policy.json && ordain plan --policy policy.json",
        ),
    ],
    exits: &[
        (0, "the policy is well-formed"),
        (1, "it is not; every mistake is told with file, line and the nearest valid name"),
    ],
    files: &[POLICY],
    ..NOTHING
};

const PLAN: Lesson = Lesson {
    command: "plan",
    examples: &[
        ("everything that would change, and everything that a person must know", "ordain plan"),
        ("one repository and one setting", "ordain plan --repo expressjs/express --setting scorecard"),
        (
            "to a file that others can review, and then just that",
            "ordain plan --out plan.json && ordain apply plan.json",
        ),
        ("what a change of the policy introduces beside the policy before", "ordain plan --base ../main/policy"),
        ("for a pull request, a browser, code scanning", "ordain plan --format markdown"),
        ("exit 2 if there are changes", "ordain plan --detailed-exitcode"),
        ("what it will cost, before it is spent", "ordain plan --forecast"),
        ("a third of the repositories, for `ordain merge`", "ordain plan --shard 2/3 --out shard-2.json"),
    ],
    more: &[
        "Nothing is written to GitHub. What could not be read is unknown, with the permission that would help, and is never guessed.",
    ],
    exits: &[
        (0, "done"),
        (1, "nothing was done: bad usage, bad policy, no access"),
        (2, "with --detailed-exitcode: there are changes"),
        (3, "something is unknown"),
    ],
    files: &[POLICY],
    asks_github: true,
    ..NOTHING
};

const APPLY: Lesson = Lesson {
    command: "apply",
    examples: &[
        ("show the plan, ask, change", "ordain apply"),
        (
            "without asking, the first five repositories of one organisation",
            "ordain apply --yes --repo 'expressjs/*' --first 5",
        ),
        (
            "just what a reviewed plan says and today's plan still says",
            "ordain plan --out plan.json && ordain apply plan.json",
        ),
        ("let three deletions through, this once", "ordain apply --limit deletions=3"),
        ("one machine's share of a plan", "ordain apply plan.json --shard 1/3 --yes"),
        (
            "what needs leave by name: here, the visibility of a repository",
            "ordain apply --allow 'expressjs/.github:visibility'",
        ),
    ],
    more: &[
        "Each write is noted in the journal before and after it, and each setting is read back. Ctrl-C finishes what is in flight, a \
         second one leaves it; the next apply observes anew. `ordain undo JOURNAL` takes back what was written.",
    ],
    exits: &[
        (0, "done; what is blocked, pending, waived or left to the next apply is 0 too"),
        (
            1,
            "nothing was changed: bad usage, bad policy, no access, refused by a limit, declined, no terminal and no --yes",
        ),
        (3, "something is unknown, stale, refused for lack of --allow, or failed; the report says what"),
    ],
    files: &[POLICY, JOURNAL],
    asks_github: true,
    ..NOTHING
};

const MERGE: Lesson = Lesson {
    command: "merge",
    examples: &[
        ("the plans of three machines into one", "ordain merge shard-1.json shard-2.json shard-3.json --out plan.json"),
        ("with a limit raised for the whole", "ordain merge shards/*.json --out plan.json --limit deletions=2"),
        ("and then, each machine its share of it", "ordain apply plan.json --shard 1/3 --yes"),
    ],
    more: &[
        "The files are what `ordain plan --shard I/N --out FILE` wrote on each machine: from the same policy, by the same version, with \
         the same filters, each shard once. The result is the plan that one machine would have made: limits are judged on the whole. \
         It is as old as the oldest of them. GitHub is not asked anything.",
        "Only a whole plan is applied, on one machine or in shards; shard 1, which has the organisations, goes before all others.",
    ],
    exits: &[
        (0, "the plan of the whole was written"),
        (1, "nothing was written: the files are not the shards of one plan"),
        (3, "something is unknown"),
    ],
    files: &[POLICY],
    ..NOTHING
};

const UNDO: Lesson = Lesson {
    command: "undo",
    examples: &[
        ("show what would be taken back, ask, take it back", "ordain undo ordain-journal-20261122T120000000Z.jsonl"),
        (
            "taking back what made something safer weakens it: say how often",
            "ordain undo journal.jsonl --limit loosening=37 --yes",
        ),
        ("only the plan of it", "ordain undo journal.jsonl --format json"),
    ],
    more: &[
        "It takes back what took effect and is still as the journal left it: each setting says itself what would bring back the old \
         value, and a change that is not just the reverse of the journal's line is not made. What others changed since is left alone. \
         Waivers, gates and modes hold nothing back; limits do: the plan ends with the command line that it needs.",
        "What cannot be taken back is told with its reason: a merged pull request, what was deleted and held content, a secret, what \
         was written by `api`. A pull request that is still open and holds just what the journal left is closed.",
        "Without --yes, --format json prints the plan and changes nothing; with it, the outcome. The undo writes a journal of its own, \
         so it can itself be undone. The next `ordain apply` brings back whatever the policy still says.",
    ],
    exits: &[
        (0, "everything was taken back, or was as before"),
        (1, "nothing was changed: refused, declined, a journal of another address or organisation"),
        (3, "something was left as it is, refused for lack of --allow, unknown or failed"),
    ],
    files: &[POLICY, JOURNAL],
    asks_github: true,
    ..NOTHING
};

const DRIFT: Lesson = Lesson {
    command: "drift",
    examples: &[
        ("does anything differ? the exit code says so", "ordain drift"),
        ("what only reports counts too", "ordain drift --fail-on change,blocked,violation,audit"),
        ("only what apply would change, for a machine", "ordain drift --fail-on change --format json"),
    ],
    exits: &[
        (0, "nothing differs"),
        (1, "nothing was done: bad usage, bad policy, no access"),
        (2, "something differs: a verdict of --fail-on"),
        (3, "something is unknown"),
    ],
    files: &[POLICY],
    asks_github: true,
    ..NOTHING
};

const EXPLAIN: Lesson = Lesson {
    command: "explain",
    examples: &[
        ("every setting of a repository", "ordain explain expressjs/cors"),
        ("one of them", "ordain explain expressjs/cors private_vulnerability_reporting"),
        (
            "what protects a branch, and the ruleset equal to its classic protection",
            "ordain explain expressjs/cors protected",
        ),
        ("a setting of an organisation", "ordain explain expressjs code_security"),
    ],
    more: &[
        "For each setting: the verdict and why, what was observed, what is desired, the rule and the line that say so, what they beat, \
         the gates, the waiver, and what apply would write. `protected` is explained also where no rule names it.",
    ],
    exits: READS,
    files: &[POLICY],
    asks_github: true,
    ..NOTHING
};

const SNAPSHOT: Lesson = Lesson {
    command: "snapshot",
    examples: &[
        ("all that the policy makes ordain observe", "ordain snapshot --out today.json"),
        ("the same plan again, without asking GitHub", "ordain plan --snapshot today.json"),
        ("a simulated GitHub that looks like it", "ordain sim --state today.json --port 4010"),
    ],
    exits: READS,
    files: &[POLICY],
    asks_github: true,
    ..NOTHING
};

const TEST: Lesson = Lesson {
    command: "test",
    examples: &[("all cases", "ordain test"), ("those in whose name this stands", "ordain test reporting")],
    more: &["Beside the verdicts, `unmanaged` says that no rule gives the setting to the repository."],
    verbatim: "A case:
  [[case]]
  name = \"reporting waits for a contact\"
  org = \"expressjs\"
  [case.repo]
  name = \"express\"
  files = { \"SECURITY.md\" = \"Ask anyone.\" }
  [case.expect]
  private_vulnerability_reporting = \"blocked\"
  security_policy = \"violation\"",
    exits: &[(0, "all cases pass"), (1, "one does not, or the policy is not well-formed")],
    files: &[POLICY],
    ..NOTHING
};

const DOCTOR: Lesson = Lesson {
    command: "doctor",
    examples: &[
        ("which permissions the policy needs, and which the credential has", "ordain doctor"),
        ("the manifest of a GitHub App with just what is needed", "ordain doctor --manifest apply > app.json"),
    ],
    exits: &[
        (0, "nothing is missing"),
        (1, "nothing was done: bad usage, bad policy, no access"),
        (3, "something is missing"),
    ],
    files: &[POLICY],
    asks_github: true,
    ..NOTHING
};

const SCHEMA: Lesson = Lesson {
    command: "schema",
    examples: &[
        ("for an editor: completion and checks while typing a rule", "ordain schema rule > rule.schema.json"),
        ("every setting with an example and what surprises", "ordain schema --manual | less"),
    ],
    ..NOTHING
};

const SIM: Lesson = Lesson {
    command: "sim",
    examples: &[
        ("a state of your own making", "ordain sim --state state.json --port 4010"),
        ("an organisation of a thousand repositories", "ordain sim --generate 1000 --port 4010"),
        (
            "one of ten thousand, each answer after 50 ms, and what was asked",
            "ordain sim --generate 10000 --configuration enforced --latency 50ms --limits primary --log asked.txt",
        ),
        ("in another shell", "GITHUB_API_URL=http://127.0.0.1:4010 GITHUB_TOKEN=any ordain plan"),
    ],
    verbatim: r#"Limits and faults are asked for in the state's "simulator" object; --limits, --rate-limit and --latency go
before it:
  "rate_limit": {"core": 5000, "graphql": 5000, "secondary": true}
      requests an hour; and 900 points a minute (GraphQL 2000), 80 requests that create content a minute and 500 an
      hour, 100 at once
  "clock_factor": 60
      the clock of these limits runs so many times faster; tell ordain the same: ORDAIN_CLOCK_FACTOR=60
  "faults": {"seed": 7, "in_a_row": 3,
      "mix": [{"path": "/repos/*", "method": "PUT", "probability": 0.1, "kind": "reset_after"}],
      "script": [{"path": "/graphql", "after": 2, "times": 1, "kind": "bad_gateway"}]}
      by chance, the same for the same seed, and never more than in_a_row for one request; or at a certain request

Kinds of faults:
  without effect    server_error, bad_gateway, unavailable, unauthorized, reset_before,
                    secondary_limit and too_many_requests (with retry-after: "seconds"; …_bare without)
  after the effect  bad_gateway_after, reset_after, reset_inside, truncated, not_json
  else              slow ("ms"), stale (a read tells what was so before the last write, for "ms"),
                    late (a write takes effect "reads" reads later)"#,
    ..NOTHING
};

const DEMO: Lesson = Lesson {
    command: "demo",
    examples: &[
        ("validate, test, plan, apply, plan again, and find what somebody changed", "ordain demo"),
        (
            "keep the policy and the state, to go on with them",
            "ordain demo --keep try && ordain sim --state try/state.json --port 4010",
        ),
    ],
    ..NOTHING
};

const COMPLETIONS: Lesson = Lesson {
    command: "completions",
    examples: &[
        ("bash, for everybody", "ordain completions bash > /etc/bash_completion.d/ordain"),
        ("zsh, in a folder of $fpath", "ordain completions zsh > ~/.zfunc/_ordain"),
        ("fish", "ordain completions fish > ~/.config/fish/completions/ordain.fish"),
    ],
    ..NOTHING
};

const MAN: Lesson = Lesson {
    command: "man",
    examples: &[
        ("read one", "ordain man plan | man -l -"),
        ("all pages, for everybody", "ordain man --out /usr/local/share/man/man1"),
    ],
    ..NOTHING
};
