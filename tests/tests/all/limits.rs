//! One test per bound on what a guest may spend; each names the field of `Limits` that it holds,
//! and fails when that bound is taken out. What a guest reads is in [`super::reads`], what it hands
//! over in [`super::output`].

use firepit_tests::{Firepit, Request, until};

use crate::baseline::{assert_complete, assert_fails_alone, procfs, success};
use crate::components::collector;

/// So much that only another limit ends the guest.
const ENDLESS: &str = "--sandbox.fuel=1000000000000000";

/// `Limits::fuel`
#[test]
fn an_endless_loop_runs_out_of_fuel() {
    let firepit = Firepit::with_guest("limit_loop");
    let (running, page) = assert_fails_alone(firepit, "limit_loop", "out-of-fuel");
    let used = page.value(
        "firepit_collector_fuel_consumed_total",
        &[("collector", "limit_loop")],
    );
    assert_eq!(used, Some(1e9));
    let line = running.logs.wait_for("msg", "collector failed");
    assert_eq!(line.get("limit"), Some("--sandbox.fuel"), "{line:?}");
    // The next scrape has its fuel anew, in a new instance.
    let page = running.scrape();
    assert_complete(&page);
    let of = [("collector", "limit_loop")];
    assert_eq!(
        page.value("firepit_collector_fuel_consumed_total", &of),
        Some(2e9)
    );
    assert_eq!(
        page.value("firepit_collector_instance_recycles_total", &of),
        Some(1.0)
    );
}

/// `Limits::deadline`
#[test]
fn an_endless_loop_ends_at_its_deadline() {
    let firepit = Firepit::with_guest("limit_loop")
        .flag(ENDLESS)
        .flag("--sandbox.deadline=1s");
    assert_fails_alone(firepit, "limit_loop", "deadline");
}

/// What a guest spent that its deadline interrupted is in no counter that the engine shows. It counts
/// as all of its fuel, and its CPU time says the rest, whether it runs in registers or has the engine
/// work without calling the host.
#[test]
fn cost_of_an_interrupted_guest_is_counted() {
    for how in [
        "--no-collector.limit_spin.grow",
        "--collector.limit_spin.grow",
    ] {
        let firepit = Firepit::with_guest("limit_spin").flag(how);
        let firepit = firepit.flag(ENDLESS).flag("--sandbox.deadline=500ms");
        let (_, page) = assert_fails_alone(firepit, "limit_spin", "deadline");
        let of = [("collector", "limit_spin")];
        let fuel = page.value("firepit_collector_fuel_consumed_total", &of);
        assert_eq!(fuel, Some(1e15), "{how}");
        // The machine may do much else meanwhile.
        let cpu = page.value("firepit_collector_cpu_seconds_total", &of);
        assert!(cpu.is_some_and(|cpu| cpu > 0.01), "{how}: {cpu:?}");
    }
}

/// One that sleeps costs next to nothing, and that is told as well.
#[test]
fn cost_of_a_sleeping_guest_is_counted() {
    let firepit = Firepit::with_guest("limit_sleep").flag("--sandbox.deadline=2s");
    let (_, page) = assert_fails_alone(firepit, "limit_sleep", "deadline");
    let of = [("collector", "limit_sleep")];
    let fuel = page.value("firepit_collector_fuel_consumed_total", &of);
    assert!(fuel.is_some_and(|fuel| fuel < 1e8), "{fuel:?}");
    let cpu = page.value("firepit_collector_cpu_seconds_total", &of);
    assert!(cpu.is_some_and(|cpu| cpu > 0.0 && cpu < 1.0), "{cpu:?}");
}

/// `Limits::deadline`, for a guest that does not even run.
#[test]
fn a_sleeping_guest_is_woken_at_its_deadline() {
    let firepit = Firepit::with_guest("limit_sleep").flag("--sandbox.deadline=1s");
    assert_fails_alone(firepit, "limit_sleep", "deadline");
}

