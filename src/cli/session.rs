//! One observation and its verdicts: loads the policy, lists the organisations, and reads in rounds what the planner asks.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use futures::future::join_all;
use jiff::{Timestamp, Unit};

use super::{
    Failed, cache, disk, environment, folder,
    keep::Keep,
    options::{CacheArgs, PolicyArgs, ScopeArgs},
    rounds,
    ui::Ui,
};
use crate::{
    apply,
    diagnostics::{self, Code, Diagnostic},
    github::{Client, Limits, Permissions, add_permission},
    model::{Org, RepoRef, Scope},
    observe::{Observer, read_snapshot},
    plan::{
        Cost, Filters, Frame, Judged, Matched, Plan, PlanWarning, Planner, PolicyIdentity, RunLimits, Shard, Verdicts,
        assemble,
    },
    policy::{Policy, PolicyFiles, Share},
    render,
    settings::{self, Observed},
};

/// Rounds of questions about a few things before the program gives up; settings need four at most.
pub(crate) const MOST_ROUNDS: usize = 12;

/// A policy that is well-formed.
pub(crate) struct Loaded {
    pub(crate) policy: Policy,
    pub(crate) identity: PolicyIdentity,
    pub(crate) files: usize,
    /// The repository in which the policy stands.
    pub(crate) own_repository: Option<RepoRef>,
    /// Whether messages name public repositories only.
    pub(crate) public_only: bool,
}

impl Loaded {
    /// A policy that ordain itself has written: path and text of each file.
    pub(crate) fn written(files: &BTreeMap<String, String>) -> Result<Self, Failed> {
        let files = files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
        let files = PolicyFiles { files, problems: Vec::new() };
        let digest = Policy::digest(&files);
        let policy = Policy::parse(&files, &settings::catalogue())
            .map_err(|rejected| Failed::msg(diagnostics::render(&rejected.diagnostics, &rejected.sources, false)))?;
        let identity = PolicyIdentity { digest, commit: None };
        Ok(Self { policy, identity, files: files.files.len(), own_repository: None, public_only: false })
    }
}

/// Loads the policy. All its problems are printed to standard error.
pub(crate) fn load(args: &PolicyArgs, ui: &Ui) -> Result<Loaded, Failed> {
    let root: &Path = &args.policy;
    let files = folder::read(root)?;
    let digest = Policy::digest(&files);
    match Policy::parse(&files, &settings::catalogue()) {
        Ok(policy) => {
            if !policy.warnings.is_empty() {
                ui.note(&diagnostics::render(&policy.warnings, policy.sources(), ui.color_on_stderr()));
            }
            let torn = torn(&policy);
            if !torn.is_empty() {
                ui.err(&diagnostics::render(&torn, policy.sources(), ui.color_on_stderr()));
                return Err(unusable(root));
            }
            let identity = PolicyIdentity { digest, commit: environment::commit_of(root) };
            let own_repository = environment::own_repository(root);
            Ok(Loaded { policy, identity, files: files.files.len(), own_repository, public_only: false })
        }
        Err(rejected) => {
            ui.err(&diagnostics::render(&rejected.diagnostics, &rejected.sources, ui.color_on_stderr()));
            Err(unusable(root))
        }
    }
}

fn unusable(root: &Path) -> Failed {
    Failed::msg(format!("the policy in {} cannot be used; nothing was read or changed", root.display()))
}

/// The values of single rules that GitHub does not take together.
fn torn(policy: &Policy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in policy.of_rules() {
        for torn in settings::torn(&rule.iter().collect::<Vec<_>>()) {
            let mut places = torn.sources.iter().filter_map(|source| policy.place(source));
            let mut diagnostic = Diagnostic::error(Code::Setting, torn.message).help(torn.help);
            diagnostic.place = places.next();
            diagnostic.related = places.map(|place| (place, "and this".to_owned())).collect();
            found.push(diagnostic);
        }
    }
    found
}

/// Where observations come from.
pub(crate) enum Source {
    Github(Arc<Observer>),
    /// A snapshot, until it is taken: it is looked at once.
    Snapshot(Cell<Option<Box<Observed>>>),
}

