//! The start does not belong to modules: the port and the built-in collectors are there before any
//! of them is looked at, and what takes the compiler long does so once.

use std::fs;
use std::path::Path;

use firepit_tests::{Directory, Firepit, Request, Running, until};

use crate::baseline::{assert_complete, procfs, success};
use crate::compile::expensive;
use crate::components::collector;

/// One with a cache that outlives it.
fn with_cache(cache: &Path) -> Firepit {
    Firepit::new().flag(format!("--collector.cache-directory={}", cache.display()))
}

fn status(running: &Running, path: &str) -> u16 {
    running.ask(&Request::get(path)).status
}

/// How often something was compiled, or tried to be.
fn compiled(running: &Running) -> f64 {
    let runs = running.scrape().value("firepit_compiler_runs_total", &[]);
    runs.unwrap()
}

/// Two files that hold the compiler up until its limit, and a good one: the first page comes before
/// any of them, and the good one before the bombs. The next start does not try the bombs again.
#[test]
fn compile_bombs_delay_no_other_module_and_are_tried_once() {
    let (cache, procfs) = (Directory::new(), procfs());
    let cache = cache.path().join("cache");
    let bomb = bomb();
    let firepit = || {
        with_cache(&cache)
            .bytes("a_bomb", &bomb)
            .bytes("z_good", &collector("good", "", "", ""))
            .flag("--collector.good")
            .procfs(procfs.path())
    };
    let running = firepit().start_at_once();
    assert_eq!(status(&running, "/-/healthy"), 200);
    assert_complete(&running.scrape());
    assert_eq!(
        status(&running, "/-/ready"),
        503,
        "{:#?}",
        running.logs.raw()
    );
    until("the good one", || {
        (success(&running.scrape(), "good") == Some(1.0)).then_some(())
    });
    // It is asked first, as it may become ready at any time.
    let (ready, told) = (status(&running, "/-/ready"), left_out(&running));
    assert_eq!((ready, told), (503, 0), "the good one waited for the bomb");
    until("the end of the bomb", || {
        (status(&running, "/-/ready") == 200).then_some(())
    });
    let line = running.logs.wait_for("msg", "module not loaded");
    assert_eq!(line.get("reason"), Some("compile-limit"), "{line:?}");
    assert_eq!(compiled(&running), 2.0);
    let peak = "firepit_compiler_peak_resident_bytes";
    assert!(running.scrape().value(peak, &[]).unwrap() > 1e6);
    drop(running);

    let again = firepit().start();
    let line = again.logs.wait_for("msg", "module not loaded");
    assert_eq!(line.get("reason"), Some("compile-limit"), "{line:?}");
    let told = line.get("err").unwrap();
    assert!(told.contains("(cached: "), "{told}");
    let page = again.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, "good"), Some(1.0));
    assert_eq!(compiled(&again), 0.0);
    let landing = again.ask(&Request::get("/"));
    assert!(landing.text().contains("(cached: "), "{}", landing.text());
}

/// More than the compiler gets through within the limits for a file of that size.
fn bomb() -> Vec<u8> {
    let bomb = expensive();
    assert!(bomb.len() < 8 << 20, "{} bytes", bomb.len());
    bomb
}

fn left_out(running: &Running) -> usize {
    running.logs.with("msg", "module not loaded").len()
}

/// What is remembered is the content: another file, and somebody who asks, are another matter.
#[test]
fn failed_compilation_is_retried_by_a_reload() {
    let (cache, modules) = (Directory::new(), Directory::new());
    let cache = cache.path().join("cache");
    let text = r#"(component (core module (func (export "f") (result i32) (i64.const 0))))"#;
    let file = modules.path().join("x.wasm");
    fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
    let firepit = || {
        with_cache(&cache)
            .flag(format!(
                "--collector.directory={}",
                modules.path().display()
            ))
            .flag("--web.enable-lifecycle")
    };
    assert_eq!(compiled(&firepit().start()), 1.0);
    let running = firepit().start();
    assert_eq!(compiled(&running), 0.0);
    let reload = || running.ask(&Request::of("POST", "/-/reload"));
    assert_eq!(reload().status, 200);
    assert_eq!(compiled(&running), 1.0);
    // Touched, but the same.
    fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
    // Others are noticed after it.
    let good = collector("good", "", "", "");
    fs::write(modules.path().join("y.wasm"), good).unwrap();
    until("the other one", || {
        running.logs.with("msg", "collector loaded").pop()
    });
    assert_eq!(compiled(&running), 2.0);
}

/// A module that does not come to an end in `configure` is left out; the port is open before, and the
/// others come in after it.
#[test]
fn endless_configure_delays_no_other_module() {
    let procfs = procfs();
    let mut firepit = Firepit::new()
        .flag("--sandbox.fuel=1000000000000000")
        .flag("--sandbox.deadline=2s")
        .bytes("z_good", &collector("good", "", "", ""))
        .flag("--collector.good");
    for number in 0..3 {
        let name = format!("endless_{number}");
        // What it is asked for first is `configure`.
        let module = endless_configure(&name);
        firepit = firepit
            .bytes(&name, &module)
            .flag(format!("--collector.{name}"));
    }
    let running = firepit.procfs(procfs.path()).start_at_once();
    assert_complete(&running.scrape());
    assert_eq!(left_out(&running), 0, "the page waited for modules");
    until("the good one", || {
        (success(&running.scrape(), "good") == Some(1.0)).then_some(())
    });
    until("three modules left out", || {
        (left_out(&running) == 3).then_some(())
    });
    for line in running.logs.with("msg", "module not loaded") {
        assert_eq!(line.get("reason"), Some("configure"), "{line:?}");
    }
    assert_complete(&running.scrape());
}

fn endless_configure(name: &str) -> Vec<u8> {
    let text = crate::components::text(name, "(loop (br 0))");
    wat::parse_str(text).unwrap()
}

/// What is set up takes part in scrapes before the next module has to be. The good one comes after one
/// that does not come to an end, as it is compiled last, and before two of them, as its name is first.
#[test]
fn endless_setting_up_delays_what_was_before_it_by_little() {
    let large = "x".repeat(256 << 10);
    let beside = format!(r#"(core module (memory 8) (data (i32.const 0) "{large}"))"#);
    let mut firepit = Firepit::new()
        .flag("--sandbox.fuel=1000000000000000")
        .flag("--sandbox.deadline=4s")
        .bytes("a_good", &collector("good", "", "", &beside))
        .flag("--collector.good");
    for number in 0..4 {
        let name = format!("endless_{number}");
        let module = endless_configure(&name);
        firepit = firepit
            .bytes(&name, &module)
            .flag(format!("--collector.{name}"));
    }
    let running = firepit.start_at_once();
    until("the good one", || {
        (success(&running.scrape(), "good") == Some(1.0)).then_some(())
    });
    let told = left_out(&running);
    assert!(told < 4, "the good one waited for all of them");
}
