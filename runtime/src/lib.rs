//! firepit: a Prometheus exporter whose collectors are sandboxed WebAssembly components.
//!
//! # The way of the data
//!
//! ```text
//! load -> registry -> scrape { collector: instance -> record -> validate } -> merge -> encode -> web
//! ```
//!
//! The modules stand in the order of that way. `record`, `validate`, `merge` and `encode` are pure:
//! no input or output, no clock, no engine. Only the engine's side (`engine`, `contract`, `host`,
//! `load`, `instance`, `failure`) names wasmtime, only `web` names hyper, only `cli` names clap.

pub mod cli;
pub mod logging;
pub mod project;
pub mod settings;
pub mod start;

pub mod config;
pub mod ownership;

pub mod bundle;
pub mod engine;
pub mod load;

mod cpu;
mod deadline;

pub mod descriptor;
pub mod descriptors;
pub mod failure;
mod fuel;
pub mod limits;

pub mod budget;
pub mod heap;
pub mod room;

mod adjtimex;
pub mod files;
pub mod grants;
mod local_time;
pub mod netlink;
mod statfs;

mod contract;
mod host;
mod instance;
pub mod versions;

pub mod collector;
pub mod crew;
pub mod modules;
pub mod registry;
pub mod rehearsal;
mod state_log;
mod watchdog;
mod workers;

pub mod record;
pub mod validate;

pub mod shown;

pub mod merge;

pub mod encode;

pub mod meta;

pub mod scrape;
pub mod web;

pub mod ease;
