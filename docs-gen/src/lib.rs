//! Generates pages in `docs/`: `cargo xtask collectors`, `cargo xtask costs` and
//! `cargo xtask reference`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a build tool: a panic reports what is wrong with a page"
)]

pub mod costs;
mod markdown;
mod metrics;
pub mod pages;
pub mod reference;
