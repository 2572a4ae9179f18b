//! Whole files that are not what they should be. What a collector makes of them is its own business, but some
//! things hold for all collectors.

use std::collections::BTreeSet;

use super::{Host, Output, PANIC, World, attempt};
use crate::backend::native::Fault;
use crate::dynamic::Samples;
use crate::{Collector, Error, Settings};

/// Bytes of a huge file: more than any file of `/proc` has where that matters.
const HUGE: usize = 1 << 19;

/// Longest message in bytes. What stands in a file may be long, and messages quote it.
const MAX_MESSAGE: usize = 2000;

/// The wrong versions of a file.
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

/// What is wrong with a collector that gets the wrong versions of a file.
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
    for (name, held) in versions(&content) {
        let mut world = world.clone();
        let length = held.len();
        world.faults.insert(path.to_owned(), Fault::Holds(held));
        let found = tried::<C>(&world, settings, touched, length);
        wrong.extend(found.map(|fault| format!("{path} {name}: {fault}")));
    }
    wrong
}

/// What is wrong with a collector on a host that has none of its files.
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

/// Runs a collector with a file of a length, and says what is wrong with that.
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

/// An error of a collector names a file: one of those that it reads, or one that a list names.
pub(super) fn unnamed(out: &Output, touched: &BTreeSet<String>) -> Option<String> {
    let message = match &out.result {
        Ok(()) | Err(Error::NoData) => return None,
        Err(error) => error.to_string(),
    };
    let mut names = touched.iter().filter_map(|path| path.rsplit('/').next());
    let is_named = names.any(|name| message.contains(name));
    (!is_named).then(|| format!("the error names no file: {message}"))
}

/// Messages are short, and what the collector does is at most in proportion to the file.
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

/// What a collector may do whatever the length of one file: it has other files, too.
const SOUND: usize = 10_000;

fn count(samples: &Samples) -> usize {
    match samples {
        Samples::Counter(rows) | Samples::Gauge(rows) | Samples::Untyped(rows) => rows.len(),
        Samples::Histogram(rows) => rows.len(),
        Samples::Summary(rows) => rows.len(),
    }
}
