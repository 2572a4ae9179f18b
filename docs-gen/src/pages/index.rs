//! The index page: all collectors in one table.

use super::section::{Section, by_default};
use super::{GENERATED, interfaces, reads};
use crate::markdown::{cell, codes, head, row};
use firepit_tests::Group;

const ABOUT: &str = "\
The built-in collectors. `--collector.NAME` enables a collector and `--no-collector.NAME` disables
it; its other flags and its metrics are on the page of its group.

A collector can read only the files that it declares, connect only to the addresses that it declares,
and use only the host interfaces that it imports: see the columns on the right. All collectors use `metrics` to pass their series to the
host, and some use `log`. `clocks` provides the time, and `random` the seed of Rust's hash tables.
[modules.md](../modules.md) describes grants.

Paths are those inside the sandbox: `/proc`, `/sys`, `/rootfs` and `/udev` stand for the directories
of `--path.procfs`, `--path.sysfs`, `--path.rootfs` and `--path.udev.data`, and braces for the value
of an option.

The tables list the families that node_exporter's test fixtures and a few additional files produce.
A host shows fewer of them, and more where the kernel has names that the fixtures do not have.
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
        "Description",
        "Reads and connects to",
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
        &reads::short_with(&descriptor.reads, &descriptor.connects),
        &codes(interfaces(&section.loaded)),
    ])
}
