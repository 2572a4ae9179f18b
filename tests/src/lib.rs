//! Test harness of the tests in `tests/all/`: a running firepit, an HTTP client, and a parser of
//! its pages that is stricter than Prometheus.
//!
//! `cargo xtask test` builds everything and sets environment variables with the paths:
//! `FIREPIT_BIN`, `FIREPIT_GUESTS`, `FIREPIT_COLLECTORS`, `FIREPIT_EXAMPLES`, `FIREPIT_PROMETHEUS`,
//! `FIREPIT_PROMTOOL`, `FIREPIT_SERVICES`, `FIREPIT_XTASK`, and `FIREPIT_PEER` if node_exporter is installed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod bus;
mod collectors;
mod directory;
mod drop_in;
mod env;
mod firepit;
mod golden;
mod http;
mod live;
mod logs;
mod memory_cgroup;
mod name_server;
mod namespace;
mod node_exporter;
mod notify_socket;
mod old_kernel;
mod page;
mod peer;
mod program;
mod prometheus;
mod seccomp;
mod service;
mod stopped_threads;
mod swap_guest;
mod syscall_gate;
mod under_load;
mod user_manager;
mod wait;
mod writers;

pub use bus::Bus;
pub use collectors::{COLLECTORS, Group, Native, Options, Standard};
pub use directory::Directory;
pub use drop_in::{Conduct, drop_in_page, unexplained};
pub use env::{guest, is_installed, program};
pub use firepit::{Ended, Firepit, Running};
pub use golden::assert_golden;
pub use http::{Answer, Request};
pub use live::{cpu_time, live_flags, live_native};
pub use logs::{Line, Logs};
pub use memory_cgroup::MemoryCgroup;
pub use name_server::{NameServer, with_etc};
pub use namespace::Namespace;
pub use node_exporter::NodeExporter;
pub use notify_socket::NotifySocket;
pub use old_kernel::OldKernel;
pub use page::{Family, Page, Sample};
pub use peer::{Act, Peer};
pub use program::{Program, load};
pub use prometheus::Prometheus;
pub use service::Service;
pub use stopped_threads::StoppedThreads;
pub use swap_guest::{GuestOnPage, SWAP_GUEST, heavy, large, sha256, swap_guest, swap_guest_as};
pub use syscall_gate::SyscallGate;
pub use under_load::{UnderLoad, under_load};
pub use user_manager::UserManager;
pub use wait::{PATIENCE, until, until_or};
pub use writers::{Writer, project};
