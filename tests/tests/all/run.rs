//! `firepit run`: one collector by hand, and its report.

mod recordings;

use std::fs;
use std::path::Path;

use firepit_tests::{Directory, Ended, Firepit, Page, guest, program};

use crate::baseline::procfs;

/// Runs `firepit run` without hurry.
fn run(words: &[&str]) -> Ended {
    Firepit::new()
        .flag("--sandbox.deadline=1h")
        .run(&[&["run"], words].concat())
}

fn run_guest(name: &str, words: &[&str]) -> Ended {
    run(&[&[guest(name).to_str().unwrap()], words].concat())
}

fn assert_ended(ended: &Ended, code: i32) {
    assert_eq!(ended.status.code(), Some(code), "{}", ended.stderr);
}

/// What the report says behind a word.
fn told<'a>(ended: &'a Ended, what: &str) -> &'a str {
    let value = ended.stderr.lines().find_map(|line| {
        let value = line.strip_prefix(what)?;
        value.starts_with(' ').then(|| value.trim())
    });
    value.unwrap_or_else(|| panic!("no {what}: {}", ended.stderr))
}

/// The lines of a list of the report.
fn listed<'a>(ended: &'a Ended, what: &str) -> Vec<&'a str> {
    let lines = ended.stderr.lines();
    let from = lines.skip_while(|line| !line.starts_with(&format!("{what} ")));
    from.skip(1)
        .map_while(|line| line.strip_prefix("  "))
        .map(str::trim)
        .collect()
}

fn flag(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}

#[test]
fn series_of_one_collector_are_printed() {
    let procfs = procfs();
    let flag = flag("path.procfs", procfs.path());
    let file = program("FIREPIT_COLLECTORS").join("loadavg.wasm");
    for module in ["loadavg", file.to_str().unwrap()] {
        let ended = run(&[module, &flag]);
        assert_ended(&ended, 0);
        let scraped = Firepit::new().run(&["scrape", "--collector=loadavg", &flag]);
        let of_loadavg = |line: &&str| line.contains("node_load");
        let wanted: Vec<&str> = scraped.stdout.lines().filter(of_loadavg).collect();
        assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), wanted);
        assert!(
            told(&ended, "collector").starts_with("loadavg "),
            "{module}"
        );
        assert_eq!(told(&ended, "result"), "ok");
        assert_eq!(listed(&ended, "read"), ["27  /proc/loadavg"]);
        assert_eq!(told(&ended, "bytes read"), "27");
        assert_eq!(told(&ended, "files opened"), "1");
        // One that reads, and one that hands over, at least.
        assert!(told(&ended, "host calls").parse::<u64>().unwrap() >= 2);
        assert!(told(&ended, "fuel").parse::<u64>().unwrap() > 1000);
    }
}

#[test]
fn repeated_runs_are_summarized() {
    let ended = run_guest("trap_sometimes", &["--repeat=7"]);
    assert_ended(&ended, 0);
    assert_eq!(told(&ended, "runs 1-2"), "ok");
    assert!(told(&ended, "run 3").starts_with("trap: "));
    assert_eq!(told(&ended, "runs 4-5"), "ok");
    assert!(told(&ended, "run 6").starts_with("trap: "));
    assert_eq!(told(&ended, "run 7"), "ok");
    assert_eq!(told(&ended, "instances"), "3");
    for part in ["first", "median", "most"] {
        assert!(told(&ended, "wall time").contains(part), "{part}");
    }
    assert!(told(&ended, "fuel").ends_with("after that"));
    let page = Page::parse(&ended.stdout).unwrap();
    assert_eq!(page.value("guest_collections", &[]), Some(1.0));
}

#[test]
fn the_last_run_decides_on_the_exit_code() {
    let ended = run_guest("trap_sometimes", &["--repeat=3"]);
    assert_ended(&ended, 1);
    let ended = run_guest("trap_sometimes", &["--repeat=3", "--sandbox.fresh"]);
    assert_ended(&ended, 0);
    assert_eq!(told(&ended, "result"), "ok (3 runs)");
    assert_eq!(told(&ended, "instances"), "3");
}