impl Source {
    /// GitHub, or a snapshot if one is named.
    pub(crate) fn open(
        snapshot: Option<&PathBuf>,
        cache: &CacheArgs,
        needs: Permissions,
        ui: &Ui,
    ) -> Result<Self, Failed> {
        let Some(file) = snapshot else { return Ok(Self::Github(Arc::new(observer(cache, needs, ui)?))) };
        let text = disk::read(file)?;
        let observed = read_snapshot(&text).map_err(|error| Failed::msg(format!("{}: {error}", file.display())))?;
        Ok(Self::Snapshot(Cell::new(Some(Box::new(observed)))))
    }

    /// One of several machines takes its share of GitHub's limits.
    pub(crate) fn share(&self, shard: Option<Shard>) {
        if let (Self::Github(observer), Some(shard)) = (self, shard) {
            observer.client().limits().share_among(shard.of());
        }
    }
}

impl Loaded {
    /// The permissions that judging the policy needs.
    pub(crate) fn reads(&self) -> Permissions {
        self.needs(false)
    }

    /// The permissions that judging the policy and changing what differs needs.
    pub(crate) fn reads_and_writes(&self) -> Permissions {
        self.needs(true)
    }

    fn needs(&self, writes: bool) -> Permissions {
        let named = self.policy.settings();
        let mut needs = permissions_of(named.into_iter(), writes);
        if !self.policy.match_reads().files.is_empty() {
            add_permission(&mut needs, "contents:read");
        }
        needs
    }
}

/// The permissions that these settings need.
pub(crate) fn permissions_of<'k>(keys: impl Iterator<Item = (Scope, &'k str)>, writes: bool) -> Permissions {
    let metas = keys.filter_map(|(scope, key)| settings::find(scope, key)).map(|setting| setting.meta());
    let mut needs = Permissions::new();
    for one in settings::permissions(metas, writes) {
        add_permission(&mut needs, one);
    }
    needs
}

/// A reader (and writer) of GitHub. An App's tokens may do what the run needs, and no more.
fn observer(cache: &CacheArgs, needs: Permissions, ui: &Ui) -> Result<Observer, Failed> {
    let limits = Limits::new(ui.notice(), environment::clock_factor()?);
    let client = Client::new(environment::address()?, environment::credentials()?.narrowed(needs), limits)
        .map_err(|error| Failed::msg(format!(
                "this machine has no certificates to trust ({error}): install its ca-certificates, or name a file in SSL_CERT_FILE"
            )))?;
    Ok(Observer::new(match cache::open(cache, ui) {
        Some(cache) => client.with_cache(cache),
        None => client,
    }))
}

/// The time, as observations tell it.
pub(crate) fn now() -> Timestamp {
    Timestamp::now().round(Unit::Second).unwrap_or_else(|_| Timestamp::now())
}

/// Everything that was observed and judged.
pub(crate) struct Session<'a> {
    pub(crate) planner: Box<Planner<'a>>,
    pub(crate) judged: Vec<Judged>,
    /// How many compliant verdicts are not among them.
    counted: u64,
    pub(crate) observed: Observed,
    warnings: Vec<PlanWarning>,
    source: &'static str,
    api_url: String,
    /// When observing began.
    pub(crate) started: Instant,
}

/// Observes and judges.
pub(crate) async fn observe<'a>(
    loaded: &'a Loaded,
    filters: &'a Filters,
    source: &Source,
    ui: &Ui,
) -> Result<Session<'a>, Failed> {
    observe_as_of(loaded, filters, source, (now(), Keep::Everything), ui).await
}

/// Observes and judges, for a report: what it does not tell is dropped on the way.
pub(crate) async fn observe_for_report<'a>(
    loaded: &'a Loaded,
    filters: &'a Filters,
    source: &Source,
    keep: Keep,
    ui: &Ui,
) -> Result<Session<'a>, Failed> {
    observe_as_of(loaded, filters, source, (now(), keep), ui).await
}

/// Observes and judges as of a time, which a snapshot carries itself.
pub(crate) async fn observe_as_of<'a>(
    loaded: &'a Loaded,
    filters: &'a Filters,
    source: &Source,
    (as_of, keep): (Timestamp, Keep),
    ui: &Ui,
) -> Result<Session<'a>, Failed> {
    let started = Instant::now();
    let (mut observed, warnings) = list(loaded, filters, source, as_of, ui).await?;
    let failed = observed.orgs.values().filter(|org| org.error.is_some()).count();
    if failed == observed.orgs.len() {
        return Err(Failed::msg(no_organisation(&observed, source)));
    }
    let (planner, Verdicts { judged, counted }) = judge(loaded, filters, &mut observed, (source, keep), ui).await?;
    ui.clear();
    let (source, api_url) = match source {
        Source::Github(observer) => ("github", observer.client().address().rest().to_owned()),
        Source::Snapshot(_) => ("snapshot", environment::address()?.rest().to_owned()),
    };
    Ok(Session { planner, judged, counted, observed, warnings, source, api_url, started })
}

