//! The families, and their samples.

use firepit_sdk::{Gauge, Metrics, Scalar, families};

use crate::{Bss, Found};

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

/// Emits the values of all interfaces.
pub(crate) fn emit(metrics: &mut Metrics, found: &[Found]) {
    let mut frequency = metrics.gauge(&FREQUENCY);
    for Found { interface, .. } in found {
        let hertz = interface.frequency * 1000.0 * 1000.0;
        frequency.set([&interface.name], hertz);
    }
    let mut info = metrics.gauge(&INFO);
    for Found { interface, bss, .. } in found {
        if let Some(Bss {
            bssid,
            ssid,
            status,
        }) = bss
        {
            info.set([&interface.name, bssid, ssid, mode(*status)], 1);
        }
    }
    let mut table = metrics.table(STATION);
    for own in found {
        for station in &own.stations {
            table.row([&own.interface.name, &station.address], station.values);
        }
    }
}

/// The label `mode` of the status of an interface in a network.
fn mode(status: i64) -> &'static str {
    match status {
        0 | 1 => "client",
        2 => "ad-hoc",
        _ => "unknown",
    }
}

/// Seconds of a time in nanoseconds: summed as in node_exporter, whole seconds first.
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
