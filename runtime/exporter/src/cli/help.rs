//! The text of `--help`: an overview of one screen, the flags of a topic, or all flags.
//!
//! A topic is a heading (`web`, `sandbox`), a command, or a collector. Flags with a heading of their
//! own are a topic by themselves, so a new group of flags needs nothing here.

use super::UsageError;
use super::commands::CommandName;
use super::flags::ABOUT;
use super::layout::{columns, wrapped};
use super::reference::{Flag, FlagGroup, reference};
use firepit_sandbox::descriptor::Descriptor;

/// The headings whose flags the overview shows, except flags with `hide_short_help`. Of the others
/// it shows the names.
const IN_OVERVIEW: [&str; 5] = ["Web", "Paths", "Modules", COLLECTORS, "Log"];

/// The heading of the flags about all collectors. Its topic lists the collectors, too.
const COLLECTORS: &str = "Collectors";

/// The heading of the flags that print texts, which the overview ends with.
const HELP: &str = "Help";

/// Maximum number of names that stand for the flags of a heading.
const MAX_NAMES: usize = 14;

/// Longest default value that stands beside its flag.
const MAX_DEFAULT: usize = 16;

const NOTES: &str = "Write a flag as --flag=VALUE or --flag VALUE; its default is shown. A flag \
    without a value has a negated form, --no-FLAG. @FILE stands for the lines of FILE, one argument \
    each.";

/// What to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Topic {
    /// One screen.
    Overview,
    /// The flags of a heading, a command or a collector.
    Named(String),
    /// All flags.
    All,
}

/// The text about a topic, in lines of at most `width` characters.
///
/// # Errors
/// There is no such topic.
pub(super) fn text(
    topic: &Topic,
    collectors: &[Descriptor],
    width: usize,
) -> Result<String, UsageError> {
    let groups = reference(collectors);
    match topic {
        Topic::Overview => Ok(overview(&groups, width)),
        Topic::Named(name) => named(name, &groups, collectors, width),
        Topic::All => Ok(all(&groups, width)),
    }
}

fn overview(groups: &[FlagGroup], width: usize) -> String {
    let mut text = head(width);
    let mut more = Vec::new();
    let is_of_program = |group: &&FlagGroup| group.collector().is_none() && group.title != HELP;
    for group in groups.iter().filter(is_of_program) {
        let shown = IN_OVERVIEW.contains(&group.title.as_str());
        let (common, others): (Vec<&Flag>, Vec<&Flag>) =
            group.flags.iter().partition(|flag| shown && flag.is_common);
        if !others.is_empty() {
            more.push((format!("--help {}", group.topic()), names(&others)));
        }
        let mut rows: Vec<_> = common
            .into_iter()
            .map(|flag| (left(flag), brief(flag)))
            .collect();
        if group.title == COLLECTORS {
            let about = "Enable a collector; --no-collector.NAME disables it.";
            rows.insert(0, ("--collector.NAME".to_owned(), about.to_owned()));
        }
        if !rows.is_empty() {
            text += &format!("\n{}:\n{}", group.title, columns(&rows, width));
        }
    }
    more.push((
        "--help collectors".to_owned(),
        "a list of the collectors".to_owned(),
    ));
    let about = "the flags of a collector or a command";
    more.push(("--help NAME".to_owned(), about.to_owned()));
    more.push(("--help-all".to_owned(), "all flags".to_owned()));
    more.push(("--version".to_owned(), "application version".to_owned()));
    text + &format!("\nMore:\n{}", columns(&more, width))
}

fn head(width: usize) -> String {
    let mut rows = vec![("firepit".to_owned(), "serve metrics over HTTP".to_owned())];
    let (common, others): (Vec<_>, Vec<_>) = CommandName::all().partition(|it| it.is_common());
    let row = |command: CommandName| (command.usage().to_owned(), command.about().to_owned());
    rows.extend(common.into_iter().map(row));
    let others: Vec<&str> = others.into_iter().map(CommandName::name).collect();
    rows.push((
        "firepit COMMAND".to_owned(),
        format!("{}: see --help COMMAND", others.join(", ")),
    ));
    format!(
        "{}\n\nUsage: firepit [FLAGS] [COMMAND]\n{}\n{}\n",
        wrapped(ABOUT, width).join("\n"),
        columns(&rows, width),
        wrapped(NOTES, width).join("\n"),
    )
}

