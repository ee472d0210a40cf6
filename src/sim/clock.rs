//! The clock of the limits: it may run faster than ours, so that a minute of GitHub's passes in a second of a test.

use std::time::Duration;

use tokio::time::Instant;

/// How long the simulator has been running, in its own time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
    factor: f64,
}

impl Clock {
    /// A clock that starts now and runs so many times faster than ours.
    pub(super) fn new(factor: f64) -> Self {
        Self { start: Instant::now(), factor }
    }

    /// Returns the time since the start, as the simulator counts it.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed().mul_f64(self.factor)
    }
}
