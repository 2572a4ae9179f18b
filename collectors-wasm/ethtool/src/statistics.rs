//! Statistics of drivers: one family per name, by the rules of the module `names`.
//!
//! Of several statistics of a device with the same name, the last counts. If different names lead to
//! the same family, all of them are omitted, because nothing tells them apart. The help text of a
//! family is that of the first device with it.

use std::collections::BTreeMap;
use std::rc::Rc;

use firepit_sdk::dynamic::{Kind, Plain};
use firepit_sdk::ethtool::Statistic;
use firepit_sdk::filter::Pattern;
use firepit_sdk::parse::NameCache;
use firepit_sdk::{Metrics, log};

use crate::INFO_NAME;
use crate::names::Name;

/// What is known of statistics.
#[derive(Debug)]
pub(crate) struct Statistics {
    include: Pattern,
    /// By device. The names of a driver's statistics are the same on every scrape.
    known: BTreeMap<String, Names>,
}

/// The names of one device's statistics, in its order. `None` for those that are not shown.
type Names = NameCache<Option<Rc<Name>>>;

/// The values of a family by device, and its help text.
#[derive(Debug, Default)]
struct Family<'a> {
    help: String,
    rows: Vec<(&'a str, u64)>,
}

impl Statistics {
    pub(crate) fn new(include: Pattern) -> Self {
        Self {
            include,
            known: BTreeMap::new(),
        }
    }

    /// Emits the statistics of devices.
    pub(crate) fn emit(&mut self, metrics: &mut Metrics, found: &[(&str, Vec<Statistic>)]) {
        let is_found = |device: &String| found.iter().any(|(it, _)| it == device);
        self.known.retain(|device, _| is_found(device));
        let mut families: BTreeMap<String, Family<'_>> = BTreeMap::new();
        for (device, statistics) in found {
            self.add(&mut families, device, statistics);
        }
        for (name, Family { help, rows }) in &families {
            let mut family = metrics.rows(Plain {
                kind: Kind::Untyped,
                name,
                help,
                label_names: &["device"],
            });
            for (device, value) in rows {
                family.push(&[device], *value as f64);
            }
        }
    }

    fn add<'a>(
        &mut self,
        families: &mut BTreeMap<String, Family<'a>>,
        device: &'a str,
        found: &[Statistic],
    ) {
        let known = self.known.entry(device.to_owned()).or_default();
        for (name, value) in distinct(known, &self.include, device, found) {
            if name.family() == INFO_NAME {
                let fields = [("device", device), ("metric", &*name.sanitised)];
                log::debug("dropping a metric with the name of another", &fields);
                continue;
            }
            if !families.contains_key(name.family()) {
                let family = Family {
                    help: name.help(),
                    rows: Vec::new(),
                };
                families.insert(name.family().to_owned(), family);
            }
            let rows = families.get_mut(name.family()).map(|it| &mut it.rows);
            // The device may have `rx_bytes_total` beside `rx_bytes`, whose family has that name.
            let is_new = |rows: &&mut Vec<(&str, u64)>| rows.last().is_none_or(|it| it.0 != device);
            if let Some(rows) = rows.filter(is_new) {
                rows.push((device, value));
            }
        }
    }
}

/// The statistics that are shown, in the order of their names by rule.
fn distinct(
    known: &mut Names,
    include: &Pattern,
    device: &str,
    found: &[Statistic],
) -> Vec<(Rc<Name>, u64)> {
    let learn = |name: &str| {
        let name = Name::of(name)?;
        include.search(&name.sanitised).then(|| Rc::new(name))
    };
    let mut named: Vec<(Rc<Name>, &Statistic)> = Vec::with_capacity(found.len());
    for (index, statistic) in found.iter().enumerate() {
        let name = known.at(index, &statistic.name, learn);
        named.extend(name.cloned().flatten().map(|name| (name, statistic)));
    }
    // Stable, so that of several with one name the last stays the last.
    named.sort_by(|(one, _), (other, _)| one.by_rule.cmp(&other.by_rule));
    let groups = named.chunk_by(|(one, _), (other, _)| one.by_rule == other.by_rule);
    groups
        .filter_map(|group| {
            let (name, last) = group.last()?;
            if group.iter().any(|(_, it)| it.name != last.name) {
                let fields = [("device", device), ("metricFQName", &*name.by_rule)];
                log::debug("dropping duplicate metric name", &fields);
                return None;
            }
            Some((Rc::clone(name), last.value))
        })
        .collect()
}
