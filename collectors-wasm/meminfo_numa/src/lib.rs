//! Memory usage and allocation statistics of each NUMA node.
//!
//! Reads `meminfo` and `numastat` of each `/sys/devices/system/node/node*`
//! ([numastat](https://docs.kernel.org/admin-guide/numastat.html)), emits a gauge
//! `node_memory_numa_<field>` for each line of the first and a counter
//! `node_memory_numa_<field>_total` for each of the second. Sizes are in bytes, although their
//! names do not say so. A host without nodes has no series. Unreadable files and malformed lines
//! are skipped.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::Text;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Counter, Descriptor, Error, Gauge, Metrics, export};

use families::Families;

const DIRECTORY: &str = "/sys/devices/system/node";

/// The readable files of one node.
struct Node {
    number: String,
    meminfo: Option<Text>,
    numastat: Option<Text>,
}

export!(
    MemInfoNuma,
    collect,
    Descriptor::new("meminfo_numa", "Shows memory statistics of each NUMA node.")
        .disabled_by_default()
        .reads([
            "/sys/devices/system/node/node[0-9]*/meminfo",
            "/sys/devices/system/node/node[0-9]*/numastat",
        ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let directories = files::matching(DIRECTORY, "node[0-9]*");
    let nodes: Vec<Node> = directories.iter().filter_map(read).collect();
    let (mut memory, mut events) = (Families::default(), Families::default());
    for node in &nodes {
        let fields = node.meminfo.iter().flat_map(parse::meminfo);
        for (index, field) in fields.enumerate() {
            if let Some((field, number, value)) = field.or_skip() {
                memory.add(index, field, number, value);
            }
        }
        let fields = node.numastat.iter().flat_map(parse::numastat);
        for (index, field) in fields.enumerate() {
            if let Some((field, value)) = field.or_skip() {
                events.add(index, field, &node.number, value);
            }
        }
    }
    emit(&memory, &events, metrics);
    Ok(())
}

fn read(directory: &Directory) -> Option<Node> {
    let [meminfo, numastat] = directory.read(["meminfo", "numastat"]).or_skip()?;
    let text = |name, content: Result<_, files::Error>| {
        let content = content.or_skip()?;
        Some(directory.text(name, content))
    };
    Some(Node {
        number: parse::node_number(directory.name()).to_owned(),
        meminfo: text("meminfo", meminfo),
        numastat: text("numastat", numastat),
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

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

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
    fn missing_file_omits_only_its_own_values() {
        let host = node(Host::new(), 0, "Node 0 MemTotal: 4 kB\n", "numa_hit 10\n");
        let out = host
            .file(
                &format!("{DIRECTORY}/node1/meminfo"),
                "Node 1 MemTotal: 1 kB\n",
            )
            .run::<MemInfoNuma>([]);
        let expected = "node_memory_numa_MemTotal{node=\"0\"} 4096\n\
             node_memory_numa_MemTotal{node=\"1\"} 1024\n\
             node_memory_numa_numa_hit_total{node=\"0\"} 10\n";
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), expected.to_owned())
        );
    }

    #[test]
    fn malformed_line_is_skipped() {
        let events = "numa_hit x\nnuma_miss 3\n";
        let host = node(Host::new(), 0, "Node 0 MemTotal: 4 kB\n", events);
        let out = host.run::<MemInfoNuma>([]);
        let expected = "node_memory_numa_MemTotal{node=\"0\"} 4096\n\
             node_memory_numa_numa_miss_total{node=\"0\"} 3\n";
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), expected.to_owned())
        );
        let [skipped] = &out.skipped[..] else {
            panic!("{:?}", out.skipped);
        };
        assert_eq!(skipped.file, "/sys/devices/system/node/node0/numastat");
        assert_eq!(skipped.problem, "numa_hit: expected a number, found \"x\"");
    }

    #[test]
    fn faults() {
        let memory = |node| format!("Node {node} MemTotal: 4 kB\nNode {node} MemFree: 1 kB\n");
        let events = "numa_hit 10\nnuma_miss 3\n";
        let host = node(Host::new(), 0, &memory(0), events);
        Faults::new()
            .rule(DIRECTORY, Loss::Everything, "the only list of nodes")
            .rule(
                "/sys/devices/system/node/node0/meminfo",
                Loss::Lines(&["MemTotal{node=\"0\"}", "MemFree{node=\"0\"}"]),
                "all fields of the node are in it",
            )
            .rule(
                "/sys/devices/system/node/node0/numastat",
                Loss::Lines(&["_total{node=\"0\"}"]),
                "all events of the node are in it",
            )
            .rule(
                "/sys/devices/system/node/node0",
                Loss::Lines(&["{node=\"0\"}"]),
                "both files are in it",
            )
            .rule(
                "/sys/devices/system/node/node1",
                Loss::Lines(&["{node=\"1\"}"]),
                "both files are in it",
            )
            .rule(
                "/sys/devices/system/node/node1/*",
                Loss::Lines(&["{node=\"1\"}"]),
                "all lines of the node are in it",
            )
            .check::<MemInfoNuma>(&node(host, 1, &memory(1), events));
    }
}
