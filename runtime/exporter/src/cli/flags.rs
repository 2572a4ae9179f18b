//! The whole command line for clap, and the flags that do not depend on the collectors.

use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser as _, ValueParser};
use clap::{Arg, ArgAction, Command, value_parser};

use super::args::{switch, valued};
use super::unsupported::UnsupportedFlag;
use super::{collectors, commands, paths, prescan, shares, version};
use crate::values;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::limits::Limits;

use crate::memory::TotalLimits;

/// Head of `--help`. Its usage lines replace clap's, which would not list the commands.
const TEMPLATE: &str = "\
firepit serves metrics of this host to Prometheus. Its collectors are sandboxed WebAssembly modules.

Usage:
  firepit [FLAGS]                      serve metrics over HTTP
  firepit scrape [FLAGS]               print one metrics response to stdout
  firepit inspect MODULE.wasm          print what a module is and what it asks for; grants nothing
  firepit inspect OLD.wasm NEW.wasm    print how two versions of a module differ
  firepit approve MODULE.wasm          print the config entry that lets a module run
  firepit approve MODULE.wasm --write FILE
                                       put that entry into the file; with --used, grant only what
                                       a run of the module uses
  firepit check-config [FLAGS]         validate flags, config and modules, then exit
  firepit run MODULE.wasm              run one module by hand, and print what it did
  firepit new NAME [DIRECTORY]         write the project of a new collector

Write a flag as --flag=VALUE or --flag VALUE. A flag without a value has a negated form, such as
--no-collector.cpu. An argument @FILE stands for the lines of FILE, one argument each; empty lines
and lines that begin with # are ignored.

{all-args}";

/// The whole command line.
pub(super) fn command(descriptors: &[Descriptor], unsupported: &[UnsupportedFlag]) -> Command {
    Command::new("firepit")
        // `--version` begins as node_exporter's does: with a comma after the name.
        .display_name("firepit,")
        .version(version::text())
        .override_usage("firepit [FLAGS] [COMMAND]")
        .help_template(TEMPLATE)
        .max_term_width(100)
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(commands::words())
        .next_help_heading("Web")
        .args(web(&TotalLimits::default()))
        .next_help_heading("Paths")
        .args(paths())
        .next_help_heading("Scrape")
        .args(scrape(&TotalLimits::default()))
        .args(shares::scrape())
        .next_help_heading("Sandbox, for each collector and scrape")
        .args(sandbox(&Limits::default()))
        .args(shares::sandbox())
        .next_help_heading("Sandbox, for all collectors together")
        .args([total_memory(&TotalLimits::default())])
        .next_help_heading("Logging")
        .args(logging())
        .next_help_heading("Other")
        .args(other())
        .next_help_heading("Modules")
        .args(modules())
        .next_help_heading("Command-specific flags")
        .args(commands::flags())
        .next_help_heading("Collectors")
        .args(disable_defaults())
        .args(collectors::toggles(descriptors))
        .next_help_heading("Options of collectors")
        .args(collectors::options(descriptors))
        .args(unsupported.iter().flat_map(UnsupportedFlag::args))
}

