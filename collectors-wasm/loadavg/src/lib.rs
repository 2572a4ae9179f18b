//! The load averages of the last 1, 5 and 15 minutes.
//!
//! Reads `/proc/loadavg`
//! ([proc_loadavg(5)](https://man7.org/linux/man-pages/man5/proc_loadavg.5.html)), emits
//! `node_load1`, `node_load5` and `node_load15`, each if it is a number.

use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, ResultExt, export, families, files};

const LOADS: [(&str, Gauge<0>); 3] = families! { Gauge[]
    "1m load" => "node_load1": "1m load average.",
    "5m load" => "node_load5": "5m load average.",
    "15m load" => "node_load15": "15m load average.",
};

export!(
    LoadAvg,
    collect,
    Descriptor::new("loadavg", "Shows load averages.").reads(["/proc/loadavg"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/loadavg").context("couldn't get load")?;
    let mut columns = text.first_line().context("couldn't get load")?.columns();
    for (what, family) in &LOADS {
        metrics.gauge(family).set([], columns.float(what).or_skip());
    }
    Ok(())
}

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
        let empty = Host::new().file("/proc/loadavg", "");
        let error = empty.run::<LoadAvg>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't get load: /proc/loadavg: the file is empty"
        );
    }

    #[test]
    fn malformed_number_is_skipped_and_reported() {
        let wide = "9 ".repeat(1 << 20);
        for (text, expected) in [
            ("\n", ""),
            ("1 2", "node_load1 1\nnode_load5 2\n"),
            ("1 x 3", "node_load1 1\nnode_load15 3\n"),
            (wide.as_str(), "node_load1 9\nnode_load5 9\nnode_load15 9\n"),
        ] {
            let out = Host::new().file("/proc/loadavg", text).run::<LoadAvg>([]);
            assert_eq!(out.text(), expected, "{text:?}");
        }
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
