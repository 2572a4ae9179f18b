//! The tables of `docs/metrics.md`: every metric about firepit itself, from the definitions that
//! the pages are made of. The rest of the page is written by hand.

use firepit::self_metrics::{self, Group};
use firepit::web::HttpCounters;
use firepit_exposition::record::{Family, Samples};

use crate::markdown::{code, codes, filled, head, prose, row};

/// What the page says of a metric after its help text.
const NOTES: [(&str, &str); 8] = [
    (
        "firepit_build_info",
        "The labels of the build are those of `--version`.",
    ),
    (
        "firepit_collector_failures_total",
        "[Reasons](#reasons-of-a-failure).",
    ),
    (
        "firepit_collector_load_failures_total",
        "[Reasons](modules.md#why-a-module-is-not-loaded).",
    ),
    (
        "firepit_collectors_failures_total",
        "[Reasons](#reasons-of-a-failure).",
    ),
    (
        "firepit_config_last_reload_successful",
        "0: the previous config stays active.",
    ),
    (
        "firepit_families_refused_total",
        "Among the reasons: a [reserved name](modules.md#names-and-families) (`reserved-name`), a label that the \
         collector's [constant labels](configuration.md#constant-labels) set as well (`label-clash`), no room \
         in the metrics response (`page-limit`).",
    ),
    (
        "firepit_http_connections_evicted_total",
        "`head`, `slow-reader`: too slow, or the slowest when others needed room; `idle`, `address-limit`: \
         room for others; `abuse`: too many HTTP/2 streams were reset.",
    ),
    (
        "firepit_series_conflicts_total",
        "`label`: two labels get one name by [escaping](names.md#names-with-other-characters).",
    ),
];

/// The titles of the groups, in the order of the page.
const GROUPS: [(Group, &str); 4] = [
    (Group::Program, "The program and all collectors"),
    (Group::Faults, "Faults of single collectors"),
    (Group::Modules, "Third-party modules"),
    (
        Group::Costs,
        "Third-party modules; built-in collectors with `--web.self-metrics=full`",
    ),
];

/// The page with its tables written anew.
pub(crate) fn page(page: &str) -> Result<String, String> {
    let families = families();
    let section = |(group, title): (Group, &str)| {
        let of_group = families.iter().filter(|(it, _)| *it == group);
        let rows: String = of_group.map(|(_, family)| metric(family)).collect();
        let head = head(["metric", "type", "labels", "meaning"]);
        format!("\n## {title}\n\n{head}{rows}")
    };
    let text: String = GROUPS.map(section).concat();
    filled(page, "metrics", &format!("{text}\n"))
}

fn families() -> Vec<(Group, Family)> {
    let mut families = self_metrics::reference();
    let of_server = HttpCounters::new().families().into_iter();
    let own = of_server.filter(|family| family.name.starts_with("firepit_"));
    families.extend(own.map(|family| (Group::Program, family)));
    families.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
    families
}

fn metric(family: &Family) -> String {
    let kind = match family.samples {
        Samples::Counter(_) => "counter",
        Samples::Gauge(_) => "gauge",
        Samples::Untyped(_) => "untyped",
        Samples::Histogram(_) => "histogram",
        Samples::Summary(_) => "summary",
    };
    let note = NOTES.iter().find(|(name, _)| *name == family.name);
    let note = note.map(|(_, note)| format!(" {note}")).unwrap_or_default();
    row([
        &code(&family.name),
        kind,
        &codes(&family.label_names),
        &format!("{}{note}", prose(&family.help)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_names_an_existing_metric() {
        let families = families();
        for (name, _) in NOTES {
            assert!(families.iter().any(|(_, it)| it.name == name), "{name}");
        }
    }
}
