//! firepit: a Prometheus exporter whose collectors are sandboxed WebAssembly components.
//!
//! The parts that could serve another program are crates of their own: [`firepit_sandbox`] runs a collector,
//! [`firepit_exposition`] makes a page of what collectors say, and [`firepit_scaffold`] writes the project of a new
//! one. This crate is the program: its command line and configuration, the modules on disk, scrapes, and HTTP.
//!
//! ```
//! use firepit::cli::{Arguments, Command, parse};
//!
//! let words = ["firepit", "scrape", "--scrape.timeout=3s"].map(Into::into);
//! let config = parse(&Arguments::expand(words)?, &[])?;
//! assert_eq!(config.command, Command::Scrape);
//! assert_eq!(config.scrape.timeout.as_secs(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod activation;
pub mod app;
pub mod build_info;
pub mod cli;
pub mod client;
pub mod collectors;
pub mod comparison;
pub mod config;
pub mod dry_run;
pub mod executor;
pub mod logging;
pub mod memory;
pub mod metric;
pub mod migration;
pub mod modules;
pub mod name_service;
pub mod node_exporter;
pub mod resident;
pub mod scrape;
pub mod self_metrics;
pub mod service;
pub mod settings;
pub mod transform;
mod values;
pub mod web;