/// Judges a policy against an observation, and reads what it lacks.
async fn judge<'a>(
    loaded: &'a Loaded,
    filters: &'a Filters,
    observed: &mut Observed,
    (source, keep): (&Source, Keep),
    ui: &Ui,
) -> Result<(Box<Planner<'a>>, Verdicts), Failed> {
    let mut planner = loop {
        match Planner::prepare(&loaded.policy, filters, observed) {
            Matched::Ready(planner) => break planner,
            Matched::Missing(missing) => rounds::answer(missing, observed, source, ui).await,
            Matched::Conflicts(conflicts) => {
                ui.clear();
                let text = diagnostics::render(&conflicts, loaded.policy.sources(), ui.color_on_stderr());
                ui.err(&if loaded.public_only { public(&text, loaded, observed) } else { text });
                return Err(Failed::msg(
                    "the policy does not fit these repositories; nothing else was read or changed",
                ));
            }
        }
    };
    rounds::judge(&mut planner, observed, (source, keep), ui).await;
    let verdicts = planner.told(observed, keep.compliant());
    Ok((planner, verdicts))
}

/// A text without the names of repositories that are not public.
fn public(text: &str, loaded: &Loaded, observed: &Observed) -> String {
    let orgs: Vec<String> = loaded.policy.config.orgs.iter().map(ToString::to_string).collect();
    render::public_text(text, &orgs, &|org, repo| observed.is_public(org, repo))
}

pub(crate) fn no_organisation(observed: &Observed, source: &Source) -> String {
    let whys: BTreeSet<&str> =
        observed.orgs.values().filter_map(|org| org.error.as_ref()).map(|e| e.reason.as_str()).collect();
    let whys: Vec<&str> = whys.into_iter().collect();
    match source {
        _ if whys.is_empty() => "there is no organisation to look at".to_owned(),
        Source::Snapshot(_) => whys.join("\n"),
        Source::Github(observer) => {
            let address = observer.client().address().rest();
            format!("{}\nnothing was read or changed; the API was asked at {address} (GITHUB_API_URL)", whys.join("\n"))
        }
    }
}

/// The organisations that are listed.
pub(crate) fn organisations<'l>(loaded: &'l Loaded, filters: &Filters) -> Vec<&'l Org> {
    // A limit that is a share counts the repositories of all organisations, whatever the filters.
    let share = matches!(loaded.policy.config.limits.repositories, Some(Share::Percent(_)));
    let wanted = |org: &&Org| share || filters.orgs.is_empty() || filters.orgs.contains(org);
    loaded.policy.config.orgs.iter().filter(wanted).collect()
}

/// The organisations that the filters want, with their repositories.
pub(crate) async fn list(
    loaded: &Loaded,
    filters: &Filters,
    source: &Source,
    as_of: Timestamp,
    ui: &Ui,
) -> Result<(Observed, Vec<PlanWarning>), Failed> {
    let orgs = organisations(loaded, filters);
    match source {
        Source::Snapshot(snapshot) => {
            let mut observed = snapshot.take().map_or_else(|| Observed::new(as_of), |observed| *observed);
            observed.orgs.retain(|org, _| orgs.contains(&org));
            Ok((observed, Vec::new()))
        }
        Source::Github(observer) => {
            ui.progress("listing repositories");
            let mut observed = Observed::new(as_of);
            let mut warnings = Vec::new();
            let listed = join_all(orgs.iter().map(|org| observer.list(org))).await;
            for (org, listed) in orgs.into_iter().zip(listed) {
                warnings.extend(listed.warnings.into_iter().map(|message| PlanWarning { message, source: None }));
                observed.orgs.insert(org.clone(), listed.observed);
            }
            Ok((observed, warnings))
        }
    }
}

/// What observing cost.
pub(crate) fn cost(source: &Source) -> Cost {
    let Source::Github(observer) = source else { return Cost::default() };
    apply::cost(observer.client().limits().spent())
}

