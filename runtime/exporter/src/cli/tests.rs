//! Whole command lines, against a few collectors that have options of every kind.

mod collectors;
mod texts;

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::build_info::BUILD;
use crate::logging::{LogConfig, LogFormat};
use crate::memory::TotalLimits;
use crate::scrape::ScrapeConfig;
use crate::self_metrics::SelfMetrics;
use crate::settings::{CliOverrides, CollectorOverrides};
use crate::web::{HttpLimits, ListenAddress, ServerConfig, SocketMode};
use firepit_exposition::names::{BuiltinNames, Namespace};
use firepit_sandbox::descriptor::{OptionDescriptor, OptionKind, Setting};
use firepit_sandbox::files::RootPaths;
use firepit_sandbox::limits::{BackOff, Limits, Share};
use firepit_sandbox::session::Lifetime;

fn option(name: &str, kind: OptionKind, default: &[&str]) -> OptionDescriptor {
    OptionDescriptor {
        name: name.to_owned(),
        help: format!("What {name} does."),
        kind,
        default: default.iter().map(|&text| text.to_owned()).collect(),
        hidden: name == "old",
    }
}

fn descriptor(name: &str, enabled_by_default: bool, options: Vec<OptionDescriptor>) -> Descriptor {
    let descriptor = Descriptor {
        name: name.to_owned(),
        about: format!("Shows {name}."),
        version: "0.1.0".to_owned(),
        enabled_by_default,
        reads: Vec::new(),
        connects: Vec::new(),
        options,
    };
    descriptor.check().unwrap()
}

fn builtin() -> Vec<Descriptor> {
    let long = format!("^({})$", vec!["Tcp_(ActiveOpens"; 30].join("|"));
    vec![
        descriptor(
            "cpu",
            true,
            vec![
                option("guest", OptionKind::Flag, &["true"]),
                option("info", OptionKind::Flag, &["false"]),
                option("info.flags-include", OptionKind::Text, &[""]),
                option("old", OptionKind::Text, &[""]),
            ],
        ),
        descriptor(
            "netstat",
            true,
            vec![option("fields", OptionKind::Text, &[&long])],
        ),
        descriptor(
            "textfile",
            true,
            vec![option("directory", OptionKind::RepeatedText, &[])],
        ),
        descriptor(
            "thirdparty",
            false,
            vec![option("level", OptionKind::Number, &["1.5"])],
        ),
    ]
}

fn parse_words(
    args: impl IntoIterator<Item = OsString>,
    descriptors: &[Descriptor],
) -> Result<Config, clap::Error> {
    parse(&Arguments::expand(args)?, descriptors)
}

fn try_parse(args: &[&str]) -> Result<Config, clap::Error> {
    parse_words(
        ["firepit"].iter().chain(args).map(OsString::from),
        &builtin(),
    )
}

fn config(args: &[&str]) -> Config {
    try_parse(args).unwrap_or_else(|error| panic!("{args:?}: {error}"))
}

#[test]
fn without_flags_every_setting_has_its_default() {
    let wanted = Config {
        command: Command::Serve,
        paths: RootPaths {
            procfs: "/proc".into(),
            sysfs: "/sys".into(),
            rootfs: "/".into(),
            udev_data: "/run/udev/data".into(),
        },
        choices: CliOverrides {
            only: None,
            disable_defaults: false,
            collectors: builtin()
                .into_iter()
                .map(|descriptor| (descriptor.name, CollectorOverrides::default()))
                .collect(),
            unclaimed: Default::default(),
            environment: Default::default(),
        },
        listen: vec![ListenAddress::Tcp {
            host: None,
            port: 9100,
        }],
        socket_mode: SocketMode::default(),
        systemd_socket: false,
        web_config: None,
        web: ServerConfig {
            open_health_endpoints: false,
            telemetry_path: "/metrics".to_owned(),
            max_requests: 40,
            openmetrics: false,
            lifecycle: false,
            user: None,
            limits: HttpLimits::default(),
            version: BUILD.version.to_owned(),
            branch: BUILD.branch.to_owned(),
            revision: BUILD.revision.to_owned(),
        },
        scrape: ScrapeConfig {
            timeout: Duration::from_secs(10),
            timeout_offset: Duration::from_millis(500),
            exporter_metrics: true,
            self_metrics: SelfMetrics::Lean,
            build: BUILD,
            builtin_names: BuiltinNames::default(),
        },
        lifetime: Lifetime::Kept,
        limits: Limits::default(),
        totals: TotalLimits::default(),
        log: LogConfig {
            level: tracing::Level::INFO,
            format: LogFormat::Logfmt,
        },
        is_old: false,
        warnings: Vec::new(),
    };
    assert_eq!(config(&[]), wanted);
}

