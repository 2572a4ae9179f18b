//! The six families, and what was found for each.

use firepit_sdk::{Counter, Metrics};

const CONTROLLER: [Counter<1>; 2] = [
    Counter::new(
        "node_edac_correctable_errors_total",
        "Total correctable memory errors.",
        ["controller"],
    ),
    Counter::new(
        "node_edac_uncorrectable_errors_total",
        "Total uncorrectable memory errors.",
        ["controller"],
    ),
];
const ROW: [Counter<2>; 2] = [
    Counter::new(
        "node_edac_csrow_correctable_errors_total",
        "Total correctable memory errors for this csrow.",
        ["controller", "csrow"],
    ),
    Counter::new(
        "node_edac_csrow_uncorrectable_errors_total",
        "Total uncorrectable memory errors for this csrow.",
        ["controller", "csrow"],
    ),
];
const CHANNEL: [Counter<4>; 2] = [
    Counter::new(
        "node_edac_channel_correctable_errors_total",
        "Total correctable memory errors for this channel.",
        ["channel", "controller", "csrow", "dimm_label"],
    ),
    Counter::new(
        "node_edac_channel_uncorrectable_errors_total",
        "Total uncorrectable memory errors for this channel.",
        ["channel", "controller", "csrow", "dimm_label"],
    ),
];

/// The counts of all controllers.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) controllers: Level<1>,
    pub(crate) rows: Level<2>,
    pub(crate) channels: Level<4>,
}

impl Counts {
    /// Hands over what there is.
    pub(crate) fn emit(&self, metrics: &mut Metrics) {
        self.controllers.emit(metrics, &CONTROLLER);
        self.rows.emit(metrics, &ROW);
        self.channels.emit(metrics, &CHANNEL);
    }
}

/// The counts of one kind of thing: label values and number.
#[derive(Debug, Default)]
pub(crate) struct Level<const L: usize> {
    /// Correctable errors, then uncorrectable ones.
    found: [Vec<([String; L], u64)>; 2],
}

impl<const L: usize> Level<L> {
    /// Adds a number, if there is one.
    pub(crate) fn correctable(&mut self, label_values: [&str; L], count: Option<u64>) {
        let [found, _] = &mut self.found;
        found.extend(count.map(|count| (label_values.map(str::to_owned), count)));
    }

    /// Adds a number, if there is one.
    pub(crate) fn uncorrectable(&mut self, label_values: [&str; L], count: Option<u64>) {
        let [_, found] = &mut self.found;
        found.extend(count.map(|count| (label_values.map(str::to_owned), count)));
    }

    fn emit(&self, metrics: &mut Metrics, families: &[Counter<'static, L>; 2]) {
        for (family, found) in families.iter().zip(&self.found) {
            let mut writer = metrics.counter(family);
            for (label_values, count) in found {
                writer.total(label_values.each_ref().map(String::as_str), *count as f64);
            }
        }
    }
}
