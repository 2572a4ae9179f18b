//! How each NUMA node uses its memory, and how often allocations found what they wanted.
//!
//! Reads `meminfo` and `numastat` of each `/sys/devices/system/node/node*`
//! ([numastat](https://docs.kernel.org/admin-guide/numastat.html)), emits a gauge
//! `node_memory_numa_<field>` for each line of the first and a counter
//! `node_memory_numa_<field>_total` for each of the second. Sizes are in bytes, though their names
//! do not say so. A host without nodes shows nothing.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::Text;
use firepit_sdk::{Collector, Counter, Descriptor, Error, Gauge, Metrics, Settings, export};

use families::Families;

const DIRECTORY: &str = "/sys/devices/system/node";

/// The collector.
#[derive(Debug)]
pub struct MemInfoNuma;

/// The files of one node.
struct Node {
    number: String,
    meminfo: Text,
    numastat: Text,
}

impl Collector for MemInfoNuma {
    fn describe() -> Descriptor {
        Descriptor::new("meminfo_numa", "Shows memory statistics of each NUMA node.")
            .disabled_by_default()
            .reads([
                "/sys/devices/system/node/node[0-9]*/meminfo",
                "/sys/devices/system/node/node[0-9]*/numastat",
            ])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let directories = files::matching(DIRECTORY, "node[0-9]*");
        let nodes: Vec<Node> = (directories.iter()).map(read).collect::<Result<_, _>>()?;
        let (mut memory, mut events) = (Families::default(), Families::default());
        for node in &nodes {
            for (index, field) in parse::meminfo(&node.meminfo).enumerate() {
                let (field, number, value) = field?;
                memory.add(index, field, number, value);
            }
            for (index, field) in parse::numastat(&node.numastat).enumerate() {
                let (field, value) = field?;
                events.add(index, field, &node.number, value);
            }
        }
        emit(&memory, &events, metrics);
        Ok(())
    }
}

fn read(directory: &Directory) -> Result<Node, Error> {
    let [meminfo, numastat] = directory.read(["meminfo", "numastat"])?;
    Ok(Node {
        number: parse::node_number(directory.name()).to_owned(),
        meminfo: directory.text("meminfo", meminfo?),
        numastat: directory.text("numastat", numastat?),
    })
}

fn emit(memory: &Families<'_>, events: &Families<'_>, metrics: &mut Metrics) {
    for (field, samples) in memory.iter() {
        let field = parse::name(field);
        let (name, help) = texts(&field);
        let mut gauge = metrics.gauge(&Gauge::new(&name, &help, ["node"]));
        for (node, value) in samples {
            gauge.set([node], *value);
        }
    }
    for (field, samples) in events.iter() {
        let (name, help) = texts(&format!("{field}_total"));
        let mut counter = metrics.counter(&Counter::new(&name, &help, ["node"]));
        for (node, value) in samples {
            counter.total([node], *value);
        }
    }
}

/// Name and help of the family of a field.
fn texts(field: &str) -> (String, String) {
    (
        format!("node_memory_numa_{field}"),
        format!("Memory information field {field}."),
    )
}

export!(MemInfoNuma);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn node(host: Host, number: u32, meminfo: &str, numastat: &str) -> Host {
        let directory = format!("{DIRECTORY}/node{number}");
        host.file(&format!("{directory}/meminfo"), meminfo)
            .file(&format!("{directory}/numastat"), numastat)
    }

    #[test]
    fn shows_each_field_of_all_nodes() {
        let host = Host::new().directory(&format!("{DIRECTORY}/power"));
        let first = "Node 0 MemTotal: 4 kB\nNode 0 Active(anon): 1 kB\n\n";
        let second = "Node 1 Active(anon): 2 kB\nNode 1 HugePages_Free: 7\nNode 1 MemTotal: 3 kB\n";
        let host = node(host, 0, first, "numa_hit 10\n");
        let host = node(host, 1, second, "numa_hit 20\nother_node 5\n");
        let out = host.run::<MemInfoNuma>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_memory_numa_MemTotal{node=\"0\"} 4096\n\
             node_memory_numa_MemTotal{node=\"1\"} 3072\n\
             node_memory_numa_Active_anon{node=\"0\"} 1024\n\
             node_memory_numa_Active_anon{node=\"1\"} 2048\n\
             node_memory_numa_HugePages_Free{node=\"1\"} 7\n\
             node_memory_numa_numa_hit_total{node=\"0\"} 10\n\
             node_memory_numa_numa_hit_total{node=\"1\"} 20\n\
             node_memory_numa_other_node_total{node=\"1\"} 5\n"
        );
        assert_eq!(
            out.family("node_memory_numa_numa_hit_total").unwrap().help,
            "Memory information field numa_hit_total."
        );
    }

    #[test]
    fn a_host_without_nodes_is_a_success() {
        let out = Host::new().run::<MemInfoNuma>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }

    #[test]
    fn a_missing_file_costs_everything() {
        let host = node(Host::new(), 0, "Node 0 MemTotal: 4 kB\n", "numa_hit 10\n");
        let out = host
            .file(&format!("{DIRECTORY}/node1/meminfo"), "")
            .run::<MemInfoNuma>([]);
        assert_eq!(out.text(), "");
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "/sys/devices/system/node/node1/numastat: no such file or directory"
        );
    }

    #[test]
    fn a_garbled_file_costs_everything() {
        let host = node(Host::new(), 0, "Node 0 MemTotal: 4 kB\n", "numa_hit x\n");
        let out = host.run::<MemInfoNuma>([]);
        assert_eq!(out.text(), "");
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "/sys/devices/system/node/node0/numastat:1: numa_hit: expected a number, found \"x\""
        );
    }
}
