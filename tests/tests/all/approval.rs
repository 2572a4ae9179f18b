//! Which modules the operator meant: digests, names, and what becomes of those that nobody approved.

use std::fs;

use firepit_tests::{Directory, Ended, Firepit, Running, guest, until};
use rustix::process::Signal;

use crate::baseline::{assert_complete, procfs, success};
use crate::components::collector;
use crate::modules::left_out;

const WRONG: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// The digest of a file, as `firepit inspect` tells it.
fn sha256(path: &str) -> String {
    let ended = Firepit::new().run(&["inspect", path]);
    field(&ended, "sha256")
}

/// A line of what `firepit inspect` tells.
fn field(ended: &Ended, name: &str) -> String {
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let mut lines = ended.stdout.lines();
    let value = lines.find_map(|line| Some(line.strip_prefix(name)?.trim_start().to_owned()));
    value.unwrap_or_else(|| panic!("{}", ended.stdout))
}

/// The guest that tells what it got.
fn probe() -> String {
    guest("grant_probe").display().to_string()
}

/// A module that the file names by its path is pinned before it is looked into.
#[test]
fn mismatched_digest_error_names_both_digests() {
    let path = probe();
    let found = sha256(&path);
    let told = format!(
        "PATH has the sha256 {found}, but the configuration says {WRONG}: review the module, then \
         update its digest there, as `firepit approve PATH` prints it"
    );
    let named = format!("collectors:\n  grant_probe:\n    module: {path}\n    sha256: {WRONG}\n");
    let (_running, page, err) = left_out(Firepit::new().config(&named), "digest");
    assert_eq!(err, told.replace("PATH", &path));
    assert_eq!(success(&page, "grant_probe"), None);

    let listed = format!("collectors: {{grant_probe: {{enabled: true, sha256: {WRONG}}}}}");
    let firepit = Firepit::new().module("grant_probe").config(&listed);
    let listed = firepit.module_path("grant_probe").display().to_string();
    let (_running, page, err) = left_out(firepit, "digest");
    assert_eq!(err, told.replace("PATH", &listed));
    assert_eq!(success(&page, "grant_probe"), None);
}

/// A path in the file begins at the file's directory; the digest may be in upper case.
#[test]
fn a_named_module_with_its_digest_runs() {
    let digest = sha256(&probe()).to_uppercase();
    let yaml = format!(
        "collectors:\n  grant_probe:\n    module: modules/probe.wasm\n    sha256: {digest}\n    enabled: \
         true\n"
    );
    let directory = Directory::new()
        .file("f.yaml", yaml)
        .file("modules/probe.wasm", fs::read(probe()).unwrap());
    let file = directory.path().join("f.yaml").display().to_string();
    let running = Firepit::new().flag(format!("--config.file={file}")).start();
    assert_eq!(success(&running.scrape(), "grant_probe"), Some(1.0));
}

/// The name in the file is the one that the module gives itself.
#[test]
fn an_entry_has_the_name_of_its_module() {
    let path = probe();
    let yaml = format!("collectors: {{smart: {{module: {path}}}}}");
    let (_running, _, err) = left_out(Firepit::new().config(&yaml), "misnamed");
    let expected = format!(
        "the collector of {path} is called grant_probe, but the config file calls it smart; rename the \
         entry"
    );
    assert_eq!(err, expected);
}

