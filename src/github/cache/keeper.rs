//! The thread that works on the file, alone: nobody waits for a disk who could go on, and whatever a broken file does to it,
//! a panic or an endless loop, ends the cache and not the run.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc as plain,
    },
    thread,
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::{
    Teller,
    keys::Name,
    place::{FILE, Unusable},
    store::Store,
};

/// The thread's name, by which the program knows that a panic of it is no more than the end of a cache.
pub const THREAD: &str = "ordain cache";
/// Values that wait to be written; who has another waits.
const QUEUE: usize = 16;
/// A value that has not come by then is asked of GitHub.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the end of a run waits for the last values to be written.
const LAST: Duration = Duration::from_secs(30);

enum Ask {
    Get(Name, oneshot::Sender<Option<Vec<u8>>>),
    Put(Name, Vec<u8>),
    /// What stands there is not what was written.
    Distrust(Name),
}

/// The thread, from outside. Dropped, it waits until everything is written.
pub(super) struct Keeper {
    asks: Option<mpsc::Sender<Ask>>,
    ended: Mutex<plain::Receiver<()>>,
    /// Whether it has not answered in time.
    lost: AtomicBool,
    detail: crate::github::Notice,
}

impl Keeper {
    /// Starts the thread, which opens the file.
    pub(super) fn start(folder: PathBuf, most: u64, teller: Teller) -> Self {
        let (asks, asked) = mpsc::channel(QUEUE);
        let (end, ended) = plain::channel();
        let detail = teller.detail.clone();
        let work = move || {
            // Dropped on every way out.
            let _end: plain::Sender<()> = end;
            if catch_unwind(AssertUnwindSafe(|| keep(asked, &folder, most, &teller))).is_err() {
                tell(&Unusable::Damaged, &folder.join(FILE), &teller);
            }
        };
        // Without a thread there is nobody to answer, so nothing is kept.
        let _ = thread::Builder::new().name(THREAD.to_owned()).spawn(work);
        Self { asks: Some(asks), ended: Mutex::new(ended), lost: AtomicBool::new(false), detail }
    }

    /// The value of a name.
    pub(super) async fn get(&self, name: Name) -> Option<Vec<u8>> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Get(name, answer)).await?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(answer) => answer.ok().flatten(),
            Err(_) => self.give_up(),
        }
    }

    /// Keeps a value.
    pub(super) async fn put(&self, name: Name, value: Vec<u8>) {
        self.ask(Ask::Put(name, value)).await;
    }

    /// Says that the value of a name was not written by us.
    pub(super) async fn distrust(&self, name: &Name) {
        self.ask(Ask::Distrust(*name)).await;
    }

    async fn ask(&self, ask: Ask) -> Option<()> {
        if self.lost.load(Ordering::Relaxed) {
            return None;
        }
        let asks = self.asks.as_ref()?;
        match tokio::time::timeout(PATIENCE, asks.send(ask)).await {
            Ok(sent) => sent.ok(),
            Err(_) => self.give_up(),
        }
    }

    fn give_up<T>(&self) -> Option<T> {
        if !self.lost.swap(true, Ordering::Relaxed) {
            (self.detail)("the cache does not answer; this run goes on without it");
        }
        None
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.asks = None;
        if !self.lost.load(Ordering::Relaxed) {
            // It sends nothing: its end is that it goes.
            let _ = self.ended.get_mut().map(|ended| ended.recv_timeout(LAST));
        }
    }
}

/// Days since 1970.
fn today() -> u32 {
    u32::try_from(Timestamp::now().as_second() / 86_400).unwrap_or_default()
}

fn keep(mut asked: mpsc::Receiver<Ask>, folder: &Path, most: u64, teller: &Teller) {
    let path = folder.join(FILE);
    let mut store = match Store::open(folder, most, today()) {
        Ok((store, replaced)) => {
            if replaced {
                (teller.detail)(&format!("the cache {} was damaged; it is begun anew", path.display()));
            }
            store
        }
        Err(why) => return tell(&why, &path, teller),
    };
    let mut warned = false;
    while let Some(ask) = asked.blocking_recv() {
        let done = match ask {
            // Nobody may wait any more.
            Ask::Get(name, answer) => store.get(&name).map(|value| drop(answer.send(value))),
            Ask::Put(name, value) => store.put(name, value),
            Ask::Distrust(name) => {
                if !warned {
                    warned = true;
                    (teller.warn)(&format!(
                        "in the cache {} is something that was not written with this credential; it is not used",
                        path.display()
                    ));
                }
                store.remove(&name)
            }
        };
        if let Err(why) = done {
            return tell(&why, &path, teller);
        }
    }
    if let Err(why) = store.close() {
        tell(&why, &path, teller);
    }
}

fn tell(why: &Unusable, path: &Path, teller: &Teller) {
    let text = format!("the cache {}: {why}; this run goes on without it", path.display());
    if why.is_odd() { (teller.warn)(&text) } else { (teller.detail)(&text) }
}
