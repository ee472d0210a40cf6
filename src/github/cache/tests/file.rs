//! The file: its bound, and what may be wrong with it.

use std::{fs, path::Path};

use crate::github::cache::{
    keys::Name,
    place::{FILE, Unusable},
    store::Store,
};

const MOST: u64 = 2 * 1024 * 1024;

fn name(n: u16) -> Name {
    let mut name = [7; 32];
    name[..2].copy_from_slice(&n.to_be_bytes());
    name
}

fn open(folder: &Path, day: u32) -> (Store, bool) {
    Store::open(folder, MOST, day).expect("a store")
}

/// A store with 20 values of three kilobytes, written on day 1.
fn filled(folder: &Path) {
    let (mut store, replaced) = open(folder, 1);
    assert!(!replaced);
    for n in 0..20 {
        store.put(name(n), vec![n as u8; 3000]).expect("put");
    }
    store.close().expect("closed");
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path());
    let (mut store, _) = open(folder.path(), 2);
    assert!(store.get(&name(3)).expect("read").is_some());
    store.close().expect("closed");
    // A run that brings more than there is room for.
    let (mut store, _) = open(folder.path(), 3);
    for n in 100..800 {
        store.put(name(n), vec![1; 3500]).expect("put");
    }
    store.close().expect("closed");
    let length = fs::metadata(folder.path().join(FILE)).expect("the file").len();
    assert!(length <= MOST, "{length}");
    let (mut store, replaced) = open(folder.path(), 4);
    assert!(!replaced);
    let mut there = |n| store.get(&name(n)).expect("read").is_some();
    assert!((0..20).filter(|n| *n != 3).all(|n| !there(n)), "nobody used these since the first day");
    assert!((100..800).filter(|n| there(*n)).count() > 100, "today's are what it is for");
}

#[test]
fn one_value_never_drives_all_others_out() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path());
    let (mut store, _) = open(folder.path(), 2);
    store.put(name(500), vec![1; MOST as usize / 2]).expect("put");
    assert!(store.get(&name(500)).expect("read").is_none());
    assert!(store.get(&name(0)).expect("read").is_some());
}

#[test]
fn a_file_that_was_altered_is_begun_anew_or_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    filled(folder.path());
    let path = folder.path().join(FILE);
    let whole = fs::read(&path).expect("the file");
    let mut anew = 0;
    for at in (4..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let cut = &whole[..at];
        for bytes in [bytes.as_slice(), cut] {
            fs::write(&path, bytes).expect("written");
            let (mut store, replaced) = open(folder.path(), 2);
            anew += usize::from(replaced);
            for n in 0..20 {
                let value = store.get(&name(n)).expect("read");
                assert!(value.is_none_or(|value| value == vec![n as u8; 3000]), "at {at}");
            }
            store.put(name(0), vec![1]).expect("put");
            store.close().expect("closed");
        }
    }
    assert!(anew > 60, "{anew}");
}

#[test]
fn what_is_not_ours_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE);
    let foreign = |what: &str| match Store::open(folder.path(), MOST, 1) {
        Err(why @ Unusable::Foreign(_)) => assert!(why.is_odd()),
        Err(why) => assert!(!why.is_odd(), "{what}: {why}"),
        Ok(_) => unreachable!("{what} was taken for a cache"),
    };
    fs::write(&path, "somebody's notes").expect("written");
    foreign("a text");
    assert_eq!(fs::read(&path).expect("it is there"), b"somebody's notes");
    fs::remove_file(&path).expect("it goes");
    fs::create_dir(&path).expect("a folder");
    foreign("a folder");
    fs::remove_dir(&path).expect("it goes");
    #[cfg(unix)]
    {
        let target = folder.path().join("elsewhere");
        fs::write(&target, "").expect("written");
        std::os::unix::fs::symlink(&target, &path).expect("a link");
        foreign("a link");
        assert_eq!(fs::read(&target).expect("it is there"), b"");
        fs::remove_file(&path).expect("it goes");
    }
    let not_a_folder = folder.path().join("file");
    fs::write(&not_a_folder, "").expect("written");
    assert!(matches!(Store::open(&not_a_folder, MOST, 1), Err(Unusable::Io(_))));
}

#[test]
fn a_file_in_use_is_left_to_its_user() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = open(folder.path(), 1);
    assert!(matches!(Store::open(folder.path(), MOST, 1), Err(Unusable::Busy)));
    store.close().expect("closed");
    open(folder.path(), 1).0.close().expect("closed");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join("cache/ordain");
    filled(&folder);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join(FILE))), (0o700, 0o600));
    for path in [&folder, &folder.join(FILE)] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }
    open(&folder, 2).0.close().expect("closed");
    assert_eq!(mode(&folder.join(FILE)), 0o600);
}
