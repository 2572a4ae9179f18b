//! The cost of parsing, in units of work.
//!
//! A sandbox ends a guest that uses up its fuel, and the guest cannot query the rest. So the parser
//! counts its own work. One unit is about one unit of wasmtime's fuel, measured for the parser
//! compiled to wasm and rounded up. Where the cost depends on the text, such as that of a search
//! among names with a long common prefix, the price is that of the worst text.

/// A byte of the text.
pub const BYTE: u64 = 26;
/// A line of any kind.
pub const LINE: u64 = 300;
/// A line with a value, in addition to [`LINE`].
pub const SAMPLE: u64 = 1_000;
/// A label.
pub const LABEL: u64 = 1_400;
/// A search for a label name.
pub const LABEL_SEARCH: u64 = 3_500;
/// A byte of a label value with escapes.
pub const ESCAPED_BYTE: u64 = 120;
/// An escape in a name.
pub const NAME_ESCAPE: u64 = 900;
/// A dropped line, including the report about it.
pub const DROPPED_LINE: u64 = 8_000;
/// A byte of a number.
pub const NUMBER_BYTE: u64 = 14;
/// A byte of a help text.
pub const HELP_BYTE: u64 = 60;
/// A byte of a help text with escapes.
pub const ESCAPED_HELP_BYTE: u64 = 180;
/// A search for a metric name.
pub const SEARCH: u64 = 5_500;
/// A byte of a name that is searched for.
pub const SEARCH_BYTE: u64 = 130;
/// A search for a distribution.
pub const DISTRIBUTION: u64 = 4_500;
/// A label of a distribution that is searched for.
pub const DISTRIBUTION_LABEL: u64 = 900;
/// A byte of the label values of a distribution that is searched for.
pub const DISTRIBUTION_BYTE: u64 = 90;
