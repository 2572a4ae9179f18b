//! `firepit inspect`: what a module is and asks for, what it would get of that, and how two versions
//! of it differ.

use std::fs;

use firepit_tests::{Directory, Ended, Firepit, Page, guest};

use crate::baseline::procfs;
use crate::commands_modules::{assert_line, probe};
use crate::components::collector;

/// The lines below a heading of `firepit inspect`, without their indent.
fn below<'a>(ended: &'a Ended, heading: &str) -> Vec<&'a str> {
    let lines = ended.stdout.lines().skip_while(|line| *line != heading);
    let lines = lines.skip(1).map_while(|line| line.strip_prefix("  "));
    lines.collect()
}

#[test]
fn inspect_shows_default_grants_and_missing_grants() {
    let allow = "--collector.untrusted-default=allow";
    let ended = Firepit::new().run(&["inspect", &probe(), allow]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let told = "grant_probe 0.1.4 would run: it reads 3 patterns below /proc and /sys, and asks for \
                more than it is granted: uname, /rootfs/probe, /udev/probe and 1 more";
    assert_eq!(lines.first(), Some(&told));
    let size = fs::metadata(probe()).unwrap().len();
    for words in [
        &["collector ", "grant_probe 0.1.4"][..],
        &["about ", "Tells what it got."],
        &["module ", &probe()],
        &["size ", &format!("{size} bytes")],
        &["contract ", "firepit:collector@0.1.4"],
        &[
            "policy ",
            "the default for modules without an entry in the config file",
        ],
        &["outcome ", "runs"],
    ] {
        assert_line(&lines, words);
    }
    let imports = below(&ended, "imports");
    assert_line(&imports, &["firepit:collector/files@0.1.4 ", "granted"]);
    assert_line(
        &imports,
        &[
            "firepit:collector/system@0.1.4#get-uname ",
            "imported, refused: not granted",
        ],
    );
    assert_line(&imports, &["wasi:io/streams@0.2.", "harmless"]);
    let reads = below(&ended, "reads");
    assert_line(&reads, &["/proc/probe/* ", " granted"]);
    for path in ["/rootfs/probe", "/udev/probe", "{directory}/*"] {
        let why = "not granted: the default grants files below /proc and /sys";
        assert_line(&reads, &[path, why]);
        assert_line(&below(&ended, "lacks"), &[path, why]);
    }
    assert_line(&below(&ended, "lacks"), &["uname", "interface"]);
    let options = below(&ended, "options");
    let option = "--collector.grant_probe.directory=TEXT";
    assert_line(
        &options,
        &[option, "A directory that is granted. (default: \"/proc\")"],
    );
}

#[test]
fn inspect_shows_the_grants_of_an_entry() {
    let yaml = "\
collectors:
  grant_probe:
    enabled: true
    grants:
      reads: [/proc/*, /rootfs/**]
      interfaces: [metrics, system]
";
    let ended = Firepit::new().config(yaml).run(&["inspect", &probe()]);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_line(
        &lines,
        &[
            "policy ",
            "the entry grant_probe of ",
            "firepit.yaml, line 2",
        ],
    );
    assert_line(&lines, &["outcome ", "runs"]);
    let imports = below(&ended, "imports");
    assert_line(
        &imports,
        &["firepit:collector/system@0.1.4#get-uname ", "granted"],
    );
    assert_line(
        &imports,
        &["firepit:collector/files@0.1.4 ", "imported, refused"],
    );
    let reads = below(&ended, "reads");
    assert_line(
        &reads,
        &[
            "/rootfs/probe",
            "not granted: the interface files is not granted",
        ],
    );
    assert_line(
        &reads,
        &[
            "/sys/probe",
            "not granted: no pattern of grants.reads covers it",
        ],
    );
    let first = lines.first().unwrap();
    let told = "it reads no files, because the interface files is not granted";
    assert!(first.contains(told), "{first}");
}

/// A pattern that gives nothing is not told as granted, nor one that gives a part as given whole.
#[test]
fn inspect_shows_granted_and_denied_parts_of_a_pattern() {
    let path = guest("describe_wants").display().to_string();
    let allow = "--collector.untrusted-default=allow";
    let ended = Firepit::new().run(&["inspect", &path, allow]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let first = ended.stdout.lines().next().unwrap();
    let told = "describe_wants 0.1.4 would run: it reads all of /proc except what no collector gets, \
                asks for what no collector gets: /proc/*/mem, /proc/[0-9]*/environ, \
                /proc/*/task/*/stack; and for more than it is granted: /rootfs/etc/*, ";
    assert!(first.starts_with(told), "{first}");
    let reads = below(&ended, "reads");
    for (pattern, told) in [
        ("/proc/loadavg", "granted"),
        ("/proc/*/mem", "never granted"),
        ("/proc/[0-9]*/environ", "never granted"),
        ("/proc/*/task/*/stack", "never granted"),
        (
            "/proc/**",
            "granted, except environ, mem, maps, cmdline, fd, root, ...",
        ),
        (
            "/proc/[0-9]*/s*",
            "granted, except stack, smaps, smaps_rollup, syscall, setgroups",
        ),
    ] {
        let line = reads.iter().find_map(|line| line.strip_prefix(pattern));
        let line = line.unwrap_or_else(|| panic!("{pattern}: {reads:#?}"));
        assert_eq!(line.trim_start(), told, "{pattern}");
    }
    assert_line(
        &reads,
        &["/sys/kernel/**", "granted, except debug, tracing, "],
    );
    assert_eq!(reads.len(), 10, "one line each: {reads:#?}");
    assert!(
        !ended.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        ended.stdout
    );
}

/// What is told holds when it runs.
#[test]
fn always_denied_paths_are_denied_at_run_time() {
    let procfs = procfs();
    for file in ["self/environ", "1/mem", "kcore"] {
        let path = procfs.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "secret").unwrap();
    }
    let flag = format!("--path.procfs={}", procfs.path().display());
    let path = guest("describe_wants").display().to_string();
    let ended = Firepit::new().run(&["run", &path, &flag, "--sandbox.deadline=1h"]);
    let page = Page::parse(&ended.stdout).unwrap();
    for (path, bytes) in [
        ("/proc/loadavg", 27.0),
        ("/proc/self/environ", -1.0),
        ("/proc/1/mem", -1.0),
        ("/proc/kcore", -1.0),
    ] {
        let value = page.value("guest_wanted_bytes", &[("path", path)]);
        assert_eq!(value, Some(bytes), "{path}");
    }
}

