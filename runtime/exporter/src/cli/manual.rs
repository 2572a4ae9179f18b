//! The manual page. `clap_mangen` writes the sections about flags, one for each heading.

use std::io::{self, Write as _};

use clap::Arg;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::commands::CommandName;
use super::flags;
use super::prescan::DEFAULT_DIRECTORY;
use crate::build_info::BUILD;
use firepit_sandbox::descriptor::Descriptor;

const ABOUT: &str = "serve metrics of this host to Prometheus";

/// The page in the language of roff.
pub(super) fn page(collectors: &[Descriptor]) -> String {
    let command = flags::command(collectors, &[]);
    let description = command.get_about().map(ToString::to_string);
    let command = command
        .display_name("firepit")
        .version(BUILD.version)
        .about(ABOUT)
        .mut_args(with_choices);
    let man = Man::new(command);
    let mut page = Vec::new();
    match write(&man, &description.unwrap_or_default(), &mut page) {
        Ok(()) => String::from_utf8_lossy(&page).into_owned(),
        // Memory takes everything.
        Err(error) => error.to_string(),
    }
}

/// Names the words that a flag accepts in its text: the list that they have otherwise makes mandoc warn.
fn with_choices(arg: Arg) -> Arg {
    let choices = arg.get_possible_values();
    let choices: Vec<&str> = choices.iter().map(|choice| choice.get_name()).collect();
    if choices.is_empty() || !arg.get_action().takes_values() {
        return arg;
    }
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let help = format!("{help} One of: {}.", choices.join(", "));
    arg.hide_possible_values(true).help(help)
}

fn write(man: &Man, description: &str, page: &mut Vec<u8>) -> io::Result<()> {
    // The title of `clap_mangen` has no place for an unknown date. Lines are not stretched: a default
    // value can be a long word.
    writeln!(
        page,
        ".TH firepit 1 \"\" \"firepit {}\" firepit\n.ad l",
        BUILD.version
    )?;
    man.render_name_section(page)?;
    opening(description).to_writer(page)?;
    commands().to_writer(page)?;
    man.render_options_section(page)?;
    closing().to_writer(page)
}

fn opening(description: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([
        bold("firepit"),
        roman(" ["),
        italic("FLAGS"),
        roman("] ["),
        italic("COMMAND"),
        roman("]"),
    ]);
    roff.control("SH", ["DESCRIPTION"]);
    roff.text([roman(description)]);
    roff.control("PP", []);
    roff.text([
        roman("Without a command, firepit serves metrics over HTTP. Write a flag as "),
        bold("--flag=VALUE"),
        roman(" or "),
        bold("--flag VALUE"),
        roman(". A flag without a value has a negated form, such as "),
        bold("--no-collector.cpu"),
        roman(". An argument "),
        bold("@FILE"),
        roman(
            " stands for the lines of FILE, one argument each; empty lines and lines that begin \
             with # are ignored.",
        ),
    ]);
    roff
}

fn commands() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for command in CommandName::all() {
        roff.control("TP", []);
        roff.text([bold(command.usage())]);
        roff.text([roman(command.about())]);
    }
    roff
}

fn closing() -> Roff {
    let mut roff = Roff::new();
    section(
        &mut roff,
        "SIGNALS",
        &[
            ("SIGHUP", "reload the config file and the modules"),
            (
                "SIGTERM, SIGINT",
                "accept no new connections, drain the running requests, exit",
            ),
        ],
    );
    section(
        &mut roff,
        "EXIT STATUS",
        &[
            ("0", "success"),
            ("1", "a failure; with diff, a difference"),
            ("2", "a wrong command line or config file"),
        ],
    );
    section(
        &mut roff,
        "ENVIRONMENT",
        &[
            (
                "NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID",
                "where the service manager listens for states, and how often it expects a watchdog notification",
            ),
            (
                "LISTEN_FDS, LISTEN_PID",
                "sockets to serve on with --web.systemd-socket",
            ),
            ("CACHE_DIRECTORY", "directory for compiled modules"),
            ("GOMAXPROCS", "default of --runtime.gomaxprocs"),
        ],
    );
    section(
        &mut roff,
        "FILES",
        &[(
            DEFAULT_DIRECTORY,
            "third-party modules, as soon as it exists",
        )],
    );
    roff
}

fn section(roff: &mut Roff, title: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [title]);
    for (term, text) in rows {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*text)]);
    }
}
