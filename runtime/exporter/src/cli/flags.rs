//! The whole command line for clap, and the flags that do not depend on the collectors.

use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser as _, ValueParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};

use super::args::{choice, switch, uncommon, valued};
use super::unsupported::UnsupportedFlag;
use super::{collectors, commands, metrics, paths, prescan, shares, version};
use crate::values;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::limits::Limits;

use crate::memory::TotalLimits;

/// The program in two sentences.
pub(super) const ABOUT: &str = "firepit serves metrics of this host to Prometheus. Its collectors \
    are sandboxed WebAssembly modules.";

/// The whole command line. The headings are the topics of `--help`.
pub(super) fn command(descriptors: &[Descriptor], unsupported: &[UnsupportedFlag]) -> Command {
    Command::new("firepit")
        // `--version` begins as node_exporter's does: with a comma after the name.
        .display_name("firepit,")
        .version(version::text())
        .override_usage("firepit [FLAGS] [COMMAND]")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .about(ABOUT)
        .args(commands::words())
        .next_help_heading("Web")
        .args(web(&TotalLimits::default()))
        .next_help_heading("Paths")
        .args(paths())
        .next_help_heading("Modules")
        .args(modules())
        .next_help_heading("Collectors")
        .args(disable_defaults())
        .next_help_heading("Log")
        .args(logging())
        .next_help_heading("Scrape")
        .args(scrape(&TotalLimits::default()))
        .args(shares::scrape())
        .next_help_heading("Metrics")
        .args(metrics::flags())
        .next_help_heading("Sandbox")
        .args(sandbox(&Limits::default()))
        .args(shares::sandbox())
        .args([total_memory(&TotalLimits::default())])
        .next_help_heading("Commands")
        .args(commands::flags())
        .next_help_heading("Help")
        .args(help())
        .args(collectors::args(descriptors))
        .args(unsupported.iter().flat_map(UnsupportedFlag::args))
}

fn web(totals: &TotalLimits) -> Vec<Arg> {
    let listen = valued("web.listen-address", "ADDRESS", ":9100", paths::listen)
        .action(ArgAction::Append)
        .help(
            "Addresses on which to expose metrics and web interface. Repeatable for multiple \
             addresses. Examples: `:9100`, `localhost:9100` or `[::1]:9100` for HTTP, \
             `vsock://:9100` for vsock, `unix:/run/firepit/firepit.sock` for a Unix socket.",
        );
    let socket_mode = uncommon(
        valued("web.unix-socket-mode", "MODE", "0660", paths::socket_mode),
        "Permissions of the Unix sockets to listen on, in octal digits. The owner is firepit's user, \
         the group its group; to connect, a client needs write permission.",
    );
    let path = valued(
        "web.telemetry-path",
        "PATH",
        "/metrics",
        paths::telemetry_path,
    )
    .help("Path under which to expose metrics.");
    let requests = valued("web.max-requests", "NUMBER", "40", values::max_requests).help(
        "Maximum number of parallel scrape requests. Further ones get status 503. Use 0 to \
             disable. A scrape counts until its response is written. One address may have seven \
             eighths of them.",
    );
    let in_flight = valued(
        "web.max-in-flight-bytes",
        "BYTES",
        values::show_bytes(totals.in_flight_bytes as u64),
        values::page_size,
    );
    let in_flight = uncommon(
        in_flight,
        "Maximum memory of all responses that are being built or not yet read. For a scrape beyond \
         it, firepit disconnects a client that does not read; if there is none, it answers 503.",
    );
    let own = switch(
        "web.disable-exporter-metrics",
        "Exclude metrics about the exporter itself. They are `firepit_*`, `promhttp_*` and \
         `process_*`.",
    );
    let amounts = ["lean", "full"];
    let own_metrics = choice(
        "web.self-metrics",
        "AMOUNT",
        "lean",
        &amounts,
        values::self_metrics,
    );
    let own_metrics = uncommon(
        own_metrics,
        "Detail of the metrics about each built-in collector. `lean` has the metrics that alerts \
         need. `full` adds the cost of each collector, 11 series more for each, and one for each \
         without data; they are also on the page `/self` below the telemetry path.",
    );
    let lifecycle = switch(
        "web.enable-lifecycle",
        "Enable shutdown and reload by HTTP request. They are POST to `/-/quit` and `/-/reload`.",
    );
    let openmetrics = switch(
        "web.enable-openmetrics",
        "Offer the OpenMetrics format beside the text format and protobuf. A Prometheus that prefers \
         it then stores some metric types and label values differently.",
    );
    let config = Arg::new("web.config.file")
        .long("web.config.file")
        .value_name("PATH")
        .value_hint(ValueHint::FilePath)
        .value_parser(ValueParser::new(
            OsStringValueParser::new().map(PathBuf::from),
        ))
        .help(
            "Path to configuration file that can enable TLS or authentication. It has the schema of \
             Prometheus' exporter-toolkit, and can set headers and rate limits too.",
        );
    let [health, no_health] = switch("web.open-health-endpoints", "");
    let health = uncommon(
        health,
        "Answer `/-/healthy` and `/-/ready` without the authentication and the rate limits of \
         `--web.config.file`.",
    );
    let socket = switch(
        "web.systemd-socket",
        "Listen on the sockets that systemd passes. firepit then ignores `--web.listen-address`.",
    );
    [
        listen,
        socket_mode,
        path,
        requests,
        in_flight,
        own_metrics,
        config,
    ]
    .into_iter()
    .chain(own)
    .chain(openmetrics)
    .chain(lifecycle)
    .chain([health, no_health])
    .chain(socket)
    .collect()
}