/// Says on standard error how long reading took, and what it cost, unless that is `told` on the page. A snapshot costs nothing.
pub(crate) fn tell_cost(plan: &Plan, started: Instant, told: bool, ui: &Ui) {
    if plan.source == "github" {
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        ui.note(&format!("ordain: {}", render::reading(&plan.cost, milliseconds, told)));
    }
}

impl Session<'_> {
    /// Refuses a `--repo` that fits no repository: a misspelt one would pass for "nothing differs". Where an organisation
    /// could not be listed, it may be there.
    pub(crate) fn check_repos(&self, filters: &Filters) -> Result<(), Failed> {
        let names: Vec<String> = self
            .observed
            .orgs
            .iter()
            .flat_map(|(org, seen)| seen.repos.iter().map(move |repo| format!("{org}/{}", repo.repository.name)))
            .collect();
        for pattern in &filters.repos {
            let fits = self.observed.orgs.iter().any(|(org, seen)| {
                seen.repos.iter().any(|repo| pattern.matches(org, &repo.repository.name))
                    || (seen.error.is_some() && pattern.matches_org(org))
            });
            if !fits {
                let wanted = pattern.to_string();
                let bare = names.iter().filter_map(|name| name.split_once('/').map(|(_, name)| name));
                let near = diagnostics::nearest(&wanted, names.iter().map(String::as_str))
                    .or_else(|| diagnostics::nearest(&wanted, bare));
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(Failed::msg(format!(
                    "--repo {wanted}: no repository has such a name, or the token may not see it{hint}"
                )));
            }
        }
        Ok(())
    }

    /// What another policy would have planned from the same observation, with its compliant verdicts; what it alone asks is read
    /// too.
    pub(crate) async fn plan_of(
        &mut self,
        other: &Loaded,
        filters: &Filters,
        source: &Source,
        ui: &Ui,
    ) -> Result<Plan, Failed> {
        let (planner, verdicts) = judge(other, filters, &mut self.observed, (source, Keep::Everything), ui).await?;
        let frame = Frame { counted: verdicts.counted, ..self.frame(other, source, RunLimits::default(), true) };
        Ok(assemble(&planner, &verdicts.judged, &self.observed, frame))
    }

    fn frame(&self, loaded: &Loaded, source: &Source, limits: RunLimits, all: bool) -> Frame {
        Frame {
            policy: loaded.identity.clone(),
            api_url: self.api_url.clone(),
            source: self.source.to_owned(),
            created_at: Timestamp::now(),
            warnings: self.warnings.clone(),
            limits,
            cost: cost(source),
            all,
            counted: self.counted,
            own_repository: loaded.own_repository.clone(),
        }
    }

    /// The plan document, where nothing else is asked of the session any more but which repositories there are: what was read
    /// makes room for it.
    pub(crate) fn last_plan(&mut self, loaded: &Loaded, source: &Source, limits: RunLimits, all: bool) -> Plan {
        // Of a snapshot all of it was in memory at once already.
        if matches!(source, Source::Github(_)) {
            self.observed.drop_answers();
        }
        self.planner.close();
        self.plan(loaded, source, limits, all)
    }

    /// Ends it. What was observed is not told again, and a plan of many repositories needs the room; where it came from a
    /// snapshot, the process ends sooner than its millions of pieces are given back one by one.
    pub(crate) fn leave(self) {
        if self.source == "snapshot" {
            std::mem::forget(self);
        }
    }

    /// The plan document.
    pub(crate) fn plan(&self, loaded: &Loaded, source: &Source, limits: RunLimits, all: bool) -> Plan {
        let frame = self.frame(loaded, source, limits, all);
        assemble(&self.planner, &self.judged, &self.observed, frame)
    }
}

/// Whether something is unknown that `--accept-unknown` does not accept; says on standard error what it accepts.
pub(crate) fn has_unknown(plan: &Plan, scope: &ScopeArgs, ui: &Ui) -> bool {
    let unknown = plan.findings.iter().filter(|finding| finding.verdict == crate::model::Verdict::Unknown);
    let (accepted, rest): (Vec<_>, Vec<_>) = unknown
        .partition(|finding| scope.accept_unknown.iter().any(|start| crate::plan::names(start, &finding.setting)));
    if !accepted.is_empty() {
        ui.note(&format!("ordain: {} unknown verdicts are accepted by --accept-unknown", accepted.len()));
    }
    !rest.is_empty()
}
