//! Writes the project of a new collector, for `firepit new`.
//!
//! The files are embedded in the binary. Those for Rust come from `templates/rust`, those for other
//! languages are the repository's examples. The contract is added to each project, and the SDK to
//! Rust projects.
//!
//! ```
//! use firepit_scaffold::{Language, Project, Request};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = std::env::temp_dir().join(format!("firepit-scaffold-{}", std::process::id()));
//! let request = Request {
//!     name: "smart".to_owned(),
//!     directory: Some(directory.clone()),
//!     language: Language::Rust,
//! };
//! let project = Project::write(&request, &["loadavg"])?;
//! assert!(directory.join("src/lib.rs").is_file());
//! assert!(project.next_steps().contains("cargo test"));
//! # std::fs::remove_dir_all(directory)?;
//! # Ok(())
//! # }
//! ```

mod project;

pub use project::{Language, Project, ProjectError, Request};
