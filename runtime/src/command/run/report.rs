//! What `firepit run` says on stderr, in aligned lines.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use firepit::descriptor::Descriptor;
use firepit::failure::Failure;
use firepit::load::Module;
use firepit::rehearsal::{Endings, Paths, Report, Tally};

/// Most lines of one list.
const MOST_LINES: usize = 100;

/// All about the runs.
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
            "{:<13} {left_out} things had no room and were left out",
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
    endings(text, &report.endings, &report.last)?;
    line(text, "instances", format_args!("{}", spent.instances))?;
    line(text, "fuel", Often(&spent.fuel))?;
    let [first, median, max] =
        [spent.wall.first(), spent.wall.median(), spent.wall.max()].map(Duration::from_nanos);
    match report.endings.runs() {
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
    let dropped = spent.log_bytes_dropped.sum();
    line(text, "log dropped", format_args!("{dropped} bytes"))?;
    let seen = &report.seen;
    paths(text, "read", &seen.read, |path, bytes| {
        format!("{bytes:>9}  {path}")
    })?;
    paths(text, "denied", &seen.denied, |path, ()| path)?;
    paths(text, "failed", &seen.failed, |path, error| {
        format!("{path}: {error}")
    })?;
    let skips = &report.skips;
    let skipped = skips.kept.iter().map(|skip| visible(&skip.to_string()));
    list(text, "left out", skipped.collect(), skips.more)?;
    let refused = report.refused.iter().map(|problem| visible(problem));
    list(text, "refused", refused.collect(), 0)
}

fn line(text: &mut String, what: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(text, "{what:<13} {value}")
}

fn endings(text: &mut String, endings: &Endings, last: &Result<(), Failure>) -> fmt::Result {
    let alone = endings.stretches.len() == 1;
    for stretch in &endings.stretches {
        let ending = ending(&stretch.ending);
        match (stretch.last, alone) {
            (1, true) => line(text, "result", ending)?,
            (runs, true) => line(text, "result", format_args!("{ending} ({runs} runs)"))?,
            _ if stretch.first == stretch.last => {
                line(text, &format!("run {}", stretch.first), ending)?;
            }
            _ => {
                let runs = format!("runs {}-{}", stretch.first, stretch.last);
                line(text, &runs, ending)?;
            }
        }
    }
    if endings.more > 0 {
        let (more, last) = (endings.more, self::ending(last));
        line(
            text,
            "",
            format_args!("and {more} runs more; the last: {last}"),
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

/// A number of each run: that of the first, and what is usual after that.
struct Often<'a>(&'a Tally);

impl fmt::Display for Often<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(tally) = self;
        match tally.later() {
            None => write!(f, "{}", tally.first()),
            Some(later) => write!(f, "{} first, {later} after that", tally.first()),
        }
    }
}

fn paths<T>(
    text: &mut String,
    what: &str,
    paths: &Paths<T>,
    shown: impl Fn(String, &T) -> String,
) -> fmt::Result {
    let lines = paths.known.iter();
    let lines = lines.map(|(path, noted)| shown(visible(path), noted));
    list(text, what, lines.collect(), paths.more)
}

/// A list, with how many there are at its head; nothing where there are none.
fn list(text: &mut String, what: &str, lines: Vec<String>, more: u64) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    let number = lines.len() as u64;
    match more {
        0 => line(text, what, number)?,
        _ => line(text, what, format_args!("more than {number}"))?,
    }
    for shown in lines.iter().take(MOST_LINES) {
        writeln!(text, "  {shown}")?;
    }
    let hidden = lines.len().saturating_sub(MOST_LINES) as u64 + more;
    match hidden {
        0 => Ok(()),
        hidden => writeln!(text, "  and {hidden} more"),
    }
}

/// A text from a guest or a file system, without anything that a terminal would take for a command
/// or a reader for another line.
fn visible(text: &str) -> String {
    let shown = |c: char| match c {
        '"' | '\'' => vec![c],
        c => c.escape_debug().collect(),
    };
    text.chars().flat_map(shown).collect()
}
