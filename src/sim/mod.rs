//! A GitHub of our own: a real HTTP server over a state in memory, with GitHub's manners.
//!
//! It serves the REST and GraphQL routes that `ordain` uses, at the addresses of github.com (`/…`, `/graphql`) and of
//! GitHub Enterprise Server (`/api/v3/…`, `/api/graphql`). It imports nothing of the rest of the program, so that it
//! cannot share its mistakes. A route or field that it does not know is loud: 501, or GraphQL's `undefinedField`.
//!
//! * [`Sim::from_state`] reads a state: the format is described in [`mod@state`].
//! * Names are compared without case; a renamed repository answers 301, or 307 to a write.
//! * A token with `permissions` has just these. What only administrators see (`security_and_analysis`, the truth of
//!   `hasVulnerabilityAlertsEnabled`) is shown to `administration: read` too; `viewerCanAdminister` needs `write`.
//! * [`Sim::fault`] lets things go wrong; [`Sim::edit`] lets somebody else change the world; [`Sim::exchanges`] tells
//!   what was said.

mod answer;
mod branches;
mod clock;
mod dice;
mod effects;
mod fault;
mod fields;
mod generate;
mod git;
mod graphql;
mod http;
mod index;
mod limits;
mod merge;
mod names;
mod packing;
mod protection;
mod repo;
mod rest;
mod route;
mod rulesets;
mod server;
pub mod state;
mod teams;
mod token;
mod trouble;
mod wire;
pub mod world;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

pub use dice::Dice;
pub use effects::Effect;
pub use fault::{Act, Fault, FaultKind};
pub use generate::{Recipe, generate};
pub use git::{Blob, Commit, Entry, Signer, blob_oid};
pub use limits::{Charge, Cost};
pub use server::serve;
pub use state::StateError;
pub use token::{Kind, Level, Token};
pub use trouble::{Chance, Faults, Scripted, Trouble};
pub use world::World;

/// The simulator. Clones share one world.
#[derive(Clone)]
pub struct Sim {
    core: Arc<Core>,
}

/// What is called at each request.
type Tap = Arc<dyn Fn(u64) -> bool + Send + Sync>;

/// What is called with the route, the status and the points of each answer.
type Told = Arc<dyn Fn(&str, u16, u64) + Send + Sync>;

/// What all clones share.
pub(crate) struct Core {
    world: Mutex<World>,
    minted: Mutex<Vec<Token>>,
    exchanges: Mutex<Vec<Exchange>>,
    recording: AtomicBool,
    faults: Mutex<Vec<fault::Armed>>,
    mixer: Mutex<trouble::Mixer>,
    tap: Mutex<Option<Tap>>,
    tapped: AtomicU64,
    told: Mutex<Option<Told>>,
    watching: AtomicBool,
    past: Mutex<effects::Past<(Token, answer::Asked)>>,
    effects: Mutex<Vec<Effect>>,
    clock: clock::Clock,
    meters: Mutex<limits::Meters>,
    cost: Mutex<Cost>,
    open: AtomicUsize,
    requests: AtomicUsize,
}

/// One request and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The path and query as they were asked.
    pub path_and_query: String,
    /// The request's body, if it was JSON.
    pub request_body: Option<Value>,
    /// The status.
    pub status: u16,
    /// The answer's headers.
    pub headers: Vec<(String, String)>,
    /// The answer's body, if there was one.
    pub response_body: Option<Value>,
    /// Whether a fault made the answer what it is: then it is not GitHub's.
    pub faulty: bool,
}

