//! Which cache a run has.

use std::sync::Once;

use super::{environment, options::CacheArgs, ui::Ui};
use crate::github::{CACHE_THREAD, Cache, Teller};

/// The cache that the options name, or the user's; `None` where none is wanted or there is no place for one.
pub(crate) fn open(args: &CacheArgs, ui: &Ui) -> Option<Cache> {
    if args.no_cache {
        return None;
    }
    // What goes wrong in a place that was named is worth a line; in the usual one it is harmless.
    let (folder, detail) = match &args.cache_dir {
        Some(folder) => (folder.clone(), ui.notice()),
        None => (environment::cache_folder()?, ui.detail()),
    };
    quiet();
    Some(Cache::open(folder, Teller { warn: ui.notice(), detail }))
}

/// A panic of the cache's own thread is caught and told there, in words; the usual report of it would pass for one of ordain.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() != Some(CACHE_THREAD) {
                usual(panic);
            }
        }));
    });
}
