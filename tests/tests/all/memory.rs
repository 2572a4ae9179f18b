//! What is written and what is held: by one collector, by all modules, by pages that nobody reads.

use std::io::Write as _;
use std::iter;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use firepit_tests::{Firepit, MemoryCgroup, Page, Request, Running, swap_guest_as, until};

use crate::baseline::{assert_complete, assert_fails_alone, procfs, success};

const MIB: u64 = 1 << 20;

/// `Limits::output_bytes` is what stands on the page: neither labels that a guest hands over once,
/// nor long names, nor texts that are to be escaped, nor labels without a text come to more. The same
/// holds for native buckets, exemplars, and names whose escaped form is longer.
#[test]
fn output_is_charged_as_it_is_written() {
    let cases = [
        "histogram",
        "summary",
        "names",
        "escapes",
        "empty",
        "native",
        "exemplars",
        "dots",
    ];
    for what in cases {
        let firepit = Firepit::with_guest("output_amplified")
            .flag("--sandbox.fuel=1000000000000")
            .flag(format!("--collector.output_amplified.what={what}"))
            .flag("--sandbox.output-bytes=8MiB");
        let (running, _) = assert_fails_alone(firepit, "output_amplified", "output-limit");
        let line = running.logs.wait_for("msg", "collector failed");
        assert!(
            line.get("err").unwrap().contains("limit of text"),
            "{line:?}"
        );
        assert_eq!(line.get("limit"), Some("--sandbox.output-bytes"), "{what}");
        let body = running.ask(&Request::get("/metrics")).body.len() as u64;
        assert!(body <= 9 * MIB, "{what}: a page of {body} bytes");
        let resident = running.resident_kib();
        assert!(resident <= 256 << 10, "{what}: {resident} KiB");
    }
}

/// The fuel for output is that of the bytes that are written.
#[test]
fn output_fuel_is_charged_by_written_bytes() {
    // 60 labels of 4 KiB in 100 lines are 24 MB; that the guest says them takes less than a million.
    let firepit = Firepit::with_guest("output_amplified")
        .flag("--collector.output_amplified.count=100")
        .flag("--sandbox.fuel=20000000");
    assert_fails_alone(firepit, "output_amplified", "out-of-fuel");
}

/// `TotalLimits::page_bytes`: the page comes without the families that it has no room for.
#[test]
fn response_is_bounded_and_keeps_built_in_collectors() {
    let procfs = procfs();
    // 40 families of 50 lines with 4 KiB each.
    let running = Firepit::with_guest("output_amplified")
        .flag("--collector.output_amplified.what=families")
        .flag("--collector.output_amplified.count=40")
        .flag("--scrape.max-page-bytes=2MiB")
        .procfs(procfs.path())
        .start();
    let scrape = || {
        let body = running.ask(&Request::get("/metrics")).body;
        assert!(body.len() as u64 <= 2 * MIB, "{} bytes", body.len());
        let page = Page::parse(str::from_utf8(&body).unwrap()).unwrap();
        assert_complete(&page);
        assert_eq!(success(&page, "output_amplified"), Some(1.0));
        let shown = page
            .families
            .keys()
            .filter(|name| name.starts_with("guest_family"))
            .count();
        assert!((5..40).contains(&shown), "{shown}");
        (page, shown)
    };
    let (_, shown) = scrape();
    let (page, _) = scrape();
    let of = [("collector", "output_amplified"), ("reason", "page-limit")];
    let refused = page.value("firepit_families_refused_total", &of).unwrap();
    assert!(refused >= (40 - shown) as f64, "{refused}");
    // Each family is told once, and not all of them.
    let told = || running.logs.with("reason", "page-limit").len();
    until("the refusals", || (told() >= 20).then_some(()));
    let _ = scrape();
    let _ = Firepit::new().start().scrape();
    assert_eq!(told(), 20);
}

/// A directory of 4,000 long names, about 1 MiB as a listing.
fn many() -> firepit_tests::Directory {
    let name = |number: usize| format!("many/{number:0>200}");
    let names = (0..4_000).map(name);
    let directory = names.fold(procfs(), |directory, name| directory.file(&name, ""));
    directory.file("many/large", vec![b'x'; 1 << 20])
}

/// `Limits::bytes_read` bounds what handles hold, listings of directories included; and the metric
/// tells of it.
#[test]
fn listings_held_by_handles_are_bounded_and_counted() {
    let procfs = many();
    let running = (Firepit::with_guest("limit_listings").procfs(procfs.path()))
        .flag("--sandbox.bytes-read=16MiB")
        .flag("--collector.limit_listings.count=10")
        .start();
    let of = [("collector", "limit_listings")];
    let mut ends = Vec::new();
    for _ in 0..12 {
        let page = running.scrape();
        assert_complete(&page);
        let held = page.value("firepit_collector_memory_bytes", &of).unwrap();
        assert!((8e6..25e6).contains(&held), "{held}");
        ends.push(success(&page, "limit_listings"));
    }
    let every_other: Vec<_> = [Some(1.0), Some(0.0)]
        .into_iter()
        .cycle()
        .take(12)
        .collect();
    assert_eq!(
        ends, every_other,
        "it is ended where it has 16 MiB, and begins anew"
    );
    let resident = running.resident_kib();
    assert!(resident <= 128 << 10, "{resident} KiB");
}

