//! Kernel parameters that the operator chooses.
//!
//! Reads `/proc/sys/<name>` ([sysctl](https://docs.kernel.org/admin-guide/sysctl/index.html)) for every
//! name that the options `include` (numbers) and `include-info` (texts) give. Emits
//! `node_sysctl_<name>`, with a label `index` where there are several numbers or under a name for
//! each where the option gives them (`fs.file-nr:total,current,max`), and `node_sysctl_info`. A parameter that
//! cannot be had, or has another form than its option says, costs itself and is told: the operator asked for it.
//!
//! The pattern is all of `/proc/sys`: which files these are is not known before the options are, and
//! a pattern cannot be made of a name with dots. No name leads out of it, and what nobody may
//! read, such as keys of the network stack, the host refuses to this collector too.

mod choice;
mod parse;

use firepit_sdk::parse::attribute;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{
    Collector, Descriptor, Error, Gauge, Metrics, ResultExt, Settings, Untyped, export, files,
};

use choice::Choice;

const FAILURE: &str = "error obtaining sysctl info";

const INFO: Gauge<3> = Gauge::new(
    "node_sysctl_info",
    "sysctl info",
    ["index", "name", "value"],
);

/// The collector.
#[derive(Debug)]
pub struct Sysctl {
    numbers: Vec<Choice>,
    texts: Vec<Choice>,
}

impl Collector for Sysctl {
    fn describe() -> Descriptor {
        Descriptor::new("sysctl", "Shows chosen kernel parameters.")
            .disabled_by_default()
            .reads(["/proc/sys/**"])
            .repeated("include", "Select sysctl metrics to include")
            .repeated(
                "include-info",
                "Select sysctl metrics to include as info metrics",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let choices = |option| (settings.texts(option).iter()).map(|text| Choice::new(text));
        Ok(Self {
            numbers: choices("include").collect(),
            texts: choices("include-info").collect(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        for choice in &self.numbers {
            if let Some(numbers) = numbers(choice).or_skip() {
                emit_numbers(metrics, choice, &numbers);
            }
        }
        let mut info = metrics.gauge(&INFO);
        for choice in &self.texts {
            let text = texts(choice).or_skip().unwrap_or_default();
            for (index, value) in text.split_whitespace().enumerate() {
                info.set([&index.to_string(), choice.name(), value], 1);
            }
        }
        Ok(())
    }
}

fn numbers(choice: &Choice) -> Result<Vec<i64>, Error> {
    let text = read(choice)?;
    let numbers = parse::numbers(choice.name(), &text).context(FAILURE)?;
    choice.check(numbers.len())?;
    Ok(numbers)
}

fn texts(choice: &Choice) -> Result<String, Error> {
    let text = read(choice)?;
    choice.check(text.split_whitespace().count())?;
    match choice.keys() {
        [] => Ok(text),
        _ => Err(Error::failed("mapped sysctl string values not supported")),
    }
}

/// What node_exporter reads of a parameter: the beginning, trimmed.
fn read(choice: &Choice) -> Result<String, Error> {
    let content = files::read(choice.path()).context(FAILURE)?;
    Ok(attribute(&content).into_owned())
}

/// Hands over numbers in the shape that [`Choice::check`] has found them fit for.
fn emit_numbers(metrics: &mut Metrics, choice: &Choice, numbers: &[i64]) {
    let (name, help) = (choice.metric(), choice.help());
    match (numbers, choice.keys()) {
        (&[number], _) => {
            let family = Untyped::new(name, help, []);
            metrics.untyped(&family).value([], number);
        }
        (numbers, []) => {
            let family = Untyped::new(name, help, ["index"]);
            let mut family = metrics.untyped(&family);
            for (index, number) in numbers.iter().enumerate() {
                family.value([&index.to_string()], number);
            }
        }
        (numbers, keys) => {
            for ((index, number), key) in numbers.iter().enumerate().zip(keys) {
                let name = format!("{name}_{key}");
                let help = format!("{help}, field {index}");
                let family = Untyped::new(&name, &help, []);
                metrics.untyped(&family).value([], number);
            }
        }
    }
}

export!(Sysctl);

#[cfg(test)]
mod tests;