#[test]
fn every_own_flag_sets_its_field() {
    let got = config(&[
        "--web.listen-address=:9100",
        "--web.listen-address",
        "[::1]:9200",
        "--web.telemetry-path=/m",
        "--metrics.namespace=host",
        "--metrics.compat=0.8",
        "--web.max-requests=-1",
        "--web.disable-exporter-metrics",
        "--web.self-metrics=full",
        "--path.procfs=/host//proc/",
        "--path.sysfs",
        "fixtures/sys",
        "--path.rootfs=/host",
        "--path.udev.data=/host/udev",
        "--scrape.timeout=1m30s",
        "--scrape.timeout-offset=0",
        "--sandbox.fuel=1000",
        "--sandbox.deadline=250ms",
        "--sandbox.memory=1MiB",
        "--sandbox.files=10",
        "--sandbox.bytes-read=20KiB",
        "--sandbox.connections=31",
        "--sandbox.connection-bytes=32",
        "--sandbox.connect-timeout=33ms",
        "--sandbox.file-bytes=30",
        "--sandbox.counters=35",
        "--sandbox.series=40",
        "--sandbox.output-bytes=45",
        "--sandbox.log-bytes=50",
        "--sandbox.total-memory=55",
        "--scrape.max-page-bytes=2MiB",
        "--web.max-in-flight-bytes=3MiB",
        "--sandbox.recycle-every=60",
        "--scrape.module-share=0.25",
        "--scrape.module-timeout=70ms",
        "--sandbox.cpu-per-minute=0",
        "--sandbox.quarantine-after=8",
        "--sandbox.quarantine-pause=9s",
        "--sandbox.quarantine-max-pause=1h",
        "--log.level=DEBUG",
        "--log.format=json",
    ]);
    let addresses: Vec<_> = got.listen.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, [":9100", "[::1]:9200"]);
    assert_eq!(
        (got.web.telemetry_path.as_str(), got.web.max_requests),
        ("/m", 0)
    );
    let wanted = RootPaths {
        procfs: "/host/proc".into(),
        sysfs: "fixtures/sys".into(),
        rootfs: "/host".into(),
        udev_data: "/host/udev".into(),
    };
    assert_eq!(got.paths, wanted);
    let wanted = ScrapeConfig {
        timeout: Duration::from_secs(90),
        timeout_offset: Duration::ZERO,
        exporter_metrics: false,
        self_metrics: SelfMetrics::Full,
        build: BUILD,
        builtin_names: BuiltinNames {
            namespace: Namespace::parse("host").unwrap(),
            old: true,
        },
    };
    assert_eq!(got.scrape, wanted);
    assert_eq!(got.lifetime, Lifetime::Scrapes(60));
    let wanted = Limits {
        fuel: 1000,
        deadline: Duration::from_millis(250),
        memory_bytes: 1 << 20,
        files_opened: 10,
        bytes_read: 20 << 10,
        file_bytes: 30,
        connections: 31,
        connection_bytes: 32,
        connect_timeout: Duration::from_millis(33),
        counters: 35,
        series: 40,
        output_bytes: 45,
        log_bytes: 50,
        scrape_share: Share::new(0.25),
        scrape_timeout: Some(Duration::from_millis(70)),
        cpu_per_minute: Duration::ZERO,
        back_off: BackOff {
            after: 8,
            pause: Duration::from_secs(9),
            longest: Duration::from_secs(3600),
        },
        ..Limits::default()
    };
    assert_eq!(got.limits, wanted);
    let wanted = TotalLimits {
        modules_bytes: 55,
        page_bytes: 2 << 20,
        in_flight_bytes: 3 << 20,
    };
    assert_eq!(got.totals, wanted);
    assert_eq!(
        got.log,
        LogConfig {
            level: tracing::Level::DEBUG,
            format: LogFormat::Json
        }
    );
    assert!(got.warnings.is_empty());
    let lifetime = |flag: &str| config(&[flag]).lifetime;
    assert_eq!(lifetime("--sandbox.fresh"), Lifetime::Scrapes(1));
    assert_eq!(lifetime("--no-sandbox.fresh"), Lifetime::Kept);
    assert!(
        config(&["--no-web.disable-exporter-metrics"])
            .scrape
            .exporter_metrics
    );
}

