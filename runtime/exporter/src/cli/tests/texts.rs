//! What the command line prints: usage errors, help, version.

use super::*;

/// A usage error without the usage lines at its end.
fn usage_error(args: &[&str]) -> String {
    let error = try_parse(args).expect_err(&format!("{args:?}"));
    assert_eq!(error.exit_code(), 2, "{args:?}");
    let text = error.to_string();
    let (text, _) = text
        .split_once("\n\nFor more information, try '--help'.")
        .expect(&text);
    let usage = "\n\nUsage: firepit [FLAGS] [COMMAND]";
    text.strip_suffix(usage).unwrap_or(text).to_owned()
}

#[test]
fn usage_errors_name_cause_place_and_remedy() {
    for (args, wanted) in [
        (
            &["--web.max-requests=x"][..],
            "error: invalid value 'x' for '--web.max-requests <NUMBER>': not a whole number; 0 sets no limit",
        ),
        (
            &["--web.listen-address=:http"],
            "error: invalid value ':http' for '--web.listen-address <ADDRESS>': the port must be a number between 0 and 65535",
        ),
        (
            &["--web.listen-address=vsock://host:9100"],
            "error: invalid value 'vsock://host:9100' for '--web.listen-address <ADDRESS>': write vsock://:PORT or vsock://CID:PORT, with numbers below 4294967295",
        ),
        (
            &["--web.listen-address=unix:firepit.sock"],
            "error: invalid value 'unix:firepit.sock' for '--web.listen-address <ADDRESS>': the path of a Unix socket must be absolute; write unix:/PATH",
        ),
        (
            &["--web.unix-socket-mode=rw"],
            "error: invalid value 'rw' for '--web.unix-socket-mode <MODE>': not a mode; write octal digits up to 0777, such as 0660",
        ),
        (
            &["--web.telemetry-path=metrics"],
            "error: invalid value 'metrics' for '--web.telemetry-path <PATH>': the path must begin with \"/\"",
        ),
        (
            &["--path.procfs="],
            "error: invalid value '' for '--path.procfs <PATH>': the path must not be empty",
        ),
        (
            &["--scrape.timeout=0"],
            "error: invalid value '0' for '--scrape.timeout <DURATION>': the duration must be above zero",
        ),
        (
            &["--scrape.timeout=5"],
            "error: invalid value '5' for '--scrape.timeout <DURATION>': not a duration; write a number with a unit, such as 500ms, 5s, 1m30s or 1d",
        ),
        (
            &["--sandbox.memory=64MB"],
            "error: invalid value '64MB' for '--sandbox.memory <BYTES>': not a size; write a number of bytes, or one with KiB, MiB or GiB, such as 64MiB",
        ),
        (
            &["--sandbox.fuel=0"],
            "error: invalid value '0' for '--sandbox.fuel <UNITS>': not a whole number above zero",
        ),
        (
            &["--scrape.module-share=2"],
            "error: invalid value '2' for '--scrape.module-share <PART>': not a share; write a number above 0 and up to 1, such as 0.5",
        ),
        (
            &["--sandbox.quarantine-after=-1"],
            "error: invalid value '-1' for '--sandbox.quarantine-after <NUMBER>': not a whole number; 0 disables it",
        ),
        (
            &["--log.level=loud"],
            "error: invalid value 'loud' for '--log.level <LEVEL>'\n  [possible values: debug, info, warn, error]",
        ),
        (
            &["--log.level=\"debug\""],
            "error: invalid value '\"debug\"' for '--log.level <LEVEL>'\n  [possible values: debug, info, warn, error]\n\n  tip: a similar value exists: 'debug'",
        ),
        (
            &["--log.format=logger:stdout"],
            "error: invalid value 'logger:stdout' for '--log.format <FORMAT>'\n  [possible values: logfmt, json]",
        ),
        (
            &["--log.level"],
            "error: a value is required for '--log.level <LEVEL>' but none was supplied\n  [possible values: debug, info, warn, error]",
        ),
        (
            &["--log.level=info", "--log.level=warn"],
            "error: the argument '--log.level <LEVEL>' cannot be used multiple times",
        ),
        (
            &["--collector.cpu", "--collector.cpu"],
            "error: the argument '--collector.cpu' cannot be used multiple times",
        ),
        (
            &["--collector.cpu", "--no-collector.cpu"],
            "error: the argument '--collector.cpu' cannot be used with '--no-collector.cpu'",
        ),
        (
            &["--no-collector.cpu", "--collector.cpu"],
            "error: the argument '--no-collector.cpu' cannot be used with '--collector.cpu'",
        ),
        (
            &["--no-collector.arp", "--collector.arp"],
            "error: the argument '--no-collector.arp' cannot be used with '--collector.arp'",
        ),
        (
            &["--collector.cpu.guest", "--no-collector.cpu.guest"],
            "error: the argument '--collector.cpu.guest' cannot be used with '--no-collector.cpu.guest'",
        ),
        (
            &["--collector.cpu=true"],
            "error: --collector.cpu takes no value; write --collector.cpu or --no-collector.cpu",
        ),
        (
            &["--no-collector.cpu=true"],
            "error: --no-collector.cpu takes no value; write --collector.cpu or --no-collector.cpu",
        ),
        (
            &[""],
            "error: invalid value '' for '[COMMAND]': the empty argument \"\" is neither a flag nor a command; leave it out",
        ),
        (
            &["--runtime.gomaxprocs=x"],
            "error: invalid value 'x' for '--runtime.gomaxprocs <NUMBER>': not a whole number; 0 stands for the number of CPUs",
        ),
        (
            &["--collector.thirdparty.level=high"],
            "error: invalid value 'high' for '--collector.thirdparty.level <NUMBER>': not a number",
        ),
        (
            &["--collector.cpu.old=a", "--collector.cpu.old=b"],
            "error: the argument '--collector.cpu.old <TEXT>' cannot be used multiple times",
        ),
        (
            &["--collector.cpuu"],
            "error: unexpected argument '--collector.cpuu' found\n\n  tip: a similar argument exists: '--collector.cpu'",
        ),
        (
            &["--frobnicate"],
            "error: unexpected argument '--frobnicate' found",
        ),
        (
            &["-x"],
            "error: unknown flag -x: neither a flag of node_exporter 0.6 to 0.8 nor one of firepit, whose flags have two dashes",
        ),
        (
            &["--log.level=debug", "migrate"],
            "error: the word migrate must come first, because all words after it are the old command line: firepit migrate OLD-FLAGS...",
        ),
        (
            &["migrate"],
            "error: nothing to migrate; write the old command line: firepit migrate -collectors.enabled=stat ...",
        ),
        (
            &["serve"],
            "error: invalid value 'serve' for '[COMMAND]': no such command; the commands are scrape, inspect, approve, check-config, run, new, health, diff, deploy, completion, man and migrate; without a command firepit serves metrics",
        ),
        (
            &["inspect"],
            "error: `firepit inspect` needs more arguments: firepit inspect MODULE.wasm [NEW.wasm]",
        ),
        (
            &["scrape", "a.wasm"],
            "error: unexpected argument \"a.wasm\"; write firepit scrape",
        ),
        (
            &["inspect", "a.wasm", "b.wasm", "c.wasm"],
            "error: unexpected argument \"c.wasm\"; write firepit inspect MODULE.wasm [NEW.wasm]",
        ),
        (
            &["--grant=system", "approve", "a.wasm"],
            "error: --grant needs a run of the module: firepit approve MODULE.wasm --used --grant ..., or firepit run MODULE.wasm --grant ...",
        ),
        (
            &["--write=f.yaml", "run", "a.wasm"],
            "error: --write belongs to another command: firepit approve MODULE.wasm --write ...",
        ),
        (
            &["--grant=system"],
            "error: --grant belongs to another command: firepit run MODULE.wasm --grant ...",
        ),
        (
            &["run", "a.wasm", "--option", "x"],
            "error: invalid value 'x' for '--option <NAME=VALUE>': write NAME=VALUE",
        ),
        (
            &["new", "a", "--language=go"],
            "error: invalid value 'go' for '--language <LANGUAGE>'\n  [possible values: rust, python, c]",
        ),
        (
            &["deploy", "docker"],
            "error: nothing is deployed to \"docker\"; write firepit deploy systemd or kubernetes",
        ),
        (
            &["deploy"],
            "error: `firepit deploy` needs more arguments: firepit deploy TARGET [FLAGS]",
        ),
        (
            &["completion", "tcsh"],
            "error: no completions for \"tcsh\"; write firepit completion bash, zsh or fish",
        ),
        (
            &["completion"],
            "error: `firepit completion` needs more arguments: firepit completion SHELL",
        ),
        (
            &["--help", "sandboxes"],
            "error: --help sandboxes: no such topic; the topics are web, paths, modules, collectors, log, scrape, metrics, sandbox, commands, help, scrape, inspect, approve, check-config, run, new, health, diff, deploy, completion, man, migrate, and the names of collectors",
        ),
        (
            &["--collector=cpu"],
            "error: --collector NAME belongs to the command `firepit scrape`; to serve only some collectors, use --collector.disable-defaults and --collector.NAME for each",
        ),
        (
            &["scrape", "--collector=arp"],
            "error: --collector arp: no such collector; available: cpu, netstat, textfile, thirdparty",
        ),
        (
            &["scrape", "--collector=cpu", "--no-collector.cpu"],
            "error: --collector cpu and --no-collector.cpu contradict each other; leave one out",
        ),
        (
            &["@/nonexistent/args"],
            "error: argument file \"/nonexistent/args\" cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(usage_error(args), wanted, "{args:?}");
    }
}

#[test]
fn non_utf8_value_is_rejected() {
    use std::os::unix::ffi::OsStringExt as _;
    let parse = |arg: &[u8]| {
        parse_words(
            [OsString::from("firepit"), OsString::from_vec(arg.to_vec())],
            &builtin(),
        )
    };
    assert_eq!(
        parse(b"--collector.netstat.fields=\xff")
            .unwrap_err()
            .exit_code(),
        2
    );
    assert_eq!(parse(b"\xff").unwrap_err().exit_code(), 2);
    assert_eq!(parse(b"--\xff").unwrap_err().exit_code(), 2);
    assert!(parse(b"--path.procfs=/\xff").is_ok());
}

/// The text of a command line that asks for one.
fn text(args: &[&str]) -> String {
    match config(args).command {
        Command::Print(text) => text,
        other => panic!("{args:?}: {other:?}"),
    }
}

/// Text without its line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_overview_is_one_screen() {
    for flag in ["--help", "-h"] {
        let help = text(&[flag]);
        let is_heading = |line: &&str| line.ends_with(':') && !line.starts_with(' ');
        let headings: Vec<&str> = help.lines().filter(is_heading).collect();
        let wanted = ["Web:", "Paths:", "Modules:", "Collectors:", "Log:", "More:"];
        assert_eq!(headings, wanted, "{help}");
        assert!(help.lines().count() <= 60, "{help}");
        let longest = help.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 100, "{longest}\n{help}");
        let flat = flat(&help);
        assert!(
            flat.contains("--help sandbox fuel, deadline, memory,"),
            "{flat}"
        );
        for hidden in [
            "--collector.cpu.guest",
            "--collector.arp",
            "--sandbox.fuel",
            "\n  --no-",
        ] {
            assert!(!help.contains(hidden), "{hidden}: {help}");
        }
    }
}

