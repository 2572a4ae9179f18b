//! The routes of all tables.
//!
//! Queries netlink ([rtnetlink(7)](https://man7.org/linux/man-pages/man7/rtnetlink.7.html)) for
//! `RTM_GETLINK` and `RTM_GETROUTE`. Emits `node_network_route_info`, with a series for each
//! unicast route or each of its next hops, and `node_network_routes`, their number by interface.
//!
//! Routes with equal labels, such as routes of several tables, are one series of
//! `node_network_route_info`; node_exporter fails with them. Malformed routes are skipped.

mod routes;

use std::collections::BTreeMap;
use std::net::IpAddr;

use firepit_sdk::netlink::{self, Names, Query};
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, ResultExt, export};

use routes::Route;

const INFO: Gauge<7> = Gauge::new(
    "node_network_route_info",
    "network routing table information",
    ["device", "src", "dest", "gw", "priority", "proto", "weight"],
);
const ROUTES: Gauge<1> = Gauge::new(
    "node_network_routes",
    "network routes by interface",
    ["device"],
);

export!(
    NetworkRoute,
    collect,
    Descriptor::new("network_route", "Shows network routes.").disabled_by_default()
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let names = Names::ask().context("couldn't get links")?;
    let dump = netlink::dump(Query::Routes).context("couldn't get routes")?;
    let mut routes = routes::unicast(&dump);
    emit_counts(metrics, &routes, &names);
    for route in &mut routes {
        // All interfaces without a name share an empty label.
        if names.get(route.interface).is_none() {
            route.interface = 0;
        }
    }
    routes.sort_unstable();
    routes.dedup();
    emit_info(metrics, &routes, &names);
    Ok(())
}

fn emit_counts(metrics: &mut Metrics, routes: &[Route], names: &Names) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for route in routes {
        let device = names.get(route.interface).unwrap_or_default();
        *counts.entry(device).or_default() += 1;
    }
    let mut writer = metrics.gauge(&ROUTES);
    for (device, count) in counts {
        writer.set([device], count);
    }
}

fn emit_info(metrics: &mut Metrics, routes: &[Route], names: &Names) {
    let mut writer = metrics.gauge(&INFO);
    for route in routes {
        let label_values = [
            names.get(route.interface).unwrap_or_default(),
            &address(route.source),
            &destination(route),
            &address(route.gateway),
            &route.priority.to_string(),
            route.protocol,
            &(route.weight).map_or_else(String::new, |weight| weight.to_string()),
        ];
        writer.set(label_values, 1);
    }
}

fn address(address: Option<IpAddr>) -> String {
    address.map_or_else(String::new, |address| address.to_string())
}

fn destination(route: &Route) -> String {
    match route.destination {
        None => "default".to_owned(),
        Some((address, prefix_length)) => format!("{address}/{prefix_length}"),
    }
}

#[cfg(test)]
mod tests;
