//! The families of a collector's runs on the simulated host.

use firepit_sandbox::descriptor::Descriptor;
use firepit_sdk::Error;
use firepit_sdk::dynamic::{Family, Samples};
use firepit_sdk::testing::Host;

use super::scenes::Scene;
use super::section::flags;
use crate::markdown::{cell, code, codes, head, row};
use firepit_tests::{Options, Standard};

/// The beginning of a table of families.
pub(super) const HEAD: &str = "| Family |";

/// A family of some runs.
struct EmittedFamily {
    name: String,
    kind: &'static str,
    labels: Vec<String>,
    help: String,
    /// The options that it needs.
    only_with: Options<'static>,
}

/// The table of a collector.
///
/// # Panics
/// A run fails, or emits nothing.
pub(super) fn table(collector: &Standard, host: &Host, descriptor: &Descriptor) -> String {
    let scene = Scene::of(collector.name);
    let mut emitted = Vec::new();
    let plain: &[Options<'_>] = &[&[]];
    for &options in plain.iter().chain(scene.more) {
        let families = run(collector, host, &[scene.options, options].concat());
        for family in families {
            add(&mut emitted, family, options);
        }
    }
    emitted.sort_by(|a, b| a.name.cmp(&b.name));
    let rows = emitted.iter().map(|family| {
        let mut help = cell(&family.help);
        if !family.only_with.is_empty() {
            help += &format!(" (with {})", flags(descriptor, family.only_with));
        }
        let labels = codes(&family.labels);
        row([&code(&family.name), family.kind, &labels, &help])
    });
    let table = head(["Family", "Type", "Labels", "Help"]) + &rows.collect::<String>();
    table.trim_end().to_owned()
}

fn run(collector: &Standard, host: &Host, options: Options<'_>) -> Vec<Family> {
    let name = collector.name;
    let ran = collector
        .configure(host, options)
        .map(|mut it| it.run(host));
    let output = ran.unwrap_or_else(|error| panic!("{name} rejects {options:?}: {error}"));
    match output.result {
        Ok(()) | Err(Error::NoData) if output.families.is_empty() => {
            panic!("{name} emits nothing: add a file for it to docs-gen/src/pages/host.rs")
        }
        Err(Error::Failed(error)) => panic!("{name} with {options:?} fails: {error}"),
        _ => output.families,
    }
}

/// Adds a family of one run. A family from an earlier run stays as it was.
fn add(emitted: &mut Vec<EmittedFamily>, family: Family, options: Options<'static>) {
    let known = emitted.iter_mut().find(|known| known.name == family.name);
    match known {
        Some(known) if known.only_with == options => {
            known.labels.extend(family.label_names);
            known.labels.sort();
            known.labels.dedup();
        }
        Some(_) => {}
        None => {
            let mut labels = family.label_names;
            labels.sort();
            emitted.push(EmittedFamily {
                name: family.name,
                kind: kind(&family.samples),
                labels,
                help: family.help,
                only_with: options,
            });
        }
    }
}

fn kind(samples: &Samples) -> &'static str {
    match samples {
        Samples::Counter(_) => "counter",
        Samples::Gauge(_) => "gauge",
        Samples::Untyped(_) => "untyped",
        Samples::Histogram(_) => "histogram",
        Samples::Summary(_) => "summary",
    }
}