/// Locks, whatever has happened to another holder: a test that panics must not take the server with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sim {
    /// Reads a state document.
    ///
    /// # Errors
    ///
    /// [`StateError`] says the place and the reason.
    pub fn from_state(json: &Value) -> Result<Self, StateError> {
        Ok(Self::over(state::load(json)?))
    }

    /// A made organisation.
    ///
    /// # Errors
    ///
    /// None that is known: what is made is a state.
    pub fn made(recipe: &Recipe) -> Result<Self, StateError> {
        Ok(Self::over(state::load_with(&recipe.organisation(), &mut recipe.repositories())?))
    }

    /// A simulator of a world.
    fn over(world: World) -> Self {
        let clock = clock::Clock::new(world.clock_factor);
        let faults = world.faults.clone();
        let core = Core {
            world: Mutex::new(world),
            minted: Mutex::default(),
            exchanges: Mutex::default(),
            recording: AtomicBool::new(false),
            faults: Mutex::default(),
            mixer: Mutex::default(),
            tap: Mutex::default(),
            tapped: AtomicU64::new(0),
            told: Mutex::default(),
            watching: AtomicBool::new(false),
            past: Mutex::default(),
            effects: Mutex::default(),
            clock,
            meters: Mutex::default(),
            cost: Mutex::default(),
            open: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        };
        let sim = Self { core: Arc::new(core) };
        sim.set_faults(faults);
        sim
    }

    /// Returns the routes, for a server or to be called at once.
    pub fn router(&self) -> axum::Router {
        axum::Router::new().fallback(server::handle).with_state(self.clone())
    }

    /// Answers one request at once, without a socket. Where a fault closes the connection, the answer's body fails.
    pub async fn answer(&self, request: ::http::Request<axum::body::Bytes>) -> axum::response::Response {
        server::handle(axum::extract::State(self.clone()), None, request.map(axum::body::Body::from)).await
    }

    /// Returns the present state as a document that [`Sim::from_state`] reads back.
    pub fn state(&self) -> Value {
        state::save(&lock(&self.core.world))
    }

    /// Returns everything that was asked and answered while recording was on.
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.core.exchanges).clone()
    }

    /// Forgets what was recorded.
    pub fn clear_exchanges(&self) {
        lock(&self.core.exchanges).clear();
    }

    /// Turns recording on or off; it is off at first.
    pub fn record(&self, on: bool) {
        self.core.recording.store(on, Ordering::SeqCst);
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        lock(&self.core.faults).push(fault::Armed::new(fault));
    }

    /// Lets things go wrong as a state file asks for it, in place of what was asked for before.
    pub fn set_faults(&self, faults: Faults) {
        let needs_past = |trouble: &Trouble| matches!(trouble, Trouble::Stale(_));
        if faults.mix.iter().map(|one| &one.trouble).chain(faults.script.iter().map(|one| &one.trouble)).any(needs_past)
        {
            self.watch(true);
        }
        *lock(&self.core.faults) = faults.script.iter().map(|one| fault::Armed::new(one.fault())).collect();
        lock(&self.core.world).faults = faults.clone();
        *lock(&self.core.mixer) = trouble::Mixer::new(faults);
    }

    /// Takes back all faults. A write that was to take effect late takes effect with the next request.
    pub fn clear_faults(&self) {
        self.set_faults(Faults::default());
    }

    /// Calls this with the number of each request (the first is 1) when it has arrived and before it has any effect; where
    /// it says no, the connection closes and the request has none.
    pub fn tap(&self, tap: impl Fn(u64) -> bool + Send + Sync + 'static) {
        *lock(&self.core.tap) = Some(Arc::new(tap));
    }

    /// Calls this with each answer's route (`GET /orgs/{org}/repos`, `POST /graphql ObserveNodes`), its status, and what it took of
    /// the hour's allowance: nothing where the client had it already.
    pub fn tell(&self, told: impl Fn(&str, u16, u64) + Send + Sync + 'static) {
        *lock(&self.core.told) = Some(Arc::new(told));
    }

    fn is_let_through(&self) -> bool {
        let tap = lock(&self.core.tap).clone();
        let number = self.core.tapped.fetch_add(1, Ordering::SeqCst) + 1;
        tap.is_none_or(|tap| tap(number))
    }

    /// Turns the watch over writes on or off; it is off at first, since it keeps the world before each. [`Sim::effects`]
    /// and stale reads need it.
    pub fn watch(&self, on: bool) {
        self.core.watching.store(on, Ordering::SeqCst);
    }

    /// Returns what writes have done while they were watched.
    pub fn effects(&self) -> Vec<Effect> {
        lock(&self.core.effects).clone()
    }

    /// Returns what the limits by the minute have counted, in order; nothing where they are off.
    pub fn charges(&self) -> Vec<Charge> {
        lock(&self.core.meters).charges()
    }

    /// Changes the world as somebody else would.
    pub fn edit(&self, change: impl FnOnce(&mut World)) {
        let mut world = lock(&self.core.world);
        change(&mut world);
        world.touched();
    }

    /// Returns what has been asked so far.
    pub fn cost(&self) -> Cost {
        *lock(&self.core.cost)
    }
}
