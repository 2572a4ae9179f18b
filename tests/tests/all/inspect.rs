//! `firepit inspect`: what a module is and asks for, what it would get of that, and how two versions
//! of it differ.

use std::fs;

use firepit_tests::{Directory, Ended, Firepit, guest};

use crate::commands_modules::{assert_line, probe};
use crate::components::collector;

/// The lines below a heading of `firepit inspect`, without their indent.
fn below<'a>(ended: &'a Ended, heading: &str) -> Vec<&'a str> {
    let lines = ended.stdout.lines().skip_while(|line| *line != heading);
    let lines = lines.skip(1).map_while(|line| line.strip_prefix("  "));
    lines.collect()
}

#[test]
fn inspect_tells_what_a_stranger_gets_and_lacks() {
    let firepit = Firepit::new().flag("--collector.untrusted-default=allow");
    let ended = firepit.run(&["inspect", &probe()]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let size = fs::metadata(probe()).unwrap().len();
    for words in [
        &["collector ", "grant_probe 0.1.1"][..],
        &["about ", "Tells what it got."],
        &["module ", &probe()],
        &["size ", &format!("{size} bytes")],
        &["contract ", "firepit:collector@0.1.1"],
        &[
            "policy ",
            "the default for modules that no configuration file names",
        ],
        &["outcome ", "runs"],
    ] {
        assert_line(&lines, words);
    }
    let imports = below(&ended, "imports");
    assert_line(&imports, &["firepit:collector/files@0.1.1 ", "granted"]);
    assert_line(
        &imports,
        &[
            "firepit:collector/system@0.1.1#get-uname ",
            "imported, refused: not granted",
        ],
    );
    assert_line(&imports, &["wasi:io/streams@0.2.", "harmless"]);
    let reads = below(&ended, "reads");
    assert_line(&reads, &["/proc/probe/* ", " granted"]);
    for path in ["/rootfs/probe", "/udev/probe", "{directory}/*"] {
        assert_line(&reads, &[path, "not granted"]);
        assert_line(&below(&ended, "lacks"), &[path, "not granted"]);
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
fn inspect_tells_what_an_entry_gives() {
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
        &["firepit:collector/system@0.1.1#get-uname ", "granted"],
    );
    assert_line(
        &imports,
        &["firepit:collector/files@0.1.1 ", "imported, refused"],
    );
    let reads = below(&ended, "reads");
    assert_line(
        &reads,
        &["/rootfs/probe", "not granted: the interface files is not"],
    );
    assert_line(&reads, &["/sys/probe", "not granted"]);
}

/// What firepit refuses to every collector is told as such, and is no reason not to load.
#[test]
fn inspect_tells_what_nobody_gets() {
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
fn inspect_tells_why_a_module_would_not_run() {
    let digest = "0".repeat(64);
    let entry = format!("collectors: {{grant_probe: {{sha256: {digest}}}}}");
    let wrong = "collectors: {grant_probe: {options: {txet: x}}}";
    for (yaml, flag, told) in [
        ("", "--collector.untrusted-default=ask", "held back: "),
        ("", "--log.level=info", "held back: "),
        ("", "--collector.untrusted-default=deny", "held back: "),
        (&entry, "--log.level=info", "and the configuration says 000"),
        (
            wrong,
            "--log.level=info",
            "has no option \"txet\"; it has directory, text, use, list",
        ),
    ] {
        let firepit = Firepit::new().config(yaml).flag(flag);
        let ended = firepit.run(&["inspect", &probe()]);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        let lines: Vec<&str> = ended.stdout.lines().collect();
        assert_line(&lines, &["outcome ", told]);
    }
    let path = guest("describe_taken_name").display().to_string();
    let ended = Firepit::new().run(&["inspect", &path]);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_line(
        &lines,
        &["left out: loadavg is the name of a built-in collector"],
    );
}

#[test]
fn inspect_of_two_tells_what_changed() {
    let old = Directory::new().file("x.wasm", collector("probe", "", "", ""));
    let path = old.path().join("x.wasm").display().to_string();
    let ended = Firepit::new().run(&["inspect", &path, &probe()]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    for line in [
        "- collector  probe",
        "+ collector  grant_probe",
        "- contract   none",
        "+ contract   firepit:collector@0.1.1",
        "  reads      0 as before",
        "+   /rootfs/probe",
        "+   firepit:collector/system@0.1.1#get-uname",
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
        ended.stdout.contains("  reads      6 as before\n"),
        "{}",
        ended.stdout
    );
}
