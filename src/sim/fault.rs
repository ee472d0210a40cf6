//! What can go wrong on request: errors, broken answers, lost connections, delays.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::World;

/// Something that goes wrong with some requests.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The method it is for; none: all.
    pub method: Option<String>,
    /// The path it is for (without `/api/v3`): a start of it, or with `*` a pattern of the whole (`*` is any text).
    pub path: String,
    /// How many fitting requests go well first.
    pub after: u32,
    /// How many then go wrong.
    pub times: u32,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// The request has no effect, and this is answered.
    Status(u16, Value, Vec<(String, String)>),
    /// The request has its effect, and then this is answered.
    StatusAfter(u16, Value),
    /// The request has its effect; the answer is not JSON.
    NotJson,
    /// The request has its effect; the connection closes inside the answer's body.
    Truncated,
    /// The request has its effect; the answer ends well, but its JSON is cut.
    CutJson,
    /// The connection closes before the request has its effect.
    ResetBefore,
    /// The connection closes after the request has had its effect.
    ResetAfter,
    /// All goes well, but late.
    Delay(Duration),
    /// A read: the answer tells what was so before the last write, if that is no longer ago ([`super::Sim::watch`] is on).
    Stale(Duration),
    /// A write: it is answered as if done, and takes effect so many reads later, or before the next write.
    Late(u32),
    /// Somebody else changes the world just before the request has its effect. The answer is GitHub's.
    Meanwhile(Act<World>),
    /// The request has its effect; the answer's body is changed on its way.
    Altered(Act<Value>),
}

/// Something that is done to a world or to an answer.
pub struct Act<T>(Arc<dyn Fn(&mut T) + Send + Sync>);

impl<T> Act<T> {
    /// Wraps what is to be done.
    pub fn new(act: impl Fn(&mut T) + Send + Sync + 'static) -> Self {
        Self(Arc::new(act))
    }

    pub(super) fn on(&self, subject: &mut T) {
        (self.0)(subject);
    }
}

impl<T> Clone for Act<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Act<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Act")
    }
}

/// A fault and how often it has been met.
#[derive(Debug)]
pub(super) struct Armed {
    fault: Fault,
    met: u32,
}

impl Armed {
    pub(super) fn new(fault: Fault) -> Self {
        Self { fault, met: 0 }
    }
}

/// Counts the request against every fault that fits, and returns the first that strikes.
pub(super) fn strike(faults: &mut [Armed], method: &str, path: &str) -> Option<FaultKind> {
    let mut struck = None;
    for armed in faults {
        let fits = fits(armed.fault.method.as_deref(), &armed.fault.path, method, path);
        if !fits {
            continue;
        }
        let at = armed.met;
        armed.met = armed.met.saturating_add(1);
        let strikes = at >= armed.fault.after && at - armed.fault.after < armed.fault.times;
        if strikes && struck.is_none() {
            struck = Some(armed.fault.kind.clone());
        }
    }
    struck
}

/// Whether a fault is for such a request.
pub(super) fn fits(wanted: Option<&str>, pattern: &str, method: &str, path: &str) -> bool {
    wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(method)) && matches(pattern, path)
}

/// Whether a path fits: a pattern without `*` is a start of it.
fn matches(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return true;
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}
