//! The definitions of the command-specific flags.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ValueHint, value_parser};

use crate::cli::args::{choice, switch, valued};
use crate::comparison::{Ignored, Tolerance};
use crate::values;

/// The command-specific flags.
pub(in crate::cli) fn flags() -> Vec<Arg> {
    let path = |name: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("DIRECTORY")
            .value_hint(ValueHint::DirPath)
            .value_parser(value_parser!(PathBuf))
    };
    let mut flags = vec![
        Arg::new("collector")
            .long("collector")
            .value_name("NAME")
            .action(ArgAction::Append)
            .help("scrape: Run this collector only, enabled or not. Repeatable."),
        Arg::new("grant")
            .long("grant")
            .value_name("GRANT")
            .action(ArgAction::Append)
            .help(
                "run, approve --used: Grant a pattern of paths, an address or an interface. A pattern, such \
                 as `/sys/block/*/size`, grants its paths and no others, and an address, such as \
                 `tcp:127.0.0.1:6379`, its service and no others. An interface, such as `uname`, is granted \
                 in addition. Repeatable.",
            ),
        Arg::new("option")
            .long("option")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .value_parser(values::pair)
            .help("run, approve --used: Set an option of the collector. Repeatable."),
        Arg::new("repeat")
            .long("repeat")
            .value_name("NUMBER")
            .default_value("1")
            .value_parser(values::count)
            .help("run, approve --used: Collect this many times."),
        path("record").help(
            "run: Write what the collector reads, and what services answer it, below this directory.",
        ),
        path("replay").help(
            "run, approve --used: Read what --record wrote instead of this host's files and services.",
        ),
        Arg::new("used")
            .long("used")
            .action(ArgAction::SetTrue)
            .help("approve: Run the module once and grant only what it used."),
        Arg::new("write")
            .long("write")
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .value_parser(value_parser!(PathBuf))
            .help("approve: Put the entry into this config file, and leave the rest of it unchanged."),
        choice(
            "language",
            "LANGUAGE",
            "rust",
            &["rust", "python", "c"],
            values::language,
        )
        .help("new: Language of the new collector."),
        valued("timeout", "DURATION", "5s", values::positive_duration)
            .help("health, diff: How long a server may take to answer."),
        valued("tolerance", "PERCENTAGE", "5%", Tolerance::parse)
            .help("diff: How much values may differ from each other."),
        Arg::new("ignore")
            .long("ignore")
            .value_name("REGEXP")
            .action(ArgAction::Append)
            .value_parser(Ignored::parse)
            .help("diff: Leave out families whose whole name matches. Repeatable."),
        valued("lines", "NUMBER", "10", values::amount)
            .help("diff: List at most this many differences of a kind."),
    ];
    flags.extend(switch("quiet", "check-config: Print problems only."));
    flags
}
