//! Basic authentication: bcrypt off the server's thread, cached, and bounded.
//!
//! ```text
//! header -> credentials -> cache -> queue: one turn per address -> workers: bcrypt -> cache
//! ```
//!
//! A login that was checked once costs a hash of its bytes from then on. A flood of wrong passwords fills
//! the queue, not the cache of the right ones, and uses threads of low priority.

mod cache;
mod check;
mod credentials;
mod hash;
mod new_hash;
mod queue;
mod users;
mod workers;

pub(super) use check::{Login, Logins};
pub(super) use credentials::Credentials;
pub(super) use hash::Hash;
pub use new_hash::bcrypt_hash;
pub(super) use users::Users;
