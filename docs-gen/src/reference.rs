//! The tables of `docs/flags.md` and `docs/configuration.md`: every flag, command and key, from the
//! definitions that the command line and the config file are parsed with. The rest of the pages is
//! written by hand.

use firepit::cli::{self, Flag, FlagGroup};
use firepit::config::{self, Key};
use firepit::node_exporter;

use crate::markdown::{code, codes, filled, head, prose, row};
use crate::metrics;

/// What the page says of a group before its table.
const INTRODUCTIONS: [(&str, &str); 7] = [
    (
        "Web",
        "[Addresses to listen on](#addresses-to-listen-on) has the forms of an address,\n\
         [web-config.md](web-config.md) the keys of the web config file, and \
         [deployment.md](deployment.md#socket-activation)\n\
         describes socket activation.",
    ),
    (
        "Modules",
        "The [configuration of single collectors](configuration.md) is a file; compiled modules have a \
         [cache](modules.md#the-cache-of-compiled-modules).",
    ),
    (
        "Collectors",
        "`--collector.NAME` enables a collector and `--no-collector.NAME` disables it;\n\
         [compatibility.md](compatibility.md#built-in-collectors) has the defaults. \
         `--collector.NAME.OPTION` sets an option of a\n\
         collector: [collectors/](collectors/README.md) lists them.",
    ),
    (
        "Sandbox",
        "Each limit but the last holds for each collector and, unless the table says otherwise, for each \
         scrape. The config file\n\
         [overrides](configuration.md#every-key) them for single collectors. [sandbox.md](sandbox.md#limits) \
         has these limits\n\
         together with those that have no flag.",
    ),
    (
        "Scrape",
        "A response has to be complete before the scraper's timeout ends, and has a maximum size.",
    ),
    (
        "Metrics",
        "[names.md](names.md#the-namespace) and [compatibility.md](compatibility.md#old-names) have more about \
         these. The config file\n\
         adds [constant labels](configuration.md#constant-labels) to the series of a collector.",
    ),
    (
        "Commands",
        "[commands.md](commands.md) shows what the commands print, and \
         [migration.md](migration.md#firepit-migrate)\n\
         what `migrate` prints. All commands but `migrate` take the server's flags, too.",
    ),
];

/// A page whose tables are written anew.
type Page = fn(&str) -> Result<String, String>;

/// The pages with such tables, by their names in `docs/`.
pub const PAGES: [(&str, Page); 3] = [
    ("flags.md", flags),
    ("configuration.md", configuration),
    ("metrics.md", metrics::page),
];

fn configuration(page: &str) -> Result<String, String> {
    let groups = cli::reference(&[]);
    let flags: Vec<&Flag> = groups.iter().flat_map(|group| &group.flags).collect();
    let mut text = head(["key", "type", "default", "overrides"]);
    for (parent, key) in config::reference() {
        let parent = parent
            .map(|parent| format!("{parent}."))
            .unwrap_or_default();
        text += &key_row(&parent, key, &flags);
    }
    filled(page, "keys", &text)
}

fn key_row(parent: &str, key: Key, flags: &[&Flag]) -> String {
    let of_flag = key.flags.iter().filter_map(|name| {
        let flag = flags.iter().find(|flag| flag.name == *name)?;
        Some(codes(&flag.default))
    });
    let default = match key.default {
        "" => of_flag.collect(),
        default => default.to_owned(),
    };
    let overridden = key.flags.iter().map(|flag| code(&format!("--{flag}")));
    let others = (!key.overrides.is_empty()).then(|| key.overrides.to_owned());
    let overridden: Vec<String> = others.into_iter().chain(overridden).collect();
    let name = code(&format!("{parent}{}", key.name));
    row([&name, key.form, &default, &overridden.join(", ")])
}

fn flags(page: &str) -> Result<String, String> {
    let groups = cli::reference(&[]);
    let page = filled(page, "node_exporter", &of_node_exporter(&groups))?;
    filled(&page, "flags", &tables(&groups))
}

/// Which of the flags node_exporter has.
fn of_node_exporter(groups: &[FlagGroup]) -> String {
    let ours = groups.iter().flat_map(|group| &group.flags);
    let theirs = ours.filter(|flag| node_exporter::FLAGS.contains(&flag.name.as_str()));
    let theirs: Vec<String> = theirs.map(|flag| format!("--{}", flag.name)).collect();
    let mut text = String::new();
    let mut width = 0;
    for (number, flag) in theirs.iter().enumerate() {
        let end = if number + 1 == theirs.len() { "." } else { "," };
        let word = format!("{}{end}", code(flag));
        if width > 0 && width + 1 + word.len() > 110 {
            text.push('\n');
            width = 0;
        } else if width > 0 {
            text.push(' ');
            width += 1;
        }
        width += word.len();
        text += &word;
    }
    text + "\n"
}

fn tables(groups: &[FlagGroup]) -> String {
    let sections: Vec<String> = groups.iter().map(section).collect();
    format!("\n{}\n", sections.join("\n"))
}

fn section(group: &FlagGroup) -> String {
    let introduction = INTRODUCTIONS
        .iter()
        .find(|(title, _)| *title == group.title)
        .map(|(_, text)| format!("{text}\n\n"))
        .unwrap_or_default();
    let mut text = format!("## {}\n\n{introduction}", group.title);
    if group.title == "Commands" {
        text += &head(["command", "what it does"]);
        for (usage, about) in cli::command_lines() {
            text += &row([&code(usage), &prose(about)]);
        }
        text.push('\n');
    }
    text += &head(["flag", "default", "meaning"]);
    group
        .flags
        .iter()
        .map(flag_row)
        .for_each(|line| text += &line);
    text
}

fn flag_row(flag: &Flag) -> String {
    let short = flag
        .short
        .map(|short| format!("{}, ", code(&format!("-{short}"))));
    let short = short.unwrap_or_default();
    let name = match &flag.value {
        Some(value) => code(&format!("--{}={value}", flag.name)),
        None => code(&format!("--{}", flag.name)),
    };
    let default = match (flag.is_negatable, flag.default.as_slice()) {
        (true, _) => "off".to_owned(),
        (false, values) => codes(values),
    };
    let mut meaning = prose(&flag.description);
    if !flag.choices.is_empty() {
        meaning += &format!(" One of {}.", codes(&flag.choices));
    }
    row([&format!("{short}{name}"), &default, &meaning])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_that_a_key_overrides_exists() {
        let groups = cli::reference(&[]);
        let flags: Vec<&Flag> = groups.iter().flat_map(|group| &group.flags).collect();
        for (_, key) in config::reference() {
            for name in key.flags {
                assert!(flags.iter().any(|flag| flag.name == *name), "{name}");
            }
        }
    }

    #[test]
    fn every_introduction_names_an_existing_group() {
        let groups = cli::reference(&[]);
        for (title, _) in INTRODUCTIONS {
            assert!(groups.iter().any(|group| group.title == title), "{title}");
        }
    }

    #[test]
    fn node_exporters_flags_are_shown() {
        let groups = cli::reference(&[]);
        let flags: Vec<&Flag> = groups.iter().flat_map(|group| &group.flags).collect();
        for name in node_exporter::FLAGS {
            assert!(flags.iter().any(|flag| flag.name == name), "{name}");
        }
    }
}
