//! The users of a web config file.

use std::collections::HashMap;

use super::hash::Hash;

/// Users by name.
#[derive(Default, PartialEq, Eq)]
pub(in crate::web) struct Users {
    /// `None` for a user whose hash cannot be used, and who cannot log in.
    hashes: HashMap<String, Option<Hash>>,
    highest_cost: u32,
}

/// Go's default cost, for a file in which no hash can be used.
const DEFAULT_COST: u32 = 10;

impl Users {
    /// Users with their hashes.
    pub(in crate::web) fn new(users: impl IntoIterator<Item = (String, Option<Hash>)>) -> Self {
        let hashes: HashMap<_, _> = users.into_iter().collect();
        let costs = hashes.values().flatten().map(Hash::cost);
        let highest_cost = costs.max().unwrap_or(DEFAULT_COST);
        Self {
            hashes,
            highest_cost,
        }
    }

    /// Whether there are none, so that no request needs credentials.
    pub(in crate::web) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The hash of a user. A name that is not UTF-8 belongs to no user.
    pub(super) fn hash(&self, name: &[u8]) -> Option<&Hash> {
        self.hashes.get(str::from_utf8(name).ok()?)?.as_ref()
    }

    /// The highest cost of all users: that of every failed login.
    pub(super) fn highest_cost(&self) -> u32 {
        self.highest_cost
    }
}
