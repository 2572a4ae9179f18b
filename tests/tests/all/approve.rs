//! `firepit approve`: what it proposes of that which a module asks for or uses, and how it puts that
//! into a config file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use firepit_tests::{Directory, Ended, Firepit, guest};

use crate::baseline::{assert_complete, procfs, success};
use crate::commands_modules::probe;
use crate::components::collector;

fn approve(words: &[&str]) -> Ended {
    Firepit::new()
        .flag("--sandbox.deadline=1h")
        .run(&[&["approve"], words].concat())
}

fn assert_ended(ended: &Ended, code: i32) {
    let (out, err) = (&ended.stdout, &ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{out}{err}");
}

fn assert_has(ended: &Ended, lines: &[&str]) {
    for line in lines {
        let found = ended.stdout.lines().any(|own| own == *line);
        assert!(found, "{line}: {}", ended.stdout);
    }
}

/// Takes the `#` from before everything that can be granted.
fn uncommented(text: &str) -> String {
    let line = |line: &str| line.replacen("# - ", "- ", 1) + "\n";
    text.lines().map(line).collect()
}

/// Without a word of the operator's it gives what the default gives, and no more.
#[test]
fn the_default_is_proposed_and_the_rest_is_commented_out() {
    let approved = approve(&[&probe()]);
    assert_ended(&approved, 0);
    assert_has(
        &approved,
        &[
            "        - \"/proc/loadavg\"",
            "        - \"/proc/probe/*\"",
            "        - \"/sys/probe\"",
            "        # - \"/rootfs/probe\"  # files of the host; uncomment to grant",
            "        # - \"{directory}/*\"  # a directory named by an option; uncomment to grant",
            "        - metrics",
            "        - files",
            "        # - uname  # asks for the host's name and kernel; uncomment to grant",
        ],
    );
    let rootfs = Directory::new().file("probe", "4444");
    for (yaml, bytes) in [
        (approved.stdout.clone(), -1.0),
        (uncommented(&approved.stdout), 4.0),
    ] {
        let procfs = procfs();
        let running = Firepit::new()
            .config(&yaml)
            .flag("--collector.untrusted-default=deny")
            .flag("--collector.grant_probe.use=files")
            .flag(format!("--path.rootfs={}", rootfs.path().display()))
            .procfs(procfs.path())
            .start();
        let page = running.scrape();
        assert_eq!(success(&page, "grant_probe"), Some(1.0));
        let read = [("path", "/rootfs/probe"), ("way", "files")];
        assert_eq!(page.value("guest_probe_bytes", &read), Some(bytes));
        let ended = Firepit::new().config(&yaml).run(&["check-config"]);
        assert_ended(&ended, 0);
    }
}

/// What nobody gets is not printed as if it could be granted, and no text of a module is more than
/// one line of comment or one element of the list.
#[test]
fn a_hostile_module_is_approved_for_no_more_than_the_default() {
    let path = guest("describe_wants").display().to_string();
    let approved = approve(&[&path]);
    assert_ended(&approved, 0);
    assert_has(
        &approved,
        &[
            "        # /proc/*/mem: no collector gets this",
            "        # /proc/[0-9]*/environ: no collector gets this",
            "        - \"/proc/**\"  # except environ, mem, maps, cmdline, fd, root, ...",
            "        # - \"/rootfs/etc/*\"  # files of the host; uncomment to grant",
        ],
    );
    let granted = approved
        .stdout
        .lines()
        .filter(|line| line.trim_start().starts_with("- \"/rootfs"));
    assert_eq!(granted.count(), 0, "{}", approved.stdout);
    let odd = approved.stdout.contains(['\u{1b}', '\u{202e}']);
    assert!(!odd, "{}", approved.stdout);
    let procfs = procfs();
    let running = Firepit::new()
        .config(&approved.stdout)
        .flag("--collector.untrusted-default=deny")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, "describe_wants"), Some(1.0));
}

#[test]
fn unapprovable_module_is_reported() {
    let path = guest("escape_socket").display().to_string();
    let ended = approve(&[&path]);
    assert!(!ended.stdout.contains("sockets"), "{}", ended.stdout);
    assert!(ended.stdout.contains("reads: []"), "{}", ended.stdout);

    let path = guest("describe_taken_name").display().to_string();
    let ended = approve(&[&path]);
    assert_ended(&ended, 1);
    let told = format!(
        "firepit: error: {path} cannot be approved: loadavg is a built-in collector, which a \
         module cannot replace\n"
    );
    assert_eq!(ended.stderr, told);
}

/// After a run: what was read and called, and of what was not, that it was not.
#[test]
fn used_grants_are_proposed() {
    let procfs = procfs();
    let flag = format!("--path.procfs={}", procfs.path().display());
    let used = |words: &[&str]| approve(&[&[probe().as_str(), &flag, "--used"], words].concat());

    let ended = used(&["--option=use=files"]);
    assert_ended(&ended, 0);
    assert_has(
        &ended,
        &[
            "        - \"/proc/loadavg\"",
            "        # - \"/proc/probe/*\"  # not read in this run",
            "        - metrics",
            "        - files",
            "        # - log  # imported, and not called in this run",
            "        # - uname  # asks for the host's name and kernel; uncomment to grant",
        ],
    );

    fs::create_dir(procfs.path().join("probe")).unwrap();
    fs::write(procfs.path().join("probe/one"), "1").unwrap();
    let ended = used(&["--option=use=files"]);
    assert_has(
        &ended,
        &[
            "        - \"/proc/probe/*\"",
            "        # read of it: /proc/probe/one",
        ],
    );

    let ended = used(&["--option=use=clocks"]);
    assert_has(
        &ended,
        &[
            "        # - \"/proc/loadavg\"  # not read in this run",
            "        # - files  # imported, and not called in this run",
            "        - clocks",
        ],
    );

    // It is run as it will be: what is not granted fails.
    let ended = used(&["--option=use=system"]);
    assert_ended(&ended, 1);
    let told = "which failed: called firepit:collector/system get-uname, which is not granted";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    let ended = used(&["--option=use=system", "--grant=uname"]);
    assert_ended(&ended, 0);
    assert_has(&ended, &["        - uname"]);
}

