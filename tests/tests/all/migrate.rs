//! `firepit migrate`: today's command line for an old one, and the metrics with another name.

use std::process::Command;

use firepit_tests::{Directory, Ended, Firepit, Request};

fn migrate(words: &[&str]) -> Ended {
    let mut line = vec!["migrate"];
    line.extend(words);
    let ended = Firepit::new().run(&line);
    assert!(ended.status.success(), "{words:?}: {}", ended.stderr);
    ended
}

/// The arguments that a shell reads from the printed command line.
fn arguments(printed: &str) -> Vec<String> {
    let line = printed.strip_prefix("firepit").unwrap();
    let script = format!("printf '%s\\n' {line}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{script}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_printed_line_starts_firepit() {
    let pattern = "^/(it's|a b|$HOME|`x`|\"q\")($|/)";
    let printed = migrate(&[
        "/usr/local/bin/node_exporter",
        "-web.listen-address=127.0.0.1:0",
        "-collectors.enabled=stat,filesystem,lastlogin,megacli",
        &format!("-collector.filesystem.ignored-mount-points={pattern}"),
        "-logtostderr",
    ]);
    let arguments = arguments(&printed.stdout);
    assert_eq!(
        arguments,
        [
            "--web.listen-address=127.0.0.1:0",
            "--collector.disable-defaults",
            "--collector.cpu",
            "--collector.stat",
            "--collector.filesystem",
            "--collector.lastlogin",
            &format!("--collector.filesystem.mount-points-exclude={pattern}"),
        ]
    );
    let start = |firepit: Firepit, word: &String| firepit.flag(word);
    let running = arguments.iter().fold(Firepit::new().exact(), start).start();
    let page = running.scrape();
    assert!(page.value("node_boot_time_seconds", &[]).is_some());
    assert_eq!(
        running.logs.with("level", "WARN").len(),
        usize::from(is_root())
    );
    for note in [
        "-collectors.enabled: collectors without a successor are left out: megacli",
        "-logtostderr has no effect",
        "--metrics.compat=0.8 exposes metrics under their old names",
    ] {
        assert!(printed.stderr.contains(note), "{}", printed.stderr);
    }
}

/// The warning about root is no note of the command line.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn metrics_with_another_name_are_listed() {
    let printed = migrate(&["-collectors.enabled=stat,meminfo,loadavg"]).stdout;
    let has_row = |old: &str, new: &str| {
        printed.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.starts_with(&["#", old, new])
        })
    };
    for (old, new) in [
        ("node_cpu", "node_cpu_seconds_total"),
        ("node_intr", "node_intr_total"),
        ("node_boot_time", "node_boot_time_seconds"),
        ("node_memory_*", "node_memory_*_bytes"),
    ] {
        assert!(has_row(old, new), "{old}: {printed}");
    }
    assert!(!printed.contains("node_disk_"), "{printed}");
    assert!(printed.contains("# Unchanged: node_load1, "), "{printed}");
    // The same collectors are there without a list as in 0.8.
    let printed = migrate(&["-v=0"]).stdout;
    assert!(printed.contains("node_disk_sectors_read"), "{printed}");
    assert!(!printed.contains("node_interrupts"), "{printed}");
}

#[test]
fn options_of_later_versions_get_their_current_names() {
    let printed = migrate(&[
        "--path.procfs",
        "/host/proc",
        "--collector.filesystem.ignored-mount-points",
        "^/(dev)$",
        "--collector.systemd.unit-whitelist=ssh.*",
        "--web.listen-address=:1",
        "--web.listen-address=:2",
    ]);
    assert_eq!(
        arguments(&printed.stdout),
        [
            "--path.procfs",
            "/host/proc",
            "--collector.filesystem.mount-points-exclude",
            "^/(dev)$",
            "--collector.systemd.unit-include=ssh.*",
            "--web.listen-address=:1",
            "--web.listen-address=:2",
        ]
    );
    assert_eq!(printed.stderr.lines().count(), 2, "{}", printed.stderr);
}

/// The printed web config file lets the same user in, over the printed command line.
#[test]
fn the_user_moves_into_a_file() {
    let printed = migrate(&[
        "-web.listen-address=127.0.0.1:0",
        "-collectors.enabled=loadavg",
        "-auth.user=it's alice",
        "-auth.pass=open sesame",
    ]);
    let path = "/etc/firepit/web.yml";
    assert!(!printed.stderr.contains("sesame"), "{}", printed.stderr);
    let lines = printed.stderr.lines();
    let mut file = lines.skip_while(|line| line.trim() != "basic_auth_users:");
    let yaml = format!("{}\n{}\n", file.next().unwrap(), file.next().unwrap());
    let directory = Directory::new().file("web.yml", &yaml);
    let ours = directory.path().join("web.yml");
    let arguments = arguments(&printed.stdout);
    assert!(
        arguments.contains(&format!("--web.config.file={path}")),
        "{arguments:?}"
    );
    let start =
        |firepit: Firepit, word: &String| firepit.flag(word.replace(path, ours.to_str().unwrap()));
    let running = arguments.iter().fold(Firepit::new().exact(), start).start();
    let status = |header: &str| {
        let request = Request::get("/metrics").header("Authorization", header);
        running.ask(&request).status
    };
    assert_eq!(status("Basic aXQncyBhbGljZTpvcGVuIHNlc2FtZQ=="), 200);
    assert_eq!(status("Basic aXQncyBhbGljZTpvcGVuIHNlc2FtZXM="), 401);
}

#[test]
fn wrong_lines_exit_with_2() {
    for (words, told) in [
        (&["migrate"][..], "nothing to migrate"),
        (&["migrate", "-frobnicate"], "unknown flag -frobnicate"),
        (&["--log.level=debug", "migrate", "x"], "must come first"),
    ] {
        let ended = Firepit::new().run(words);
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{words:?}: {}", ended.stderr);
    }
}
