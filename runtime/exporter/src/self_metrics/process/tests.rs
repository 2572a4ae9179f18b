//! The parsers of the process' files, and the families.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::*;
use firepit_exposition::record::Sample;

fn full() -> Process {
    Process {
        cpu: Some(1.0),
        max_fds: Some(2.0),
        received: Some(3.0),
        sent: Some(4.0),
        open_fds: Some(5.0),
        resident_bytes: Some(6.0),
        start: Some(7.0),
        virtual_bytes: Some(8.0),
        virtual_max_bytes: Some(9.0),
    }
}

#[test]
fn names_types_and_help_texts_are_client_golangs() {
    let rows = "\
counter process_cpu_seconds_total Total user and system CPU time spent in seconds.
gauge process_max_fds Maximum number of open file descriptors.
counter process_network_receive_bytes_total Number of bytes received by the process over the network.
counter process_network_transmit_bytes_total Number of bytes sent by the process over the network.
gauge process_open_fds Number of open file descriptors.
gauge process_resident_memory_bytes Resident memory size in bytes.
gauge process_start_time_seconds Start time of the process since unix epoch in seconds.
gauge process_virtual_memory_bytes Virtual memory size in bytes.
gauge process_virtual_memory_max_bytes Maximum amount of virtual memory available in bytes.";
    let families = full().families();
    assert_eq!(families.len(), rows.lines().count());
    for ((family, row), number) in families.iter().zip(rows.lines()).zip(1..) {
        let (kind, value) = match &family.samples {
            Samples::Counter(samples) => ("counter", samples),
            Samples::Gauge(samples) => ("gauge", samples),
            other => panic!("{other:?}"),
        };
        assert_eq!(format!("{kind} {} {}", family.name, family.help), row);
        assert!(family.label_names.is_empty());
        let expected = Sample {
            label_values: Vec::new(),
            value: f64::from(number),
            extra: None,
        };
        assert_eq!(*value, [expected]);
    }
}

#[test]
fn missing_value_omits_only_its_family() {
    assert_eq!(Process::default().families(), []);
    let partial = Process {
        sent: None,
        start: None,
        ..full()
    };
    let names: Vec<String> = partial
        .families()
        .into_iter()
        .map(|family| family.name)
        .collect();
    assert_eq!(names.len(), 7);
    assert!(!names.contains(&"process_network_transmit_bytes_total".to_owned()));
    assert!(!names.contains(&"process_start_time_seconds".to_owned()));
}

#[test]
fn ticks_and_pages_become_seconds_and_bytes() {
    let hertz = clock_ticks_per_second();
    let stat = Stat {
        user_ticks: Some(3 * hertz),
        system_ticks: Some(hertz / 2),
        start_ticks: Some(10 * hertz),
        virtual_bytes: Some(12_345),
        resident_pages: Some(2),
    };
    let octets = Octets {
        received: Some(1),
        sent: Some(2),
    };
    let process = Process::of(stat, octets, Some(1_000.0));
    assert_eq!(process.cpu, Some(3.5));
    assert_eq!(process.start, Some(1_010.0));
    assert_eq!(process.virtual_bytes, Some(12_345.0));
    assert_eq!(process.resident_bytes, Some(2.0 * page_size() as f64));
    assert_eq!((process.received, process.sent), (Some(1.0), Some(2.0)));
}

#[test]
fn sums_need_both_of_their_parts() {
    let stat = || Stat {
        user_ticks: Some(u64::MAX),
        start_ticks: Some(u64::MAX),
        ..Stat::default()
    };
    let process = Process::of(stat(), Octets::default(), None);
    assert_eq!((process.cpu, process.start), (None, None));
    let both = Stat {
        system_ticks: Some(u64::MAX),
        ..stat()
    };
    let process = Process::of(both, Octets::default(), Some(0.0));
    assert!(process.cpu > process.start);
}

#[test]
fn this_process_is_described() {
    let values: BTreeMap<String, f64> = process_families()
        .into_iter()
        .map(|family| {
            let (Samples::Counter(samples) | Samples::Gauge(samples)) = family.samples else {
                panic!("{} has an unexpected type", family.name);
            };
            (family.name, samples[0].value)
        })
        .collect();
    let of = |name: &str| values[&format!("process_{name}")];
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!(of("start_time_seconds") > now.as_secs_f64() - 86_400.0);
    assert!(of("start_time_seconds") < now.as_secs_f64() + 60.0);
    assert!(of("cpu_seconds_total") >= 0.0);
    assert!(of("resident_memory_bytes") >= page_size() as f64);
    assert!(of("virtual_memory_bytes") >= of("resident_memory_bytes"));
    assert!(of("virtual_memory_max_bytes") >= of("virtual_memory_bytes"));
    assert!(of("open_fds") >= 1.0);
    assert!(of("max_fds") >= of("open_fds"));
}

#[test]
fn start_time_does_not_change() {
    assert_eq!(Process::read().start, Process::read().start);
}

#[test]
fn missing_file_or_directory_has_no_content() {
    assert_eq!(OpenFile::at("/proc/self/no-such-file").read(), None);
    assert_eq!(OpenFile::at("/proc/self").read(), None);
}

#[test]
fn open_file_is_read_whole_each_time() {
    let path = std::env::temp_dir().join(format!("firepit-process-{}", std::process::id()));
    let file = OpenFile::at(Box::leak(path.to_str().unwrap().into()));
    for content in [vec![b'x'; 100_000], b"short".to_vec(), Vec::new()] {
        fs::write(&path, &content).unwrap();
        assert_eq!(file.read(), Some(content));
    }
    fs::remove_file(&path).unwrap();
}
