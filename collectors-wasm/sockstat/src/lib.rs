//! The number of sockets in use, and their memory.
//!
//! Reads `/proc/net/sockstat` and `/proc/net/sockstat6`, which the kernel writes in
//! `net/ipv4/proc.c` and `net/ipv6/proc.c`; either may be missing. Emits
//! `node_sockstat_sockets_used`, `node_sockstat_<protocol>_<state>` for the states that the file
//! has, and `node_sockstat_<protocol>_mem_bytes`, for which it asks for the size of a memory page.
//! Malformed numbers are skipped. A state missing in a line is omitted, including `inuse`, which
//! node_exporter then shows as 0.

mod parse;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::parse::Text;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, log, system};

use parse::{Entry, Protocol, STATES};

/// A file, and the beginning of its error message.
struct Source {
    path: &'static str,
    failure: &'static str,
}

const FOUR: Source = Source {
    path: "/proc/net/sockstat",
    failure: "failed to get IPv4 sockstat data",
};
const SIX: Source = Source {
    path: "/proc/net/sockstat6",
    failure: "failed to get IPv6 sockstat data",
};

const USED: Gauge<0> = Gauge::new(
    "node_sockstat_sockets_used",
    "Number of IPv4 sockets in use.",
    [],
);

/// The collector.
#[derive(Debug)]
pub struct SockStat {
    page_size: f64,
}

impl Collector for SockStat {
    fn describe() -> Descriptor {
        Descriptor::new("sockstat", "Shows sockets in use.").reads([FOUR.path, SIX.path])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            page_size: system::page_size().into(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let (four, six) = match (read(&FOUR), read(&SIX)) {
            (Err(error), Ok(None) | Err(_)) => return Err(Error::context(FOUR.failure)(error)),
            (Ok(None), Err(error)) => return Err(Error::context(SIX.failure)(error)),
            (four, six) => (four.or_skip().flatten(), six.or_skip().flatten()),
        };
        let four = four.as_ref().map(parse::entries).unwrap_or_default();
        let six = six.as_ref().map(parse::entries).unwrap_or_default();
        let used = four.iter().rev().find_map(|entry| match entry {
            Entry::Used(used) => *used,
            Entry::Protocol(_) => None,
        });
        metrics.gauge(&USED).set([], used);
        for entry in four.iter().chain(&six) {
            if let Entry::Protocol(protocol) = entry {
                self.emit(metrics, protocol);
            }
        }
        Ok(())
    }
}

impl SockStat {
    fn emit(&self, metrics: &mut Metrics, protocol: &Protocol<'_>) {
        let name = protocol.name;
        let mut emit = |state: &str, value: f64| {
            let metric = ["node_sockstat_", name, "_", state].concat();
            let help = ["Number of ", name, " sockets in state ", state, "."].concat();
            let family = Gauge::new(&metric, &help, []);
            metrics.gauge(&family).set([], value);
        };
        for (state, value) in STATES.iter().zip(protocol.states) {
            let Some(value) = value else { continue };
            emit(state, value as f64);
            if *state == "mem" {
                emit("mem_bytes", value as f64 * self.page_size);
            }
        }
    }
}

/// The text of one of the files. It is missing in a kernel without that version of IP.
fn read(source: &Source) -> Result<Option<Text>, files::Error> {
    let text = files::read_text(source.path).optional()?;
    if text.is_none() {
        log::debug(
            "no socket statistics, skipping the file",
            &[("file", source.path)],
        );
    }
    Ok(text)
}

export!(SockStat);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const TABLE: &str = "sockets: used 229\nTCP: inuse 4 orphan 0 tw 5 alloc 17 mem 2\n\
                         UDPLITE: inuse 0\nFRAG: inuse 1 memory 3\n";
    const TABLE6: &str = "TCP6: inuse 17\nsockets: used 1\nFRAG6: inuse 0 memory 0\n";

    #[test]
    fn shows_the_values_of_both_files() {
        let out = Host::new()
            .file(FOUR.path, TABLE)
            .file(SIX.path, TABLE6)
            .run::<SockStat>([]);
        assert_eq!(out.result, Ok(()));
        let expected = "node_sockstat_sockets_used 229\n\
                        node_sockstat_TCP_inuse 4\n\
                        node_sockstat_TCP_orphan 0\n\
                        node_sockstat_TCP_tw 5\n\
                        node_sockstat_TCP_alloc 17\n\
                        node_sockstat_TCP_mem 2\n\
                        node_sockstat_TCP_mem_bytes 8192\n\
                        node_sockstat_UDPLITE_inuse 0\n\
                        node_sockstat_FRAG_inuse 1\n\
                        node_sockstat_FRAG_memory 3\n\
                        node_sockstat_TCP6_inuse 17\n\
                        node_sockstat_FRAG6_inuse 0\n\
                        node_sockstat_FRAG6_memory 0\n";
        assert_eq!(out.text(), expected);
        let family = out.family("node_sockstat_TCP_mem_bytes").unwrap();
        assert_eq!(family.help, "Number of TCP sockets in state mem_bytes.");
    }

    #[test]
    fn either_file_may_be_missing() {
        let out = Host::new().file(FOUR.path, TABLE).run::<SockStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 10));
        let out = Host::new().file(SIX.path, TABLE6).run::<SockStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 3));
        let out = Host::new().run::<SockStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 0));
    }

    #[test]
    fn unreadable_file_does_not_affect_the_other() {
        let out = Host::new()
            .file(FOUR.path, TABLE)
            .file(SIX.path, "TCP6: inuse\n")
            .run::<SockStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 10));
        assert_eq!(out.skipped[0].file, SIX.path);
        let out = Host::new()
            .directory(FOUR.path)
            .file(SIX.path, TABLE6)
            .run::<SockStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 3));
    }

    #[test]
    fn fails_without_a_readable_file() {
        for (path, failure) in [
            (FOUR.path, "failed to get IPv4 sockstat data: "),
            (SIX.path, "failed to get IPv6 sockstat data: "),
        ] {
            let error = Host::new().directory(path).run::<SockStat>([]).result;
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with(failure), "{error}");
        }
    }

    #[test]
    fn huge_page_counts_do_not_wrap() {
        let out = Host::new()
            .file(FOUR.path, "TCP: mem 9223372036854775807\n")
            .run::<SockStat>([]);
        assert_eq!(out.result, Ok(()));
        let bytes = "node_sockstat_TCP_mem_bytes 37778931862957160000000\n";
        assert!(out.text().ends_with(bytes), "{}", out.text());
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule(
                FOUR.path,
                Loss::Lines(&["_used", "_TCP_", "_UDPLITE_", "_FRAG_"]),
                "the only source of IPv4",
            )
            .rule(
                SIX.path,
                Loss::Lines(&["_TCP6_", "_FRAG6_"]),
                "the only source of IPv6",
            )
            .check::<SockStat>(&Host::new().file(FOUR.path, TABLE).file(SIX.path, TABLE6));
    }
}
