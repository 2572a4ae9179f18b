//! What the tests in `tests/all/` are written with: a running firepit, a client, and a reader of
//! its pages that is stricter than Prometheus.
//!
//! `cargo xtask test` builds everything and says by environment where it is: `FIREPIT_BIN`,
//! `FIREPIT_GUESTS`, `FIREPIT_COLLECTORS`, `FIREPIT_PROMETHEUS`, `FIREPIT_PROMTOOL`,
//! `FIREPIT_XTASK`, and `FIREPIT_PEER` where there is a node_exporter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod collectors;
mod confined;
pub mod costs;
mod directory;
mod firepit;
mod given;
mod golden;
mod hold;
mod http;
mod live;
mod logs;
mod namespace;
mod page;
mod pages;
mod peer;
mod program;
mod prometheus;
mod swapped;
mod under_load;
mod wait;
mod writers;

pub use collectors::{COLLECTORS, Group, Native, Options, Standard};
pub use confined::MemoryCgroup;
pub use directory::Directory;
pub use firepit::{Ended, Firepit, Running};
pub use given::{guest, program};
pub use golden::assert_golden;
pub use hold::Hold;
pub use http::{Answer, Request};
pub use live::{cpu_time, live_flags, live_native};
pub use logs::{Line, Logs};
pub use namespace::Namespace;
pub use page::{Family, Page, Sample};
pub use pages::write as write_pages;
pub use peer::Peer;
pub use program::{Program, load};
pub use prometheus::Prometheus;
pub use swapped::{SWAPPED, Shown, heavy, large, sha256, swapped, swapped_as};
pub use under_load::{UnderLoad, under_load};
pub use wait::{PATIENCE, until, until_or};
pub use writers::{Writer, project};
