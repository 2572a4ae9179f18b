//! Results of past logins. Pure.
//!
//! The key is a keyed hash, so that no password stays in memory and no other program can compare keys. It
//! covers the lengths of name and hash: without them, a name that ends with the hash of another user could
//! stand for that user's login (CVE-2022-46146).

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

/// Maximum number of results, as in the toolkit.
const MAX_RESULTS: usize = 100;

/// Stands for one user, hash and password.
pub(super) type Key = [u8; 32];

/// Makes keys that only this process can make.
pub(super) struct Keys([u8; 32]);

impl Keys {
    /// With a secret of its own.
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// The key of a login.
    pub(super) fn of(&self, name: &[u8], hash: &[u8], password: &[u8]) -> Key {
        let mut digest = Sha256::new();
        // As long as a block of SHA-256, so that the secret has one of its own.
        digest.update(self.0);
        digest.update(self.0);
        for part in [name, hash, password] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let inner: Key = digest.finalize().into();
        // Once more: what follows the password cannot be continued.
        Sha256::new()
            .chain_update(self.0)
            .chain_update(inner)
            .finalize()
            .into()
    }
}

/// A bounded cache. Results of wrong passwords leave before those of right ones, so that a flood of wrong
/// ones displaces no known client.
#[derive(Default)]
pub(super) struct Cache {
    results: HashMap<Key, Entry>,
    clock: u64,
}

struct Entry {
    right: bool,
    used: u64,
}

impl Cache {
    /// The result of a past login.
    pub(super) fn get(&mut self, key: &Key) -> Option<bool> {
        self.clock += 1;
        let entry = self.results.get_mut(key)?;
        entry.used = self.clock;
        Some(entry.right)
    }

    /// Keeps a result. If the cache is full, the wrong login that was not used for the longest time leaves,
    /// or the right one if there is no wrong one.
    pub(super) fn insert(&mut self, key: Key, right: bool) {
        self.clock += 1;
        if self.results.len() >= MAX_RESULTS && !self.results.contains_key(&key) {
            let order = |(_, entry): &(&Key, &Entry)| (entry.right, entry.used);
            let oldest = self.results.iter().min_by_key(order).map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                self.results.remove(&oldest);
            }
        }
        let used = self.clock;
        self.results.insert(key, Entry { right, used });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> Key {
        Keys::new([0; 32]).of(b"u", b"h", number.to_string().as_bytes())
    }

    #[test]
    fn failed_logins_are_evicted_before_successful_ones() {
        let mut cache = Cache::default();
        for number in 0..50 {
            cache.insert(key(number), true);
        }
        for number in 50..1_000 {
            cache.insert(key(number), false);
            assert!(cache.results.len() <= MAX_RESULTS);
        }
        for number in 0..50 {
            assert_eq!(cache.get(&key(number)), Some(true), "{number}");
        }
        assert_eq!(cache.get(&key(999)), Some(false));
        assert_eq!(cache.get(&key(50)), None);
    }

    #[test]
    fn successful_logins_are_bounded_too() {
        let mut cache = Cache::default();
        for number in 0..1_000 {
            cache.insert(key(number), true);
            assert_eq!(cache.get(&key(0)), Some(true), "kept because it is used");
            assert!(cache.results.len() <= MAX_RESULTS);
        }
    }

    #[test]
    fn parts_cannot_move_between_name_hash_and_password() {
        let keys = Keys::new([7; 32]);
        let plain = keys.of(b"alice", b"hash", b"password");
        assert_ne!(plain, keys.of(b"alicehash", b"", b"password"));
        assert_ne!(plain, keys.of(b"alice", b"hashpass", b"word"));
        assert_ne!(plain, keys.of(b"alic", b"ehash", b"password"));
        assert_eq!(plain, keys.of(b"alice", b"hash", b"password"));
        assert_ne!(plain, Keys::new([8; 32]).of(b"alice", b"hash", b"password"));
    }
}
