//! Building blocks for flags, and queries about them.

use clap::builder::{IntoResettable, PossibleValuesParser, TypedValueParser as _, ValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};

/// A flag with a value and a default.
pub(super) fn valued(
    name: &'static str,
    value_name: &'static str,
    default: impl Into<String>,
    parser: impl IntoResettable<ValueParser>,
) -> Arg {
    let default: String = default.into();
    Arg::new(name)
        .long(name)
        .value_name(value_name)
        .default_value(default)
        .value_parser(parser)
}

/// A flag whose value is one of a few words, in upper or lower case. `parse` accepts all of them.
pub(super) fn choice<T, E>(
    name: &'static str,
    value_name: &'static str,
    default: &'static str,
    words: &[&'static str],
    parse: fn(&str) -> Result<T, E>,
) -> Arg
where
    T: Clone + Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let parser = PossibleValuesParser::new(words.iter().copied());
    let parser = parser.try_map(move |word: String| parse(&word.to_ascii_lowercase()));
    valued(name, value_name, default, ValueParser::new(parser)).ignore_case(true)
}

/// A flag without a value, and its hidden negated form.
pub(super) fn switch(name: &str, help: impl Into<String>) -> [Arg; 2] {
    let (name, negated) = (name.to_owned(), format!("no-{name}"));
    let help: String = help.into();
    let off = Arg::new(negated.clone())
        .long(negated.clone())
        .action(ArgAction::SetTrue)
        .hide(true);
    let on = Arg::new(name.clone())
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help);
    [on.conflicts_with(negated), off]
}

/// A flag that the overview of `--help` leaves out. clap hides the `help` of such a flag in some texts,
/// but not the `long_help`.
pub(super) fn uncommon(arg: Arg, help: &'static str) -> Arg {
    arg.hide_short_help(true).help(help).long_help(help)
}

/// Whether the flag was given, as opposed to having its default.
pub(super) fn is_given(matches: &ArgMatches, flag: &str) -> bool {
    matches.value_source(flag) == Some(ValueSource::CommandLine)
}

/// Whether a switch was given, and which form of it.
pub(super) fn position(matches: &ArgMatches, flag: &str) -> Option<bool> {
    if is_given(matches, flag) {
        Some(true)
    } else {
        is_given(matches, &format!("no-{flag}")).then_some(false)
    }
}