/// The end of a sleep that the deadline cut short is no success, however close the race.
#[test]
fn sleeping_guest_cannot_report_success_after_its_deadline() {
    let running = Firepit::with_guest("limit_sleep")
        .flag("--sandbox.deadline=200ms")
        .start();
    for _ in 0..20 {
        let page = running.page(&Request::get("/metrics?collect[]=limit_sleep"));
        assert_eq!(success(&page, "limit_sleep"), Some(0.0));
    }
}

/// The time that the scraper allows goes before the guest's own.
#[test]
fn response_omits_a_late_guest() {
    let procfs = procfs();
    let firepit = Firepit::with_guest("limit_sleep").flag("--scrape.timeout-offset=0s");
    let running = firepit.procfs(procfs.path()).start();
    let hasty = Request::get("/metrics").header("X-Prometheus-Scrape-Timeout-Seconds", "2");
    for _ in 0..2 {
        let page = running.page(&hasty);
        assert_eq!(success(&page, "limit_sleep"), Some(0.0));
        assert_complete(&page);
    }
}

/// `Limits::fuel` and `Limits::deadline` hold in `configure` too: the module is left out.
#[test]
fn endless_configure_rejects_the_module() {
    let procfs = procfs();
    let running = (Firepit::with_guest("limit_loop").procfs(procfs.path()))
        .flag("--collector.limit_loop.early")
        .start();
    let line = running.logs.wait_for("msg", "module not loaded");
    assert!(line.get("err").unwrap().contains("fuel"), "{line:?}");
    let page = running.scrape();
    assert_eq!(success(&page, "limit_loop"), None);
    assert_complete(&page);
}

/// `Limits::memory_bytes`
#[test]
fn memory_is_bounded() {
    let firepit = Firepit::with_guest("limit_memory").flag(ENDLESS);
    let (_, page) = assert_fails_alone(firepit, "limit_memory", "memory");
    let of = [("collector", "limit_memory")];
    let peak = page.value("firepit_collector_memory_bytes", &of).unwrap();
    assert!((32e6..=64.0 * 1024.0 * 1024.0).contains(&peak), "{peak}");
}

/// `Limits::memory_bytes`, for a memory that is large from the start.
#[test]
fn memory_of_a_module_is_bounded_before_it_runs() {
    assert_left_out(Firepit::new().module("limit_memory_static"), "memory");
}

/// `Limits::table_elements`
#[test]
fn tables_are_bounded() {
    let fields = "(table $table 1 funcref)";
    let grow = "(loop $more (br_if $more (i32.ge_s
        (table.grow $table (ref.null func) (i32.const 1000)) (i32.const 0))))";
    let module = collector("tables", fields, grow, "");
    let firepit = Firepit::new()
        .bytes("tables", &module)
        .flag("--collector.tables");
    let (running, _) = assert_fails_alone(firepit, "tables", "memory");
    let line = running.logs.wait_for("msg", "collector failed");
    assert!(
        line.get("err").unwrap().contains("table elements"),
        "{line:?}"
    );
}

/// `Limits::table_elements`, for a table that is large from the start.
#[test]
fn tables_of_a_module_are_bounded_before_it_runs() {
    let module = collector("tables", "(table 200000 funcref)", "", "");
    assert_left_out(Firepit::new().bytes("tables", &module), "table elements");
}

/// `Limits::instances`
#[test]
fn core_instances_are_bounded() {
    let one = "(core instance (instantiate $tiny))";
    let beside = |more: usize| format!("(core module $tiny) {}", one.repeat(more));
    // Some are the host's own, between the module and what it exports.
    let few = collector("few", "", "", &beside(16));
    let many = collector("many", "", "", &beside(32));
    let firepit = Firepit::new()
        .bytes("few", &few)
        .bytes("many", &many)
        .flag("--collector.few");
    let running = assert_left_out(firepit, "instance");
    assert_eq!(success(&running.scrape(), "few"), Some(1.0));
}

