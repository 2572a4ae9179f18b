//! Tests of the collector with simulated processes.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

const NUMBERS: &str = "2 0 0 0 -1 2129984 0 0 0 0 14 0 0 0 20 0";
const REST: &str = "0 24 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 0 0 0 0 0 0";

fn stat(state: &str, threads: u32) -> String {
    format!("1 (some name) {state} {NUMBERS} {threads} {REST} 0 0\n")
}

fn process(host: Host, pid: u32, state: &str, threads: u32) -> Host {
    host.file(&format!("/proc/{pid}/stat"), stat(state, threads))
        .directory(&format!("/proc/{pid}/task/{pid}"))
}

fn thread(host: Host, pid: u32, tid: u32, state: &str) -> Host {
    host.file(&format!("/proc/{pid}/task/{tid}/stat"), stat(state, 1))
}

fn host() -> Host {
    Host::new()
        .file("/proc/sys/kernel/threads-max", "7801\n")
        .file("/proc/sys/kernel/pid_max", "123\n")
        .file("/proc/uptime", "1 2\n")
}

#[test]
fn counts_processes_and_threads() {
    let host = process(host(), 1, "S", 1);
    let host = process(host, 2, "R", 3);
    let host = thread(host, 2, 20, "S");
    let host = thread(host, 2, 21, "D");
    let host = process(host, 30, "S", 1);
    let out = host.run::<Processes>([]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(
        out.text(),
        "node_processes_threads 5\n\
         node_processes_max_threads 7801\n\
         node_processes_state{state=\"S\"} 2\n\
         node_processes_state{state=\"R\"} 1\n\
         node_processes_threads_state{thread_state=\"S\"} 3\n\
         node_processes_threads_state{thread_state=\"R\"} 1\n\
         node_processes_threads_state{thread_state=\"D\"} 1\n\
         node_processes_pids 3\n\
         node_processes_max_processes 123\n"
    );
}

#[test]
fn without_thread_lists_no_thread_states_are_shown() {
    let host = host()
        .file("/proc/10/stat", stat("S", 1))
        .file("/proc/11/stat", stat("I", 4));
    let out = host.run::<Processes>([]);
    assert_eq!(out.result, Ok(()));
    assert!(out.family("node_processes_threads_state").is_none());
    assert!(out.text().starts_with("node_processes_threads 5\n"));
}

#[test]
fn thread_list_of_a_single_thread_is_not_read() {
    let host = process(host(), 1, "S", 1);
    // If its list were read, its thread would not be counted.
    let host = host
        .file("/proc/2/stat", stat("Z", 1))
        .file("/proc/2/task", "");
    let out = host.run::<Processes>([]);
    assert_eq!(out.result, Ok(()));
    assert!(
        out.text()
            .contains("node_processes_threads_state{thread_state=\"Z\"} 1\n")
    );
}

#[test]
fn vanished_processes_are_ignored() {
    let host = process(host(), 1, "S", 1)
        .directory("/proc/2")
        .file("/proc/3/stat", stat("R", 2));
    let host = process(host, 4, "R", 2).directory("/proc/4/task/40");
    let out = host.run::<Processes>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    assert!(text.contains("node_processes_pids 3\n"), "{text}");
    assert!(
        text.contains("threads_state{thread_state=\"R\"} 1\n"),
        "{text}"
    );
}

#[test]
fn unreadable_processes_are_not_counted() {
    let sound = process(host(), 1, "S", 2).run::<Processes>([]);
    for (path, content, expected) in [
        ("/proc/2/stat/x", "", "not a regular file"),
        ("/proc/1/task/12/stat/x", "", "not a regular file"),
        (
            "/proc/2/stat",
            "2 (x) S 1\n",
            "number of fields: malformed line of a process",
        ),
        (
            "/proc/1/task/12/stat",
            "",
            "name: malformed line of a process",
        ),
    ] {
        let host = process(host(), 1, "S", 2).file(path, content);
        let out = host.run::<Processes>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), sound.text()));
        let told: Vec<(&str, &str)> = (out.skipped.iter())
            .map(|it| (it.file.as_str(), it.problem.as_str()))
            .collect();
        assert_eq!(told, [(path.trim_end_matches("/x"), expected)]);
    }
}

#[test]
fn without_processes_only_limits_are_shown() {
    let out = host().run::<Processes>([]);
    assert_eq!(out.result, Ok(()));
    let expected = "node_processes_max_threads 7801\nnode_processes_max_processes 123\n";
    assert_eq!(out.text(), expected);
}

#[test]
fn faults() {
    let host = thread(process(process(host(), 1, "S", 2), 20, "R", 1), 1, 2, "D");
    let counts = Loss::Changes(&[
        "node_processes_threads ",
        "node_processes_state{",
        "node_processes_threads_state{",
        "node_processes_pids ",
    ]);
    Faults::new()
        .rule("/proc", Loss::Everything, "the only list")
        .rule("/proc/[0-9]*/stat", counts, "the process is not counted")
        .rule(
            "/proc/[0-9]*/task",
            Loss::Changes(&["node_processes_threads_state{"]),
            "the threads are not counted by state",
        )
        .rule(
            "/proc/[0-9]*/task/[0-9]*/stat",
            Loss::Changes(&["node_processes_threads_state{"]),
            "the thread is not counted",
        )
        .rule(
            "/proc/sys/kernel",
            Loss::Lines(&["node_processes_max_"]),
            "both limits are in it",
        )
        .check::<Processes>(&host);
}

#[test]
fn many_processes() {
    let host = (1..=2000).fold(process(host(), 1, "S", 1), |host, pid| {
        host.file(&format!("/proc/{pid}/stat"), stat("S", 1))
    });
    let out = host.run::<Processes>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    assert!(text.contains("node_processes_threads_state{thread_state=\"S\"} 2000\n"));
}
