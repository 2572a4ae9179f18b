//! The whole program, from its command line to its pages, with guests that mean it no good.
//!
//! One module per question. The guests are in `tests/guests/`, named by what they are for; the
//! components that no compiler would write are in [`components`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod components;
mod neighbours;

mod busy;
mod commands;
mod crowd;
mod describe;
mod escape;
mod golden;
mod guests;
mod limits;
mod output;
mod prometheus;
mod reads;
mod scrapes;
mod traps;