/// `WASM_STACK_BYTES` of the engine.
#[test]
fn recursion_is_bounded() {
    assert_fails_alone(
        Firepit::with_guest("limit_stack").flag(ENDLESS),
        "limit_stack",
        "stack",
    );
}

/// `Limits::handles`, which also keeps `std::fs` from holding the host's files open.
#[test]
fn handles_are_bounded_and_hold_no_files_open() {
    for what in ["files", "directories"] {
        let firepit = (Firepit::with_guest("limit_handles").flag(ENDLESS))
            .flag(format!("--collector.limit_handles.what={what}"));
        let (running, _) = assert_fails_alone(firepit, "limit_handles", "contract");
        let before = running.open_files();
        for _ in 0..5 {
            assert_complete(&running.scrape());
        }
        until("files to be closed", || {
            (running.open_files() <= before).then_some(())
        });
    }
}

/// `Limits::bytes_read` bounds what the host holds for open files, over all scrapes together.
#[test]
fn contents_of_open_files_are_bounded() {
    let procfs = procfs().file("large", vec![0; 1 << 20]);
    let running = (Firepit::with_guest("limit_handles").procfs(procfs.path()))
        .flag("--collector.limit_handles.what=contents")
        .flag("--sandbox.bytes-read=25MiB")
        .start();
    for _ in 0..2 {
        let page = running.scrape();
        assert_eq!(page.value("guest_handles", &[]), Some(10.0));
    }
    let page = running.scrape();
    crate::baseline::assert_failed(&page, "limit_handles", "read-limit");
}

/// A handle counts as well, with its path: with little memory they end before their number does.
#[test]
fn handles_are_charged_to_the_memory_limit() {
    let firepit = Firepit::with_guest("limit_handles").flag("--sandbox.bytes-read=4KiB");
    assert_fails_alone(firepit, "limit_handles", "read-limit");
}

/// `Limits::random_bytes`, for both kinds.
#[test]
fn random_bytes_are_bounded() {
    for kind in ["--collector", "--no-collector"] {
        let of = |bytes: u64| {
            Firepit::with_guest("limit_random")
                .flag(format!("{kind}.limit_random.insecure"))
                .flag(format!("--collector.limit_random.bytes={bytes}"))
        };
        let page = of(4096).start().scrape();
        assert_eq!(page.value("guest_random_bytes", &[]), Some(4096.0));
        assert_fails_alone(of(4097), "limit_random", "contract");
    }
}

/// `Limits::log_bytes`, for all ways into the log together.
#[test]
fn message_flood_is_truncated_and_reported() {
    for how in ["messages", "stdout", "stderr"] {
        let running = Firepit::with_guest("limit_log")
            .flag(format!("--collector.limit_log.how={how}"))
            .start();
        let page = running.scrape();
        let of = [("collector", "limit_log")];
        assert_eq!(success(&page, "limit_log"), Some(1.0));
        let dropped = page
            .value("firepit_collector_log_dropped_bytes_total", &of)
            .unwrap();
        assert!(
            dropped >= f64::from(100_000 - (16 << 10) - 200),
            "{how}: {dropped}"
        );
        let _ = running.logs.wait_for("collector", "limit_log");
        let logged: usize = running
            .logs
            .with("collector", "limit_log")
            .iter()
            .map(|line| line.get("msg").unwrap().len())
            .sum();
        assert!(logged <= 16 << 10, "{how}: {logged}");
        // The budget is that of a call: the next one may speak again.
        let before = running.logs.with("collector", "limit_log").len();
        let _ = running.scrape();
        until("more messages", || {
            (running.logs.with("collector", "limit_log").len() > before).then_some(())
        });
    }
}

/// An empty message is a line of the log too.
#[test]
fn flood_of_empty_messages_is_truncated() {
    let firepit = Firepit::with_guest("limit_log").flag("--collector.limit_log.how=empty");
    let running = firepit.start();
    let _ = running.scrape();
    let _ = running.logs.wait_for("msg", "");
    let lines = running.logs.with("msg", "").len();
    assert!(lines <= 512, "{lines} lines");
}