/// What the file names and is not there ends nothing.
#[test]
fn missing_named_module_is_reported() {
    let yaml = "collectors: {smart: {module: /no/such/module.wasm}}";
    let (_running, _, err) = left_out(Firepit::new().config(yaml), "read");
    assert_eq!(
        err,
        "cannot read /no/such/module.wasm: No such file or directory (os error 2)"
    );
    let ended = Firepit::new().config(yaml).run(&["--help"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("--config.file"), "{}", ended.stdout);
}

/// Starts with a stranger's module that is on by default, under a policy.
fn under(policy: &str, yaml: &str) -> (Running, String) {
    let procfs = procfs();
    let firepit = Firepit::new().bytes("own", &collector("own", "", "", ""));
    let path = firepit.module_path("own").display().to_string();
    let running = (firepit.flag(format!("--collector.untrusted-default={policy}")))
        .config(yaml)
        .procfs(procfs.path())
        .keep(procfs)
        .start();
    (running, path)
}

#[test]
fn default_ask_waits_for_approval() {
    let (running, path) = under("ask", "");
    let line = running.logs.wait_for("msg", "module waits for approval");
    assert_eq!(line.get("reason"), Some("unapproved"));
    let expected = format!(
        "{path} (collector own) is not approved: check it with `firepit inspect`, then add the \
         output of `firepit approve` to the config file"
    );
    assert_eq!(line.get("err"), Some(expected.as_str()));
    let page = running.scrape();
    assert_eq!(success(&page, "own"), None);
    assert_complete(&page);

    let (running, _) = under("ask", "collectors: {own: {enabled: true}}");
    assert_eq!(success(&running.scrape(), "own"), Some(1.0));
}

/// With `deny` a module is not even compiled: this one does not compile, and nobody finds out.
#[test]
fn default_deny_does_not_compile_unapproved_modules() {
    let mut broken = fs::read(probe()).unwrap();
    let middle = broken.len() / 2;
    broken[middle..middle + 64].fill(0xff);
    let firepit = Firepit::new()
        .bytes("x", &broken)
        .flag("--collector.untrusted-default=deny");
    let path = firepit.module_path("x").display().to_string();
    let running = firepit.start();
    let line = running.logs.wait_for("msg", "module waits for approval");
    assert_eq!(line.get("reason"), Some("unapproved"));
    let told = line.get("err").unwrap();
    let expected = format!(
        "{path} is not approved: --collector.untrusted-default is deny, and no entry of the \
         config file has its sha256 "
    );
    assert!(told.starts_with(&expected), "{told}");
    assert!(
        told.ends_with(&format!("; `firepit approve {path}` prints one")),
        "{told}"
    );
    assert_complete_without(&running, "x");
}

fn assert_complete_without(running: &Running, collector: &str) {
    let page = running.scrape();
    assert_eq!(success(&page, "loadavg"), Some(1.0));
    assert_eq!(success(&page, collector), None);
}

#[test]
fn pinned_digest_approves_a_module() {
    let (running, path) = under("deny", "");
    assert_complete_without(&running, "own");
    let digest = sha256(&path);

    let pinned = format!("collectors: {{own: {{enabled: true, sha256: {digest}}}}}");
    let (running, _) = under("deny", &pinned);
    assert_eq!(success(&running.scrape(), "own"), Some(1.0));

    // The entry alone says nothing about the file.
    let (running, _) = under("deny", "collectors: {own: {enabled: true}}");
    assert_complete_without(&running, "own");
    let pinned = format!("collectors: {{own: {{enabled: true, sha256: {WRONG}}}}}");
    let (running, _) = under("deny", &pinned);
    assert_complete_without(&running, "own");
}

/// The digest may come after the module: the file is not touched, only the configuration is.
#[test]
fn pinned_digest_approves_a_module_on_reload() {
    let entry = |digest: &str| format!("collectors: {{own: {{enabled: true, sha256: {digest}}}}}");
    let directory = Directory::new().file("f.yaml", entry(WRONG));
    let file = directory.path().join("f.yaml");
    let firepit = Firepit::new().bytes("own", &collector("own", "", "", ""));
    let digest = sha256(firepit.module_path("own").to_str().unwrap());
    let running = (firepit.flag(format!("--config.file={}", file.display())))
        .flag("--collector.untrusted-default=deny")
        .start();
    assert_complete_without(&running, "own");
    fs::write(&file, entry(&digest)).unwrap();
    running.signal(Signal::HUP);
    until("the module to be let in", || {
        (success(&running.scrape(), "own") == Some(1.0)).then_some(())
    });
}

/// Without the flag a module waits, whatever else the command line says of its collector.
/// `firepit run` needs no approval: whoever types it names the file.
#[test]
fn third_party_modules_wait_by_default() {
    let firepit = Firepit::new().bytes("own", &collector("own", "", "", ""));
    let path = firepit.module_path("own");
    let directory = format!("--collector.directory={}", path.parent().unwrap().display());
    let ended = (firepit.flag(directory)).run(&["check-config", "--collector.own"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stdout);
    let told = format!("{}: unapproved: ", path.display());
    assert!(ended.stdout.contains(&told), "{}", ended.stdout);

    let module = Directory::new().file("own.wasm", collector("own", "", "", ""));
    let path = module.path().join("own.wasm");
    let ended = Firepit::new().run(&["run", path.to_str().unwrap()]);
    // It ran, and has nothing to show.
    let told = "fault         it emitted nothing\n";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

/// To try things out.
#[test]
fn default_allow_runs_third_party_modules() {
    let firepit = Firepit::new().bytes("own", &collector("own", "", "", ""));
    let running = (firepit.flag("--collector.own"))
        .flag("--collector.untrusted-default=allow")
        .start();
    assert_eq!(success(&running.scrape(), "own"), Some(1.0));
    let ended = Firepit::new().run(&["--collector.untrusted-default=perhaps"]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(
        ended.stderr.contains("allow, ask, deny"),
        "{}",
        ended.stderr
    );
}
