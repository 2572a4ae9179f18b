//! All of firepit's own metrics, for the generated table in `docs/metrics.md`.

use super::counters::reference as of_collectors;
use super::modules::{ModuleMetrics, RunningModule, collector_info};
use super::{build_info, memory_families, path_resolution_info};
use crate::build_info::BUILD;
use crate::memory::MemoryBudgets;
use firepit_exposition::record::Family;
use firepit_sandbox::files::beneath::Resolution;

/// On which pages a metric is, and for which collectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// About the program, or about all collectors together: on every page.
    Program,
    /// Faults of single collectors.
    Faults,
    /// Only for third-party modules.
    Modules,
    /// Costs of single collectors: for built-in ones on the full page only.
    Costs,
}

/// Every metric about firepit itself except those of the web server, with one series each, as it is
/// on the page. The values and the values of labels mean nothing.
#[must_use]
pub fn reference() -> Vec<(Group, Family)> {
    let mut families: Vec<(Group, Family)> = of_collectors().collect();
    let modules = ModuleMetrics::new();
    modules.expect_modules(["reason"]);
    modules.begin("collector");
    for family in modules.families() {
        let group = match family.label_names.as_slice() {
            [label] if label == "collector" => Group::Modules,
            _ => Group::Program,
        };
        families.push((group, family));
    }
    let module = RunningModule {
        collector: String::new(),
        version: String::new(),
        sha256: String::new(),
        source: String::new(),
    };
    families.push((Group::Costs, collector_info(&[module])));
    let program = memory_families(&MemoryBudgets::default());
    families.extend(program.into_iter().map(|family| (Group::Program, family)));
    families.push((Group::Program, build_info(&BUILD)));
    let resolution = path_resolution_info(Resolution::of_process());
    families.push((Group::Program, resolution));
    families
}
