//! Reads and parses the files, the smallest first, until the limits for all files are reached.

use std::cell::OnceCell;
use std::iter::Peekable;
use std::time::Instant;

use firepit_exposition::escape::go::quoted;
use firepit_exposition::parse::{self, Document, Limit, names};
use firepit_sdk::files::{self, Directory};

use crate::directory::File;
use crate::limits::{self, Budget, Reason, Usage};
use crate::records::{Draft, Records};
use crate::work;

/// The number of files read at once. It bounds the bytes read beyond the limit if files grew since
/// they were listed.
const AT_ONCE: usize = 4;

/// The result of a file.
#[derive(Debug)]
pub(crate) enum Outcome<'a> {
    /// It is emitted: its content, and the records of each family.
    Sound(Document<'a>, Vec<Records>),
    /// It cannot be read, with the text of the error.
    Unread(files::Reason),
    /// Its text has an error.
    Faulty(parse::Error),
    /// It has samples with timestamps.
    Stamped,
    /// It exceeds a limit.
    LeftOut(Reason, String),
}

/// The result of each file, in their order. `contents` has an entry per file, and keeps its
/// content. Files that are not read before the deadline are dropped.
pub(crate) fn all<'a>(
    directories: &[String],
    files: &[File],
    contents: &'a [OnceCell<Vec<u8>>],
    until: Instant,
) -> Vec<Outcome<'a>> {
    let mut reader = Reader {
        outcomes: Vec::with_capacity(files.len()),
        read: 0,
        budget: Budget::new(files.len()),
    };
    for file in files {
        // Readable files get their result below.
        let error = file.stat.as_ref().err().copied();
        let error = error.unwrap_or(files::Reason::NotFound);
        reader.outcomes.push(Outcome::Unread(error));
    }
    let mut queue = by_size(files).into_iter().peekable();
    while let Some(batch) = reader.batch(&mut queue) {
        if Instant::now() >= until {
            for (index, _) in batch {
                let message = "no time is left to read it".to_owned();
                reader.is(index, Outcome::LeftOut(Reason::Time, message));
            }
            continue;
        }
        let Some((_, first)) = batch.first() else {
            continue;
        };
        let directory = directories.get(first.directory).cloned();
        let names: Vec<&str> = batch.iter().map(|(_, file)| file.name.as_str()).collect();
        match Directory::new(directory.unwrap_or_default()).read_all(&names) {
            Ok(read) => {
                for ((index, _), content) in batch.into_iter().zip(read) {
                    reader.take(index, content.map_err(|error| error.reason), contents);
                }
            }
            Err(error) => {
                for (index, _) in batch {
                    reader.is(index, Outcome::Unread(error.reason));
                }
            }
        }
    }
    reader.outcomes
}

/// The files with their indices, in the order in which they are accepted: by the total size of the
/// files of their directory that are not larger. So the smallest file comes first, and a directory
/// with many files does not precede a directory with few.
fn by_size(files: &[File]) -> Vec<(usize, &File)> {
    let mut order: Vec<(usize, u64, usize, &File)> = (files.iter().enumerate())
        .filter_map(|(index, file)| {
            let size = file.stat.as_ref().ok()?.size;
            Some((file.directory, size, index, file))
        })
        .collect();
    order.sort_by_key(|&(directory, size, index, _)| (directory, size, index));
    let mut last = None;
    for (directory, size, ..) in &mut order {
        let before = last.filter(|(of, _)| of == directory);
        *size = size.saturating_add(before.map_or(0, |(_, sum)| sum));
        last = Some((*directory, *size));
    }
    order.sort_by_key(|&(directory, sum, index, _)| (sum, directory, index));
    let places = order.into_iter().map(|(_, _, index, file)| (index, file));
    places.collect()
}

struct Reader<'a> {
    outcomes: Vec<Outcome<'a>>,
    /// Bytes that were read.
    read: u64,
    budget: Budget,
}

impl<'a> Reader<'a> {
    /// The next files of one directory that fit into the budget; files that do not fit are skipped.
    /// `None` if no file is left.
    fn batch<'f>(
        &mut self,
        queue: &mut Peekable<impl Iterator<Item = (usize, &'f File)>>,
    ) -> Option<Vec<(usize, &'f File)>> {
        queue.peek()?;
        let mut batch: Vec<(usize, &File)> = Vec::new();
        let mut planned = self.read;
        while batch.len() < AT_ONCE {
            let fits = |file: &File| {
                let first = batch.first();
                first.is_none_or(|(_, first)| first.directory == file.directory)
            };
            let Some((index, file)) = queue.next_if(|(_, file)| fits(file)) else {
                break;
            };
            let size = file.stat.as_ref().map_or(0, |stat| stat.size);
            let with_it = planned.saturating_add(size);
            if with_it > limits::BYTES {
                let limit = limits::BYTES;
                let message = format!("with it the files would have more than {limit} bytes");
                self.is(index, Outcome::LeftOut(Reason::Bytes, message));
                continue;
            }
            planned = with_it;
            batch.push((index, file));
        }
        Some(batch)
    }

    fn is(&mut self, index: usize, outcome: Outcome<'a>) {
        if let Some(place) = self.outcomes.get_mut(index) {
            *place = outcome;
        }
    }

    fn take(
        &mut self,
        index: usize,
        content: Result<Vec<u8>, files::Reason>,
        contents: &'a [OnceCell<Vec<u8>>],
    ) {
        let outcome = match (content, contents.get(index)) {
            (Ok(content), Some(place)) => {
                self.read = self.read.saturating_add(content.len() as u64);
                self.parsed(place.get_or_init(|| content))
            }
            (Err(files::Reason::TooLarge), _) => {
                let message = "it exceeds the limit file_bytes".to_owned();
                Outcome::LeftOut(Reason::Bytes, message)
            }
            (Err(reason), _) => Outcome::Unread(reason),
            (Ok(_), None) => return,
        };
        self.is(index, outcome);
    }

    fn parsed(&mut self, content: &'a [u8]) -> Outcome<'a> {
        let (document, mut worked) = parse::parse(content, &self.budget.per_text());
        self.budget.worked(worked);
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                return match error {
                    parse::Error::Syntax { .. } => Outcome::Faulty(error),
                    parse::Error::TooLarge { limit, message } => {
                        Outcome::LeftOut(limit.into(), too_large(limit, message))
                    }
                };
            }
        };
        if document.has_timestamps {
            return Outcome::Stamped;
        }
        let mut records = Vec::with_capacity(document.families.len());
        for family in &document.families {
            let mut units = work::hashing(&document, family.series.iter());
            let draft = (self.budget.affords(units)).then(|| Draft::new(&document, family));
            if let Some(draft) = &draft {
                units = units.saturating_add(work::comparing(&document, draft.alike(family)));
            }
            let Some(draft) = draft.filter(|_| self.budget.affords(units)) else {
                let name = quoted(names::unescaped(family.name).as_bytes());
                let message = format!("comparing the series of {name} takes too much work");
                return Outcome::LeftOut(Reason::Work, message);
            };
            self.budget.worked(units);
            worked = worked.saturating_add(units);
            records.push(draft.finish(&document, family));
        }
        match self.budget.take(Usage::of(&document, &records), worked) {
            Ok(()) => Outcome::Sound(document, records),
            Err((reason, message)) => Outcome::LeftOut(reason, message),
        }
    }
}

/// The message about a text that exceeds a limit. The rest of the budget depends on the other files.
fn too_large(limit: Limit, message: String) -> String {
    match limit {
        Limit::Work => "reading it after the other files takes too much work".to_owned(),
        _ => message,
    }
}