/// The first names, without the part that all of them begin with.
fn names(flags: &[&Flag]) -> String {
    let short = |flag: &&Flag| {
        let name = flag.name.as_str();
        name.split_once('.')
            .map_or(name, |(_, rest)| rest)
            .to_owned()
    };
    let mut names: Vec<String> = flags.iter().map(short).take(MAX_NAMES).collect();
    if flags.len() > MAX_NAMES {
        names.push("...".to_owned());
    }
    names.join(", ")
}

fn named(
    name: &str,
    groups: &[FlagGroup],
    collectors: &[Descriptor],
    width: usize,
) -> Result<String, UsageError> {
    let command = CommandName::of(name);
    let mut sections: Vec<String> = command
        .map(|command| of_command(command, groups, width))
        .into_iter()
        .collect();
    let topic = name.to_ascii_lowercase();
    for group in groups.iter().filter(|group| group.topic() == topic) {
        sections.push(section(group, width));
        if group.title == COLLECTORS {
            sections.push(listed(collectors, true, width));
            sections.push(listed(collectors, false, width));
        }
    }
    if sections.is_empty() {
        return Err(no_such_topic(name, groups));
    }
    Ok(sections.join("\n"))
}

/// The collectors that are enabled or disabled by default.
fn listed(collectors: &[Descriptor], enabled: bool, width: usize) -> String {
    let those = collectors
        .iter()
        .filter(|it| it.enabled_by_default == enabled);
    let rows: Vec<_> = those
        .map(|it| (it.name.clone(), it.about.clone()))
        .collect();
    let title = if enabled { "Enabled" } else { "Disabled" };
    format!("{title} by default:\n{}", columns(&rows, width))
}

fn of_command(command: CommandName, groups: &[FlagGroup], width: usize) -> String {
    let usage = [(command.usage().to_owned(), command.about().to_owned())];
    let of_command: Vec<&str> = command.flags().collect();
    let flags = groups.iter().flat_map(|group| &group.flags);
    let flags = flags.filter(|flag| of_command.contains(&flag.name.as_str()));
    let rows: Vec<_> = flags.map(|flag| (left(flag), full(flag))).collect();
    let mut text = format!("Usage:\n{}", columns(&usage, width));
    if !rows.is_empty() {
        text += &format!("\nFlags of the command:\n{}", columns(&rows, width));
    }
    text + match command {
        CommandName::Migrate => "\nAll words after it are the old command line.\n",
        _ => "\nIt takes the flags of the server, too: firepit --help\n",
    }
}

fn no_such_topic(name: &str, groups: &[FlagGroup]) -> UsageError {
    let of_program = groups.iter().filter(|group| group.collector().is_none());
    let mut known: Vec<String> = of_program.map(FlagGroup::topic).collect();
    known.extend(CommandName::all().map(|command| command.name().to_owned()));
    UsageError::NoSuchTopic {
        name: name.to_owned(),
        known: known.join(", "),
    }
}

fn all(groups: &[FlagGroup], width: usize) -> String {
    let sections: Vec<String> = groups.iter().map(|group| section(group, width)).collect();
    format!("{}\n{}", head(width), sections.join("\n"))
}

fn section(group: &FlagGroup, width: usize) -> String {
    let rows: Vec<_> = group
        .flags
        .iter()
        .map(|flag| (left(flag), full(flag)))
        .collect();
    format!("{}:\n{}", group.title, columns(&rows, width))
}

/// The flag as it is written, with its default if that is short.
fn left(flag: &Flag) -> String {
    let short = flag
        .short
        .map(|short| format!("-{short}, "))
        .unwrap_or_default();
    let value = match (&flag.value, short_default(flag)) {
        (None, _) => String::new(),
        (Some(_), Some(default)) => format!("={default}"),
        (Some(value), None) => format!("={value}"),
    };
    format!("{short}--{}{value}", flag.name)
}

fn short_default(flag: &Flag) -> Option<&str> {
    let [default] = flag.default.as_slice() else {
        return None;
    };
    (default.chars().count() <= MAX_DEFAULT).then_some(default)
}

/// The first sentence, and the words that the flag accepts.
fn brief(flag: &Flag) -> String {
    match flag.choices.as_slice() {
        [] => flag.summary().to_owned(),
        choices => format!("{} [{}]", flag.summary(), choices.join(", ")),
    }
}

/// The description, the words that the flag accepts, and a default that is too long for [`left`].
fn full(flag: &Flag) -> String {
    let mut text = flag.description.clone();
    if !flag.choices.is_empty() {
        text += &format!(" One of: [{}]", flag.choices.join(", "));
    }
    if short_default(flag).is_none() && !flag.default.is_empty() {
        text += &format!(" [default: {}]", flag.default.join(", "));
    }
    text
}
