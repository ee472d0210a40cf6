//! Stopping: what has begun is finished, nothing new is begun, and what waits before its first write is left.

use std::future::Future;

use tokio::sync::watch;

/// A wish to stop, told from outside.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Asks the apply to stop.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is to stop.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// What comes of work that writes nothing; `None` where it is to stop before that is known. The gate may hold such work for as
    /// long as an hour.
    pub(super) async fn unless_asked<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut asked = self.0.subscribe();
        tokio::select! {
            biased;
            // The sender is `self`: the wait cannot end otherwise.
            _ = asked.wait_for(|asked| *asked) => None,
            done = work => Some(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_waits_is_left_and_work_that_is_done_is_not() {
        let stop = Stop::default();
        assert_eq!(stop.unless_asked(async { 1 }).await, Some(1));
        let (left, ()) = tokio::join!(stop.unless_asked(std::future::pending::<()>()), async { stop.ask() });
        assert_eq!(left, None);
        assert!(stop.is_asked());
        assert_eq!(stop.unless_asked(async { 1 }).await, None, "nothing new is begun");
    }
}
