//! What the exporter says of itself: its build, its process, the run of each collector, and what
//! the collectors cost.
//!
//! Names, types and help texts of `node_*` and `process_*` families are those of node_exporter and
//! client_golang, so that existing dashboards and alerts work. Families called `firepit_*` have no
//! counterpart there. All come as [`record::Family`](crate::record::Family) and are held against the
//! rules that hold for guests: on each page, or once where only the values change.

mod build;
mod compiler;
mod counters;
mod gather;
mod modules;
mod process;
mod room;
mod runs;
mod view;

pub use build::{BUILD, BuildInfo, build_info, node_exporter_build_info};
pub use counters::Counters;
pub use modules::{ModuleMetrics, RunningModule, collector_info};
pub use process::process_families;
pub(crate) use room::room_families;
pub use runs::{Run, Runs};
pub use view::{SelfMetrics, View};

use crate::limits::Limits;
use crate::record::{Family, Sample, Samples};
use crate::validate::{self, validate};

/// Gives samples their type: a variant of [`Samples`].
type Shape = fn(Vec<Sample>) -> Samples;

/// A family of one sample.
fn single(name: &str, help: &str, shape: Shape, labels: &[(&str, &str)], value: f64) -> Family {
    let (label_names, label_values) = (labels.iter())
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .unzip();
    Family {
        name: name.to_owned(),
        help: help.to_owned(),
        label_names,
        samples: shape(vec![Sample {
            label_values,
            value,
        }]),
    }
}

/// Own families, held against the rules that hold for guests. What does not keep them is a fault in
/// the program: it is left out, and told.
pub(crate) fn checked(families: Vec<Family>) -> Vec<validate::Family> {
    let (families, problems) = validate(families, &Limits::default());
    for problem in problems {
        tracing::error!(
            family = problem.family,
            detail = problem.detail,
            "own metric family refused"
        );
    }
    families
}
