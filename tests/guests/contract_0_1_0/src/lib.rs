//! A collector that was built against version 0.1.0 of the contract, without the SDK: the version
//! that stands in `tests/contracts/0.1.0` and never changes. It uses every interface of it.

mod bindings {
    #![allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        reason = "generated from tests/contracts/"
    )]
    wit_bindgen::generate!({
        path: "../../contracts/0.1.0",
        world: "collector",
    });
}

use bindings::firepit::collector::types::{OptionDescriptor, OptionKind};
use bindings::firepit::collector::{files, log, metrics, system};
use bindings::{CollectError, Descriptor, Guest, Setting};

struct Old;

impl Guest for Old {
    fn describe() -> Descriptor {
        Descriptor {
            name: "contract_0_1_0".to_owned(),
            about: "Was built against the contract 0.1.0.".to_owned(),
            version: "1.0.0".to_owned(),
            enabled_by_default: true,
            reads: vec!["/proc/loadavg".to_owned()],
            options: vec![OptionDescriptor {
                name: "level".to_owned(),
                help: "A number.".to_owned(),
                kind: OptionKind::Number,
                default: vec!["1".to_owned()],
                hidden: false,
            }],
        }
    }

    fn configure(settings: Vec<Setting>) -> Result<(), String> {
        match settings.as_slice() {
            [level] if level.name == "level" && level.values == ["1"] && !level.explicit => Ok(()),
            other => Err(format!("unexpected settings: {other:?}")),
        }
    }

    fn collect() -> Result<(), CollectError> {
        let failed = |error: String| CollectError::Failed(error);
        let content = files::read("/proc/loadavg").map_err(|error| failed(format!("{error:?}")))?;
        let names = system::get_uname();
        log::log(log::Level::Info, &names.sysname, &[]);
        metrics::emit(&[metrics::Family {
            name: "guest_contract_bytes".to_owned(),
            help: "Bytes of loadavg.".to_owned(),
            kind: metrics::Kind::Gauge,
            label_names: vec!["system".to_owned()],
            samples: vec![metrics::Sample {
                label_values: vec![names.sysname],
                value: content.len() as f64,
            }],
        }]);
        metrics::emit_histograms(&[metrics::HistogramFamily {
            name: "guest_contract_histogram".to_owned(),
            help: "A histogram.".to_owned(),
            label_names: Vec::new(),
            samples: vec![metrics::HistogramSample {
                label_values: Vec::new(),
                buckets: vec![metrics::Bucket {
                    upper_bound: 1.0,
                    cumulative_count: 2,
                }],
                sum: 1.5,
                count: 3,
            }],
        }]);
        metrics::emit_summaries(&[metrics::SummaryFamily {
            name: "guest_contract_summary".to_owned(),
            help: "A summary.".to_owned(),
            label_names: Vec::new(),
            samples: vec![metrics::SummarySample {
                label_values: Vec::new(),
                quantiles: vec![metrics::Quantile {
                    quantile: 0.5,
                    value: 1.0,
                }],
                sum: 1.5,
                count: 3,
            }],
        }]);
        Ok(())
    }
}

bindings::export!(Old with_types_in bindings);
