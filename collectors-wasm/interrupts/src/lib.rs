//! The number of interrupts of each CPU, by source.
//!
//! Reads `/proc/interrupts` ([proc](https://docs.kernel.org/filesystems/proc.html)), emits
//! `node_interrupts_total` per CPU and interrupt. The options `name-include` and `name-exclude` are
//! matched against the text `type;info;devices`; both may be set, contrary to their help. Without
//! `include-zeros`, interrupts that never happened on a CPU are omitted. Malformed rows are
//! skipped; without the line that names the CPUs the collector fails.

mod parse;

use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::{Collector, Counter, Descriptor, Error, Metrics, Settings, export, files};

const INTERRUPTS: Counter<4> = Counter::new(
    "node_interrupts_total",
    "Interrupt details.",
    ["cpu", "devices", "info", "type"],
);

const NAMES: IncludeExclude = IncludeExclude::new(
    "interrupts",
    Expression::new(
        "name-include",
        "Regexp of interrupts name to include (mutually exclusive to --collector.interrupts.name-exclude).",
    ),
    Expression::new(
        "name-exclude",
        "Regexp of interrupts name to exclude (mutually exclusive to --collector.interrupts.name-include).",
    ),
);

/// The collector.
#[derive(Debug)]
pub struct Interrupts {
    names: Filter,
    zeros: bool,
}

impl Collector for Interrupts {
    fn describe() -> Descriptor {
        Descriptor::new("interrupts", "Shows interrupts of each CPU.")
            .disabled_by_default()
            .reads(["/proc/interrupts"])
            .include_exclude(&NAMES)
            .flag(
                "include-zeros",
                true,
                "Include interrupts that have a zero value",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let names = settings.filter(&NAMES);
        Ok(Self {
            names: names.map_err(|error| format!("--collector.interrupts: {error}"))?,
            zeros: settings.flag("include-zeros"),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let text = files::read_text("/proc/interrupts")?;
        let table = parse::table(&text)?;
        let cpus: Vec<String> = (0..table.cpus).map(|cpu| cpu.to_string()).collect();
        let mut interrupts = metrics.counter(&INTERRUPTS);
        for (kind, row) in &table.rows {
            if !self.passes(kind, row) {
                continue;
            }
            for (cpu, &count) in cpus.iter().zip(&row.counts) {
                if self.zeros || count != 0.0 {
                    interrupts.total([cpu, &row.devices, &row.info, kind], count);
                }
            }
        }
        Ok(())
    }
}

impl Interrupts {
    fn passes(&self, kind: &str, row: &parse::Row) -> bool {
        let name = format!("{kind};{};{}", row.info, row.devices);
        self.names.passes(&name)
    }
}

export!(Interrupts);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const TEXT: &str = "           CPU0       CPU3       \n  \
          8:          1          0  IR-IO-APIC-edge      rtc0\n \
        LOC:   10196511          0   Local timer interrupts\n \
        ERR:          0\n";

    fn run(options: &[(&'static str, &'static str)]) -> String {
        let host = Host::new().file("/proc/interrupts", TEXT);
        let out = host.run::<Interrupts>(options.iter().copied());
        assert_eq!(out.result, Ok(()));
        out.text()
    }

    fn timer(cpu: u32, count: u32) -> String {
        format!(
            "node_interrupts_total{{cpu=\"{cpu}\",devices=\"\",info=\"Local timer interrupts\",type=\"LOC\"}} {count}\n"
        )
    }

    fn clock(cpu: u32, count: u32) -> String {
        format!(
            "node_interrupts_total{{cpu=\"{cpu}\",devices=\"rtc0\",info=\"IR-IO-APIC-edge\",type=\"8\"}} {count}\n"
        )
    }

    #[test]
    fn shows_each_cpu_by_its_column() {
        let expected = [clock(0, 1), clock(1, 0), timer(0, 10_196_511), timer(1, 0)].concat();
        assert_eq!(run(&[]), expected);
    }

    #[test]
    fn zeros_can_be_omitted() {
        let expected = [clock(0, 1), timer(0, 10_196_511)].concat();
        assert_eq!(run(&[("include-zeros", "false")]), expected);
    }

    #[test]
    fn interrupts_can_be_chosen() {
        let timers = [timer(0, 10_196_511), timer(1, 0)].concat();
        let clocks = [clock(0, 1), clock(1, 0)].concat();
        assert_eq!(run(&[("name-include", "^LOC;Local.*;$")]), timers);
        assert_eq!(run(&[("name-exclude", ";rtc0$")]), timers);
        let both = [("name-include", "8|LOC"), ("name-exclude", "timer")];
        assert_eq!(run(&both), clocks);
    }

    #[test]
    fn invalid_expression_is_rejected() {
        let error = Host::new()
            .configure::<Interrupts>([("name-exclude", "(")])
            .unwrap_err();
        assert!(
            error.starts_with("--collector.interrupts: exclude expression \"(\": "),
            "{error}"
        );
    }

    #[test]
    fn malformed_count_skips_its_row_and_is_reported() {
        let text = TEXT.replace("          0   Local", "          x   Local");
        let out = Host::new()
            .file("/proc/interrupts", text)
            .run::<Interrupts>([]);
        let expected = [clock(0, 1), clock(1, 0)].concat();
        assert_eq!((out.result.clone(), out.text()), (Ok(()), expected));
        let [skipped] = &out.skipped[..] else {
            panic!("{:?}", out.skipped);
        };
        assert_eq!(
            (skipped.file.as_str(), skipped.line),
            ("/proc/interrupts", 3)
        );
        assert_eq!(skipped.problem, "count: expected a number, found \"x\"");
    }

    #[test]
    fn extra_line_changes_nothing() {
        let good = run(&[]);
        for more in ["\n", "tomorrow: ?? of - <unknown>\n", "CPU\n"] {
            let lines: Vec<&str> = TEXT.split_inclusive('\n').collect();
            for place in usize::from(more.starts_with("CPU"))..=lines.len() {
                let (before, after) = lines.split_at(place);
                let text = before.concat() + more + &after.concat();
                let out = Host::new()
                    .file("/proc/interrupts", text)
                    .run::<Interrupts>([]);
                assert_eq!((out.result.clone(), out.text()), (Ok(()), good.clone()));
            }
        }
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule("/proc/interrupts", Loss::Everything, "all rows are in it")
            .fragile(
                "/proc/interrupts",
                "the first line tells how many counts a row has",
            )
            .check::<Interrupts>(&Host::new().file("/proc/interrupts", TEXT));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<Interrupts>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/interrupts: no such file or directory"
        );
    }
}
