//! The load averages of the last 1, 5 and 15 minutes.
//!
//! Reads `/proc/loadavg` ([proc_loadavg(5)](https://man7.org/linux/man-pages/man5/proc_loadavg.5.html)),
//! emits `node_load1`, `node_load5` and `node_load15`, each where it is a number.

mod parse;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const LOAD1: Gauge<0> = Gauge::new("node_load1", "1m load average.", []);
const LOAD5: Gauge<0> = Gauge::new("node_load5", "5m load average.", []);
const LOAD15: Gauge<0> = Gauge::new("node_load15", "15m load average.", []);

/// The collector.
#[derive(Debug)]
pub struct LoadAvg;

impl Collector for LoadAvg {
    fn describe() -> Descriptor {
        Descriptor::new("loadavg", "Shows load averages.").reads(["/proc/loadavg"])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let loads = read().map_err(Error::context("couldn't get load"))?;
        for (family, load) in [LOAD1, LOAD5, LOAD15].iter().zip(loads) {
            if let Some(load) = load {
                metrics.gauge(family).set([], load);
            }
        }
        Ok(())
    }
}

fn read() -> Result<[Option<f64>; 3], Error> {
    Ok(parse::loadavg(&files::read_text("/proc/loadavg")?)?)
}

export!(LoadAvg);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_the_three_averages() {
        let out = Host::new()
            .file("/proc/loadavg", "0.21 0.37 0.39 1/719 19737\n")
            .run::<LoadAvg>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_load1 0.21\nnode_load5 0.37\nnode_load15 0.39\n"
        );
    }

    #[test]
    fn without_the_file_it_fails() {
        let out = Host::new().run::<LoadAvg>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(
            error,
            "couldn't get load: /proc/loadavg: no such file or directory"
        );
    }
    #[test]
    fn faults() {
        let host = Host::new().file("/proc/loadavg", "0.21 0.37 0.39 1/719 19737\n");
        Faults::new()
            .rule(
                "/proc/loadavg",
                Loss::Everything,
                "all three numbers are in it",
            )
            .check::<LoadAvg>(&host);
    }
}
