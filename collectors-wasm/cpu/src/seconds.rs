//! The CPU times, kept from decreasing.
//!
//! The kernel's counters can decrease: iowait slightly now and then, and all counters when a CPU is
//! brought back online. `rate()` takes a decrease for a restart, so each field of each CPU keeps
//! its largest value.

use std::collections::BTreeMap;

use firepit_sdk::{Counter, Metrics, log};

use crate::parse::{IDLE, Times};

const SECONDS: Counter<2> = Counter::new(
    "node_cpu_seconds_total",
    "Seconds the CPUs spent in each mode.",
    ["cpu", "mode"],
);
const GUEST_SECONDS: Counter<2> = Counter::new(
    "node_cpu_guest_seconds_total",
    "Seconds the CPUs spent in guests (VMs) for each mode.",
    ["cpu", "mode"],
);

/// The label `mode` of the first eight of [`Times`].
const MODES: [&str; 8] = [
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal",
];
/// The label `mode` of the rest, which are in a separate family.
const GUEST_MODES: [&str; 2] = ["user", "nice"];

/// The name of each of [`Times`] in log messages.
const NAMES: [&str; 10] = [
    "User",
    "Nice",
    "System",
    "Idle",
    "Iowait",
    "IRQ",
    "SoftIRQ",
    "Steal",
    "Guest",
    "GuestNice",
];

/// A CPU whose idle time decreases by this many seconds was offline in the meantime.
const HOTPLUG_SECONDS: f64 = 3.0;

/// The values of each CPU that were emitted last.
#[derive(Debug, Default)]
pub(crate) struct Seconds {
    cpus: BTreeMap<u64, Shown>,
}

#[derive(Debug)]
struct Shown {
    label: String,
    times: Times,
}

impl Seconds {
    /// Updates the times with those just read. CPUs that are not among them are removed.
    pub(crate) fn update(&mut self, read: &BTreeMap<u64, Times>) {
        for (&number, times) in read {
            let shown = self.cpus.entry(number).or_insert_with(|| Shown {
                label: number.to_string(),
                times: Times::default(),
            });
            shown.update(times);
        }
        if self.cpus.len() != read.len() {
            self.cpus.retain(|number, _| read.contains_key(number));
        }
    }

    /// Emits the times; guest times only if enabled.
    pub(crate) fn emit(&self, guest: bool, metrics: &mut Metrics) {
        let mut seconds = metrics.counter(&SECONDS);
        for cpu in self.cpus.values() {
            for (mode, time) in MODES.iter().zip(cpu.times) {
                seconds.total([&cpu.label, mode], time);
            }
        }
        if guest {
            let mut seconds = metrics.counter(&GUEST_SECONDS);
            for cpu in self.cpus.values() {
                let guest_times = cpu.times.iter().skip(MODES.len());
                for (mode, time) in GUEST_MODES.iter().zip(guest_times) {
                    seconds.total([&cpu.label, mode], *time);
                }
            }
        }
    }
}

impl Shown {
    fn update(&mut self, read: &Times) {
        let (before, now) = (self.times[IDLE], read[IDLE]);
        if before - now >= HOTPLUG_SECONDS {
            let message = "CPU Idle counter jumped backwards more than 3.000000 seconds, \
                           possible hotplug event, resetting CPU stats";
            log_jump(message, &self.label, before, now);
            self.times = Times::default();
        }
        for ((shown, &now), name) in self.times.iter_mut().zip(read).zip(NAMES) {
            if now >= *shown {
                *shown = now;
            } else {
                let message = format!("CPU {name} counter jumped backwards");
                log_jump(&message, &self.label, *shown, now);
            }
        }
    }
}

fn log_jump(message: &str, cpu: &str, old: f64, new: f64) {
    let (old, new) = (old.to_string(), new.to_string());
    let fields = [("cpu", cpu), ("old_value", &old), ("new_value", &new)];
    log::debug(message, &fields);
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn shown(seconds: &Seconds, cpu: u64) -> Times {
        seconds.cpus[&cpu].times
    }

    fn update(seconds: &mut Seconds, read: &[(u64, Times)]) {
        Host::new().enter(|| seconds.update(&BTreeMap::from_iter(read.iter().copied())));
    }

    #[test]
    fn each_field_keeps_its_largest_value() {
        let mut seconds = Seconds::default();
        update(&mut seconds, &[(0, [10.0; 10])]);
        let read = [11.0, 9.0, 10.0, 7.5, 12.0, 9.0, 11.0, 9.0, 11.0, 9.0];
        update(&mut seconds, &[(0, read)]);
        let expected = [11.0, 10.0, 10.0, 10.0, 12.0, 10.0, 11.0, 10.0, 11.0, 10.0];
        assert_eq!(shown(&seconds, 0), expected);
    }

    #[test]
    fn counters_of_a_cpu_that_was_offline_restart() {
        let mut seconds = Seconds::default();
        update(&mut seconds, &[(0, [10.0; 10]), (1, [10.0; 10])]);
        let mut read = [2.0; 10];
        read[IDLE] = 7.0;
        update(&mut seconds, &[(0, read), (1, [11.0; 10])]);
        assert_eq!(shown(&seconds, 0), read);
        assert_eq!(shown(&seconds, 1), [11.0; 10]);
    }

    #[test]
    fn a_cpu_that_is_gone_is_forgotten() {
        let mut seconds = Seconds::default();
        update(&mut seconds, &[(0, [10.0; 10]), (1, [10.0; 10])]);
        update(&mut seconds, &[(1, [11.0; 10])]);
        assert_eq!(seconds.cpus.keys().collect::<Vec<_>>(), [&1]);
        update(&mut seconds, &[(0, [9.0; 10]), (1, [11.0; 10])]);
        assert_eq!(shown(&seconds, 0), [9.0; 10]);
    }
}