/// What was used suffices: under exactly these grants the module does the same again.
#[test]
fn used_grants_suffice() {
    let procfs = procfs();
    let flag = format!("--path.procfs={}", procfs.path().display());
    let ended = approve(&[&probe(), &flag, "--used", "--option=use=files"]);
    let running = Firepit::new()
        .config(&ended.stdout)
        .flag("--collector.grant_probe.use=files")
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    assert_eq!(success(&page, "grant_probe"), Some(1.0));
    for way in ["files", "std"] {
        let read = [("path", "/proc/loadavg"), ("way", way)];
        assert_eq!(page.value("guest_probe_bytes", &read), Some(27.0), "{way}");
    }
}

fn write(module: &str, file: &Path, words: &[&str]) -> Ended {
    let file = format!("--write={}", file.display());
    approve(&[&[module, &file], words].concat())
}

/// Two modules, one after the other, into a file that is not there: both run.
#[test]
fn second_approval_keeps_the_first() {
    let own = Directory::new().file("own.wasm", collector("own", "", "", ""));
    let file = own.path().join("f.yaml");
    let module = own.path().join("own.wasm").display().to_string();
    for path in [&module, &probe()] {
        let ended = write(path, &file, &[]);
        assert_ended(&ended, 0);
        assert!(
            ended.stdout.starts_with("added the entry "),
            "{}",
            ended.stdout
        );
    }
    let running = Firepit::new()
        .flag("--collector.untrusted-default=deny")
        .flag(format!("--config.file={}", file.display()))
        .start();
    let page = running.scrape();
    for name in ["own", "grant_probe"] {
        assert_eq!(success(&page, name), Some(1.0), "{name}");
    }
    // Once more changes nothing.
    let before = fs::read_to_string(&file).unwrap();
    let ended = write(&module, &file, &[]);
    assert_ended(&ended, 0);
    assert!(ended.stdout.ends_with(" is up to date\n"));
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
}

/// A newer version gets its digest into the entry; the rest of the file stays, to the letter.
#[test]
fn newer_version_replaces_the_old_one_in_its_entry() {
    let entry = "\
# Ours.
collectors:
  grant_probe:   # the probe
    module: old.wasm
    sha256: 0000000000000000000000000000000000000000000000000000000000000000
    options:
      text: kept   # yes
    grants:
      reads:
        - /proc/probe/one
        - /rootfs/probe
      interfaces:
        - metrics
        - files
        # - random
    limits: {fuel: 7000000}

  # Not of interest.
  loadavg: {enabled: false}
";
    let directory = Directory::new().file("f.yaml", entry);
    let file = directory.path().join("f.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let ended = write(&probe(), &file, &[]);
    assert_ended(&ended, 0);
    assert_has(
        &ended,
        &[
            "-     module: old.wasm",
            "+         - \"/proc/loadavg\"",
            "+         - \"/proc/probe/one\"",
            "+         - \"/rootfs/probe\"",
            "+         # - random  # commented out before",
        ],
    );
    let text = fs::read_to_string(&file).unwrap();
    for kept in [
        "# Ours.\ncollectors:\n  grant_probe:   # the probe\n    module: \"",
        "    options:\n      text: kept   # yes\n    grants:\n",
        "        # - \"/proc/probe/*\"  # the entry grants less of it\n",
        "    limits: {fuel: 7000000}\n\n  # Not of interest.\n  loadavg: {enabled: false}\n",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let running = Firepit::new()
        .flag("--collector.untrusted-default=deny")
        .flag(format!("--config.file={}", file.display()))
        .flag("--collector.grant_probe")
        .start();
    assert_eq!(success(&running.scrape(), "grant_probe"), Some(1.0));
}

/// Where it cannot be sure of the file it leaves it as it is, and says so.
#[test]
fn unsupported_config_file_is_unchanged() {
    for (text, told) in [
        (
            "collectors: {loadavg: {enabled: false}}\n",
            ":1: collectors is written in braces",
        ),
        ("collectors:\n  smart: [\n", "invalid YAML"),
        (
            "collectors:\n  loadavg:\n    enabld: true\n",
            "did you mean \"enabled\"?",
        ),
    ] {
        let directory = Directory::new().file("f.yaml", text);
        let file = directory.path().join("f.yaml");
        let ended = write(&probe(), &file, &[]);
        assert_ended(&ended, 1);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

/// A run that fails says nothing about what a module needs.
#[test]
fn failed_run_writes_nothing() {
    let directory = Directory::new();
    let file = directory.path().join("f.yaml");
    let ended = write(
        &guest("trap_panic").display().to_string(),
        &file,
        &["--used"],
    );
    assert_ended(&ended, 1);
    let told =
        "is unchanged: the run of trap_panic failed, so it is not known what the module uses: ";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    assert!(!file.exists());
}