/// So is a short line of a stream.
#[test]
fn flood_of_short_lines_is_truncated() {
    let firepit = Firepit::with_guest("limit_log").flag("--collector.limit_log.how=lines");
    let running = firepit.start();
    let _ = running.scrape();
    let _ = running.logs.wait_for("msg", "x");
    let lines = running.logs.with("msg", "x").len();
    assert!(lines <= 512, "{lines} lines");
}

/// `Limits::log_bytes_per_minute`: over all calls, and over all instances.
#[test]
fn message_flood_over_many_scrapes_is_reported_once() {
    let limits = "limits: {log_bytes: 8KiB, log_bytes_per_minute: 20KiB}";
    let yaml = format!("collectors: {{limit_log: {{instances: fresh, {limits}}}}}");
    let running = Firepit::with_guest("limit_log").config(&yaml).start();
    let scrapes = 20;
    for _ in 1..scrapes {
        let _ = running.scrape();
    }
    let page = running.scrape();
    assert_eq!(success(&page, "limit_log"), Some(1.0));
    let told = "collector exceeded its log bytes per minute; dropping further messages";
    let line = running.logs.wait_for("msg", told);
    assert_eq!(line.get("collector"), Some("limit_log"), "{line:?}");
    assert_eq!(running.logs.with("msg", told).len(), 1);
    let all = running.logs.with("collector", "limit_log");
    let own = all.iter().map(|line| line.get("msg").unwrap());
    let logged: usize = own.filter(|msg| *msg != told).map(str::len).sum();
    assert!(logged <= 20 << 10, "{logged}");
    let of = [("collector", "limit_log")];
    let dropped = page.value("firepit_collector_log_dropped_bytes_total", &of);
    let least = f64::from(scrapes * 100_000 - (20 << 10));
    assert!(dropped.unwrap() >= least, "{dropped:?}");
}

/// `Limits::fuel`: the host's work on messages is charged, that on their fields too.
#[test]
fn logging_costs_fuel() {
    let firepit = Firepit::with_guest("limit_log").flag("--sandbox.fuel=50000000");
    let firepit = firepit.flag("--collector.limit_log.how=fields");
    assert_fails_alone(firepit, "limit_log", "out-of-fuel");
}

/// What a guest says about its failure is no way around the bound on messages.
#[test]
fn error_text_is_truncated() {
    let firepit = Firepit::with_guest("limit_log").flag("--collector.limit_log.how=error");
    let (running, _) = assert_fails_alone(firepit, "limit_log", "error");
    let line = running.logs.wait_for("msg", "collector failed");
    let told = line.get("err").unwrap();
    assert!(told.starts_with("a\ntime="), "{told}");
    assert!(told.len() < 5_000, "{} bytes", told.len());
    assert_eq!(running.logs.with("msg", "forged"), []);
    let landing = running.ask(&Request::get("/"));
    assert!(landing.body.len() < 20_000, "{} bytes", landing.body.len());
}

/// What a guest logs stays on its line and in its field.
#[test]
fn log_lines_cannot_be_forged() {
    let firepit = Firepit::with_guest("limit_log").flag("--collector.limit_log.how=forged");
    let running = firepit.start();
    let _ = running.scrape();
    let _ = running.logs.wait_for("stream", "stdout");
    assert_eq!(running.logs.with("msg", "forged"), []);
    for line in running.logs.raw() {
        assert!(line.starts_with("time="), "{line:?}");
        assert!(
            !line.contains(|c: char| c.is_control() || c == '\u{202e}'),
            "{line:?}"
        );
    }
}

/// Starts a firepit with a module that cannot be loaded, for a reason with this word in it.
fn assert_left_out(firepit: Firepit, word: &str) -> firepit_tests::Running {
    let procfs = procfs();
    let running = firepit.procfs(procfs.path()).keep(procfs).start();
    let line = running.logs.wait_for("msg", "module not loaded");
    assert!(line.get("err").unwrap().contains(word), "{line:?}");
    assert_complete(&running.scrape());
    running
}
