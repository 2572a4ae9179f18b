//! Files that are truncated, garbled or huge. The output depends on the collector, but some rules
//! apply to all collectors.

use std::collections::BTreeSet;

use super::{Host, Output, PANIC, World, attempt};
use crate::backend::native::Fault;
use crate::dynamic::Samples;
use crate::{Collector, Error, Settings};

/// Size of a huge file in bytes: larger than any file in `/proc` that collectors read on a real host.
const HUGE: usize = 1 << 19;

/// Maximum length of a message in bytes. Messages quote the content of files.
const MAX_MESSAGE: usize = 2000;

/// The invalid versions of a file.
fn versions(content: &[u8]) -> [(&'static str, Vec<u8>); 5] {
    let half = content.len() / 2;
    let garbled = content.iter().enumerate().map(|(at, byte)| match at % 5 {
        3 => b'\xff' ^ byte,
        _ => *byte,
    });
    let line = match content.trim_ascii() {
        [] => b"9",
        line => line,
    };
    let repeated = |piece: &[u8]| piece.repeat(HUGE.div_ceil(piece.len()));
    [
        ("cut", content.get(..half).unwrap_or_default().to_vec()),
        ("garbled", garbled.collect()),
        (
            "of bytes that mean nothing",
            b"\xf0\x9f\0 : = \x80\n[\n".repeat(9),
        ),
        ("huge", repeated(&[line, b"\n"].concat())),
        ("of one huge line", repeated(b"9")),
    ]
}

/// Runs a collector with each invalid version of a file, and returns the violations.
pub(super) fn find<C: Collector>(
    world: &World,
    settings: &Settings,
    touched: &BTreeSet<String>,
    path: &str,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let file = world.root.join(path.trim_start_matches('/'));
    let Ok(content) = std::fs::read(file) else {
        return wrong;
    };
    for (name, content) in versions(&content) {
        let mut world = world.clone();
        let length = content.len();
        world
            .faults
            .insert(path.to_owned(), Fault::Content(content));
        let found = tried::<C>(&world, settings, touched, length);
        wrong.extend(found.map(|fault| format!("{path} {name}: {fault}")));
    }
    wrong
}

/// Runs a collector on a host without any of its files, and returns the violation.
pub(super) fn without_files<C: Collector>(
    world: &World,
    settings: &Settings,
    touched: &BTreeSet<String>,
) -> Option<String> {
    let bare = Host::new();
    let world = World {
        root: bare.world.root.clone(),
        ..world.clone()
    };
    let fault = tried::<C>(&world, settings, touched, 0)?;
    Some(format!("without any file: {fault}"))
}

/// Runs a collector with a file of this length, and returns the violation.
fn tried<C: Collector>(
    world: &World,
    settings: &Settings,
    touched: &BTreeSet<String>,
    length: usize,
) -> Option<String> {
    let Some((out, after)) = attempt::<C>(world, settings) else {
        return Some(PANIC.to_owned());
    };
    unnamed(&out, touched).or_else(|| unbounded(&out, &after, length))
}

/// An error must name a file that the collector reads, or a file of the same name or directory.
pub(super) fn unnamed(out: &Output, touched: &BTreeSet<String>) -> Option<String> {
    let message = match &out.result {
        Ok(()) | Err(Error::NoData) => return None,
        Err(error) => error.to_string(),
    };
    let mut paths = touched.iter().filter_map(|path| path.rsplit_once('/'));
    let is_named = paths.any(|(directory, name)| {
        let is_below = !directory.is_empty() && message.contains(directory);
        is_below || message.contains(name)
    });
    (!is_named).then(|| format!("the error names no file: {message}"))
}

/// Messages must be short, and the number of samples and calls at most proportional to the file.
fn unbounded(out: &Output, after: &World, length: usize) -> Option<String> {
    let error = out.result.as_ref().err().map(Error::to_string);
    let problems = out.skipped.iter().map(|skipped| skipped.problem.as_str());
    let messages = out.messages.iter().map(|(_, text)| text.as_str());
    let all = error
        .iter()
        .map(String::as_str)
        .chain(problems)
        .chain(messages);
    if let Some(long) = all.map(str::len).max().filter(|long| *long > MAX_MESSAGE) {
        return Some(format!("a message has {long} bytes"));
    }
    let samples: usize = out
        .families
        .iter()
        .map(|family| count(&family.samples))
        .sum();
    let acts = samples + out.skipped.len() + out.messages.len() + after.calls;
    let most = 2 * (length + SOUND);
    (acts > most).then(|| format!("{acts} samples, messages and calls for {length} bytes"))
}

/// Allowance for the other files of the collector.
const SOUND: usize = 10_000;

fn count(samples: &Samples) -> usize {
    match samples {
        Samples::Counter(rows) | Samples::Gauge(rows) | Samples::Untyped(rows) => rows.len(),
        Samples::Histogram(rows) => rows.len(),
        Samples::Summary(rows) => rows.len(),
    }
}
