//! Validates the metric families of collectors, merges them, and writes them in the formats that
//! Prometheus scrapes. Parses the text format, too.
//!
//! ```text
//! record -> validate -> escaping -> merge -> encode -> text -> parse
//!             |    ^
//!             v    |
//!             derive
//! ```
//!
//! This crate does no I/O, has no clock, and does not know where families come from.
//!
//! # Example
//!
//! ```
//! use firepit_exposition::encode::{Format, encode};
//! use firepit_exposition::merge::{Part, merge};
//! use firepit_exposition::record::{Family, Sample, Samples};
//! use firepit_exposition::validate::{Bounds, validate};
//!
//! let load = Family {
//!     name: "node_load1".to_owned(),
//!     help: "1m load average.".to_owned(),
//!     unit: String::new(),
//!     label_names: Vec::new(),
//!     samples: Samples::Gauge(vec![Sample::new(Vec::new(), 0.21)]),
//! };
//! let no_name = Family { name: String::new(), ..load.clone() };
//!
//! let (families, problems) = validate(vec![load, no_name], &Bounds::default());
//! assert_eq!(problems.len(), 1);
//!
//! let merged = merge([Part { source: "loadavg".into(), exclusive: false, families }]);
//! assert_eq!(
//!     String::from_utf8(encode(&merged.families, Format::Text004)?)?,
//!     "# HELP node_load1 1m load average.\n# TYPE node_load1 gauge\nnode_load1 0.21\n",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`parse`](mod@parse) is the reverse:
//!
//! ```
//! use firepit_exposition::parse::{Limits, parse};
//!
//! let text = b"# TYPE cpu_seconds_total counter\ncpu_seconds_total{cpu=\"0\"} 21.5\n";
//! let (document, _work) = parse(text, &Limits::UNLIMITED);
//! let document = document?;
//!
//! let family = &document.families[0];
//! assert_eq!((family.name, family.kind.as_str()), ("cpu_seconds_total", "counter"));
//! assert_eq!(document.label_names(family).collect::<Vec<_>>(), ["cpu"]);
//!
//! let series = &family.series[0];
//! assert_eq!(document.labels(series).collect::<Vec<_>>(), [(0, "0")]);
//! assert_eq!(series.value, 21.5);
//! # Ok::<(), firepit_exposition::parse::Error>(())
//! ```

pub mod derive;
pub mod encode;
pub mod escape;
pub mod escaping;
pub mod merge;
pub mod names;
pub mod parse;
pub mod record;
pub mod validate;
mod varint;
