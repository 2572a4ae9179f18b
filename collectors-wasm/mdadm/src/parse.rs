//! `/proc/mdstat`, as the kernel writes it in `md_seq_show` of `drivers/md/md.c`: for each array a
//! line that begins with its name, followed by indented lines.
//!
//! ```text
//! Personalities : [raid1] [raid6]
//! md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
//!       195310144 blocks [2/1] [U_]
//!       [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec
//!       bitmap: 0/30 pages [0KB], 65536KB chunk
//!
//! md126 : active raid5 super 1.2 level 5, 64k chunk, algorithm 2 [4/0] [____]
//!
//! unused devices: <none>
//! ```
//!
//! An array that has lost all of its disks has no line of blocks: that text follows its name, as
//! with `md126`.

use firepit_sdk::parse::{Error, Line, Text, unsigned};
use firepit_sdk::skip::{self, OrSkip};

/// The activity of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Inactive,
    Recovering,
    Resyncing,
    Checking,
    /// Reshaping, broken, or a state of later kernels.
    Other,
}

/// The values in the lines of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status<'a> {
    pub(crate) name: &'a str,
    pub(crate) state: State,
    /// `None` if the kind of array has no such number.
    pub(crate) disks_total: Option<u64>,
    pub(crate) disks_active: Option<u64>,
    pub(crate) disks_failed: u64,
    pub(crate) disks_spare: u64,
    pub(crate) blocks: Option<u64>,
    /// All of them if no operation is in progress.
    pub(crate) blocks_synced: Option<u64>,
}

/// An array whose lines are being read.
struct Reading<'a> {
    status: Status<'a>,
    /// The line of blocks, which has its disks, has not been read yet.
    awaits_blocks: bool,
    /// That line has occurred twice: the name of its array is malformed.
    is_over: bool,
}

/// The words of a line about an operation in progress, the most specific first. The kernel writes
/// `recover` if another node of a cluster does the work.
const WORK: [(&str, State); 4] = [
    ("recover", State::Recovering),
    ("reshape", State::Other),
    ("check", State::Checking),
    ("resync", State::Resyncing),
];

/// The arrays of the file. Malformed entries are skipped.
pub(crate) fn mdstat(text: &Text) -> Vec<Status<'_>> {
    let mut arrays: Vec<Reading<'_>> = Vec::new();
    for line in text.lines() {
        let content = line.as_str();
        if content.trim().is_empty()
            || content.starts_with("Personalities")
            || content.starts_with("unused")
        {
            continue;
        }
        if !content.starts_with([' ', '\t']) {
            arrays.extend(array(&line).or_skip());
        } else if let Some(array) = arrays.last_mut().filter(|array| !array.is_over) {
            array.read(&line);
        }
    }
    arrays.into_iter().map(|array| array.status).collect()
}

/// The line with the name of an array.
fn array<'a>(line: &Line<'a>) -> Result<Reading<'a>, Error> {
    let mut columns = line.columns();
    let name = columns.text("device")?;
    if columns.text("colon")? != ":" {
        return Err(line.error("expected \"NAME : STATE ...\""));
    }
    let word = columns.text("state")?;
    let state = match word {
        "active" => State::Active,
        "inactive" => State::Inactive,
        _ => State::Other,
    };
    let is_disk = |column: &&str| column.find('[').is_some_and(|at| at > 0);
    let disks = columns.clone().filter(is_disk).count() as u64;
    let all = match state {
        // An array of this level needs all of its disks.
        _ if columns.any(|word| matches!(word, "raid0" | "linear")) => Some((disks, disks)),
        State::Inactive => Some((0, 0)),
        _ if disks == 0 => bracketed(line),
        _ => None,
    };
    Ok(Reading {
        status: Status {
            name,
            state,
            disks_total: all.map(|(total, _)| total),
            disks_active: all.map(|(_, active)| active),
            disks_failed: count(line.as_str(), "(F)"),
            disks_spare: count(line.as_str(), "(S)"),
            blocks: None,
            blocks_synced: None,
        },
        awaits_blocks: disks > 0,
        is_over: false,
    })
}

impl Reading<'_> {
    /// Reads a line after the first. Other lines, such as the bitmap's, are ignored.
    fn read(&mut self, line: &Line<'_>) {
        let mut columns = line.columns();
        let (first, second) = (columns.next().unwrap_or_default(), columns.next());
        let is_work = |(word, _): &&(&str, State)| line.as_str().contains(word);
        if second == Some("blocks") || unsigned(first).is_some() {
            self.is_over = !self.awaits_blocks;
            self.read_blocks(line);
        } else if first != "bitmap:"
            && let Some((_, state)) = WORK.iter().find(is_work)
        {
            self.status.state = *state;
            self.status.blocks_synced = done(line).or_skip().flatten();
        }
    }

    fn read_blocks(&mut self, line: &Line<'_>) {
        if !std::mem::take(&mut self.awaits_blocks) {
            return;
        }
        self.status.blocks = line.columns().unsigned("blocks").or_skip();
        self.status.blocks_synced = self.status.blocks;
        if self.status.disks_total.is_none()
            && let Some((total, active)) = bracketed(line)
        {
            self.status.disks_total = Some(total);
            self.status.disks_active = Some(active);
        }
    }
}

fn count(text: &str, what: &str) -> u64 {
    text.matches(what).count() as u64
}

/// The numbers of the last `[2/1] [U_]`: the expected and the working disks. Some kinds of arrays
/// do not have them.
fn bracketed(line: &Line<'_>) -> Option<(u64, u64)> {
    let text = line.as_str();
    let numbers = text.rmatch_indices("] [").find_map(|(at, between)| {
        let (_, numbers) = text.get(..at)?.rsplit_once('[')?;
        let (marks, _) = text.get(at + between.len()..)?.split_once(']')?;
        let is_marks = !marks.is_empty() && marks.bytes().all(|mark| matches!(mark, b'U' | b'_'));
        pair(numbers).filter(|_| is_marks)
    });
    if numbers.is_none() && text.contains('[') {
        skip::report(line.error("expected \"NUMBER blocks ... [TOTAL/ACTIVE] [UU_]\""));
    }
    numbers
}

/// Two numbers separated by a slash.
fn pair(text: &str) -> Option<(u64, u64)> {
    let (first, second) = text.split_once('/')?;
    Some((unsigned(first)?, unsigned(second)?))
}

/// The number of processed blocks of an operation in progress; `None` if another node of the
/// cluster does the work.
fn done(line: &Line<'_>) -> Result<Option<u64>, Error> {
    let text = line.as_str();
    if text.contains("PENDING") || text.contains("DELAYED") {
        return Ok(Some(0));
    }
    if text.contains("REMOTE") {
        return Ok(None);
    }
    let mut brackets = text.split('(').skip(1);
    let blocks = brackets.find_map(|rest| pair(rest.split_once(')')?.0));
    match blocks {
        Some((done, _)) => Ok(Some(done)),
        None => Err(line.error("expected (DONE/ALL) of an operation in progress")),
    }
}

#[cfg(test)]
mod tests;
