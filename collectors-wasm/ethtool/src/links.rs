//! Families about links.

use firepit_sdk::ethtool::LinkSettings;
use firepit_sdk::{Gauge, Metrics, families};

use crate::modes::{self, Mode};
use crate::netlink::OtherModes;

const PORTS: Gauge<2> = Gauge::new(
    "node_network_supported_port_info",
    "Type of ports or PHYs supported by network device",
    ["device", "type"],
);
const SUPPORTED: Gauge<3> = Gauge::new(
    "node_network_supported_speed_bytes",
    "Combination of speeds and features supported by network device",
    ["device", "duplex", "mode"],
);
const ADVERTISED: Gauge<3> = Gauge::new(
    "node_network_advertised_speed_bytes",
    "Combination of speeds and features offered by network device",
    ["device", "duplex", "mode"],
);
const FEATURES: [Gauge<1>; 7] = families! { Gauge["device"]
    "node_network_autonegotiate_supported": "If this port device supports autonegotiate",
    "node_network_pause_supported": "If this port device supports pause frames",
    "node_network_asymmetricpause_supported": "If this port device supports asymmetric pause frames",
    "node_network_autonegotiate_advertised": "If this port device offers autonegotiate",
    "node_network_pause_advertised": "If this port device offers pause capability",
    "node_network_asymmetricpause_advertised": "If this port device offers asymmetric pause capability",
    "node_network_autonegotiate": "If this port is using autonegotiate",
};

/// A device and its settings.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    pub(crate) device: &'a str,
    pub(crate) settings: LinkSettings,
}

/// Emits the families about links. `others` are modes beyond the settings.
pub(crate) fn emit(metrics: &mut Metrics, links: &[Link<'_>], others: &[OtherModes]) {
    let mut ports = metrics.gauge(&PORTS);
    for link in links {
        for (bit, name) in modes::PORTS {
            if has(link.settings.supported, bit) {
                ports.set([link.device, name], 1);
            }
        }
    }
    emit_speeds(
        metrics,
        &SUPPORTED,
        links,
        |link| link.settings.supported,
        {
            others
                .iter()
                .map(|other| (&*other.device, &other.supported))
        },
    );
    emit_speeds(
        metrics,
        &ADVERTISED,
        links,
        |link| link.settings.advertising,
        {
            others
                .iter()
                .map(|other| (&*other.device, &other.advertised))
        },
    );
    let mut features = metrics.table(FEATURES);
    for Link { device, settings } in links {
        let bits = |word| {
            [modes::AUTONEGOTIATE, modes::PAUSE, modes::ASYMMETRIC_PAUSE]
                .map(|bit| f64::from(u8::from(has(word, bit))))
        };
        let [supported, advertised] = [settings.supported, settings.advertising].map(bits);
        let [a, b, c] = supported;
        let [d, e, f] = advertised;
        let autonegotiation = f64::from(settings.autonegotiation);
        features.row([device], [a, b, c, d, e, f, autonegotiation]);
    }
}

fn emit_speeds<'a>(
    metrics: &mut Metrics,
    family: &'static Gauge<3>,
    links: &[Link<'_>],
    word: impl Fn(&Link<'_>) -> u32,
    others: impl Iterator<Item = (&'a str, &'a Vec<&'static Mode>)>,
) {
    let mut speeds = metrics.gauge(family);
    let mut set = |device: &str, mode: &Mode| {
        speeds.set([device, mode.duplex, &mode.name()], mode.bytes());
    };
    for link in links {
        let word = word(link);
        let modes = modes::USUAL.iter();
        for mode in modes.filter(|mode| has(word, mode.bit.into())) {
            set(link.device, mode);
        }
    }
    for (device, modes) in others {
        modes.iter().for_each(|mode| set(device, mode));
    }
}

fn has(word: u32, bit: u32) -> bool {
    word >> bit & 1 == 1
}
