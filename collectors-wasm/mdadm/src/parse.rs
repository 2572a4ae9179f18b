//! `/proc/mdstat`: two or more lines for each array, and an empty one behind them.
//!
//! ```text
//! Personalities : [raid1] [raid6]
//! md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
//!       195310144 blocks [2/1] [U_]
//!       bitmap: 0/30 pages [0KB], 65536KB chunk
//!       [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec
//!
//! unused devices: <none>
//! ```

use firepit_sdk::parse::{Error, Line, Text, unsigned};

/// What an array does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Inactive,
    Recovering,
    Resyncing,
    Checking,
    /// It is reshaped, broken, or what later kernels may say.
    Other,
}

/// What the lines of an array say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status<'a> {
    pub(crate) name: &'a str,
    pub(crate) state: State,
    pub(crate) disks_total: u64,
    pub(crate) disks_active: u64,
    pub(crate) disks_failed: u64,
    pub(crate) disks_spare: u64,
    pub(crate) blocks: u64,
    pub(crate) blocks_synced: u64,
}

/// Least number of lines behind the first one of an array.
const LINES_BEHIND: usize = 3;

/// The words of a line about work under way, the most telling first.
const WORK: [(&str, State); 4] = [
    ("recovery", State::Recovering),
    ("reshape", State::Other),
    ("check", State::Checking),
    ("resync", State::Resyncing),
];

/// The arrays of the file.
///
/// # Errors
/// Where the lines of an array do not have the form above.
pub(crate) fn mdstat(text: &Text) -> Result<Vec<Status<'_>>, Error> {
    let lines: Vec<Line<'_>> = text.lines().collect();
    // Behind the last end of line stands another one, which is empty.
    let count = lines.len() + usize::from(text.as_str().ends_with('\n'));
    let mut personalities_known = false;
    let mut arrays = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if !begins_something(line.as_str()) {
            continue;
        }
        let personalities = line.as_str().strip_prefix("Personalities : ");
        if let Some(personalities) = personalities.filter(|_| !personalities_known) {
            personalities_known = !personalities.trim().is_empty();
            continue;
        }
        if count - index <= LINES_BEHIND {
            return Err(line.error(format!("expected {LINES_BEHIND} lines behind this one")));
        }
        let behind = |by: usize| lines.get(index + by).copied().unwrap_or(line.part(""));
        let sync = match behind(2) {
            bitmap if bitmap.as_str().contains("bitmap") => behind(3),
            sync => sync,
        };
        arrays.push(array(line, &behind(1), &sync)?);
    }
    Ok(arrays)
}

fn begins_something(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with(' ') && !line.starts_with("unused")
}

fn array<'a>(line: &Line<'a>, status: &Line<'a>, sync: &Line<'a>) -> Result<Status<'a>, Error> {
    let mut columns = line.columns();
    let name = columns.text("device")?;
    columns.text("colon")?;
    let state = match columns.text("state")? {
        "active" => State::Active,
        "inactive" => State::Inactive,
        _ => State::Other,
    };
    let blocks = status.columns().unsigned("blocks")?;
    let (disks_total, disks_active) = disks(line, status)?;
    let (state, blocks_synced) = work(sync)?.unwrap_or((state, blocks));
    Ok(Status {
        name,
        state,
        disks_total,
        disks_active,
        disks_failed: count(line.as_str(), "(F)"),
        disks_spare: count(line.as_str(), "(S)"),
        blocks,
        blocks_synced,
    })
}

fn count(text: &str, what: &str) -> u64 {
    text.matches(what).count() as u64
}

/// All disks that the array should have, and those that work.
fn disks(line: &Line<'_>, status: &Line<'_>) -> Result<(u64, u64), Error> {
    let text = line.as_str();
    if text.contains("raid0") || text.contains("linear") {
        // Without any one of its disks there is no such array; only disks have numbers in brackets.
        let disks = count(text, "[");
        return Ok((disks, disks));
    }
    if text.contains("inactive") {
        return Ok((0, 0));
    }
    bracketed(status.as_str())
        .ok_or_else(|| status.error("expected \"NUMBER blocks ... [TOTAL/ACTIVE] [UU_]\""))
}

/// The numbers of the last `[2/1] [U_]` behind `blocks`.
fn bracketed(status: &str) -> Option<(u64, u64)> {
    let (_, rest) = (status.match_indices(" blocks "))
        .map(|(at, word)| (status.get(..at), status.get(at + word.len()..)))
        .find_map(|(before, rest)| {
            let before = before?;
            before
                .ends_with(|c: char| c.is_ascii_digit())
                .then_some((before, rest?))
        })?;
    rest.rmatch_indices("] [").find_map(|(at, between)| {
        let (_, numbers) = rest.get(..at)?.rsplit_once('[')?;
        let (marks, _) = rest.get(at + between.len()..)?.split_once(']')?;
        let is_marks = !marks.is_empty() && marks.bytes().all(|mark| matches!(mark, b'U' | b'_'));
        pair(numbers).filter(|_| is_marks)
    })
}

/// Two numbers with a slash between them.
fn pair(text: &str) -> Option<(u64, u64)> {
    let (first, second) = text.split_once('/')?;
    Some((unsigned(first)?, unsigned(second)?))
}

/// What is done to the array, and how many blocks are done. `None` where it is left in peace.
fn work(line: &Line<'_>) -> Result<Option<(State, u64)>, Error> {
    let text = line.as_str();
    let Some((_, state)) = WORK.iter().find(|(word, _)| text.contains(word)) else {
        return Ok(None);
    };
    if text.contains("PENDING") || text.contains("DELAYED") {
        return Ok(Some((*state, 0)));
    }
    let missing = |what: &str| line.error(format!("expected {what} of what is under way"));
    let blocks = text
        .split('(')
        .skip(1)
        .find_map(|rest| pair(rest.split_once(')')?.0));
    let (done, _) = blocks.ok_or_else(|| missing("(DONE/ALL)"))?;
    let is_upper = |c: char| c.is_ascii_uppercase();
    for (begin, end, form) in [
        ("= ", text.rfind('%'), "= PERCENT%"),
        ("finish=", text.rfind("min"), "finish=MINUTESmin"),
        ("speed=", text.rfind(is_upper), "speed=KILOBYTESK/sec"),
    ] {
        let number = end.and_then(|end| text.get(..end)?.split_once(begin));
        if !number.is_some_and(|(_, number)| is_decimal(number.trim())) {
            return Err(missing(form));
        }
    }
    Ok(Some((*state, done)))
}

/// Whether a text is a number such as `8.5`. What it says is shown by nobody.
fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    unsigned(whole).is_some() && unsigned(fraction).is_some()
}

#[cfg(test)]
mod tests;
