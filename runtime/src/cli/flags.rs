//! The whole command line for clap, and the flags that do not depend on the collectors.

use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser as _, ValueParser};
use clap::{Arg, ArgAction, Command, value_parser};

use super::args::{switch, valued};
use super::foreign::ForeignFlag;
use super::{collectors, modules, place, shares, value, version, words};
use crate::descriptor::Descriptor;
use crate::limits::{Limits, TotalLimits};

/// What `--help` begins with; its usage lines stand in the place of clap's, which would not tell
/// the commands from other words.
const TEMPLATE: &str = "\
firepit shows metrics of this host to Prometheus, made by WebAssembly collectors in a sandbox.

Usage:
  firepit [FLAGS]                      serve metrics over HTTP
  firepit scrape [FLAGS]               print one exposition to stdout
  firepit inspect MODULE.wasm          tell what a module is and asks for, without giving it any
  firepit inspect OLD.wasm NEW.wasm    tell how two versions of a module differ
  firepit approve MODULE.wasm          print the entry of the configuration file that lets it run
  firepit approve MODULE.wasm --write FILE
                                       put that entry into the file; with --used only what it used
  firepit check-config [FLAGS]         tell whether everything would start, and end
  firepit run MODULE.wasm              run one module by hand, and tell what it did
  firepit new NAME [DIRECTORY]         write the project of a new collector

A flag is written --flag=VALUE or --flag VALUE. One without a value has a twin that switches it
off: --no-collector.cpu. An argument @FILE stands for the lines of FILE, one argument in each;
empty lines and lines that begin with # are left out.

{all-args}";

/// The whole command line.
pub(super) fn command(descriptors: &[Descriptor], foreign: &[ForeignFlag]) -> Command {
    Command::new("firepit")
        // `--version` is to begin as node_exporter's does: with a comma after the name.
        .display_name("firepit,")
        .version(version::text())
        .override_usage("firepit [FLAGS] [COMMAND]")
        .help_template(TEMPLATE)
        .max_term_width(100)
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(words::words())
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
        .next_help_heading("Of single commands")
        .args(words::flags())
        .next_help_heading("Collectors")
        .args(disable_defaults())
        .args(collectors::toggles(descriptors))
        .next_help_heading("Options of collectors")
        .args(collectors::options(descriptors))
        .args(foreign.iter().flat_map(ForeignFlag::args))
}

fn web(totals: &TotalLimits) -> Vec<Arg> {
    let listen = valued("web.listen-address", "ADDRESS", ":9100", place::listen)
        .action(ArgAction::Append)
        .help(
            "Addresses on which to expose metrics and web interface. Repeatable for \
             multiple addresses. Examples: `:9100` or `[::1]:9100`",
        );
    let path = valued(
        "web.telemetry-path",
        "PATH",
        "/metrics",
        place::telemetry_path,
    )
    .help("Path under which to expose metrics.");
    let requests = valued("web.max-requests", "NUMBER", "40", value::max_requests)
        .help("Maximum number of parallel scrape requests. Use 0 to disable.");
    let in_flight = valued(
        "web.max-in-flight-bytes",
        "BYTES",
        value::show_bytes(totals.in_flight_bytes as u64),
        value::page_size,
    )
    .help(
        "Memory of all pages that are being made, or that clients have not read yet. A scrape \
         beyond it is answered with status 503.",
    );
    let own = switch(
        "web.disable-exporter-metrics",
        "Exclude metrics about the exporter itself (firepit_*, promhttp_*, process_*).",
    );
    let own_metrics = valued("web.self-metrics", "AMOUNT", "lean", value::self_metrics).help(
        "How much the metrics about the exporter itself tell of each built-in collector: what \
         alerts need, or everything, as on the page /self below the telemetry path. One of: \
         [lean, full]",
    );
    let lifecycle = switch(
        "web.enable-lifecycle",
        "Enable shutdown and reload via HTTP request: POST to /-/quit and /-/reload.",
    );
    // Known, so that the refusal can say more than that there is no such flag.
    let config = Arg::new("web.config.file")
        .long("web.config.file")
        .hide(true);
    let socket = switch("web.systemd-socket", "").map(|arg| arg.hide(true));
    [listen, path, requests, in_flight, own_metrics, config]
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
        let parser = OsStringValueParser::new().try_map(|path| place::clean(Path::new(&path)));
        valued(name, "PATH", default, ValueParser::new(parser)).help(help)
    })
    .into()
}

