//! The kernel's load balancer, IP Virtual Server: its traffic, and the connections of each backend.
//!
//! Reads `/proc/net/ip_vs_stats` and `/proc/net/ip_vs`, which the kernel writes in
//! `net/netfilter/ipvs/ip_vs_ctl.c`. Emits totals of connections, packets and bytes, and by backend
//! `node_ipvs_backend_connections_active`, `_inactive` and `_weight`. The option `backend-labels`
//! selects the labels of backends; backends with equal labels are summed. Without the first file
//! there is no virtual server, and no data; unreadable files and malformed lines are skipped.

mod backends;
mod labels;
mod totals;

use std::collections::BTreeMap;

use firepit_sdk::dynamic::{Kind, Plain};
use firepit_sdk::parse::Text;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{
    Collector, Counter, Descriptor, Error, Metrics, Settings, export, families, files,
};

use backends::Load;
use labels::Label;

const TOTALS: &str = "/proc/net/ip_vs_stats";
const BACKENDS: &str = "/proc/net/ip_vs";

/// The families of the totals in the order of their columns.
const COUNTERS: [Counter<0>; totals::COLUMNS] = families! { Counter[]
    "node_ipvs_connections_total": "The total number of connections made.",
    "node_ipvs_incoming_packets_total": "The total number of incoming packets.",
    "node_ipvs_outgoing_packets_total": "The total number of outgoing packets.",
    "node_ipvs_incoming_bytes_total": "The total amount of incoming data.",
    "node_ipvs_outgoing_bytes_total": "The total amount of outgoing data.",
};

/// The families of the backends: name and help text.
const BACKEND_FAMILIES: [(&str, &str); 3] = [
    (
        "node_ipvs_backend_connections_active",
        "The current active connections by local and remote address.",
    ),
    (
        "node_ipvs_backend_connections_inactive",
        "The current inactive connections by local and remote address.",
    ),
    (
        "node_ipvs_backend_weight",
        "The current backend weight by local and remote address.",
    ),
];

/// The collector.
#[derive(Debug)]
pub struct Ipvs {
    labels: Vec<Label>,
}

impl Collector for Ipvs {
    fn describe() -> Descriptor {
        Descriptor::new("ipvs", "Shows the IP virtual server and its backends.")
            .reads([TOTALS, BACKENDS])
            .text(
                "backend-labels",
                &Label::ALL.map(Label::name).join(","),
                "Comma separated list for IPVS backend stats labels.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            labels: labels::parse(settings.text("backend-labels"))?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let text = match files::read_text(TOTALS) {
            Err(error) if error.is_not_found() => return Err(Error::NoData),
            text => text.or_skip(),
        };
        let totals = text.and_then(|text| totals::parse(&text).or_skip());
        if let Some(totals) = totals {
            metrics.table(COUNTERS).row([], totals);
        }
        if let Some(text) = files::read_text(BACKENDS).or_skip() {
            self.emit(metrics, &self.loads(&text));
        }
        Ok(())
    }
}

impl Ipvs {
    /// The load of the backends, summed by label values.
    fn loads(&self, text: &Text) -> BTreeMap<Vec<String>, Load> {
        let mut loads = BTreeMap::<Vec<String>, Load>::new();
        for backend in backends::parse(text) {
            let values = self.labels.iter().map(|label| label.value(&backend));
            *loads.entry(values.collect()).or_default() += backend.load;
        }
        loads
    }

    fn emit(&self, metrics: &mut Metrics, loads: &BTreeMap<Vec<String>, Load>) {
        let values: [fn(&Load) -> f64; 3] = [
            |load| load.active as f64,
            |load| load.inactive as f64,
            |load| load.weight as f64,
        ];
        let label_names: Vec<&str> = self.labels.iter().map(|label| label.name()).collect();
        for ((name, help), value) in BACKEND_FAMILIES.into_iter().zip(values) {
            let mut family = metrics.rows(Plain {
                kind: Kind::Gauge,
                name,
                help,
                label_names: &label_names,
            });
            for (label_values, load) in loads {
                let label_values: Vec<&str> = label_values.iter().map(String::as_str).collect();
                family.push(&label_values, value(load));
            }
        }
    }
}

export!(Ipvs);

#[cfg(test)]
mod tests;
