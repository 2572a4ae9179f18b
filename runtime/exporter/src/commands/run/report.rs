//! The report of `firepit run` on stderr, in aligned lines.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use firepit::dry_run::{Connected, Outcomes, Paths, Report, Statistics};
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::module::Module;

/// Maximum number of lines in a list.
const MAX_LINES: usize = 100;

/// The report about the runs.
pub(super) fn text(module: &Module, descriptor: &Descriptor, report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, module, descriptor, report);
    text
}

/// The line about a recording.
pub(super) fn recorded(directory: &Path, left_out: u64) -> String {
    let mut text = format!(
        "{:<13} {}\n",
        "recorded",
        visible(&directory.display().to_string())
    );
    if left_out > 0 {
        let _ = writeln!(
            text,
            "{:<13} {left_out} entries were left out because there were too many",
            ""
        );
    }
    text
}

fn write(
    text: &mut String,
    module: &Module,
    descriptor: &Descriptor,
    report: &Report,
) -> fmt::Result {
    let Descriptor { name, version, .. } = descriptor;
    let spent = &report.spent;
    if let Some(fault) = report.fault() {
        line(text, "fault", fault)?;
    }
    let source = visible(&module.source.to_string());
    line(
        text,
        "collector",
        format_args!("{name} {version} ({source})"),
    )?;
    outcomes(text, &report.outcomes, &report.last)?;
    if let Some(remedy) = report.last.as_ref().err().and_then(super::remedy) {
        line(text, "remedy", remedy)?;
    }
    line(text, "instances", format_args!("{}", spent.instances))?;
    line(text, "fuel", Often(&spent.fuel))?;
    let [first, median, max] =
        [spent.wall.first(), spent.wall.median(), spent.wall.max()].map(Duration::from_nanos);
    match report.outcomes.runs() {
        1 => line(text, "wall time", format_args!("{first:.1?}"))?,
        _ => line(
            text,
            "wall time",
            format_args!("{first:.1?} first, {median:.1?} median, {max:.1?} most"),
        )?,
    }
    line(text, "memory", format_args!("{} bytes", spent.memory.max()))?;
    line(text, "host calls", Often(&spent.host_calls))?;
    line(text, "files opened", Often(&spent.files_opened))?;
    line(text, "bytes read", Often(&spent.bytes_read))?;
    if !descriptor.connects.is_empty() {
        line(text, "connections", Often(&spent.connections))?;
        line(text, "conn. bytes", Often(&spent.connection_bytes))?;
    }
    let dropped = spent.log_bytes_dropped.sum();
    line(text, "log dropped", format_args!("{dropped} bytes"))?;
    let seen = &report.seen;
    paths(text, "read", &seen.read, |path, bytes| {
        format!("{bytes:>9}  {path}")
    })?;
    let connections = &report.connections;
    paths(text, "connected", &connections.connected, connected)?;
    let denied = report.denied_connections.iter();
    let denied = denied.map(|(address, why)| visible(&format!("{address}: {why}")));
    let lines = seen.denied.known.keys().map(|path| visible(path));
    let more = seen.denied.more.saturating_add(connections.denied.more);
    list(text, "denied", lines.chain(denied).collect(), more)?;
    let lines = of(&seen.failed, |path, error| format!("{path}: {error}"));
    let failed = of(&connections.failed, |at, error| format!("{at}: {error}"));
    let more = seen.failed.more.saturating_add(connections.failed.more);
    list(text, "failed", lines.chain(failed).collect(), more)?;
    let skips = &report.skips;
    let skipped = skips.kept.iter().map(|skip| visible(&skip.to_string()));
    list(text, "left out", skipped.collect(), skips.more)?;
    let details = report.details.iter().map(|detail| visible(detail));
    list(text, "details", details.collect(), 0)?;
    let refused = report.refused.iter().map(|problem| visible(problem));
    list(text, "refused", refused.collect(), 0)
}

fn line(text: &mut String, what: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(text, "{what:<13} {value}")
}

fn outcomes(text: &mut String, outcomes: &Outcomes, last: &Result<(), Failure>) -> fmt::Result {
    let alone = outcomes.streaks.len() == 1;
    for streak in &outcomes.streaks {
        let ending = ending(&streak.ending);
        match (streak.last, alone) {
            (1, true) => line(text, "result", ending)?,
            (runs, true) => line(text, "result", format_args!("{ending} ({runs} runs)"))?,
            _ if streak.first == streak.last => {
                line(text, &format!("run {}", streak.first), ending)?;
            }
            _ => {
                let runs = format!("runs {}-{}", streak.first, streak.last);
                line(text, &runs, ending)?;
            }
        }
    }
    if outcomes.more > 0 {
        let (more, last) = (outcomes.more, self::ending(last));
        line(
            text,
            "",
            format_args!("and {more} more runs; the last: {last}"),
        )?;
    }
    Ok(())
}

fn ending(ending: &Result<(), Failure>) -> String {
    match ending {
        Ok(()) => "ok".to_owned(),
        Err(failure) => format!("{}: {}", failure.reason(), visible(&failure.to_string())),
    }
}

/// One number of each run: the first, and the median after that.
struct Often<'a>(&'a Statistics);

impl fmt::Display for Often<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(numbers) = self;
        match numbers.later() {
            None => write!(f, "{}", numbers.first()),
            Some(later) => write!(f, "{} first, {later} after that", numbers.first()),
        }
    }
}

fn paths<T>(
    text: &mut String,
    what: &str,
    paths: &Paths<T>,
    shown: impl Fn(String, &T) -> String,
) -> fmt::Result {
    list(text, what, of(paths, shown).collect(), paths.more)
}

/// A line for each path or address.
fn of<T>(paths: &Paths<T>, shown: impl Fn(String, &T) -> String) -> impl Iterator<Item = String> {
    let lines = paths.known.iter();
    lines.map(move |(path, noted)| shown(visible(path), noted))
}

fn connected(address: String, used: &Connected) -> String {
    let Connected {
        times,
        sent,
        received,
    } = used;
    format!("{times:>5} times, {sent} bytes sent, {received} received  {address}")
}

/// A list that begins with its length; nothing if it is empty.
fn list(text: &mut String, what: &str, lines: Vec<String>, more: u64) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    let number = lines.len() as u64;
    match more {
        0 => line(text, what, number)?,
        _ => line(text, what, format_args!("more than {number}"))?,
    }
    for shown in lines.iter().take(MAX_LINES) {
        writeln!(text, "  {shown}")?;
    }
    let hidden = lines.len().saturating_sub(MAX_LINES) as u64 + more;
    match hidden {
        0 => Ok(()),
        hidden => writeln!(text, "  and {hidden} more"),
    }
}

/// Text from a guest or a file system, without line breaks or control sequences for a terminal.
fn visible(text: &str) -> String {
    let shown = |c: char| match c {
        '"' | '\'' => vec![c],
        c => c.escape_debug().collect(),
    };
    text.chars().flat_map(shown).collect()
}
