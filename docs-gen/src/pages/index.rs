//! The index page: all collectors in one table.

use super::section::{Section, by_default};
use super::{GENERATED, interfaces, reads};
use crate::markdown::{cell, codes, head, row};
use firepit_tests::Group;

const ABOUT: &str = "\
What is built in. `--collector.NAME` switches a collector on and `--no-collector.NAME` off; its
other flags and its metrics are on the page of its group.

Of files a collector sees those that it names, and of the host's interfaces those that it imports;
the columns on the right say which. All have `metrics`, which hands over what they found, and some
have `log`. `clocks` tells the time; `random` is what Rust's hash tables are seeded with.
[modules.md](../modules.md) has more on grants.

Paths are those that collectors see: `/proc`, `/sys`, `/rootfs` and `/udev` stand for what
`--path.procfs`, `--path.sysfs`, `--path.rootfs` and `--path.udev.data` name, and braces for the
value of an option.

The families are those that node_exporter's test fixtures bring out, and a few files beside them.
Hosts show fewer of them, and more where the kernel gives names that the fixtures do not have.
";

/// The page.
pub(super) fn page(sections: &[Section]) -> String {
    let mut sections: Vec<&Section> = sections.iter().collect();
    sections.sort_by_key(|section| section.collector.name);
    let groups = Group::ALL.map(|group| format!("[{}]({}.md)", group.title(), group.page()));
    let table = head([
        "Collector",
        "Default",
        "Group",
        "What it shows",
        "Reads",
        "Interfaces",
    ]);
    let rows: String = sections.into_iter().map(line).collect();
    format!(
        "{GENERATED}\n# Collectors\n\n{ABOUT}\n{}.\n\n{table}{rows}",
        groups.join(", ")
    )
}

fn line(section: &Section) -> String {
    let descriptor = &section.loaded.descriptor;
    let (name, page) = (section.collector.name, section.collector.group.page());
    row([
        &format!("[{name}]({page}.md#{name})"),
        by_default(descriptor),
        page,
        &cell(&descriptor.about),
        &reads::short(&descriptor.reads),
        &codes(interfaces(&section.loaded)),
    ])
}
