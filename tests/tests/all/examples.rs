//! The modules in `examples/`: what other languages' tools make of the contract runs like the
//! rest, within the limits that hold by default.

use std::fs;

use firepit_tests::{Directory, Firepit, Page, Running, program, until};

use crate::baseline::{assert_complete, assert_failed, procfs, success};

/// Name of the module, of its collector, and a path that it asks for.
const EXAMPLES: [(&str, &str, &str); 3] = [
    ("rust-std", "programs", "/proc/[0-9]*/status"),
    ("python", "kernel_taint", "/proc/sys/kernel/tainted"),
    ("c", "vfs_caches", "/proc/sys/fs/dentry-state"),
];

const STATUS: &str = "Name:\tsshd\nPid:\t7\nVmRSS:\t    2048 kB\nThreads:\t1\n";
const KERNEL_THREAD: &str = "Name:\tkthreadd\nPid:\t2\nThreads:\t1\n";

fn host() -> Directory {
    procfs()
        .file("2/status", KERNEL_THREAD)
        .file("7/status", STATUS)
        .file("8/status", STATUS.replace("sshd", "\u{fc}n\"i"))
        .file("31/status", STATUS.replace("Threads:\t1", "Threads:\t3"))
        .file("acpi/status", STATUS)
        .file("sys/kernel/tainted", "4609\n")
        .file("sys/fs/dentry-state", "9000\t8000\t45\t0\t700\t0\n")
        .file("sys/fs/inode-nr", "5000\t250\n")
}

/// One that shares the compiled modules with the others: Python's takes its time.
fn firepit(cache: &Directory) -> Firepit {
    // One that it makes itself, as only it may write there.
    let directory = cache.path().join("cache");
    Firepit::new().flag(format!(
        "--collector.cache-directory={}",
        directory.display()
    ))
}

fn start(cache: &Directory, procfs: &Directory) -> Running {
    let mut firepit = firepit(cache).procfs(procfs.path());
    for (module, collector, _) in EXAMPLES {
        let path = program("FIREPIT_EXAMPLES").join(format!("{module}.wasm"));
        firepit = firepit
            .bytes(module, &fs::read(path).unwrap())
            .flag(format!("--collector.{collector}"));
    }
    firepit.start()
}

/// One test, because what compiles Python's module should not do it twice at once.
#[test]
fn examples_of_all_languages_run() {
    let cache = Directory::new();
    for (module, collector, path) in EXAMPLES {
        let told = inspect(&cache, module);
        assert!(
            told.contains(&format!("{collector} 0.1.0\n")),
            "{module}: {told}"
        );
        assert!(told.contains(path), "{module}: {told}");
        assert!(
            told.contains("firepit:collector/metrics@0.1."),
            "{module}: {told}"
        );
    }

    let procfs = host();
    let running = start(&cache, &procfs);
    // The second time with what instances kept from the first.
    for _ in 0..2 {
        let page = running.scrape();
        assert_complete(&page);
        for (module, collector, _) in EXAMPLES {
            assert_eq!(success(&page, collector), Some(1.0), "{module}");
        }
        assert_programs(&page);
        assert_taint(&page);
        assert_caches(&page);
    }

    // What is missing or garbled costs nobody else.
    for path in ["sys/kernel/tainted", "7/status", "8/status", "31/status"] {
        fs::remove_file(procfs.path().join(path)).unwrap();
    }
    fs::write(procfs.path().join("sys/fs/inode-nr"), "5000\tx").unwrap();
    let page = running.scrape();
    assert_complete(&page);
    assert_failed(&page, "programs", "error");
    assert_failed(&page, "kernel_taint", "no-data");
    assert_failed(&page, "vfs_caches", "error");
    for told in [
        "/proc: no process can be read",
        "/proc/sys/fs/inode-nr: fewer than 2 numbers",
    ] {
        // The log comes on its own way.
        let is_told = || format!("{:?}", running.logs.raw()).contains(told);
        until(told, || is_told().then_some(()));
    }
}

fn inspect(cache: &Directory, module: &str) -> String {
    let path = program("FIREPIT_EXAMPLES").join(format!("{module}.wasm"));
    let ended = firepit(cache).run(&["inspect", path.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(0), "{module}: {}", ended.stderr);
    ended.stdout
}

fn assert_programs(page: &Page) {
    for (program, processes, threads) in [("sshd", 2.0, 4.0), ("\u{fc}n\"i", 1.0, 1.0)] {
        for (name, value) in [
            ("program_processes", processes),
            ("program_threads", threads),
            ("program_resident_bytes", processes * 2048.0 * 1024.0),
        ] {
            let found = page.value(name, &[("program", program)]);
            assert_eq!(found, Some(value), "{name} of {program}");
        }
    }
    assert_eq!(page.samples("program_processes").count(), 2);
}

fn assert_taint(page: &Page) {
    let set: Vec<&str> = (page.samples("kernel_taint"))
        .filter(|sample| sample.value == 1.0)
        .map(|sample| sample.labels["reason"].as_str())
        .collect();
    assert_eq!(set, ["out_of_tree_module", "proprietary_module", "warning"]);
    assert_eq!(page.samples("kernel_taint").count(), 19);
}

fn assert_caches(page: &Page) {
    for (name, value) in [
        ("vfs_caches_dentries", 9000.0),
        ("vfs_caches_unused_dentries", 8000.0),
        ("vfs_caches_negative_dentries", 700.0),
        ("vfs_caches_inodes", 5000.0),
        ("vfs_caches_free_inodes", 250.0),
    ] {
        assert_eq!(page.value(name, &[]), Some(value), "{name}");
    }
}