fn scrape(totals: &TotalLimits) -> Vec<Arg> {
    let timeout = valued(
        "scrape.timeout",
        "DURATION",
        "10s",
        value::positive_duration,
    )
    .help(
        "Time for a scrape whose request states none in \
         X-Prometheus-Scrape-Timeout-Seconds.",
    );
    let offset = valued(
        "scrape.timeout-offset",
        "DURATION",
        "500ms",
        value::duration,
    )
    .help(
        "How much earlier than the request's timeout the page is answered with what \
         there is by then.",
    );
    let page = valued(
        "scrape.max-page-bytes",
        "BYTES",
        value::show_bytes(totals.page_bytes as u64),
        value::page_size,
    )
    .help(
        "Size of a page. What does not fit is left out, family by family: first what comes from \
         modules that are not built in.",
    );
    vec![timeout, offset, page]
}

fn sandbox(limits: &Limits) -> Vec<Arg> {
    let show = |bytes: usize| value::show_bytes(bytes as u64);
    let fresh = switch(
        "sandbox.fresh",
        "Make a fresh instance of each collector for every scrape.",
    );
    let mut args = vec![
        valued(
            "sandbox.fuel",
            "UNITS",
            limits.fuel.to_string(),
            value::count,
        )
        .help(
            "Work that a collector may do; a unit is about one WebAssembly instruction, \
             and reading files costs too. The built-in textfile has four times as much.",
        ),
        valued(
            "sandbox.deadline",
            "DURATION",
            format!("{:?}", limits.deadline),
            value::positive_duration,
        )
        .help("Time that a collector may take."),
        valued(
            "sandbox.memory",
            "BYTES",
            show(limits.memory_bytes),
            value::memory,
        )
        .help("Memory that a collector may have."),
        valued(
            "sandbox.files",
            "NUMBER",
            limits.files_opened.to_string(),
            value::count,
        )
        .help("Files and directories that a collector may open."),
        valued(
            "sandbox.bytes-read",
            "BYTES",
            value::show_bytes(limits.bytes_read),
            value::bytes,
        )
        .help("Bytes that a collector may read from files, all together."),
        valued(
            "sandbox.file-bytes",
            "BYTES",
            show(limits.file_bytes),
            value::size,
        )
        .help("Size of a file up to which a collector may read it."),
        valued(
            "sandbox.series",
            "NUMBER",
            limits.series.to_string(),
            value::amount,
        )
        .help("Series that a collector may emit."),
        valued(
            "sandbox.output-bytes",
            "BYTES",
            show(limits.output_bytes),
            value::size,
        )
        .help("Bytes that what a collector emits may take on the page."),
        valued(
            "sandbox.log-bytes",
            "BYTES",
            show(limits.log_bytes),
            value::size,
        )
        .help("Bytes that a collector may log; what is beyond is dropped."),
        valued("sandbox.recycle-every", "SCRAPES", "0", value_parser!(u64)).help(
            "Replace a collector's instance after so many scrapes. Use 0 for never; \
             after a failure it is replaced in any case.",
        ),
    ];
    args.extend(fresh);
    args
}

fn total_memory(totals: &TotalLimits) -> Arg {
    valued(
        "sandbox.total-memory",
        "BYTES",
        value::show_bytes(totals.modules_bytes as u64),
        value::size,
    )
    .help(
        "Memory of all collectors together that are not built in: what their instances have, what \
         their handles hold, and what they emitted until the page is made.",
    )
}

fn modules() -> [Arg; 4] {
    let path = |name| {
        let parser = OsStringValueParser::new().try_map(|path| match path.is_empty() {
            true => Err(place::PlaceError::EmptyPath),
            false => Ok(PathBuf::from(path)),
        });
        Arg::new(name)
            .long(name)
            .value_name("PATH")
            .value_parser(ValueParser::new(parser))
    };
    [
        path(modules::DIRECTORY)
            .action(ArgAction::Append)
            .help(format!(
                "Directory of modules (*.wasm) to run as collectors beside the built-in ones. \
                 Repeatable. Watched for changes. [default: {}, as soon as it exists]",
                modules::DEFAULT_DIRECTORY
            )),
        path(modules::CONFIG).help("Configuration file of collectors (YAML). Watched for changes."),
        valued(modules::UNTRUSTED, "POLICY", "ask", modules::untrusted).help(
            "What is done with a module that the configuration file says nothing of: run it with \
             what it declares below /proc and /sys (to try things out), hold it back until the \
             file approves it, or do not look into it. One of: [allow, ask, deny]",
        ),
        path(modules::CACHE).help(
            "Directory, open to this user only, that keeps compiled modules for the next start. \
             [default: $CACHE_DIRECTORY, $XDG_CACHE_HOME/firepit or ~/.cache/firepit]",
        ),
    ]
}

fn disable_defaults() -> [Arg; 2] {
    switch(
        "collector.disable-defaults",
        "Set all collectors to disabled by default: those run that are switched on by name.",
    )
}

fn logging() -> [Arg; 2] {
    [
        valued("log.level", "LEVEL", "info", value::level).help(
            "Only log messages with the given severity or above. One of: [debug, info, \
             warn, error]",
        ),
        valued("log.format", "FORMAT", "logfmt", value::format)
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
