//! Batteries, mains and other power supplies.
//!
//! Reads the attributes named in the module `families` of every entry of `/sys/class/power_supply`
//! ([sysfs-class-power](https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-power)).
//! Emits `node_power_supply_info` and one family per number.
//!
//! Drivers return many errors for attributes while a battery is absent, busy or asleep. An
//! unreadable or malformed number omits its series, an unreadable text its label, as node_exporter
//! does for missing texts.

mod families;
mod parse;
#[cfg(test)]
mod tests;

use firepit_sdk::dynamic::{Family, Sample, Samples};
use firepit_sdk::files::{self, Directory, Optional, Reason};
use firepit_sdk::filter::Pattern;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

use families::{INFO, INFO_HELP, NUMBERS, TEXTS};

const CLASS: &str = "/sys/class/power_supply";

/// The collector.
#[derive(Debug)]
pub struct PowerSupplyClass {
    ignored_supplies: Pattern,
    attributes: Vec<&'static str>,
}

/// One power supply.
struct Supply {
    name: String,
    /// In the order of [`TEXTS`]; empty if missing.
    texts: Vec<String>,
    /// In the order of [`NUMBERS`], in base units.
    numbers: [Option<f64>; NUMBERS.len()],
}

impl Collector for PowerSupplyClass {
    fn describe() -> Descriptor {
        Descriptor::new("powersupplyclass", "Shows batteries and power supplies.")
            .reads(families::attributes().map(|name| format!("{CLASS}/*/{name}")))
            .text(
                "ignored-supplies",
                "^$",
                "Regexp of power supplies to ignore for powersupplyclass collector.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let ignored = settings.text("ignored-supplies");
        Ok(Self {
            ignored_supplies: Pattern::new(ignored)
                .map_err(|error| format!("ignored-supplies {ignored:?}: {error}"))?,
            attributes: families::attributes().collect(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(CLASS).or_no_data()?;
        let supplies: Vec<Supply> = (entries.into_iter())
            .filter(|entry| !self.ignored_supplies.matches(&entry.name))
            .filter_map(|entry| self.supply(entry.name))
            .collect();
        emit_numbers(metrics, &supplies);
        for supply in &supplies {
            emit_info(metrics, supply);
        }
        Ok(())
    }
}

impl PowerSupplyClass {
    /// A power supply; `None` if it was removed.
    fn supply(&self, name: String) -> Option<Supply> {
        let directory = Directory::new(format!("{CLASS}/{name}"));
        let contents = directory.read_all(&self.attributes).or_skip()?;
        let mut contents = contents.into_iter().map(present);
        let texts = (contents.by_ref().take(TEXTS.len()).map(parse::text)).collect();
        let numbers = NUMBERS.map(|((name, divisor), _)| {
            let wrong = |found: String| directory.unexpected(name, "an integer", &found);
            let number = parse::number(&contents.next()??);
            Some(number.map_err(wrong).or_skip()? as f64 / divisor)
        });
        Some(Supply {
            name,
            texts,
            numbers,
        })
    }
}

/// The content of an attribute. A directory of the same name does not count.
fn present(content: Result<Vec<u8>, files::Error>) -> Option<Vec<u8>> {
    match content {
        Err(error) if error.reason == Reason::NotAFile => None,
        content => content.or_skip(),
    }
}

fn emit_numbers(metrics: &mut Metrics, supplies: &[Supply]) {
    let mut table = metrics.table(NUMBERS.map(|(_, family)| family));
    for supply in supplies {
        table.row([&supply.name], supply.numbers);
    }
}

/// The texts of a supply. Missing texts have no label, so each supply is a separate record.
fn emit_info(metrics: &mut Metrics, supply: &Supply) {
    let texts = TEXTS.iter().copied().zip(&supply.texts);
    let (mut label_names, mut label_values) =
        (vec!["power_supply".to_owned()], vec![supply.name.clone()]);
    for (name, text) in texts.filter(|(_, text)| !text.is_empty()) {
        label_names.push(name.to_owned());
        label_values.push(text.clone());
    }
    metrics.dynamic(Family {
        name: INFO.to_owned(),
        help: INFO_HELP.to_owned(),
        label_names,
        samples: Samples::Gauge(vec![Sample {
            label_values,
            value: 1.0,
        }]),
    });
}

export!(PowerSupplyClass);
