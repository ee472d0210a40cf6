//! What GitHub answered, kept on disk: answers of REST, to ask for only what has changed, and texts of files, which have not.
//!
//! Nothing that is read back is trusted for standing there. Names and values are made with keys that are derived from the
//! credential (`keys`): another identity finds nothing, cannot read anything, and whatever was not written with this
//! credential, or not under this name, is not used. So a cache may travel through places that others can read, as the caches
//! of GitHub Actions do, which pull requests from forks can restore. A kept answer is used only once GitHub has said that its
//! ETag is still the answer's; a text only if it has the object name that it is asked for by.
//!
//! Kept are `GET`s that were answered 200, and nothing else. ETags of GitHub are bound to the token, so the answers are kept
//! for tokens that stay. A GitHub App has another token each hour; for it, texts are kept.
//!
//! A cache that is lost is no loss: whatever is wrong with the file, the run goes on without it (`store`, `place`), and the
//! file is worked on by a thread of its own (`keeper`), so that nothing of it can stop a run or end it.

mod keeper;
mod keys;
mod place;
mod store;
#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use http::HeaderValue;

pub use keeper::THREAD;
pub(super) use keys::Seed;

use self::{
    keeper::Keeper,
    keys::{Keys, Name},
};
use super::{
    Credentials, Notice, packed,
    transport::{ACCEPT, MOST_BYTES as MOST_UNPACKED, VERSION},
};
use crate::model::{Oid, blob_oid};

/// The most bytes that a cache takes on disk.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// Whom it is told what is wrong with a cache.
#[derive(Clone)]
pub struct Teller {
    /// What a person should know: somebody may have put something there.
    pub warn: Notice,
    /// What is harmless, such as another run that uses the same file.
    pub detail: Notice,
}

/// A cache in a folder, shared by all that read.
#[derive(Clone)]
pub struct Cache {
    keeper: Arc<Keeper>,
}

impl Cache {
    /// Opens the cache in a folder, which is made if it is not there. Gives a cache in any case: one that cannot be used
    /// keeps nothing, and says so.
    #[must_use]
    pub fn open(folder: PathBuf, teller: Teller) -> Self {
        Self { keeper: Arc::new(Keeper::start(folder, MOST_BYTES, teller)) }
    }
}

/// An answer that is kept, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) etag: String,
    /// The links to other pages, as they were.
    pub(super) link: Option<String>,
}

/// A cache under the keys of one credential, for one GitHub.
pub(super) struct Kept {
    keeper: Arc<Keeper>,
    keys: Keys,
    /// The API's address.
    host: String,
    answers: bool,
    /// Whether nothing more is kept.
    pub(super) frozen: AtomicBool,
}

impl Kept {
    /// `None` for a credential of which nothing is kept.
    pub(super) fn new(cache: Cache, credentials: &Credentials, host: &str) -> Option<Self> {
        let keys = Keys::new(&credentials.seed()?)?;
        let answers = credentials.is_shared();
        Some(Self { keeper: cache.keeper, keys, host: host.to_owned(), answers, frozen: AtomicBool::new(false) })
    }

    /// Whether answers are kept, and not only texts.
    pub(super) const fn keeps_answers(&self) -> bool {
        self.answers
    }

    fn name(&self, kind: &str, path: &str) -> Name {
        self.keys.name(&[kind, &self.host, "GET", path, ACCEPT, VERSION])
    }

    /// What is known of the answer to a path.
    pub(super) async fn known(&self, path: &str) -> Option<Known> {
        let name = self.name("head", path);
        let head = self.opened(&name, b"").await?;
        let (etag, link) = std::str::from_utf8(&head).ok()?.split_once('\n')?;
        Some(Known { etag: etag.to_owned(), link: (!link.is_empty()).then(|| link.to_owned()) })
    }

    /// The body of an answer, as it was when it had this ETag.
    pub(super) async fn body(&self, path: &str, known: &Known) -> Option<Bytes> {
        let kept = self.opened(&self.name("body", path), known.etag.as_bytes()).await?;
        if packed::is_packed(&kept) { packed::unpack(&kept, MOST_UNPACKED).ok() } else { Some(Bytes::from(kept)) }
    }

    /// Keeps an answer; the body as it came.
    pub(super) async fn keep(&self, path: &str, etag: &HeaderValue, link: Option<&HeaderValue>, body: &[u8]) {
        if self.frozen.load(Ordering::Relaxed) {
            return;
        }
        // A header's value has no line break.
        let (Ok(etag), Ok(link)) = (etag.to_str(), link.map_or(Ok(""), HeaderValue::to_str)) else { return };
        self.seal(self.name("body", path), etag.as_bytes(), body).await;
        self.seal(self.name("head", path), b"", format!("{etag}\n{link}").as_bytes()).await;
    }

    /// A text by its object name.
    pub(super) async fn text(&self, whose: &str, oid: &Oid) -> Option<String> {
        let name = self.text_name(whose, oid);
        let bytes = self.opened(&name, b"").await?;
        if blob_oid(&bytes) != *oid {
            return None;
        }
        String::from_utf8(bytes).ok()
    }

    /// Keeps a text. GitHub gives some texts in another encoding than they have; these have another name, and are not kept.
    pub(super) async fn keep_text(&self, whose: &str, oid: &Oid, text: &str) {
        if blob_oid(text.as_bytes()) == *oid {
            self.seal(self.text_name(whose, oid), b"", text.as_bytes()).await;
        }
    }

    fn text_name(&self, whose: &str, oid: &Oid) -> Name {
        self.keys.name(&["text", &self.host, whose, &oid.0])
    }

    async fn opened(&self, name: &Name, with: &[u8]) -> Option<Vec<u8>> {
        let sealed = self.keeper.get(*name).await?;
        let opened = self.keys.open(name, with, sealed);
        if opened.is_none() {
            self.keeper.distrust(name).await;
        }
        opened
    }

    async fn seal(&self, name: Name, with: &[u8], plain: &[u8]) {
        if let Some(sealed) = self.keys.seal(&name, with, plain) {
            self.keeper.put(name, sealed).await;
        }
    }
}
