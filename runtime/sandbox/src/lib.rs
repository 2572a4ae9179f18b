//! Runs firepit collectors, which are WebAssembly components, with no more access than they were
//! granted.
//!
//! Collectors are treated as hostile. A collector can read only files that match a pattern of its
//! own descriptor and that the operator's [`grants::Policy`] allows. It reaches only the
//! services that both name, and has no environment. [`limits::Limits`] bound its fuel, memory, time, output and every other resource.
//! This crate knows no flags and no HTTP: any program can host collectors with it.
//!
//! # A host
//!
//! ```
//! use std::sync::Arc;
//! use std::time::{Duration, Instant};
//!
//! use firepit_sandbox::budget::Budget;
//! use firepit_sandbox::files::{RootPaths, Roots};
//! use firepit_sandbox::grants::Policy;
//! use firepit_sandbox::limits::Limits;
//! use firepit_sandbox::module::{Compiler, Described, Loader};
//! use firepit_sandbox::session::{Deadlines, Environment, Session, SessionConfig};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/staged/collectors/loadavg.wasm");
//! let loader = Loader::new(None, Compiler::InProcess)?;
//! let environment = Environment::start(&loader, None, || {})?;
//! let limits = Arc::new(Limits::default());
//!
//! let module = loader.file(path.as_ref(), None)?;
//! let budget = Budget::new(64 << 20);
//! let module = Described::new(module, &limits, environment.watchdog(), budget.clone())?;
//! let Described { module, descriptor } = module;
//!
//! let roots = Arc::new(Roots::open(&RootPaths::default())?);
//! let policy = Policy::third_party();
//! let config = SessionConfig::new(descriptor.defaults(), policy, roots, Limits::default());
//! let session = Session::new(&module, &descriptor, config, Some(budget), &loader)?;
//!
//! let in_a_second = || Deadlines::at(Instant::now() + Duration::from_secs(1));
//! session.begin(in_a_second(), &environment)?;
//! let outcome = session.collect(in_a_second(), &environment);
//! outcome.result?;
//! let names: Vec<&str> = outcome.families.iter().map(|family| &*family.name).collect();
//! assert_eq!(names, ["node_load1", "node_load5", "node_load15"]);
//! # Ok(())
//! # }
//! ```
//!
//! `path` is the path of a collector's module; `cargo xtask guests` builds the module of this
//! example. A program that loads third-party modules compiles them with
//! [`module::Compiler::child`], in a process that limits itself, and keeps the result in a
//! [`module::Cache`].
//!
//! # Where to look
//!
//! - [`module`]: loads a module from a file, or from the bundle in the binary, until it can be
//!   instantiated
//! - [`session`]: a collector that is set up, and its calls
//! - [`grants`], [`files`]: which paths a collector may name, and the only access of a guest to
//!   files
//! - [`connections`]: the only access of a guest to services
//! - `host`: implements the imports of guests, one file per interface of the [`contract`]
//! - [`limits`], [`budget`], [`watchdog`], [`cpu`]: bounds; [`failure`]: how a call fails
//! - [`ownership`]: who may change loaded files; `confine`: how the compiler process limits itself

pub mod budget;
mod confine;
pub mod connections;
pub mod contract;
pub mod cpu;
pub mod deadline;
pub mod descriptor;
pub mod engine;
pub mod failure;
pub mod fd_limit;
pub mod files;
mod fuel;
pub mod grants;
pub mod host;
mod instance;
pub mod limits;
pub mod module;
pub mod ownership;
pub mod session;
pub mod watchdog;