fn paths() -> Vec<Arg> {
    [
        (
            "path.procfs",
            "/proc",
            "procfs mountpoint. Collectors see it as `/proc`.",
        ),
        (
            "path.sysfs",
            "/sys",
            "sysfs mountpoint. Collectors see it as `/sys`.",
        ),
        (
            "path.rootfs",
            "/",
            "rootfs mountpoint. Collectors see it as `/rootfs`.",
        ),
        (
            "path.udev.data",
            "/run/udev/data",
            "udev data path. Collectors see it as `/udev`.",
        ),
    ]
    .map(|(name, default, help)| {
        let parser = OsStringValueParser::new().try_map(|path| paths::clean(Path::new(&path)));
        valued(name, "PATH", default, ValueParser::new(parser))
            .value_hint(ValueHint::DirPath)
            .help(help)
    })
    .into()
}

fn scrape(totals: &TotalLimits) -> Vec<Arg> {
    let timeout = valued(
        "scrape.timeout",
        "DURATION",
        "10s",
        values::positive_duration,
    )
    .help("Timeout of requests without the header `X-Prometheus-Scrape-Timeout-Seconds`.");
    let offset = valued(
        "scrape.timeout-offset",
        "DURATION",
        "500ms",
        values::duration,
    )
    .help(
        "How much earlier than the scraper's timeout to answer, with the metrics that are \
         ready by then.",
    );
    let page = valued(
        "scrape.max-page-bytes",
        "BYTES",
        values::show_bytes(totals.page_bytes as u64),
        values::page_size,
    )
    .help(
        "Maximum size of a response. What does not fit is dropped, family by family, those of \
         third-party modules first.",
    );
    vec![timeout, offset, page, processors()]
}

fn sandbox(limits: &Limits) -> Vec<Arg> {
    let show = |bytes: usize| values::show_bytes(bytes as u64);
    let fresh = switch(
        "sandbox.fresh",
        "Create a fresh instance of each collector for every scrape.",
    );
    let mut args = vec![
        valued(
            "sandbox.fuel",
            "UNITS",
            limits.fuel.to_string(),
            values::count,
        )
        .help(
            "Maximum work of a collector. A unit of fuel is about one WebAssembly instruction; the \
             work of the host, such as reading files, is charged too. The built-in textfile \
             collector gets four times as much.",
        ),
        valued(
            "sandbox.deadline",
            "DURATION",
            format!("{:?}", limits.deadline),
            values::positive_duration,
        )
        .help("Maximum wall time of a collector."),
        valued(
            "sandbox.memory",
            "BYTES",
            show(limits.memory_bytes),
            values::memory,
        )
        .help("Maximum memory of a collector."),
        valued(
            "sandbox.files",
            "NUMBER",
            limits.files_opened.to_string(),
            values::count,
        )
        .help("Maximum number of files and directories that a collector opens or asks for."),
        valued(
            "sandbox.bytes-read",
            "BYTES",
            values::show_bytes(limits.bytes_read),
            values::bytes,
        )
        .help("Maximum total of bytes that a collector reads from files."),
        valued(
            "sandbox.file-bytes",
            "BYTES",
            show(limits.file_bytes),
            values::size,
        )
        .help("Maximum size of a single file that a collector reads."),
        valued(
            "sandbox.connections",
            "NUMBER",
            limits.connections.to_string(),
            values::count,
        )
        .help("Maximum number of connections and datagrams that a collector begins."),
        valued(
            "sandbox.connection-bytes",
            "BYTES",
            values::show_bytes(limits.connection_bytes),
            values::bytes,
        )
        .help("Maximum total of bytes that a collector sends and receives."),
        valued(
            "sandbox.connect-timeout",
            "DURATION",
            format!("{:?}", limits.connect_timeout),
            values::positive_duration,
        )
        .help("Maximum time that a connection of a collector takes to open."),
        valued(
            "sandbox.counters",
            "NUMBER",
            limits.counters.to_string(),
            values::amount,
        )
        .help("Maximum number of performance counters that a collector has open."),
        valued(
            "sandbox.series",
            "NUMBER",
            limits.series.to_string(),
            values::amount,
        )
        .help("Maximum number of series that a collector emits."),
        valued(
            "sandbox.output-bytes",
            "BYTES",
            show(limits.output_bytes),
            values::size,
        )
        .help("Maximum bytes of a collector's output in the response."),
        valued(
            "sandbox.log-bytes",
            "BYTES",
            show(limits.log_bytes),
            values::size,
        )
        .help(
            "Maximum bytes that a collector writes to log, stdout and stderr; the rest is dropped.",
        ),
        valued("sandbox.recycle-every", "SCRAPES", "0", value_parser!(u64)).help(
            "Replace a collector's instance after this many scrapes. Use 0 for never. A failure \
             always replaces it.",
        ),
    ];
    args.extend(fresh);
    args
}

