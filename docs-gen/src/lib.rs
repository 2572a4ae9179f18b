//! Generates pages in `docs/`: `cargo xtask collectors` and `cargo xtask costs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a build tool: a panic reports what is wrong with a page"
)]

pub mod costs;
pub mod pages;