#[test]
fn command_may_appear_anywhere_between_flags() {
    let inspect = |module: &str| Command::Inspect {
        module: module.into(),
        new: None,
    };
    assert_eq!(config(&["scrape"]).command, Command::Scrape);
    let around = config(&["--path.procfs=/p", "scrape", "--log.level=warn"]);
    assert_eq!(
        (around.command, around.paths.procfs),
        (Command::Scrape, PathBuf::from("/p"))
    );
    assert_eq!(around.log.level, tracing::Level::WARN);
    for args in [
        &["inspect", "a.wasm"][..],
        &[
            "--log.level",
            "warn",
            "inspect",
            "--log.format=json",
            "a.wasm",
        ],
        &["--", "inspect", "a.wasm"],
    ] {
        assert_eq!(config(args).command, inspect("a.wasm"), "{args:?}");
    }
}

#[test]
fn commands_have_their_own_arguments_and_flags() {
    assert_eq!(
        config(&["inspect", "a.wasm", "b.wasm"]).command,
        Command::Inspect {
            module: "a.wasm".into(),
            new: Some("b.wasm".into())
        }
    );
    let quiet = |is_quiet| Command::CheckConfig { is_quiet };
    assert_eq!(config(&["check-config"]).command, quiet(false));
    assert_eq!(config(&["check-config", "--quiet"]).command, quiet(true));
    let approve = |used, write: Option<&str>| {
        Command::Approve(ApproveArgs {
            module: "a.wasm".into(),
            used,
            write: write.map(PathBuf::from),
        })
    };
    assert_eq!(config(&["approve", "a.wasm"]).command, approve(None, None));
    let used = RunArgs {
        module: "a.wasm".into(),
        grants: vec!["uname".to_owned()],
        options: Vec::new(),
        repeat: 1,
        record: None,
        replay: Some("/r".into()),
    };
    let words = [
        "approve",
        "a.wasm",
        "--used",
        "--grant=uname",
        "--replay=/r",
        "--write=f.yaml",
    ];
    assert_eq!(config(&words).command, approve(Some(used), Some("f.yaml")));
    let run = config(&[
        "--grant=/proc/stat",
        "run",
        "a.wasm",
        "--grant",
        "system",
        "--option=a=b=c",
        "--repeat=3",
        "--record=/r",
    ]);
    let wanted = RunArgs {
        module: "a.wasm".into(),
        grants: vec!["/proc/stat".to_owned(), "system".to_owned()],
        options: vec![("a".to_owned(), "b=c".to_owned())],
        repeat: 3,
        record: Some("/r".into()),
        replay: None,
    };
    assert_eq!(run.command, Command::Run(wanted));
    let new = config(&["new", "smart", "/tmp/smart", "--language=python"]);
    let wanted = firepit_scaffold::Request {
        name: "smart".to_owned(),
        directory: Some("/tmp/smart".into()),
        language: firepit_scaffold::Language::Python,
    };
    assert_eq!(new.command, Command::New(wanted));
}

#[test]
fn flags_from_a_file_equal_flags_of_the_command_line() {
    let name = format!("firepit-flags-{}", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, "# ours\n--no-collector.cpu\n--log.level\ndebug\n").unwrap();
    let got = config(&[&format!("@{}", file.display()), "scrape"]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(
        (got.command, got.log.level),
        (Command::Scrape, tracing::Level::DEBUG)
    );
    assert_eq!(got.choices.collectors["cpu"].enabled, Some(false));
}

#[test]
fn the_definition_of_the_flags_is_sound() {
    for builtin in [builtin(), Vec::new()] {
        flags::command(&builtin, &unsupported::flags(&builtin)).debug_assert();
    }
}