fn web(totals: &TotalLimits) -> Vec<Arg> {
    let listen = valued("web.listen-address", "ADDRESS", ":9100", paths::listen)
        .action(ArgAction::Append)
        .help(
            "Addresses on which to expose metrics and web interface. Repeatable for \
             multiple addresses. Examples: `:9100` or `[::1]:9100` for http, `vsock://:9100` for \
             vsock, `unix:/run/firepit/firepit.sock` for a Unix socket",
        );
    let socket_mode = valued(
        "web.unix-socket-mode",
        "MODE",
        "0660",
        paths::socket_mode,
    )
    .help(
        "Permissions of the Unix sockets to listen on, in octal digits. The owner is firepit's user, the \
         group its group; to connect, a client needs write permission.",
    );
    let path = valued(
        "web.telemetry-path",
        "PATH",
        "/metrics",
        paths::telemetry_path,
    )
    .help("Path under which to expose metrics.");
    let requests = valued("web.max-requests", "NUMBER", "40", values::max_requests)
        .help("Maximum number of parallel scrape requests. Use 0 to disable.");
    let in_flight = valued(
        "web.max-in-flight-bytes",
        "BYTES",
        values::show_bytes(totals.in_flight_bytes as u64),
        values::page_size,
    )
    .help(
        "Maximum memory of all responses that are being built or not yet read by clients. Scrapes \
         beyond it get status 503.",
    );
    let own = switch(
        "web.disable-exporter-metrics",
        "Exclude metrics about the exporter itself (firepit_*, promhttp_*, process_*).",
    );
    let own_metrics = valued("web.self-metrics", "AMOUNT", "lean", values::self_metrics).help(
        "Detail of the metrics about each built-in collector: what alerts need (lean), or \
         everything, as on the page /self below the telemetry path (full). One of: [lean, full]",
    );
    let lifecycle = switch(
        "web.enable-lifecycle",
        "Enable shutdown and reload via HTTP request: POST to /-/quit and /-/reload.",
    );
    // Known to clap, so that the error can say more than "unexpected argument".
    let config = Arg::new("web.config.file")
        .long("web.config.file")
        .hide(true);
    let socket = switch(
        "web.systemd-socket",
        "Use systemd socket activation listeners instead of port listeners.",
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
    .chain(lifecycle)
    .chain(socket)
    .collect()
}

fn paths() -> Vec<Arg> {
    [
        ("path.procfs", "/proc", "procfs mountpoint."),
        ("path.sysfs", "/sys", "sysfs mountpoint."),
        ("path.rootfs", "/", "rootfs mountpoint."),
        ("path.udev.data", "/run/udev/data", "udev data path."),
    ]
    .map(|(name, default, help)| {
        let parser = OsStringValueParser::new().try_map(|path| paths::clean(Path::new(&path)));
        valued(name, "PATH", default, ValueParser::new(parser)).help(help)
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
    .help(
        "Timeout of requests without the header \
         X-Prometheus-Scrape-Timeout-Seconds.",
    );
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
    vec![timeout, offset, page]
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
            "Maximum work of a collector. A unit is about one WebAssembly instruction; reading \
             files is charged too. The built-in textfile collector gets four times as much.",
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
        .help("Maximum number of files and directories that a collector opens."),
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
        .help("Maximum bytes that a collector logs; the rest is dropped."),
        valued("sandbox.recycle-every", "SCRAPES", "0", value_parser!(u64)).help(
            "Replace a collector's instance after this many scrapes. Use 0 for never; \
             a failure always replaces it.",
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
        "Maximum memory of all third-party modules together: their instances, their handles, and \
         their output until the response is built.",
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
            .value_parser(ValueParser::new(parser))
    };
    [
        path(prescan::DIRECTORY)
            .action(ArgAction::Append)
            .help(format!(
                "Directory of third-party modules (*.wasm) to run beside the built-in collectors. \
                 Repeatable. Watched for changes. [default: {}, once it exists]",
                prescan::DEFAULT_DIRECTORY
            )),
        path(prescan::CONFIG).help("Config file of the collectors (YAML). Watched for changes."),
        valued(prescan::UNTRUSTED, "POLICY", "ask", prescan::untrusted).help(
            "Policy for modules that are not in the config file: run with default grants (below /proc \
             and /sys), for trying things out; wait until the file approves them; or do not load. \
             One of: [allow, ask, deny]",
        ),
        path(prescan::CACHE).help(
            "Directory for compiled modules, accessible to this user only. Reused by the next start. \
             [default: $CACHE_DIRECTORY, $XDG_CACHE_HOME/firepit or ~/.cache/firepit]",
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
    [
        valued("log.level", "LEVEL", "info", values::level).help(
            "Only log messages with the given severity or above. One of: [debug, info, \
             warn, error]",
        ),
        valued("log.format", "FORMAT", "logfmt", values::format)
            .help("Output format of log messages. One of: [logfmt, json]"),
    ]
}

fn other() -> Vec<Arg> {
    let processors = Arg::new("runtime.gomaxprocs")
        .long("runtime.gomaxprocs")
        .hide(true);
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("Show this help.");
    let version = Arg::new("version")
        .long("version")
        .action(ArgAction::Version)
        .help("Show application version.");
    vec![help, version, processors]
}
