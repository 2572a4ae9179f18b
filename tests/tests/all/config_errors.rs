//! What is wrong with a configuration file is told before a port is opened. That the file is read
//! strictly, the unit tests of `config` show.

use firepit_tests::{Directory, Firepit};

use crate::baseline::{assert_complete, procfs};

/// What is wrong with the file is told with its line, all of it, and nothing is served.
#[test]
fn invalid_config_file_ends_startup() {
    for (yaml, told) in [
        (
            "collectors:\n  cpu:\n    enable: true\n",
            ":3: collectors.cpu: unknown key \"enable\"; did you mean \"enabled\"?",
        ),
        ("collectors: [\n", ":2:"),
        (
            "collectors:\n  cpu:\n    sha256: 12\n",
            ":3: collectors.cpu.sha256: \"12\": not 64 hexadecimal digits",
        ),
        (
            "collectors:\n  cpu:\n    grants:\n      reads: ['/proc/[']\n",
            ":4: collectors.cpu.grants.reads: the pattern \"/proc/[\": contains a malformed bracket",
        ),
        (
            "collectors:\n  cpu:\n    grants:\n      reads:\n        - /etc/passwd\n",
            ":5: collectors.cpu.grants.reads: the pattern \"/etc/passwd\": outside of /proc, /sys, /rootfs and /udev",
        ),
        (
            "collectors:\n  cpu:\n    grants:\n      reads: ['{dir}/*']\n",
            ":4: invalid option of collector cpu: no option \"dir\"; it has ",
        ),
        (
            "collectors:\n  cpu:\n    options:\n      flags: x\n",
            ":4: invalid option of collector cpu: no option \"flags\"; it has ",
        ),
        (
            "collectors:\n  cpu:\n    options: {info: maybe}\n",
            ":3: invalid option of collector cpu: info must be true or false",
        ),
        (
            "collectors:\n\n  cpu:\n    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
            ":3: cpu is a built-in collector, which a module cannot replace; remove sha256",
        ),
        (
            "collectors:\n  cpu:\n    module: x.wasm\n",
            ":2: cpu is a built-in collector, which a module cannot replace; remove module",
        ),
    ] {
        let directory = Directory::new().file("f.yaml", yaml);
        let file = directory.path().join("f.yaml").display().to_string();
        let flag = format!("--config.file={file}");
        for words in [&["--web.listen-address=127.0.0.1:0"][..], &["check-config"]] {
            let ended = Firepit::new().flag(&flag).run(words);
            assert_eq!(ended.status.code(), Some(2), "{yaml}: {}", ended.stderr);
            let expected = format!("{file}{told}");
            assert!(
                ended.stderr.contains(&expected),
                "{expected}: {}",
                ended.stderr
            );
            assert!(!ended.stderr.contains("Listening"), "{}", ended.stderr);
            assert_eq!(ended.stdout, "");
        }
    }
}

#[test]
fn missing_config_file_ends_startup() {
    let ended = Firepit::new().run(&["--config.file=/no/such/file.yaml"]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
    let told = "firepit: error: cannot read the config file /no/such/file.yaml: No such file or \
                directory (os error 2)\n";
    assert_eq!(ended.stderr, told);
}

/// An entry about nobody is told and changes nothing: its module may come later.
#[test]
fn entry_without_a_collector_is_reported() {
    let procfs = procfs();
    let yaml = "collectors:\n  smart: {enabled: true}\n";
    let running = Firepit::new().config(yaml).procfs(procfs.path()).start();
    let told = "entry in the config file matches no collector";
    let line = running.logs.wait_for("msg", told);
    assert_eq!(line.get("collector"), Some("smart"));
    assert_eq!(line.get("line"), Some("2"));
    assert_complete(&running.scrape());
}
