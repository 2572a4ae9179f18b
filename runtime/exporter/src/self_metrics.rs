//! The exporter's own metrics: its build, its process, the run of each collector, and the costs of
//! collectors.
//!
//! Names, types and help texts of `node_*` and `process_*` families are those of node_exporter and
//! client_golang, so that existing dashboards and alerts work. `firepit_*` families have no
//! counterpart there. All are created as [`record::Family`](firepit_exposition::record::Family) and
//! validated like those of guests: on each page, or once if only the values change.

mod attributes;
mod build;
mod compiler;
mod counters;
mod durations;
mod memory;
mod modules;
mod process;
mod reference;
mod runs;
mod view;

pub use attributes::node_attributes;
pub use build::{build_info, node_exporter_build_info, path_resolution_info};
pub use counters::Counters;
pub(crate) use durations::Durations;
pub(crate) use memory::memory_families;
pub use modules::{ModuleMetrics, RunningModule, collector_info};
pub use process::process_families;
pub use reference::{Group, reference};
pub use runs::{Run, Runs};
pub use view::{SelfMetrics, View};

use firepit_exposition::record::{Family, Sample, Samples};
use firepit_exposition::validate::{self, Bounds, validate};

/// Sets the type of samples: a variant of [`Samples`].
type Shape = fn(Vec<Sample>) -> Samples;

/// A family of one sample.
fn single(name: &str, help: &str, shape: Shape, labels: &[(&str, &str)], value: f64) -> Family {
    let (label_names, label_values) = labels
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .unzip();
    Family {
        name: name.to_owned(),
        help: help.to_owned(),
        label_names,
        samples: shape(vec![Sample {
            label_values,
            value,
            extra: None,
        }]),
        unit: String::new(),
    }
}

/// Validates the exporter's own families like those of guests. An invalid family is a bug in the
/// program: it is dropped and logged.
pub(crate) fn checked(families: Vec<Family>) -> Vec<validate::Family> {
    let (families, problems) = validate(families, &Bounds::default());
    for problem in problems {
        tracing::error!(
            family = problem.family,
            detail = problem.detail,
            "own metric family rejected"
        );
    }
    families
}
