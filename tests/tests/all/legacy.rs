//! Command lines of node_exporter 0.6 to 0.8 (2014, 2015) start firepit unchanged.

use std::collections::BTreeSet;

use firepit_tests::{Directory, Ended, Firepit, Request, Running};
use rustix::process::Signal;

const ADDRESS: &str = "127.0.0.1:0";

fn old(words: &[&str]) -> Firepit {
    let all = words.iter();
    all.fold(Firepit::new().exact(), |firepit, word| firepit.flag(*word))
}

fn ended(words: &[&str]) -> Ended {
    Firepit::new().run(words)
}

fn collectors(running: &Running) -> BTreeSet<String> {
    let page = running.scrape();
    let samples = page.samples("node_scrape_collector_success");
    samples
        .filter_map(|sample| sample.labels.get("collector").cloned())
        .collect()
}

fn warnings(running: &Running) -> Vec<String> {
    let lines = running.logs.with("level", "WARN").into_iter();
    lines
        .filter_map(|line| line.get("msg").map(str::to_owned))
        .collect()
}

/// The unit file of a host that was set up in 2015.
#[test]
fn command_line_of_0_8_serves_and_logs_each_flag_once() {
    let files = Directory::new()
        .file(
            "node_exporter.conf",
            "{\n\t\"attributes\" : {\"zone\" : \"a\"},\n\t\"config\" : {\"megacli_command\" : \"x\"}\n}\n",
        )
        .file("backup.prom", "backup_age 7\n");
    let config = format!(
        "-config.file={}",
        files.path().join("node_exporter.conf").display()
    );
    let directory = files.path().display().to_string();
    let running = old(&[
        "-web.listen-address=127.0.0.1:0",
        "-web.telemetry-path",
        "/metrics",
        "-collectors.enabled=attributes,stat,loadavg,time,textfile,gmond,lastlogin,ntp,megacli",
        "-collector.textfile.directory",
        &directory,
        "-collector.diskstats.ignored-devices=^(ram|loop)\\d+$",
        &config,
        "-logtostderr",
        "-log_dir=/tmp",
        "-v=1",
        "-debug.memprofile-file=/tmp/profile",
    ])
    .start();
    let expected = [
        "cpu",
        "gmond",
        "lastlogin",
        "loadavg",
        "ntp",
        "stat",
        "textfile",
        "time",
    ]
    .map(str::to_owned);
    assert_eq!(collectors(&running), expected.into());
    let page = running.scrape();
    assert_eq!(page.value("node_attributes", &[("zone", "a")]), Some(1.0));
    assert_eq!(page.value("backup_age", &[]), Some(7.0));
    let told = warnings(&running);
    for (flag, part) in [
        ("-web.listen-address ", "--web.listen-address=127.0.0.1:0"),
        ("-web.telemetry-path ", "--web.telemetry-path=/metrics"),
        (
            "-collectors.enabled ",
            "--collector.disable-defaults --collector.cpu",
        ),
        ("-collectors.enabled: ", "left out: megacli"),
        (
            "-collector.textfile.directory ",
            "--collector.textfile.directory=",
        ),
        (
            "-collector.diskstats.ignored-devices ",
            "--collector.diskstats.device-exclude=",
        ),
        ("-config.file ", "--config.file="),
        ("-logtostderr ", "--log.level"),
        ("-log_dir ", "no effect"),
        ("-v ", "--log.level=debug"),
        ("-debug.memprofile-file ", "no effect"),
        ("config file, line 3: ", "\"megacli_command\""),
    ] {
        let of_flag: Vec<_> = told.iter().filter(|line| line.starts_with(flag)).collect();
        assert_eq!(of_flag.len(), 1, "{flag}: {told:#?}");
        assert!(of_flag[0].contains(part), "{flag}: {of_flag:?}");
    }
    // It requested a profile, and must not end the program.
    running.signal(Signal::USR1);
    let line = "Received SIGUSR1, which has no effect: firepit writes no memory profiles";
    assert_eq!(
        running.logs.wait_for("msg", line).get("level"),
        Some("WARN")
    );
    assert_eq!(running.ask(&Request::get("/-/healthy")).status, 200);
}

