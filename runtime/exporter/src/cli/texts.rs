//! Command lines that only ask for a text: `--help` with its topics, and the spellings of kingpin, the
//! parser of node_exporter's command line, that scripts for node_exporter use.
//!
//! clap would check the rest of the line first, and has no topics; so these flags are found before. No
//! value begins with a dash unless it follows a `=`, so such an argument is the flag.

use std::ffi::OsString;
use std::io;

use super::UsageError;
use super::completion::{self, Shell};
use super::help::{self, Topic};
use super::manual;
use firepit_sandbox::descriptor::Descriptor;

/// Width of the texts, unless the terminal is narrower.
const MAX_WIDTH: usize = 100;
/// Minimum width, however narrow the terminal is.
const MIN_WIDTH: usize = 60;

/// A text that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    Help(Topic),
    Manual,
    Completion(Shell),
    /// The flags, one a line, as the completions of kingpin read them.
    Flags,
}

/// The first request in arguments without the program's name.
pub(super) fn requested(args: &[OsString]) -> Option<Request> {
    let words = args.iter().take_while(|arg| *arg != "--");
    let mut words = words.map(|arg| arg.to_str().unwrap_or_default());
    let mut command = None;
    while let Some(word) = words.next() {
        let request = match word {
            "--help-all" | "--help-long" => Request::Help(Topic::All),
            "--help-man" => Request::Manual,
            "--completion-script-bash" => Request::Completion(Shell::Bash),
            "--completion-script-zsh" => Request::Completion(Shell::Zsh),
            "--completion-bash" => Request::Flags,
            "-h" | "--help" => {
                let topic = words.next().filter(|next| !next.starts_with('-'));
                Request::Help(match topic.or(command) {
                    Some(topic) => Topic::Named(topic.to_owned()),
                    None => Topic::Overview,
                })
            }
            word => match word.strip_prefix("--help=") {
                Some(topic) => Request::Help(Topic::Named(topic.to_owned())),
                None => {
                    command = command.or(super::commands::is_command(word).then_some(word));
                    continue;
                }
            },
        };
        return Some(request);
    }
    None
}

/// The text.
///
/// # Errors
/// There is no such topic.
pub(super) fn text(request: &Request, collectors: &[Descriptor]) -> Result<String, UsageError> {
    Ok(match request {
        Request::Help(topic) => help::text(topic, collectors, width())?,
        Request::Manual => manual::page(collectors),
        Request::Completion(shell) => shell.script(collectors),
        Request::Flags => completion::flags(collectors),
    })
}

/// The width of the terminal that the text goes to.
fn width() -> usize {
    let columns = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| size.ws_col);
    match usize::from(columns) {
        0 => MAX_WIDTH,
        columns => columns.clamp(MIN_WIDTH, MAX_WIDTH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str]) -> Option<Request> {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        requested(&args)
    }

    #[test]
    fn help_request_is_found_at_any_position() {
        let named = |topic: &str| Some(Request::Help(Topic::Named(topic.to_owned())));
        let overview = Some(Request::Help(Topic::Overview));
        for (args, wanted) in [
            (&["--help"][..], overview.clone()),
            (&["-h"], overview.clone()),
            (&["--no.such.flag", "--help", "--other"], overview),
            (&["--help", "cpu"], named("cpu")),
            (&["--help=cpu", "scrape"], named("cpu")),
            (&["run", "a.wasm", "--help"], named("run")),
            (&["run", "--help", "web"], named("web")),
            (&["--help-all"], Some(Request::Help(Topic::All))),
            (&["--help-long"], Some(Request::Help(Topic::All))),
            (&["--help-man"], Some(Request::Manual)),
            (
                &["--completion-script-zsh"],
                Some(Request::Completion(Shell::Zsh)),
            ),
            (&["--completion-bash", "--help"], Some(Request::Flags)),
            (&[], None),
            (&["--", "--help"], None),
            (&["--log.format=--help"], None),
            (&["--helpful"], None),
        ] {
            assert_eq!(of(args), wanted, "{args:?}");
        }
    }
}