#[test]
fn failure_is_reported_with_its_reason() {
    for (name, reason) in [
        ("trap_panic", "trap: "),
        ("trap_unreachable", "trap: "),
        ("limit_memory", "memory: "),
        ("limit_stack", "stack: "),
    ] {
        let ended = run_guest(name, &[]);
        assert_ended(&ended, 1);
        assert!(
            told(&ended, "result").starts_with(reason),
            "{}",
            ended.stderr
        );
    }
    // One that fails before it could collect.
    let ended = run_guest("output_outside", &[]);
    assert_ended(&ended, 1);
    assert!(
        ended.stderr.contains("broke the contract"),
        "{}",
        ended.stderr
    );
    let ended = run_guest("limit_loop", &["--sandbox.fuel=1000000"]);
    assert_ended(&ended, 1);
    assert_eq!(told(&ended, "result"), "out-of-fuel: used up its fuel");
}

#[test]
fn no_data_is_not_a_failure() {
    let empty = Directory::new();
    let ended = run(&["bonding", &flag("path.sysfs", empty.path())]);
    assert_ended(&ended, 0);
    assert!(told(&ended, "result").starts_with("no-data: "));
    assert_eq!(ended.stdout, "");
}

/// What no scrape would show is said first, and is no success.
#[test]
fn output_that_no_scrape_shows_is_reported_first() {
    let first = |ended: &Ended| {
        let mut report = ended
            .stderr
            .lines()
            .filter(|line| !line.starts_with("time="));
        report.next().unwrap().to_owned()
    };
    let ended = run_guest(
        "output_reserved",
        &["--option=gauge=up", "--option=gauge=node_load1"],
    );
    assert_ended(&ended, 1);
    let refused = listed(&ended, "refused");
    let told = format!(
        "{} families are refused or dropped, see below",
        refused.len()
    );
    assert_eq!(first(&ended), format!("fault         {told}"));
    assert_eq!(self::told(&ended, "result"), "ok");

    let ended = run_guest("output_junk", &[]);
    assert_ended(&ended, 1);
    assert_eq!(first(&ended), "fault         it emitted nothing");

    let ended = run_guest("trap_sometimes", &[]);
    assert_ended(&ended, 0);
    assert!(first(&ended).starts_with("collector "), "{}", ended.stderr);
}

#[test]
fn refused_families_are_listed() {
    let ended = run_guest("output_bad_names", &[]);
    assert_ended(&ended, 1);
    Page::parse(&ended.stdout).unwrap();
    let refused = listed(&ended, "refused");
    assert!(refused.len() > 20, "{refused:#?}");
    for told in ["guest_le", "guest_series_twice", r"a\\nb 1"] {
        assert!(
            refused.iter().any(|line| line.contains(told)),
            "{refused:#?}"
        );
    }
}

/// What a guest says about its failure is one line of the report, and no command to a terminal.
#[test]
fn guest_text_cannot_forge_report_lines() {
    for how in ["error", "forged"] {
        let ended = run_guest("limit_log", &[&format!("--option=how={how}")]);
        assert!(!ended.stderr.contains(['\u{1b}', '\0', '\r', '\u{202e}']));
        let forged = |line: &&str| line.starts_with("time=2020");
        assert_eq!(ended.stderr.lines().find(forged), None);
    }
    let ended = run_guest("limit_log", &[]);
    assert_ne!(told(&ended, "log dropped"), "0 bytes");
}

/// A stranger's module gets what it declares below `/proc` and `/sys`, and the never-list holds.
#[test]
fn denied_paths_are_listed() {
    let ended = run_guest("escape_proc_self", &["--sandbox.fuel=100000000000"]);
    assert_ended(&ended, 0);
    let denied = listed(&ended, "denied");
    assert_eq!(denied.len(), 101);
    assert!(denied.contains(&"/etc/passwd"), "{denied:#?}");
    let number: usize = told(&ended, "denied").parse().unwrap();
    let rest = format!("and {} more", number - 100);
    assert_eq!(denied.last(), Some(&rest.as_str()));
    assert!(!ended.stdout.contains("xyzzy-plugh"));
}