/// `TotalLimits::modules_bytes` counts what a call is on the way to be given, and is told as such.
#[test]
fn answers_in_transit_count_towards_total_memory() {
    let of = |count: u32| {
        let procfs = many();
        (Firepit::with_guest("limit_listings").procfs(procfs.path()))
            .keep(procfs)
            .flag("--collector.limit_listings.at-once")
            .flag(format!("--collector.limit_listings.count={count}"))
            .flag("--sandbox.total-memory=24MiB")
    };
    let page = of(4).start().scrape();
    assert_eq!(page.value("guest_listings", &[]), Some(4.0));
    let running = of(30).start();
    let page = running.scrape();
    assert_complete(&page);
    crate::baseline::assert_failed(&page, "limit_listings", "memory");
    let line = running.logs.wait_for("msg", "collector failed");
    assert_eq!(
        line.get("limit"),
        Some("--sandbox.total-memory"),
        "{line:?}"
    );
}

/// `TotalLimits::modules_bytes` counts families until their response is built: the guest holds one at
/// a time.
#[test]
fn queued_families_count_towards_total_memory() {
    let of = |count: u32| {
        Firepit::with_guest("output_amplified")
            .flag("--collector.output_amplified.what=families")
            .flag(format!("--collector.output_amplified.count={count}"))
            .flag("--sandbox.total-memory=12MiB")
    };
    let page = of(5).start().scrape();
    assert_eq!(success(&page, "output_amplified"), Some(1.0));
    let (running, _) = assert_fails_alone(of(100), "output_amplified", "memory");
    let line = running.logs.wait_for("msg", "collector failed");
    assert_eq!(
        line.get("limit"),
        Some("--sandbox.total-memory"),
        "{line:?}"
    );
}

fn greedy(number: usize) -> (String, Vec<u8>) {
    let name = format!("greedy{number:02}");
    let module = swap_guest_as(&name, "1.0.0", "greedy");
    (name, module)
}

/// `TotalLimits`: 20 modules that take all they can get leave a process within 512 MiB that serves
/// its own collectors, scrape for scrape. In a cgroup of that size the kernel would end it.
#[test]
fn greedy_modules_together_are_bounded() {
    const LIMIT: u64 = 512 * MIB;
    let cgroup = MemoryCgroup::new(LIMIT);
    let procfs = procfs();
    let mut firepit = Firepit::new().procfs(procfs.path());
    for (name, module) in (0..20).map(greedy) {
        firepit = firepit
            .bytes(&name, &module)
            .flag(format!("--collector.{name}"));
    }
    if let Some(cgroup) = &cgroup {
        let prefix = cgroup.prefix();
        firepit = firepit.within(&prefix.each_ref().map(String::as_str));
    }
    let mut running = firepit.start();
    let end = Instant::now() + Duration::from_secs(20);
    let (mut pages, mut most, mut met) = (0, 0, 0.0_f64);
    while Instant::now() < end || pages < 8 {
        let gzip = Request::get("/metrics").header("Accept-Encoding", "gzip");
        assert_eq!(running.ask(&gzip).status, 200);
        let page = running.scrape();
        assert_complete(&page);
        let held = page.value("firepit_modules_memory_bytes", &[]).unwrap();
        assert!(held <= 256.0 * MIB as f64, "{held}");
        let failed = |sample: &&firepit_tests::Sample| sample.labels["reason"] == "memory";
        met = (page
            .samples("firepit_collector_failures_total")
            .filter(failed))
        .map(|sample| sample.value)
        .sum();
        most = most.max(running.resident_kib());
        pages += 1;
    }
    assert!(met > 0.0, "nobody asked for too much");
    assert!(most <= LIMIT >> 10, "{most} KiB");
    running.signal(rustix::process::Signal::TERM);
    assert!(running.wait().success());
    drop(cgroup);
}

/// Asks for a page and reads nothing of it.
fn ask_and_wait(running: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(running.address()).unwrap();
    let request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// `TotalLimits::in_flight_bytes`: pages that clients do not read have a bound, and when they are
/// gone there is room again.
#[test]
fn unread_responses_are_bounded() {
    let procfs = procfs();
    // Pages of about 20 MB.
    let running = Firepit::with_guest("output_amplified")
        .flag("--collector.output_amplified.what=families")
        .flag("--collector.output_amplified.count=100")
        .flag("--scrape.max-page-bytes=64MiB")
        .flag("--web.max-in-flight-bytes=64MiB")
        .procfs(procfs.path())
        .start();
    let length = running.ask(&Request::get("/metrics")).body.len() as u64;
    assert!(length > 19 * MIB, "{length}");
    let clients: Vec<TcpStream> = iter::repeat_with(|| ask_and_wait(&running))
        .take(12)
        .collect();
    // Whoever asks meanwhile has a client evicted that does not read, or is refused.
    for _ in 0..4 {
        let answer = running.ask(&Request::get("/metrics?name[]=node_load1"));
        match answer.status {
            200 => {}
            503 => assert!(answer.text().contains("--web.max-in-flight-bytes")),
            other => panic!("{other}: {}", answer.text()),
        }
    }
    // What is counted is what there is: pages, families that one of them is made of, the program.
    let resident = running.resident_kib();
    assert!(resident <= 256 << 10, "{resident} KiB");
    drop(clients);
    until("room for a page", || {
        let answer = running.ask(&Request::get("/metrics"));
        (answer.status == 200).then_some(())
    });
    let page = running.scrape();
    assert_complete(&page);
    // This page and none of the others.
    until("the others' pages to go", || {
        let page = running.page(&Request::get(
            "/metrics?name[]=firepit_pages_in_flight_bytes",
        ));
        let bytes = page.value("firepit_pages_in_flight_bytes", &[])?;
        (bytes <= 22.0 * MIB as f64).then_some(())
    });
}
