//! The families, and what is shown in them.

use firepit_sdk::{Gauge, Metrics, Scalar, families};

use crate::{Bss, Station};

const FREQUENCY: Gauge<1> = Gauge::new(
    "node_wifi_interface_frequency_hertz",
    "The current frequency a WiFi interface is operating at, in hertz.",
    ["device"],
);
const INFO: Gauge<4> = Gauge::new(
    "node_wifi_station_info",
    "Labeled WiFi interface station information as provided by the operating system.",
    ["device", "bssid", "ssid", "mode"],
);

/// The numbers of a station.
pub(crate) const STATION: [Scalar<2>; 12] = families! { Scalar["device", "mac_address"]
    counter "node_wifi_station_connected_seconds_total": "The total number of seconds a station has been connected to an access point.",
    gauge "node_wifi_station_inactive_seconds": "The number of seconds since any wireless activity has occurred on a station.",
    gauge "node_wifi_station_receive_bits_per_second": "The current WiFi receive bitrate of a station, in bits per second.",
    gauge "node_wifi_station_transmit_bits_per_second": "The current WiFi transmit bitrate of a station, in bits per second.",
    counter "node_wifi_station_receive_bytes_total": "The total number of bytes received by a WiFi station.",
    counter "node_wifi_station_transmit_bytes_total": "The total number of bytes transmitted by a WiFi station.",
    counter "node_wifi_station_received_packets_total": "The total number of packets received by a station.",
    counter "node_wifi_station_transmitted_packets_total": "The total number of packets transmitted by a station.",
    gauge "node_wifi_station_signal_dbm": "The current WiFi signal strength, in decibel-milliwatts (dBm).",
    counter "node_wifi_station_transmit_retries_total": "The total number of times a station has had to retry while sending a packet.",
    counter "node_wifi_station_transmit_failed_total": "The total number of times a station has failed to send a packet.",
    counter "node_wifi_station_beacon_loss_total": "The total number of times a station has detected a beacon loss.",
};

/// What is shown of all interfaces; each piece with the interface's name.
#[derive(Debug, Default)]
pub(crate) struct Found {
    frequencies: Vec<(String, f64)>,
    networks: Vec<(String, Bss)>,
    stations: Vec<(String, Station)>,
}

impl Found {
    /// Adds the frequency of an interface, in MHz.
    pub(crate) fn frequency(&mut self, device: &str, frequency: f64) {
        self.frequencies.push((device.to_owned(), frequency));
    }

    /// Adds the network that an interface is in.
    pub(crate) fn bss(&mut self, device: &str, bss: Bss) {
        self.networks.push((device.to_owned(), bss));
    }

    /// Adds the stations of an interface.
    pub(crate) fn stations(&mut self, device: &str, stations: Vec<Station>) {
        let named = (stations.into_iter()).map(|station| (device.to_owned(), station));
        self.stations.extend(named);
    }

    /// Hands all of it over.
    pub(crate) fn emit(&self, metrics: &mut Metrics) {
        let mut writer = metrics.gauge(&FREQUENCY);
        for (device, megahertz) in &self.frequencies {
            writer.set([device], megahertz * 1000.0 * 1000.0);
        }
        let mut writer = metrics.gauge(&INFO);
        for (device, bss) in &self.networks {
            writer.set([device, &bss.bssid, &bss.ssid, mode(bss.status)], 1);
        }
        let mut table = metrics.table(STATION);
        for (device, station) in &self.stations {
            table.row([device, &station.address], station.values);
        }
    }
}

/// The label `mode` of the status that an interface has in a network.
fn mode(status: i64) -> &'static str {
    match status {
        0 | 1 => "client",
        2 => "ad-hoc",
        _ => "unknown",
    }
}

/// Seconds of a time in nanoseconds: as node_exporter adds them up, whole seconds first.
pub(crate) fn seconds(nanoseconds: i64) -> f64 {
    const SECOND: i64 = 1_000_000_000;
    (nanoseconds / SECOND) as f64 + (nanoseconds % SECOND) as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        let modes = [-1, 0, 1, 2, 3].map(mode);
        assert_eq!(modes, ["unknown", "client", "client", "ad-hoc", "unknown"]);
    }

    #[test]
    fn seconds_of_nanoseconds() {
        assert_eq!(seconds(400_000_000), 0.4);
        assert_eq!(seconds(30_000_000_000), 30.0);
        assert_eq!(seconds(-1_500_000_000), -1.5);
        assert!(seconds(i64::MIN) < seconds(i64::MAX));
    }
}
