//! Every collector over a host on which each file is missing, empty, cut, garbled or huge. The crates try the same
//! natively, file by file (`testing::Faults`); here all collectors run in the sandbox, over all files at once.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use firepit_tests::{COLLECTORS, Directory, Firepit, Page};

/// Failures that a collector reports itself, and limits that a huge file leads to: on what it reads and what it emits.
const OWN_FAULTS: [&str; 4] = ["error", "no-data", "read-limit", "output-limit"];

/// What becomes of the content of a file; none where the file is missing.
type Change = fn(&[u8]) -> Option<Vec<u8>>;

/// Bytes of a huge file: more than any real one of the fixtures has.
const HUGE: usize = 256 << 10;

fn empty(_: &[u8]) -> Option<Vec<u8>> {
    Some(Vec::new())
}

fn missing(_: &[u8]) -> Option<Vec<u8>> {
    None
}

fn cut(content: &[u8]) -> Option<Vec<u8>> {
    Some(content[..content.len() / 2].to_vec())
}

/// Each digit becomes a letter, each space another character, and every seventh byte is no text at all.
fn garbled(content: &[u8]) -> Option<Vec<u8>> {
    let garble = |(at, byte): (usize, &u8)| match byte {
        _ if at % 7 == 6 => 0xff,
        b'0'..=b'9' => b'a' + (byte - b'0'),
        b' ' => b':',
        other => *other,
    };
    Some(content.iter().enumerate().map(garble).collect())
}

fn huge(content: &[u8]) -> Option<Vec<u8>> {
    if content.is_empty() {
        return Some(vec![b'9'; HUGE]);
    }
    Some(content.iter().copied().cycle().take(HUGE).collect())
}

/// Copies a tree with its links, and changes its files.
fn copy(from: &Path, to: &Path, change: Change) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            symlink(fs::read_link(path).unwrap(), target).unwrap();
        } else if kind.is_dir() {
            copy(&path, &target, change);
        } else if let Some(content) = change(&fs::read(path).unwrap()) {
            fs::write(target, content).unwrap();
        }
    }
}

/// The page of all collectors over the fixtures with changed files.
fn over(change: Change) -> Page {
    let host = Directory::new();
    let trees = [
        ("proc", "path.procfs"),
        ("sys", "path.sysfs"),
        ("rootfs", "path.rootfs"),
        ("udev", "path.udev.data"),
        ("qdisc", "collector.qdisc.fixtures"),
        ("wifi", "collector.wifi.fixtures"),
        ("textfile", "collector.textfile.directory"),
    ];
    let mut firepit = Firepit::new();
    for (tree, flag) in trees {
        let to = host.path().join(tree);
        copy(&Path::new("fixtures").join(tree), &to, change);
        firepit = firepit.flag(format!("--{flag}={}", to.display()));
    }
    for collector in COLLECTORS {
        firepit = firepit.flag(format!("--collector.{}", collector.name));
    }
    for file_based in ["arp", "netdev"] {
        firepit = firepit.flag(format!("--no-collector.{file_based}.netlink"));
    }
    let ended = firepit.run(&["scrape"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    Page::parse(&ended.stdout).unwrap()
}

/// Asserts that every collector ran to its end, and that none met a fault of the sandbox.
#[track_caller]
fn assert_sound(what: &str, page: &Page) {
    let runs = page.samples("node_scrape_collector_success").count();
    assert_eq!(runs, COLLECTORS.len(), "{what}");
    let faults: Vec<String> = page
        .samples("firepit_collector_failures_total")
        .filter(|sample| !OWN_FAULTS.contains(&sample.labels["reason"].as_str()))
        .filter(|sample| sample.value > 0.0)
        .map(|sample| format!("{:?}", sample.labels))
        .collect();
    assert_eq!(faults, [""; 0], "{what}");
}

#[test]
fn no_content_of_a_file_ends_a_collector_in_the_sandbox() {
    let changes: [(&str, Change); 5] = [
        ("missing", missing),
        ("empty", empty),
        ("cut", cut),
        ("garbled", garbled),
        ("huge", huge),
    ];
    for (what, change) in changes {
        assert_sound(what, &over(change));
    }
}

/// The fixtures themselves: without it the test above could pass over nothing.
#[test]
fn unchanged_files_show_most_collectors() {
    let page = over(|content| Some(content.to_vec()));
    assert_sound("unchanged", &page);
    let successes = page
        .samples("node_scrape_collector_success")
        .filter(|sample| sample.value == 1.0)
        .count();
    assert!(successes * 10 > COLLECTORS.len() * 8, "{successes}");
}
