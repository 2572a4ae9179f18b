//! Kernel parameters that the operator selects.
//!
//! Reads `/proc/sys/<name>` ([sysctl](https://docs.kernel.org/admin-guide/sysctl/index.html)) for
//! every name in the options `include` (numbers) and `include-info` (texts). Emits
//! `node_sysctl_<name>`, with a label `index` for several numbers, or with a family for each key of
//! the option (`fs.file-nr:total,current,max`), and `node_sysctl_info`. A parameter that is
//! unavailable, or has another form than its option says, is skipped and reported, because the
//! operator selected it.
//!
//! The pattern covers all of `/proc/sys`: the options determine the files, and a name with dots
//! cannot be converted into a pattern. No name leads out of that directory, and the host also
//! denies this collector the files that no collector may read, such as keys of the network stack.

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
        Descriptor::new("sysctl", "Shows selected kernel parameters.")
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

/// The part of a parameter that node_exporter reads: the beginning, trimmed.
fn read(choice: &Choice) -> Result<String, Error> {
    let content = files::read(choice.path()).context(FAILURE)?;
    Ok(attribute(&content).into_owned())
}

/// Emits numbers in the shape that [`Choice::check`] has confirmed.
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