#[test]
fn option_directories_of_third_party_modules_need_a_grant() {
    let texts = Directory::new().file("a.prom", "a_metric 1\n");
    let module = program("FIREPIT_COLLECTORS").join("textfile.wasm");
    let module = module.to_str().unwrap();
    let option = format!("--option=directory={}", texts.path().display());
    let ended = run(&[module, &option]);
    assert!(!ended.stdout.contains("a_metric"), "{}", ended.stdout);
    assert_eq!(listed(&ended, "denied"), [texts.path().to_str().unwrap()]);
    for words in [
        &[module, &option, "--grant={directory}/*.prom"],
        &["textfile", &option, "--log.level=info"],
    ] {
        let ended = run(words);
        assert_ended(&ended, 0);
        assert!(ended.stdout.contains("a_metric 1\n"), "{}", ended.stdout);
    }
}

#[test]
fn invalid_arguments_exit_with_2() {
    let talker = guest("limit_log");
    let talker = talker.to_str().unwrap();
    let cases: [(&[&str], &[&str]); 10] = [
        (&[], &["MODULE.wasm"]),
        (&["nosuch"], &["nosuch", "loadavg, logind"]),
        (
            &["netdev", "--option=nosuch=1"],
            &["nosuch", "device-include=TEXT"],
        ),
        (
            &["cpu", "--option=guest=yes"],
            &["guest", "true or false", "info=true|false"],
        ),
        (&["cpu", "--option=guest"], &["guest", "NAME=VALUE"]),
        (
            &["cpu", "--option=guest=true", "--option=guest=true"],
            &["guest", "twice"],
        ),
        (&["netdev", "--option=device-include=["], &["netdev"]),
        (&["loadavg", "--repeat=0"], &["repeat"]),
        (&["loadavg", "--repeat=1000001"], &["--repeat", "1000000"]),
        (&[talker, "--option=What=x"], &["What", "it has how=TEXT"]),
    ];
    for (words, texts) in cases {
        let ended = run(words);
        assert_ended(&ended, 2);
        assert_eq!(ended.stdout, "", "{words:?}");
        for text in texts {
            assert!(ended.stderr.contains(text), "{words:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn failed_run_or_recording_exits_with_1() {
    let taken = Directory::new().file("x", "");
    let empty = Directory::new();
    let cases = [
        (vec!["./nosuch".to_owned()], "./nosuch"),
        (vec!["nosuch.wasm".to_owned()], "nosuch.wasm"),
        (
            vec!["loadavg".to_owned(), flag("record", taken.path())],
            "is not empty",
        ),
        (
            vec![
                "loadavg".to_owned(),
                flag("record", &taken.path().join("x")),
            ],
            "cannot record into",
        ),
        (
            vec!["loadavg".to_owned(), flag("replay", empty.path())],
            "/proc, which every recording contains",
        ),
        (
            vec!["loadavg".to_owned(), flag("replay", Path::new("/"))],
            "--replay",
        ),
    ];
    for (words, told) in &cases {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ended = run(&words);
        assert_ended(&ended, 1);
        assert_eq!(ended.stdout, "", "{words:?}");
        assert!(ended.stderr.contains(told), "{words:?}: {}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
    assert_eq!(fs::read_dir(taken.path()).unwrap().count(), 1);
}

/// A missing interface is not an error of the options, and the report names the argument that grants it.
#[test]
fn denied_interface_is_reported_with_its_remedy() {
    for (name, function, grant) in [
        ("sockstat", "page-size", "page-size"),
        ("uname", "get-uname", "uname"),
    ] {
        let module = program("FIREPIT_COLLECTORS").join(format!("{name}.wasm"));
        let module = module.to_str().unwrap();
        let denied = format!("{function}, which is not granted");
        let remedy = format!("pass --grant {grant} to grant it to this run");
        let ended = run(&[module]);
        assert_ended(&ended, 1);
        assert!(ended.stderr.contains(&denied), "{}", ended.stderr);
        assert!(ended.stderr.contains(&remedy), "{}", ended.stderr);
        assert!(
            !ended.stderr.contains("rejected its options"),
            "{}",
            ended.stderr
        );
        let ended = run(&[module, "--grant", grant]);
        assert_ended(&ended, 0);
        assert!(!ended.stderr.contains("remedy"), "{}", ended.stderr);
    }
}