#[test]
fn command_line_of_0_6_serves() {
    let running = old(&["--enabledCollectors=meminfo,netdev", "-listen", ADDRESS]).start();
    let expected = ["meminfo", "netdev"].map(str::to_owned);
    assert_eq!(collectors(&running), expected.into());
    // Without a list, today's defaults run, which include those of that time.
    let running = old(&["--listen", ADDRESS, "-verbose"]).start();
    let running = collectors(&running);
    for name in [
        "cpu",
        "diskstats",
        "filesystem",
        "loadavg",
        "meminfo",
        "stat",
        "time",
        "uname",
    ] {
        assert!(running.contains(name), "{name}: {running:?}");
    }
}

#[test]
fn user_and_password_protect_every_path() {
    let running = old(&[
        "-web.listen-address=127.0.0.1:0",
        "-collectors.enabled=loadavg",
        "-auth.user=alice",
        "-auth.pass",
        "open sesame",
        "-v=1",
    ])
    .start();
    let right = "Basic YWxpY2U6b3BlbiBzZXNhbWU=";
    let wrong = "Basic YWxpY2U6b3BlbiBzZXNhbWVz";
    for path in [
        "/metrics",
        "/metrics/self",
        "/",
        "/-/healthy",
        "/-/ready",
        "/no",
    ] {
        let without = running.ask(&Request::get(path));
        let with_wrong = running.ask(&Request::get(path).header("Authorization", wrong));
        for refused in [without, with_wrong] {
            assert_eq!(refused.status, 401, "{path}");
            assert_eq!(refused.text(), "Invalid username or password\n");
            let challenge = refused.header("www-authenticate");
            assert_eq!(challenge, Some("Basic realm=\"metrics\""));
        }
        let answer = running.ask(&Request::get(path).header("Authorization", right));
        assert_eq!(
            answer.status,
            if path == "/no" { 404 } else { 200 },
            "{path}"
        );
    }
    let log = running.logs.raw().join("\n");
    assert!(log.contains("--web.config.file"), "{log}");
    assert!(!log.contains("sesame"), "{log}");
}

#[test]
fn flags_that_end_startup() {
    for (words, told) in [
        (
            &["-auth.user=alice"][..],
            "-auth.user needs -auth.pass as well",
        ),
        (&["-auth.pass=xyzzy"], "-auth.pass needs -auth.user as well"),
        (&["-auth.user=", "-auth.pass=xyzzy"], "neither may be empty"),
        (&["-lisen=:9100"], "did you mean -listen?"),
        (&["-frobnicate"], "unknown flag -frobnicate"),
        (
            &["-collectors.enabled=stat,tiem"],
            "no such collector: \"tiem\"",
        ),
        (&["-logtostderr", "true"], "the argument after -logtostderr"),
        (&["-web.telemetry-path=metrics"], "--web.telemetry-path"),
    ] {
        let mut line = vec!["-web.listen-address=127.0.0.1:0"];
        line.extend(words);
        let ended = ended(&line);
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{words:?}: {}", ended.stderr);
        assert!(
            !ended.stderr.contains("xyzzy"),
            "{words:?}: {}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("Listening"), "{}", ended.stderr);
    }
}

#[test]
fn texts_are_printed() {
    let version = ended(&["-version"]);
    assert!(version.status.success(), "{}", version.stderr);
    assert!(
        version.stdout.starts_with("firepit, version "),
        "{}",
        version.stdout
    );
    let help = ended(&["-help"]);
    assert!(help.status.success() && help.stdout.contains("Usage:"));
    for flag in ["-collectors.print", "-printCollectors=true"] {
        let printed = ended(&[flag]);
        assert!(printed.status.success(), "{}", printed.stderr);
        let mut lines = printed.stdout.lines();
        assert_eq!(lines.next(), Some("Available collectors:"));
        let names: Vec<&str> = lines
            .map(|line| line.strip_prefix(" - ").unwrap())
            .collect();
        assert!(names.contains(&"stat") && names.is_sorted(), "{names:?}");
        assert!(
            printed.stderr.contains("firepit check-config"),
            "{}",
            printed.stderr
        );
    }
}