fn total_memory(totals: &TotalLimits) -> Arg {
    valued(
        "sandbox.total-memory",
        "BYTES",
        values::show_bytes(totals.modules_bytes as u64),
        values::size,
    )
    .help(
        "Maximum memory of all third-party modules together. It counts their instances, their \
         handles, and their output until the response is built.",
    )
}

fn modules() -> [Arg; 4] {
    let path = |name| {
        let parser = OsStringValueParser::new().try_map(|path| {
            if path.is_empty() {
                Err(paths::LocationError::EmptyPath)
            } else {
                Ok(PathBuf::from(path))
            }
        });
        Arg::new(name)
            .long(name)
            .value_name("PATH")
            .value_hint(ValueHint::DirPath)
            .value_parser(ValueParser::new(parser))
    };
    [
        path(prescan::CONFIG)
            .value_hint(ValueHint::FilePath)
            .help("Config file of the collectors (YAML). Watched for changes."),
        path(prescan::DIRECTORY)
            .action(ArgAction::Append)
            .help(format!(
                "Directory of third-party modules (`*.wasm`). Repeatable. Watched for changes. \
                 Without the flag it is `{}`, as soon as that exists.",
                prescan::DEFAULT_DIRECTORY
            )),
        choice(
            prescan::UNTRUSTED,
            "POLICY",
            "ask",
            &["allow", "ask", "deny"],
            prescan::untrusted,
        )
        .help(
            "Policy for modules not in the config file. `ask` holds them until the file \
             approves them, `deny` does not compile them, `allow` runs them with the default \
             grants (below `/proc` and `/sys`), for trying things out.",
        ),
        path(prescan::CACHE).help(
            "Directory for compiled modules, for the next start. It has to be accessible to this \
             user only (mode 700). Without the flag it is `$CACHE_DIRECTORY`, \
             `$XDG_CACHE_HOME/firepit` or `~/.cache/firepit`.",
        ),
    ]
}

fn disable_defaults() -> [Arg; 2] {
    switch(
        "collector.disable-defaults",
        "Disable all collectors that are not enabled by name.",
    )
}

fn logging() -> [Arg; 2] {
    let levels = ["debug", "info", "warn", "error"];
    [
        choice("log.level", "LEVEL", "info", &levels, values::level)
            .help("Only log messages of this severity or above."),
        choice(
            "log.format",
            "FORMAT",
            "logfmt",
            &["logfmt", "json"],
            values::format,
        )
        .help("Output format of log messages."),
    ]
}

/// [`super::texts`] answers the first two before clap reads the others; they are defined for the texts.
fn help() -> [Arg; 3] {
    [
        Arg::new("help")
            .short('h')
            .long("help")
            .action(ArgAction::Help)
            .help(
                "Show help. `--help TOPIC` shows the flags of a topic: a heading in lower case, a \
                 command or a collector.",
            ),
        Arg::new("help-all")
            .long("help-all")
            .action(ArgAction::SetTrue)
            .help("Show all flags."),
        Arg::new("version")
            .long("version")
            .action(ArgAction::Version)
            .help("Show application version."),
    ]
}

fn processors() -> Arg {
    Arg::new(prescan::PROCESSORS)
        .long(prescan::PROCESSORS)
        .value_name("NUMBER")
        .value_parser(values::processors)
        .help(
            "Number of threads that run built-in collectors and build responses. Without the flag \
             it is `$GOMAXPROCS`, or the number of CPUs.",
        )
}
