//! All hostile peers at once, over many scrapes: what firepit uses stays level, and pages stay in time.

use std::fs;
use std::time::{Duration, Instant};

use firepit_tests::{Act, Firepit, Peer, Running};

use super::{grant, named};
use crate::baseline::{assert_complete, procfs, success};

/// The deadline of collectors here.
const DEADLINE: Duration = Duration::from_secs(1);

/// The clock tick of `/proc/PID/stat`, on all architectures of Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time of a process so far, in seconds.
fn cpu_of(running: &Running) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", running.pid())).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.map(|it| it.parse::<f64>().unwrap()).sum::<f64>() / TICKS_PER_SECOND
}

/// The peers, by the names of their clients: whether they speak datagrams, and what they do.
fn hostile() -> Vec<(String, Peer)> {
    let x = |length| vec![b'x'; length];
    let hear = || Act::Hear(b"?".into());
    let hour = Duration::from_secs(3600);
    let streams: Vec<Vec<Act>> = vec![
        vec![Act::Hang],
        vec![Act::Wait(hour)],
        vec![Act::Trickle(x(1000), Duration::from_secs(1))],
        vec![Act::Trickle(x(1 << 24), Duration::ZERO)],
        vec![Act::Flood(x(64 << 10))],
        vec![hear(), Act::say("half"), Act::Reset],
        vec![hear(), Act::Say(vec![0xff; 1000]), Act::Hang],
        vec![hear(), Act::say("part"), Act::HalfClose, Act::Hang],
        vec![],
    ];
    let datagrams: Vec<Vec<Act>> = vec![
        vec![],
        vec![Act::SayFromElsewhere(x(10))],
        vec![Act::Say(x(60_000))],
        vec![Act::Flood(x(1000))],
    ];
    let streams = streams.into_iter().map(|acts| ("tcp", Peer::tcp(acts)));
    let datagrams = datagrams.into_iter().map(|acts| ("udp", Peer::udp(acts)));
    (streams.chain(datagrams).enumerate())
        .map(|(number, (scheme, peer))| (format!("{scheme}_{number}"), peer))
        .collect()
}

fn clients(peers: &[(String, Peer)]) -> Firepit {
    let entry = |(name, _): &(String, Peer)| grant(name, &["tcp", "udp"]);
    let config: String = peers.iter().map(entry).collect();
    let procfs = procfs();
    let firepit = Firepit::new()
        .config(&format!("collectors:\n{config}"))
        .procfs(procfs.path())
        .keep(procfs)
        .flag(format!("--sandbox.deadline={}s", DEADLINE.as_secs()))
        .flag("--sandbox.quarantine-after=0");
    peers.iter().fold(firepit, |firepit, (name, peer)| {
        let scheme = &name[..3];
        firepit
            .bytes(name, &named("connect_peer", name))
            .flag(format!("--collector.{name}"))
            .flag(format!("--collector.{name}.{scheme}={}", peer.address()))
            .flag(format!("--collector.{name}.least=1e9"))
            .flag(format!("--collector.{name}.most=1e9"))
            .flag(format!("--collector.{name}.tolerant"))
    })
}

/// Scrapes, and returns the CPU time of it. Nobody waits longer than for one deadline.
fn scrape(running: &Running) -> f64 {
    let before = cpu_of(running);
    let began = Instant::now();
    let page = running.scrape();
    assert!(began.elapsed() < DEADLINE * 10, "{:?}", began.elapsed());
    assert_complete(&page);
    cpu_of(running) - before
}

#[test]
fn threads_memory_and_cpu_stay_level_beside_hostile_peers() {
    let peers = hostile();
    let running = clients(&peers).start();
    for _ in 0..3 {
        scrape(&running);
    }
    let used = || {
        (
            running.threads(),
            running.open_files(),
            running.resident_kib(),
        )
    };
    let (threads, files, memory) = used();
    let early: f64 = (0..5).map(|_| scrape(&running)).sum();
    let late: f64 = (0..5).map(|_| scrape(&running)).sum();
    let (threads_after, files_after, memory_after) = used();
    eprintln!(
        "CPU: {early} s, then {late} s; {:?}, then {:?}",
        (threads, files, memory),
        used()
    );
    assert!(threads_after <= threads + 1, "{threads} to {threads_after}");
    assert!(files_after <= files + 3, "{files} to {files_after}");
    assert!(
        memory_after <= memory + (32 << 10),
        "{memory} to {memory_after} KiB"
    );
    assert!(late <= early * 2.0 + 1.0, "{early} to {late} s");
    for (name, peer) in &peers {
        assert!(peer.met() > 0, "{name}");
    }
}

/// Five peers that say nothing are waited for at once, and what reads files does not wait for them at all.
#[test]
fn slow_peers_delay_a_page_by_one_deadline_at_most() {
    let peers: Vec<(String, Peer)> = (0..5)
        .map(|number| (format!("tcp_{number}"), Peer::tcp([Act::Hang])))
        .collect();
    let running = clients(&peers).start();
    for _ in 0..3 {
        let began = Instant::now();
        let page = running.scrape();
        let elapsed = began.elapsed();
        assert!(elapsed < DEADLINE * 3, "{elapsed:?}");
        assert_complete(&page);
        for (name, _) in &peers {
            assert_eq!(
                success(&page, name),
                Some(1.0),
                "they tell that it timed out"
            );
        }
        for collector in ["loadavg", "meminfo"] {
            let labels = [("collector", collector)];
            let seconds = page.value("node_scrape_collector_duration_seconds", &labels);
            assert!(
                seconds.is_some_and(|it| it < 0.5),
                "{collector}: {seconds:?}"
            );
        }
    }
}
