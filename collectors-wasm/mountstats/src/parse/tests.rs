//! Blocks good, old, new, garbled and huge.

use super::*;

const HEAD: &str = "device server:/srv mounted on /mnt with fstype nfs4 statvers=1.1\n";

fn parse<T>(content: &str, view: impl FnOnce(&[Mount<'_>]) -> T) -> Result<T, String> {
    let text = Text::new("f", content);
    let mounts = mounts(&text).map_err(|error| error.to_string())?;
    Ok(view(&mounts))
}

fn error(content: &str) -> String {
    parse(content, |_| ()).unwrap_err()
}

/// The numbers of the first transport, with a line `xprt:` and a version of the statistics.
fn numbers(version: &str, transport: &str) -> Result<Vec<u64>, String> {
    let content = format!("{}\txprt:\t{transport}\n", HEAD.replace("1.1", version));
    parse(&content, |mounts| {
        mounts[0].statistics.transports[0].numbers.clone()
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
    let found = parse(&content, |mounts| {
        let [first, second] = mounts else {
            panic!("two mounts of NFS")
        };
        assert_eq!((first.place, second.place), (2, 3));
        assert_eq!((first.device, first.mount_point), ("server:/srv", "/mnt"));
        assert_eq!(second.statistics, Statistics::default());
        let own = &first.statistics;
        assert_eq!(own.age, 13_968.5);
        assert_eq!(own.events, (0..27).collect::<Vec<_>>());
        assert_eq!(own.bytes, (100..108).collect::<Vec<_>>());
        assert_eq!(own.transports[0].protocol, "tcp");
        assert_eq!(own.transports[0].numbers, (0..13).collect::<Vec<_>>());
        let names: Vec<_> = own.operations.iter().map(|own| own.name).collect();
        assert_eq!(names, ["NULL", "READ"]);
        assert_eq!(own.operations[0].numbers, (0..8).collect::<Vec<_>>());
    });
    assert_eq!(found, Ok(()));
}

#[test]
fn transports_of_every_protocol_and_version() {
    let udp = vec![1, 2, 0, 0, 0, 3, 4, 5, 6, 7];
    let with = |mut numbers: Vec<u64>, last: [u64; 3]| {
        numbers.extend(last);
        Ok(numbers)
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
        assert_eq!(numbers(version, &line), expected, "{version} {line}");
    }
}

#[test]
fn garbled_transports() {
    for (version, line, message) in [
        ("1.0", "tcp 1 2", "xprt: expected 10 numbers, found 2"),
        ("1.1", "udp 1 2", "xprt: expected 10 numbers, found 2"),
        (
            "1.1",
            "rdma 1 2",
            "xprt: expected at least 20 numbers, found 2",
        ),
        (
            "1.0",
            "rdma 1 2",
            "xprt: unknown protocol \"rdma\" of version \"1.0\"",
        ),
        (
            "1.1",
            "tcp6 1 2",
            "xprt: unknown protocol \"tcp6\" of version \"1.1\"",
        ),
        (
            "2.0",
            "tcp 1 2",
            "xprt: unknown protocol \"tcp\" of version \"2.0\"",
        ),
        ("1.1", "", "protocol: the column is missing"),
        (
            "1.1",
            "tcp -1",
            "xprt: expected an unsigned integer, found \"-1\"",
        ),
    ] {
        assert_eq!(numbers(version, line), Err(format!("f:2: {message}")));
    }
}

#[test]
fn garbled_blocks() {
    for (line, message) in [
        ("bytes: 1 2 3", "bytes: expected 8 numbers, found 3"),
        ("events:", "events: expected 27 numbers, found 0"),
        ("age:", "age: the column is missing"),
        ("age: old", "age: expected seconds, found \"old\""),
        ("age: 1e3", "age: expected seconds, found \"1e3\""),
        ("age: inf", "age: expected seconds, found \"inf\""),
        (
            "bytes: 1 2 3 4 5 6 7 x",
            "bytes: expected an unsigned integer, found \"x\"",
        ),
    ] {
        assert_eq!(error(&format!("{HEAD}{line}\n")), format!("f:2: {message}"));
    }
    for (line, message) in [
        ("READ: 1 2", "READ: expected at least 8 numbers, found 2"),
        (
            "READ: 1 2 3 4 5 6 7 -8",
            "READ: expected an unsigned integer, found \"-8\"",
        ),
    ] {
        let content = format!("{HEAD}per-op statistics\n{line}\n");
        assert_eq!(error(&content), format!("f:3: {message}"));
    }
}

#[test]
fn garbled_devices() {
    let invalid = "f:1: invalid device line";
    for (line, message) in [
        ("device", invalid),
        ("device a mounted on /b with fstype", invalid),
        ("device a mounted at /b with fstype nfs", invalid),
        ("device a b mounted on /b with fstype nfs4 x", invalid),
        (
            "device a mounted on /b with fstype ext4 statvers=1.1",
            "f:1: cannot parse the statistics of \"ext4\"",
        ),
    ] {
        assert_eq!(error(line), message, "{line}");
    }
    for fine in [
        "",
        "\n\n",
        "devices a b",
        "no device mounted on / with fstype x",
    ] {
        assert_eq!(parse(fine, |mounts| mounts.len()), Ok(0), "{fine:?}");
    }
}

#[test]
fn huge_files() {
    let block = format!("{HEAD}\tage: 1\n\tper-op statistics\n READ: 1 2 3 4 5 6 7 8\n\n");
    assert_eq!(parse(&block.repeat(5000), |mounts| mounts.len()), Ok(5000));
    let long = format!("{HEAD}bytes:{}\n", " 1".repeat(1 << 18));
    assert!(error(&long).len() < 200);
    assert!(error(&format!("{HEAD}age: {}", "x".repeat(1 << 20))).len() < 200);
}
