//! Logins that wait for bcrypt: bounded, and the addresses take turns. Pure.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Maximum number of different logins that wait.
const MAX_WAITING: usize = 64;
/// Maximum number of different logins of one address that wait.
const MAX_WAITING_OF_ADDRESS: usize = 8;

/// Jobs by address.
pub(super) struct Queue<A, T> {
    waiting: HashMap<A, VecDeque<T>>,
    /// Each address with jobs, once; the next one first.
    turns: VecDeque<A>,
    length: usize,
}

impl<A, T> Default for Queue<A, T> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            length: 0,
        }
    }
}

impl<A: Copy + Eq + Hash, T> Queue<A, T> {
    /// Adds a job. Returns false, and drops it, if too many wait.
    pub(super) fn push(&mut self, address: A, job: T) -> bool {
        let of_address = self.waiting.get(&address).map_or(0, VecDeque::len);
        if self.length >= MAX_WAITING || of_address >= MAX_WAITING_OF_ADDRESS {
            return false;
        }
        if of_address == 0 {
            self.turns.push_back(address);
        }
        self.waiting.entry(address).or_default().push_back(job);
        self.length += 1;
        true
    }

    /// Takes the next job: the oldest of the address that has waited longest for its turn.
    pub(super) fn pop(&mut self) -> Option<T> {
        let address = self.turns.pop_front()?;
        let jobs = self.waiting.get_mut(&address)?;
        let job = jobs.pop_front();
        if jobs.is_empty() {
            self.waiting.remove(&address);
        } else {
            self.turns.push_back(address);
        }
        self.length = self.length.saturating_sub(1);
        job
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_take_turns() {
        let mut queue = Queue::default();
        for (address, job) in [(1, "a"), (1, "b"), (1, "c"), (2, "d"), (3, "e"), (2, "f")] {
            assert!(queue.push(address, job));
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, ["a", "d", "e", "b", "f", "c"]);
        assert!(queue.waiting.is_empty() && queue.turns.is_empty());
    }

    #[test]
    fn waiting_is_bounded_for_each_address_and_in_all() {
        let mut queue = Queue::default();
        for number in 0..MAX_WAITING_OF_ADDRESS {
            assert!(queue.push(0, number));
        }
        assert!(!queue.push(0, 0));
        let mut total = MAX_WAITING_OF_ADDRESS;
        for address in 1.. {
            if !queue.push(address, 0) {
                break;
            }
            total += 1;
        }
        assert_eq!(total, MAX_WAITING);
        queue.pop();
        assert!(queue.push(9_999, 0));
    }
}
