//! Names and seals: what stands in the file tells nothing to whom does not have the credential, and nobody else can write
//! what is then used.
//!
//! A name is an HMAC (SHA-256) of what it names. A value is sealed with AES-256-GCM, which both hides it and proves who wrote
//! it, and for which name. Both keys are derived from the credential, which has far more entropy than could be guessed.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};

/// What a value is filed under.
pub(super) type Name = [u8; 32];

/// The purpose of all keys; another format has others.
const PURPOSE: &[u8] = b"ordain cache 1";

/// What the keys are made from: a one-way image of a credential.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::github) struct Seed([u8; 32]);

impl Seed {
    /// The image of a secret text.
    pub(in crate::github) fn of(secret: &str) -> Self {
        Self(mac(PURPOSE, &[secret.as_bytes()]))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The keys of one credential.
pub(super) struct Keys {
    names: [u8; 32],
    seal: RandomizedNonceKey,
}

impl Keys {
    /// `None` if the library has no random numbers.
    pub(super) fn new(seed: &Seed) -> Option<Self> {
        let seal = RandomizedNonceKey::new(&AES_256_GCM, &mac(&seed.0, &[b"values"])).ok()?;
        Some(Self { names: mac(&seed.0, &[b"names"]), seal })
    }

    /// The name for what these parts say together.
    pub(super) fn name(&self, parts: &[&str]) -> Name {
        mac(&self.names, &parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>())
    }

    /// Seals a value under its name, and under what else must be the same when it is opened.
    pub(super) fn seal(&self, name: &Name, with: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len() + NONCE_LEN);
        sealed.extend_from_slice(plain);
        let nonce = self.seal.seal_in_place_append_tag(Aad::from(bound(name, with)), &mut sealed).ok()?;
        sealed.extend_from_slice(nonce.as_ref());
        Some(sealed)
    }

    /// Opens a value; `None` if it was not sealed with this credential, under this name.
    pub(super) fn open(&self, name: &Name, with: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = sealed.split_off(sealed.len().checked_sub(NONCE_LEN)?);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let length = self.seal.open_in_place(nonce, Aad::from(bound(name, with)), &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }
}

fn bound(name: &Name, with: &[u8]) -> Vec<u8> {
    [name, with].concat()
}

/// HMAC of parts, each with its length, so that no two lists of parts are the same bytes.
fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    // A tag of SHA-256 is as long.
    out.copy_from_slice(context.sign().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> Keys {
        Keys::new(&Seed::of(secret)).expect("keys")
    }

    #[test]
    fn only_the_same_credential_opens_and_only_under_the_same_name() {
        let (mine, other) = (keys("ghp_mine"), keys("ghp_other"));
        let name = mine.name(&["body", "/x"]);
        let sealed = mine.seal(&name, b"etag", b"private").expect("sealed");
        assert_eq!(mine.open(&name, b"etag", sealed.clone()).as_deref(), Some(&b"private"[..]));
        assert_eq!(other.open(&name, b"etag", sealed.clone()), None);
        assert_eq!(mine.open(&mine.name(&["body", "/y"]), b"etag", sealed.clone()), None);
        assert_eq!(mine.open(&name, b"another", sealed.clone()), None);
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert_eq!(mine.open(&name, b"etag", broken), None, "byte {at}");
        }
        for length in 0..sealed.len() {
            assert_eq!(mine.open(&name, b"etag", sealed[..length].to_vec()), None, "length {length}");
        }
    }

    #[test]
    fn names_differ_by_credential_and_by_every_part() {
        let mine = keys("ghp_mine");
        assert_ne!(mine.name(&["a", "bc"]), mine.name(&["ab", "c"]));
        assert_ne!(mine.name(&["a"]), keys("ghp_other").name(&["a"]));
        assert_eq!(mine.name(&["a"]), keys("ghp_mine").name(&["a"]));
    }

    #[test]
    fn a_value_shows_nothing_of_itself_and_never_looks_the_same() {
        let mine = keys("ghp_mine");
        let name = mine.name(&["a"]);
        let seal = || mine.seal(&name, b"", b"a private text").expect("sealed");
        assert_ne!(seal(), seal());
        assert!(!seal().windows(7).any(|window| window == b"private"));
        assert_eq!(format!("{:?}", Seed::of("ghp_mine")), "[secret]");
    }
}