#[test]
fn a_topic_is_a_heading_a_command_or_a_collector() {
    for (args, wanted) in [
        (
            &["--help", "sandbox"][..],
            "--sandbox.fuel=1000000000 Maximum work of a collector. A unit",
        ),
        (&["--help=web"], "--web.max-in-flight-bytes=128MiB"),
        (&["--help", "Web"], "--web.listen-address=:9100"),
        (
            &["--help", "cpu"],
            "--collector.cpu.guest What guest does. (on by default; --no-collector.cpu.guest disables it)",
        ),
        (
            &["--help", "thirdparty"],
            "Enable the thirdparty collector (default: disabled). Shows thirdparty.",
        ),
        (
            &["--help", "thirdparty"],
            "--collector.thirdparty.level=1.5",
        ),
        (
            &["run", "a.wasm", "--help"],
            "firepit run MODULE.wasm run one module by hand",
        ),
        (&["--help", "approve"], "--write=FILE approve:"),
        (&["--help", "scrape"], "--collector=NAME scrape:"),
        (&["--help", "scrape"], "--scrape.timeout=10s"),
        (
            &["--help", "collectors"],
            "Enabled by default: cpu Shows cpu. netstat Shows",
        ),
        (
            &["--help", "collectors"],
            "Disabled by default: thirdparty Shows",
        ),
        (&["--help", "log"], "One of: [debug, info, warn, error]"),
    ] {
        let told = flat(&text(args));
        assert!(told.contains(wanted), "{args:?}: {told}");
    }
    assert!(!text(&["--help", "cpu"]).contains("--collector.cpu.old"));
}

