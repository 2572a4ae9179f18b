//! Migration from node_exporter 0.6.0 to 0.8.1: the metrics that have another name today.

pub mod renames;
mod table;

pub use table::metrics_table;
