//! Emits without end: families, series, or label values as long as they may be.

use firepit_sdk::__private::bindings::firepit::collector::metrics::{Family, Kind, Sample, emit};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Loop {
    what: String,
}

impl Collector for Loop {
    fn describe() -> Descriptor {
        Descriptor::new("output_loop", "Emits without end.").text(
            "what",
            "families",
            "families, series or text.",
        )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            what: settings.text("what").to_owned(),
        })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        let per_call: usize = if self.what == "series" { 1000 } else { 100 };
        let padding = "x".repeat(if self.what == "text" { 4000 } else { 0 });
        for round in 0_usize.. {
            let name = match self.what.as_str() {
                "families" => format!("guest_loop_{round}"),
                _ => "guest_loop".to_owned(),
            };
            let first = round * per_call;
            let values: Vec<String> = match self.what.as_str() {
                "families" => vec![String::new()],
                _ => (first..first + per_call)
                    .map(|n| format!("{n}{padding}"))
                    .collect(),
            };
            let values: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
            let samples: Vec<Sample<'_>> = (values.iter())
                .map(|label_values| Sample {
                    label_values,
                    value: 1.0,
                })
                .collect();
            emit(&[Family {
                name: &name,
                help: "Again.",
                kind: Kind::Gauge,
                label_names: &["n"],
                samples: &samples,
            }]);
        }
        Ok(())
    }
}

export!(Loop);
