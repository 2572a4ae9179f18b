//! The web config file (`--web.config.file`): the schema of Prometheus' exporter-toolkit.
//!
//! ```text
//! file -> document: YAML to typed values -> checks: what can be served -> live: read anew while running
//! ```
//!
//! The order of the checks and the words of the errors are the toolkit's, so that scripts that look for
//! them keep working.

pub(super) mod checks;
pub(super) mod document;
pub(super) mod error;
pub(super) mod file;
mod headers;
pub(super) mod live;
mod scalars;
pub(super) mod schema;
#[cfg(test)]
mod tests;
mod tls_section;

pub use checks::WebConfig;
pub use error::WebConfigError;
