//! `/proc/cpuinfo`: a text that each architecture writes in its own way. The dialects use different
//! words for the same facts, so each dialect is a table.

mod dialect;

use firepit_sdk::parse::{Error, Line, Text, any_base_unsigned};
use firepit_sdk::skip::{self, OrSkip};

pub(crate) use dialect::Dialect;
use dialect::Field;

/// The parsed text.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct CpuInfo<'a> {
    pub(crate) cpus: Vec<Cpu<'a>>,
    /// The flags of the first CPU.
    pub(crate) flags: &'a str,
    /// The bugs of the first CPU.
    pub(crate) bugs: &'a str,
}

/// One CPU. Values missing in the text are empty.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Cpu<'a> {
    /// `None` if malformed: the following lines describe this CPU nevertheless.
    pub(crate) number: Option<u32>,
    pub(crate) package: &'a str,
    pub(crate) core: &'a str,
    pub(crate) vendor: &'a str,
    pub(crate) family: &'a str,
    pub(crate) model: &'a str,
    pub(crate) model_name: &'a str,
    pub(crate) stepping: &'a str,
    pub(crate) microcode: &'a str,
    pub(crate) cache_size: &'a str,
    pub(crate) megahertz: Option<f64>,
}

/// Parses the text of a host with this dialect. Malformed lines are skipped.
pub(crate) fn cpuinfo<'a>(text: &'a Text, dialect: &Dialect) -> CpuInfo<'a> {
    let mut parser = Parser::default();
    for line in text.lines() {
        if let Some((key, value)) = line.as_str().split_once(": ") {
            parser.entry(dialect, key.trim_ascii(), line.part(value));
        }
    }
    if parser.info.cpus.is_empty() {
        skip::report(text.error("expected the description of a CPU"));
    }
    parser.info
}

#[derive(Debug, Default)]
struct Parser<'a> {
    info: CpuInfo<'a>,
    /// Lines before the first CPU apply to all CPUs.
    common: Cpu<'a>,
    /// The number of blocks begun in a second pass over the CPUs.
    blocks: usize,
}

impl<'a> Parser<'a> {
    fn entry(&mut self, dialect: &Dialect, key: &str, value: Line<'a>) {
        let Some((field, rest)) = dialect.field(key) else {
            return;
        };
        let text = value.as_str();
        match field {
            Field::Processor => self.begin_cpu(integer(value).or_skip()),
            Field::NumberedProcessor => self.begin_cpu(integer(value.part(rest)).or_skip()),
            Field::Block => self.blocks += 1,
            Field::Package => self.cpu().package = text,
            Field::Core => self.cpu().core = text,
            Field::Vendor => self.cpu().vendor = text,
            Field::Family => self.cpu().family = text,
            Field::Model => self.cpu().model = text,
            Field::ModelName => self.cpu().model_name = text,
            Field::Stepping => self.cpu().stepping = text,
            Field::Microcode => self.cpu().microcode = text,
            Field::CacheSize => self.cpu().cache_size = text,
            Field::Megahertz => self.cpu().megahertz = value.float("cpu MHz").or_skip(),
            Field::Clock => self.cpu().megahertz = clock(value).or_skip(),
            Field::FirstFlags if self.info.cpus.len() <= 1 => self.info.flags = text,
            Field::FirstBugs if self.info.cpus.len() <= 1 => self.info.bugs = text,
            Field::FirstFlags | Field::FirstBugs => {}
            Field::CommonFlags => self.info.flags = text,
            Field::OneCpu if self.info.cpus.is_empty() => self.begin_cpu(Some(0)),
            Field::OneCpu => {}
        }
    }

    fn begin_cpu(&mut self, number: Option<u32>) {
        let common = self.common.clone();
        self.info.cpus.push(Cpu { number, ..common });
    }

    /// The CPU that a line describes.
    fn cpu(&mut self) -> &mut Cpu<'a> {
        let last = self.info.cpus.len().wrapping_sub(1);
        let index = self.blocks.checked_sub(1).unwrap_or(last);
        self.info.cpus.get_mut(index).unwrap_or(&mut self.common)
    }
}

/// An unsigned integer of 32 bits.
fn integer(value: Line<'_>) -> Result<u32, Error> {
    let number = any_base_unsigned(value.as_str()).and_then(|number| number.try_into().ok());
    let error = || value.error(format!("expected an integer, found {:?}", value.as_str()));
    number.ok_or_else(error)
}

/// The first run of digits and dots: `3550.000000MHz`.
fn clock(value: Line<'_>) -> Result<f64, Error> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let text = value.as_str().trim_start_matches(|c| !is_part(c));
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    value
        .part(text.get(..end).unwrap_or_default())
        .float("clock")
}

#[cfg(test)]
mod tests;
