//! Runs bcrypt on threads of its own, which have a low priority: a scrape in another thread goes first.

use bcrypt::{bcrypt, verify};
use rustix::process::setpriority_process;

use super::hash::Hash;

/// Priority of the threads: against a thread of normal priority they get a tenth of a CPU.
const NICE: i32 = 10;

/// The salt of the work that only takes time.
const DECOY_SALT: [u8; 16] = *b"no user has this";
/// Neither empty nor longer than 72 bytes, which the library forbids.
const DECOY_PASSWORD: &[u8] = b"nor this\0";

/// One login to check.
pub(super) struct Job {
    /// `None` for an unknown user.
    pub(super) hash: Option<Hash>,
    pub(super) password: Vec<u8>,
    /// The highest cost of all users.
    pub(super) highest_cost: u32,
}

impl Job {
    /// Whether the password is right. A wrong one takes as long as the costliest hash of all users, whether
    /// the user exists or not, so that nobody learns names by measuring time.
    pub(super) fn run(&self) -> bool {
        // A hash that is damaged behind its cost belongs to nobody either.
        let verified = self
            .hash
            .as_ref()
            .and_then(|hash| Some((verify(&self.password, hash.text()).ok()?, hash.cost())));
        match verified {
            Some((true, _)) => return true,
            Some((false, cost)) => missing_costs(cost, self.highest_cost).for_each(spend),
            None => spend(self.highest_cost),
        }
        false
    }
}

/// Takes as long as a hash of this cost. The password does not matter: bcrypt repeats it up to 72 bytes.
fn spend(cost: u32) {
    std::hint::black_box(bcrypt(cost, DECOY_SALT, DECOY_PASSWORD));
}

/// What to spend after a hash of cost `own`, so that the work is that of cost `highest`: 2^c for the hash,
/// plus 2^c + 2^(c+1) + ... + 2^(h-1), is 2^h.
fn missing_costs(own: u32, highest: u32) -> impl Iterator<Item = u32> {
    own..highest
}

/// Lowers the priority of the calling thread. On Linux, zero means the thread and not the process.
pub(super) fn give_way() {
    if let Err(error) = setpriority_process(None, NICE) {
        tracing::debug!(%error, "cannot lower the priority of a thread that checks passwords");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_password_costs_as_much_as_an_unknown_user() {
        let rounds = |cost: u32| 1_u64 << cost;
        for own in 4..=31 {
            for highest in own..=31 {
                let missing: u64 = missing_costs(own, highest).map(rounds).sum();
                assert_eq!(rounds(own) + missing, rounds(highest), "{own} {highest}");
            }
        }
    }
}
