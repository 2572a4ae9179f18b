//! Hands over too much in one call: too many series, or more bytes than a call may move.

use firepit_sdk::__private::bindings::firepit::collector::metrics::{Family, Kind, Sample, emit};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Huge {
    series: usize,
    bytes: usize,
}

impl Collector for Huge {
    fn describe() -> Descriptor {
        Descriptor::new("output_huge", "Emits too much at once.")
            .number("series", 1.0, "Series of the one family.")
            .number("bytes", 10.0, "Bytes of its help text.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let number = |name| settings.number(name).unwrap_or_default() as usize;
        Ok(Self {
            series: number("series"),
            bytes: number("bytes"),
        })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        let values: Vec<String> = (0..self.series).map(|n| n.to_string()).collect();
        let values: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
        let samples: Vec<Sample<'_>> = (values.iter())
            .map(|label_values| Sample {
                label_values,
                value: 1.0,
            })
            .collect();
        emit(&[Family {
            name: "guest_huge",
            help: &"x".repeat(self.bytes),
            kind: Kind::Gauge,
            label_names: &["n"],
            samples: &samples,
        }]);
        Ok(())
    }
}

export!(Huge);