/// What firepit refuses to every collector is told as such, and is no reason not to load.
#[test]
fn inspect_shows_always_denied_imports() {
    let path = guest("escape_socket").display().to_string();
    let ended = Firepit::new().run(&["inspect", &path]);
    let imports = below(&ended, "imports");
    assert_line(
        &imports,
        &[
            "wasi:sockets/tcp@0.2.",
            "imported, refused: no collector gets this",
        ],
    );
}

/// Under a policy that holds it back, and beside an entry that means another file.
#[test]
fn inspect_explains_why_a_module_would_not_run() {
    let digest = "0".repeat(64);
    let entry = format!("collectors: {{grant_probe: {{sha256: {digest}}}}}");
    let wrong = "collectors: {grant_probe: {options: {txet: x}}}";
    for (yaml, flag, told) in [
        (
            "",
            "--collector.untrusted-default=ask",
            "waits for approval: ",
        ),
        ("", "--log.level=info", "waits for approval: "),
        (
            "",
            "--collector.untrusted-default=deny",
            "waits for approval: ",
        ),
        (&entry, "--log.level=info", "but the configuration says 000"),
        (
            wrong,
            "--log.level=info",
            "no option \"txet\"; it has directory, text, use, list",
        ),
    ] {
        let firepit = Firepit::new().config(yaml).flag(flag);
        let ended = firepit.run(&["inspect", &probe()]);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        let lines: Vec<&str> = ended.stdout.lines().collect();
        assert_line(&lines, &["outcome ", told]);
        let verdict = match told.starts_with("waits") {
            true => format!(
                "grant_probe 0.1.4 would wait for approval (firepit approve {})",
                probe()
            ),
            false => "grant_probe 0.1.4 would not run: ".to_owned(),
        };
        assert!(ended.stdout.starts_with(&verdict), "{}", ended.stdout);
    }
    let path = guest("describe_taken_name").display().to_string();
    let ended = Firepit::new().run(&["inspect", &path]);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_line(
        &lines,
        &["not loaded: loadavg is the name of a built-in collector"],
    );
}

#[test]
fn inspect_of_two_modules_shows_the_changes() {
    let old = Directory::new().file("x.wasm", collector("probe", "", "", ""));
    let path = old.path().join("x.wasm").display().to_string();
    let ended = Firepit::new().run(&["inspect", &path, &probe()]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    for line in [
        "- collector  probe",
        "+ collector  grant_probe",
        "- contract   none",
        "+ contract   firepit:collector@0.1.4",
        "  reads      0 unchanged",
        "  connects   0 unchanged",
        "+   /rootfs/probe",
        "+   firepit:collector/system@0.1.4#get-uname",
    ] {
        assert!(
            ended.stdout.lines().any(|own| own == line),
            "{line}: {}",
            ended.stdout
        );
    }
    let ended = Firepit::new().run(&["inspect", &probe(), &probe()]);
    assert!(
        !ended
            .stdout
            .lines()
            .any(|line| line.starts_with(['-', '+'])),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("  reads      6 unchanged\n"),
        "{}",
        ended.stdout
    );
}
