//! The command line: exit codes, messages, and the commands beside serving.

use std::net::TcpListener;

use firepit_tests::{Directory, Ended, Firepit, Page, Request, guest};
use rustix::process::Signal;

use crate::baseline::{assert_complete, procfs};

fn run(words: &[&str]) -> Ended {
    Firepit::new().run(words)
}

/// Wrong use is told on one line or two, and ends with 2.
#[test]
fn usage_errors_exit_with_2() {
    let cases: [(&[&str], &str); 9] = [
        (&["--no.such.flag"], "--no.such.flag"),
        (&["--collector.nosuch"], "--collector.nosuch"),
        (&["--web.max-requests=many"], "--web.max-requests"),
        (&["--sandbox.memory=1"], "--sandbox.memory"),
        (&["--sandbox.fuel=0"], "--sandbox.fuel"),
        (&["--log.level=loud"], "--log.level"),
        (&["frobnicate"], "frobnicate"),
        (&["inspect"], "inspect"),
        (&["scrape", "--collector=nosuch"], "nosuch"),
    ];
    for (words, told) in cases {
        let ended = run(words);
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{words:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

/// What a collector says about its options is a usage error too.
#[test]
fn wrong_options_of_collectors_exit_with_2() {
    let ended = run(&[
        "scrape",
        "--collector.netdev.device-include=[",
        "--collector=netdev",
    ]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("netdev"), "{}", ended.stderr);
}

/// Roots that are not there are told before a port is opened.
#[test]
fn missing_roots_exit_before_anything_listens() {
    let directory = Directory::new().file("file", "");
    let file = directory.path().join("file");
    let gone = directory.path().join("gone");
    for path in [&file, &gone] {
        for flag in ["path.procfs", "path.sysfs", "path.rootfs"] {
            let flag = format!("--{flag}={}", path.display());
            let ended = run(&[&flag, "--web.listen-address=127.0.0.1:0"]);
            assert_eq!(ended.status.code(), Some(1), "{flag}: {}", ended.stderr);
            assert!(
                ended.stderr.contains(path.to_str().unwrap()),
                "{flag}: {}",
                ended.stderr
            );
            assert!(
                !ended.stderr.contains("Listening"),
                "{flag}: {}",
                ended.stderr
            );
        }
    }
}

#[test]
fn a_port_in_use_exits_with_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(&["--web.listen-address", &address]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let last = ended.stderr.lines().last().unwrap();
    assert!(last.contains(&address) && last.contains("in use"), "{last}");
}

#[test]
fn missing_module_directory_exits_with_1() {
    let ended = run(&["--collector.directory=/no/such/directory"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("/no/such/directory"),
        "{}",
        ended.stderr
    );
}

#[test]
fn texts_exit_with_0() {
    for (words, told) in [
        (&["--version"][..], "firepit, version"),
        (&["--help-all"], "--collector.loadavg"),
        (&["--help"], "--help sandbox"),
        (&["--help-all"], "--sandbox.fuel"),
    ] {
        let ended = run(words);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        assert!(ended.stdout.contains(told), "{words:?}: {}", ended.stdout);
    }
}

/// The flags of a module come out of its descriptor, as those of a built-in collector do.
#[test]
fn modules_add_flags() {
    let modules = Directory::new();
    std::fs::copy(guest("limit_log"), modules.path().join("any.wasm")).unwrap();
    let flag = format!("--collector.directory={}", modules.path().display());
    let ended = run(&[&flag, "--help-all"]);
    assert_eq!(ended.status.code(), Some(0));
    for told in ["--collector.limit_log", "--collector.limit_log.how"] {
        assert!(ended.stdout.contains(told), "{told}: {}", ended.stdout);
    }
}

/// Requests that are under way are answered, new ones are not, and all is well.
#[test]
fn signals_drain_and_exit_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut running = Firepit::with_guest("limit_sleep")
            .flag("--sandbox.deadline=1s")
            .start();
        let address = running.address();
        let slow = std::thread::spawn(move || Request::get("/metrics").send(address));
        firepit_tests::until("the slow request", || {
            let page = running.page(&Request::get("/metrics?collect[]=loadavg"));
            let busy = page.value("promhttp_metric_handler_requests_in_flight", &[]);
            busy.is_some_and(|busy| busy >= 2.0).then_some(())
        });
        running.signal(signal);
        let answer = slow
            .join()
            .unwrap()
            .expect("the answer comes before the end");
        assert_eq!(answer.status, 200);
        Page::parse(answer.text()).unwrap();
        assert_eq!(running.wait().code(), Some(0), "{:#?}", running.logs.raw());
        assert!(Request::get("/metrics").send(address).is_err());
    }
}

#[test]
fn scrape_prints_one_response() {
    let procfs = procfs();
    let ended = Firepit::new().procfs(procfs.path()).scrape();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert_complete(&Page::parse(&ended.stdout).unwrap());
    let ended = run(&["scrape", "--collector=uname"]);
    let page = Page::parse(&ended.stdout).unwrap();
    assert_eq!(page.samples("node_uname_info").count(), 1);
    assert_eq!(page.samples("node_scrape_collector_success").count(), 1);
}

/// A hostile guest costs `firepit scrape` no more than it costs the server.
#[test]
fn scrape_survives_a_hostile_guest() {
    let procfs = procfs();
    let ended = Firepit::with_guest("limit_memory")
        .procfs(procfs.path())
        .scrape();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let page = Page::parse(&ended.stdout).unwrap();
    assert_complete(&page);
    crate::baseline::assert_failed(&page, "limit_memory", "memory");
}

#[test]
fn inspect_lists_the_requests_of_a_module() {
    let module = guest("escape_proc_self");
    let ended = run(&["inspect", module.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let size = std::fs::metadata(&module).unwrap().len().to_string();
    for told in [
        "escape_proc_self",
        "Steals.",
        "/proc/**",
        "{directory}/**",
        "firepit:collector/files",
        "wasi:filesystem/types",
        "--collector.escape_proc_self.directory",
        &size,
        "sha256",
    ] {
        assert!(ended.stdout.contains(told), "{told}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains("wasi:sockets"), "{}", ended.stdout);
}

#[test]
fn inspect_rejects_files_that_are_not_modules() {
    let directory = Directory::new().file("text.wasm", "not a module");
    for path in ["text.wasm", "gone.wasm", "."] {
        let path = directory.path().join(path);
        let ended = run(&["inspect", path.to_str().unwrap()]);
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert!(
            ended.stderr.contains(path.to_str().unwrap()),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
    let endless = guest("describe_endless");
    let ended = run(&["inspect", endless.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("fuel"), "{}", ended.stderr);
}
