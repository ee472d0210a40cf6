//! No bytes make it panic or hang: the fuzz targets over their corpus, and over what is made from it.

use std::{fs, path::PathBuf};

use super::{
    cases::{hold, note},
    dice::Dice,
    targets::{self, Target},
};

/// The files of a target's corpus, in the order of their names.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target} has no corpus");
    paths.iter().map(|path| fs::read(path).expect("a file of the corpus")).collect()
}

/// Pieces that have broken readers before.
const PIECES: &[&str] = &[
    "{{ ",
    " }}",
    "${{",
    "{{{{",
    "\u{0}",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "é\u{301}",
    "𝕏",
    "\\ud800",
    "\\u0000",
    "1e999",
    "-1",
    "99999999999999999999999",
    "0x7fffffffffffffff",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "=",
    "\n",
    "\r\n",
    "\"\"\"",
    "'''",
    "[[",
    "]]",
    "../",
    "/(((((/",
    "/(a{999}){999}/",
    "=== files/x\n",
    "=== ../x\n",
    "=== rules/\n",
    "requires = [\"a\"]\n",
    "2026-02-30",
    "9999-12-31T23:59:59Z",
    "-9999-01-01",
    "x-ghsa-2345-6789-cfgh",
    "known",
    "unknown",
];

fn mutate(dice: &mut Dice, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut data = dice.pick(corpus).clone();
    for _ in 0..=dice.below(6) {
        let (from, to) = (dice.below(data.len() + 1), dice.below(data.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        match dice.below(9) {
            0 if !data.is_empty() => {
                let at = dice.below(data.len());
                data[at] ^= 1 << dice.below(8);
            }
            1 => data.truncate(to),
            2 => drop(data.drain(from..to.min(from + 40))),
            3 => {
                let piece = data[from..to.min(from + 200)].to_vec();
                data.splice(to..to, piece);
            }
            4 => {
                let other = dice.pick(corpus);
                let start = dice.below(other.len() + 1);
                let piece = other[start..(start + 300).min(other.len())].to_vec();
                data.splice(from..from, piece);
            }
            5 => {
                let open = *dice.pick(&["[", "{\"a\":", "{a=", "((", "[a.", "{{"]);
                data.splice(from..from, open.repeat(1 + dice.below(3_000)).into_bytes());
            }
            6 => {
                let byte = u8::try_from(dice.below(256)).expect("a byte");
                data.splice(from..from, vec![byte; 1 + dice.below(20)]);
            }
            _ => drop(data.splice(from..from, dice.pick(PIECES).bytes())),
        }
        data.truncate(100_000);
    }
    data
}

fn holds(name: &str, target: Target) {
    let corpus = corpus(name);
    for (at, data) in corpus.iter().enumerate() {
        note(&format!("file {at} of the corpus of {name}"));
        target(data);
    }
    hold(1_000, 1, |seed| {
        let mut dice = Dice::new(seed, 5);
        let data = mutate(&mut dice, &corpus);
        note(&String::from_utf8_lossy(&data[..data.len().min(2_000)]));
        target(&data);
    });
}

/// One test for each target, so that they run side by side and fail by name.
macro_rules! robust {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                holds(stringify!($name), targets::$name);
            }
        )+

        #[test]
        fn every_target_is_run() {
            let run = [$(stringify!($name)),+];
            assert_eq!(targets::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>(), run);
            for (name, _) in targets::ALL {
                let file = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
                assert!(fs::exists(&file).expect("a folder"), "{file} is not there");
            }
        }
    };
}

robust!(answers, journal, plan, policy, snapshot, template);
