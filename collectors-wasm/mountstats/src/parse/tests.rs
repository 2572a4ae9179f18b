//! Tests of valid, old, new, malformed and huge blocks.

use super::*;

const HEAD: &str = "device server:/srv mounted on /mnt with fstype nfs4 statvers=1.1\n";

fn parse<T>(content: &str, view: impl FnOnce(&[Mount<'_>]) -> T) -> T {
    view(&mounts(&Text::new("f", content)))
}

fn some(numbers: impl IntoIterator<Item = u64>) -> Numbers {
    numbers.into_iter().map(Some).collect()
}

/// The numbers of the first transport, with a line `xprt:` and a version of the statistics.
fn numbers_of(version: &str, transport: &str) -> Option<Numbers> {
    let content = format!("{}\txprt:\t{transport}\n", HEAD.replace("1.1", version));
    parse(&content, |mounts| {
        let transport = mounts[0].statistics.transports.first();
        transport.map(|transport| transport.numbers.clone())
    })
}

fn counted(numbers: std::ops::Range<u64>) -> String {
    numbers.map(|n| format!(" {n}")).collect()
}

#[test]
fn a_mount_and_its_neighbours() {
    let content = format!(
        "no device mounted on /a with fstype rootfs\n\
         device proc mounted on /proc with fstype proc\n\
         device /dev/sda1 mounted on / with fstype ext4\n\
         {HEAD}\topts:\trw,vers=4.0\n\tage:\t13968.5\n\tcaps:\tcaps=0xfff7\n\
         \tevents:{}\n\tbytes:{}\n\tRPC iostats version: 1.0  p/v: 100003/4 (nfs)\n\
         \txprt:\ttcp{}\n\tper-op statistics\n\
         \t        NULL: 0 1 2 3 4 5 6 7\n\t        READ: 9 9 9 9 9 9 9 9 9\n\n{HEAD}",
        counted(0..27),
        counted(100..108),
        counted(0..13)
    );
    parse(&content, |mounts| {
        let [first, second] = mounts else {
            panic!("two mounts of NFS")
        };
        // `mountinfo` also has lines for mounts without a device.
        assert_eq!((first.place, second.place), (3, 4));
        assert_eq!((&*first.device, first.mount_point), ("server:/srv", "/mnt"));
        assert_eq!(second.statistics, Statistics::default());
        let own = &first.statistics;
        assert_eq!(own.age, Some(13_968.5));
        assert_eq!(own.events, some(0..27));
        assert_eq!(own.bytes, some(100..108));
        assert_eq!(own.transports[0].protocol, "tcp");
        assert_eq!(own.transports[0].numbers, some(0..13));
        let names: Vec<_> = own.operations.iter().map(|own| own.name).collect();
        assert_eq!(names, ["NULL", "READ"]);
        assert_eq!(own.operations[0].numbers, some(0..8));
    });
}

#[test]
fn transports_of_every_protocol_and_version() {
    let udp = vec![1, 2, 0, 0, 0, 3, 4, 5, 6, 7];
    let with = |mut numbers: Vec<u64>, last: [u64; 3]| {
        numbers.extend(last);
        Some(some(numbers))
    };
    let none = [0; 3];
    for (version, protocol, count, expected) in [
        ("1.0", "tcp", 10, with((1..11).collect(), none)),
        ("1.0", "udp", 7, with(udp.clone(), none)),
        ("1.1", "tcp", 13, with((1..11).collect(), [11, 12, 13])),
        ("1.1", "udp", 10, with(udp, [8, 9, 10])),
        ("1.1", "rdma", 20, with((1..11).collect(), none)),
        ("1.1", "rdma", 28, with((1..11).collect(), none)),
        ("1.1", "rdma", 99, with((1..11).collect(), none)),
    ] {
        let line = format!("{protocol}{}", counted(1..count + 1));
        assert_eq!(numbers_of(version, &line), expected, "{version} {line}");
    }
}

#[test]
fn malformed_transport_values_are_skipped() {
    for (version, line, expected) in [
        ("1.0", "tcp 1 2", Some(some([1, 2]))),
        ("1.1", "udp 1 2 3", Some(some([1, 2, 0, 0, 0, 3]))),
        ("2.0", "tcp 1 2", Some(some([1, 2]))),
        (
            "1.1",
            "tcp 1 -1 3 x",
            Some(vec![Some(1), None, Some(3), None]),
        ),
        ("1.1", "tcp6 1 2", None),
        ("1.1", "", None),
    ] {
        assert_eq!(numbers_of(version, line), expected, "{version} {line}");
    }
}

#[test]
fn malformed_block_values_are_skipped() {
    let first = |content: &str, view: fn(&Statistics<'_>) -> Numbers| {
        parse(&format!("{HEAD}{content}\n"), |mounts| {
            view(&mounts[0].statistics)
        })
    };
    let bytes = |line| first(line, |own| own.bytes.clone());
    assert_eq!(bytes("bytes: 1 2 3"), some([1, 2, 3]));
    assert_eq!(bytes("bytes: 1 x 3"), [Some(1), None, Some(3)]);
    assert_eq!(bytes("events: 1\n\ntomorrow: ??\nbytes: 5"), some([5]));
    for line in ["age:", "age: old", "age: 1e3", "age: inf"] {
        let age = parse(&format!("{HEAD}{line}\n"), |mounts| {
            mounts[0].statistics.age
        });
        assert_eq!(age, None, "{line}");
    }
    let content =
        format!("{HEAD}per-op statistics\nREAD: 1 2\n\ntomorrow ??\nWRITE: 1 2 3 4 5 6 7 -8\n");
    let operations: Vec<_> = parse(&content, |mounts| {
        let operations = mounts[0].statistics.operations.iter();
        operations
            .map(|own| (own.name.to_owned(), own.numbers.clone()))
            .collect()
    });
    let mut written = some(1..8);
    written.push(None);
    let expected = [
        ("READ".to_owned(), some([1, 2])),
        ("WRITE".to_owned(), written),
    ];
    assert_eq!(operations, expected);
}

#[test]
fn skipped_mounts_keep_their_place() {
    for line in [
        "device",
        "device a mounted on /b with fstype",
        "device a mounted at /b with fstype nfs",
        "device a b mounted on /b with fstype nfs4 x",
        // A device without a name.
        "device  mounted on /b with fstype tmpfs",
        "device a mounted on /b with fstype ext4 statvers=1.1",
        "no device mounted on / with fstype x",
    ] {
        let content = format!("{line}\n\tage: 1\n{HEAD}");
        let places: Vec<_> = parse(&content, |mounts| {
            mounts.iter().map(|mount| mount.place).collect()
        });
        assert_eq!(places, [1], "{line}");
    }
    for nothing in ["", "\n\n", "devices a b"] {
        assert_eq!(parse(nothing, |mounts| mounts.len()), 0, "{nothing:?}");
    }
}

#[test]
fn statistics_without_a_device_line_do_not_count_for_others() {
    let block = "\topts: x\n\tage: 1\n\tbytes: 1\n\tper-op statistics\n READ: 1\n\n";
    let other = block.replace('1', "2");
    let content = format!("{HEAD}{block}<unknown>\n{other}");
    parse(&content, |mounts| {
        assert_eq!(mounts.len(), 1);
        let own = &mounts[0].statistics;
        assert_eq!((own.age, &own.bytes), (Some(1.0), &some([1])));
        assert_eq!(own.operations.len(), 1);
    });
}

#[test]
fn devices_lose_their_escapes() {
    let content = HEAD.replace("server:/srv", r"server:/my\040files");
    parse(&content, |mounts| {
        assert_eq!(mounts[0].device, "server:/my files");
    });
}

#[test]
fn huge_files() {
    let block = format!("{HEAD}\tage: 1\n\tper-op statistics\n READ: 1 2 3 4 5 6 7 8\n\n");
    assert_eq!(parse(&block.repeat(5000), |mounts| mounts.len()), 5000);
    let long = format!("{HEAD}bytes:{}\n", " 1".repeat(1 << 18));
    let bytes = parse(&long, |mounts| mounts[0].statistics.bytes.len());
    assert_eq!(bytes, MOST);
    let age = format!("{HEAD}age: {}", "x".repeat(1 << 20));
    assert_eq!(parse(&age, |mounts| mounts[0].statistics.age), None);
}
