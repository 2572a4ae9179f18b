//! Load averages and numbers of tasks from `/proc/loadavg`.
//!
//! A collector implements the three functions of the trait `Collector` below. firepit calls
//! `describe` and `configure` when it loads the module, then `collect` once per scrape, never twice
//! at a time. Everything runs in a sandbox: no environment, no files and no services other than those
//! that `describe` declares and the operator grants, and limits on work, memory and time.

mod parse;

use firepit_sdk::files::Optional;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const PATH: &str = "/proc/loadavg";

// A family: its name, its help text and the names of its labels. There are also `Counter`,
// `Histogram`, `Summary` and `Untyped`. Names of other collectors' families are rejected, so use a
// prefix of your own.
const LOAD: Gauge<1> = Gauge::new(
    "{{name}}_load",
    "Tasks that run or wait, averaged over so many minutes.",
    ["minutes"],
);
const TASKS: Gauge<1> = Gauge::new(
    "{{name}}_tasks",
    "Tasks that there are, and tasks that could run now.",
    ["state"],
);

/// The collector, with its parsed options.
///
/// firepit may replace it with a fresh one between any two scrapes. A field that `collect` changes
/// can only be a cache.
#[derive(Debug)]
pub struct Load {
    averages: Vec<String>,
}

impl Collector for Load {
    /// Describes the collector and its requests. Always returns the same; no file can be read.
    fn describe() -> Descriptor {
        Descriptor::new(
            "{{name}}",
            "Shows load averages and the number of tasks on this host.",
        )
        // Every path that is read, and no more: the operator sees this list before granting it. `*`
        // matches any part of a name, as in `/sys/class/net/*/mtu`.
        .reads([PATH])
        // Becomes the flag `--collector.{{name}}.averages`. There are also `flag`, `number` and
        // `repeated`.
        .text(
            "averages",
            "1,5,15",
            "Load averages to show, by minutes: some of 1, 5 and 15.",
        )
    }

    /// Receives the options, set or default. An error is one line for the operator who set them.
    fn configure(settings: &Settings) -> Result<Self, String> {
        let mut averages = Vec::new();
        for minutes in settings.text("averages").split(',') {
            if !parse::MINUTES.contains(&minutes) {
                return Err(format!("averages: {minutes:?} is not one of 1, 5 and 15"));
            }
            averages.push(minutes.to_owned());
        }
        Ok(Self { averages })
    }

    /// Reads files and emits metrics. Metrics emitted before an error still count.
    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        // A host without the file is not an error: `NoData` is only logged at debug level. All
        // other errors name the file and the reason, and `?` returns them from `collect`.
        let Some(text) = files::read_text(PATH).optional()? else {
            return Err(Error::NoData);
        };
        let found = parse::load(&text)?;

        let mut load = metrics.gauge(&LOAD);
        for (minutes, value) in parse::MINUTES.iter().zip(found.averages) {
            if self.averages.iter().any(|wanted| wanted == minutes) {
                load.set([minutes], value);
            }
        }
        let mut tasks = metrics.gauge(&TASKS);
        tasks.set(["runnable"], found.runnable);
        tasks.set(["all"], found.tasks);
        Ok(())
    }
}

// Exports the type as the collector of this module.
export!(Load);

/// Native tests with a made-up host: `cargo test`.
#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn host() -> Host {
        Host::new().file(PATH, "0.21 0.37 0.39 1/719 19737\n")
    }

    #[test]
    fn shows_averages_and_tasks() {
        let out = host().run::<Load>([]);
        assert_eq!(out.result, Ok(()));
        let expected = "\
{{name}}_load{minutes=\"1\"} 0.21
{{name}}_load{minutes=\"5\"} 0.37
{{name}}_load{minutes=\"15\"} 0.39
{{name}}_tasks{state=\"runnable\"} 1
{{name}}_tasks{state=\"all\"} 719
";
        assert_eq!(out.text(), expected);
    }

    #[test]
    fn shows_the_requested_averages() {
        let out = host().run::<Load>([("averages", "15,1")]);
        let expected = "\
{{name}}_load{minutes=\"1\"} 0.21
{{name}}_load{minutes=\"15\"} 0.39
";
        assert!(out.text().starts_with(expected));
    }

    #[test]
    fn rejects_unknown_averages() {
        for (averages, wrong) in [("1,7", "7"), ("", ""), ("1, 5", " 5")] {
            let refused = Host::new().configure::<Load>([("averages", averages)]);
            let expected = format!("averages: {wrong:?} is not one of 1, 5 and 15");
            assert_eq!(refused.unwrap_err(), expected);
        }
    }

    #[test]
    fn a_host_without_the_file_has_no_data() {
        let out = Host::new().run::<Load>([]);
        assert_eq!(out.result, Err(Error::NoData));
        assert_eq!(out.text(), "");
    }

    #[test]
    fn malformed_file_error_names_the_file() {
        let out = Host::new().file(PATH, "0.21 ?\n").run::<Load>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(
            error,
            "/proc/loadavg:1: load over 5 minutes: expected a number, found \"?\""
        );
    }
}