/// kingpin's spelling works as well.
#[test]
fn full_help_lists_the_flags_of_all_collectors() {
    let all = text(&["--help-all"]);
    assert_eq!(text(&["--help-long"]), all);
    let flat = flat(&all);
    for wanted in [
        "Collector cpu:",
        "--collector.textfile.directory=TEXT",
        "--sandbox.fuel=",
        "[default: ^(Tcp_(",
    ] {
        assert!(flat.contains(wanted), "{wanted}: {all}");
    }
    let longest = all.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 100, "{longest}\n{all}");
}

#[test]
fn migrate_has_help_although_it_accepts_any_argument() {
    let help = text(&["--help", "migrate"]);
    for line in [&["migrate", "--help"][..], &["migrate", "-listen=:1", "-h"]] {
        assert_eq!(text(line), help, "{line:?}");
    }
    assert!(help.contains("firepit migrate OLD-FLAGS..."), "{help}");
    assert!(!help.contains("the flags of the server"), "{help}");
}

/// As in node_exporter's completions, for scripts that call the flag.
#[test]
fn kingpins_completion_flags_work() {
    let flags = text(&["--completion-bash", "--web"]);
    // A word that is only begun does not make the line an old one.
    assert_eq!(text(&["--completion-bash", "-we"]), flags);
    let lines: Vec<&str> = flags.lines().collect();
    for wanted in [
        "--web.listen-address",
        "--no-collector.cpu",
        "--collector.cpu.info",
        "--help",
        "--version",
    ] {
        assert!(lines.contains(&wanted), "{wanted}: {flags}");
    }
    assert!(!lines.contains(&"--no-version") && !lines.contains(&"--no-log.level"));
    for (kingpin, ours) in [("bash", "bash"), ("zsh", "zsh")] {
        let script = text(&[&format!("--completion-script-{kingpin}")]);
        assert_eq!(script, text(&["completion", ours]));
    }
    assert_eq!(text(&["--help-man"]), text(&["man"]));
}

#[test]
fn the_version_is_in_node_exporters_form() {
    let error = try_parse(&["--version"]).unwrap_err();
    assert_eq!(
        (error.kind(), error.exit_code()),
        (ErrorKind::DisplayVersion, 0)
    );
    let text = error.to_string();
    let build = crate::build_info::BUILD;
    let first = format!(
        "firepit, version {} (branch: {}, revision: {})",
        build.version, build.branch, build.revision
    );
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(first.as_str()));
    let names: Vec<&str> = lines
        .map(|line| {
            line.strip_prefix("  ")
                .and_then(|line| line.split_once(':'))
                .unwrap()
                .0
        })
        .collect();
    let wanted = [
        "build user",
        "build date",
        "rust version",
        "platform",
        "tags",
        "wasmtime version",
        "cpu baseline",
    ];
    assert_eq!(names, wanted, "{text}");
    assert!(
        text.contains("linux/amd64") || !cfg!(target_arch = "x86_64"),
        "{text}"
    );
}
