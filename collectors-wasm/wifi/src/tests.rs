//! Tests of the collector with simulated interfaces.

use super::*;
use firepit_sdk::netlink::{Query, Reason};
use firepit_sdk::testing::netlink::{attribute, message};
use firepit_sdk::testing::{Faults, Host, Loss, Output};

fn interface(index: u32, name: &str) -> Vec<u8> {
    let attributes = [
        attribute(3, &index.to_ne_bytes()),
        attribute(4, format!("{name}\0").as_bytes()),
        attribute(38, &5180_u32.to_ne_bytes()),
    ];
    message(32, &[0; 4], &attributes.concat())
}

fn host(interfaces: &[Vec<u8>]) -> Host {
    Host::new().netlink(Query::WifiInterfaces, Ok(interfaces.concat()))
}

fn run(host: &Host) -> Output {
    host.run::<Wifi>([])
}

fn made_up(host: Host) -> Output {
    host.run::<Wifi>([("fixtures", "/fixtures/")])
}

const INTERFACES: &str = r#"[{"name": "wlan0", "frequency": 2412}, {"type": 10}]"#;

#[test]
fn shows_interfaces_networks_and_stations() {
    let seen = [
        attribute(1, &[2, 0, 0, 0, 0, 1]),
        attribute(6, b"\0\x04Home"),
        attribute(9, &2_u32.to_ne_bytes()),
    ];
    let network = message(34, &[0; 4], &attribute(47, &seen.concat()));
    let info = attribute(21, &attribute(16, &7_u32.to_ne_bytes()));
    let station = [attribute(6, &[2, 0, 0, 0, 0, 3]), info].concat();
    let out = run(&host(&[interface(3, "wlan0"), interface(4, "")])
        .netlink(Query::WifiScan(3), Ok(network))
        .netlink(Query::WifiStations(3), Ok(message(19, &[0; 4], &station))));
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    let expected = r#"node_wifi_interface_frequency_hertz{device="wlan0"} 5180000000
node_wifi_station_info{device="wlan0",bssid="02:00:00:00:00:01",ssid="Home",mode="ad-hoc"} 1
node_wifi_station_connected_seconds_total{device="wlan0",mac_address="02:00:00:00:00:03"} 7
node_wifi_station_inactive_seconds{device="wlan0",mac_address="02:00:00:00:00:03"} 0
"#;
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(text.lines().count(), 14);
}

#[test]
fn without_wireless_interfaces_there_is_no_data() {
    assert_eq!(run(&Host::new()).result, Err(Error::NoData));
    let refused = Host::new().netlink(Query::WifiInterfaces, Err(Reason::PermissionDenied));
    assert_eq!(run(&refused).result, Err(Error::NoData));
    let out = run(&host(&[]));
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn an_interface_need_not_be_in_a_network() {
    let host = host(&[interface(3, "wlan0")])
        .netlink(Query::WifiScan(3), Ok(Vec::new()))
        .netlink(Query::WifiStations(3), Err(Reason::Os(2)));
    let out = run(&host);
    let expected = "node_wifi_interface_frequency_hertz{device=\"wlan0\"} 5180000000\n";
    assert_eq!(
        (out.result.clone(), out.text().as_str()),
        (Ok(()), expected)
    );
}

#[test]
fn failed_request_omits_only_its_own_values() {
    let host = host(&[interface(3, "wlan0"), interface(4, "wlan1")])
        .netlink(Query::WifiScan(3), Err(Reason::Os(95)))
        .netlink(Query::WifiStations(3), Ok(vec![0; 20]))
        .netlink(Query::WifiScan(4), Ok(Vec::new()))
        .netlink(Query::WifiStations(4), Ok(Vec::new()));
    let out = run(&host);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 2)
    );
    let told: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
    let expected = [
        "failed to retrieve BSS for device wlan0: system error 95",
        "failed to retrieve station info for device \"wlan0\": malformed netlink message",
    ];
    assert_eq!(told, expected);
    let host = host.netlink(Query::WifiInterfaces, Err(Reason::TimedOut));
    let expected = "failed to retrieve wifi interfaces: no answer in time";
    assert_eq!(run(&host).result.unwrap_err().to_string(), expected);
}

#[test]
fn fixtures_replace_netlink() {
    let bss = r#"{"ssid": "Example", "bssid": "ABEiM0RV", "status": 1}"#;
    let stations = r#"[{"hardwareaddr": "qrvM3e7/", "inactive": 400000000, "signal": -52}]"#;
    let out = made_up(
        Host::new()
            .file("/fixtures/interfaces.json", INTERFACES)
            .file("/fixtures/wlan0/bss.json", bss)
            .file("/fixtures/wlan0/stationinfo.json", stations),
    );
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    for line in [
        "node_wifi_interface_frequency_hertz{device=\"wlan0\"} 2412000000\n",
        "node_wifi_station_info{device=\"wlan0\",bssid=\"00:11:22:33:44:55\",ssid=\"Example\",mode=\"client\"} 1\n",
        "node_wifi_station_inactive_seconds{device=\"wlan0\",mac_address=\"aa:bb:cc:dd:ee:ff\"} 0.4\n",
        "node_wifi_station_signal_dbm{device=\"wlan0\",mac_address=\"aa:bb:cc:dd:ee:ff\"} -52\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    assert_eq!(text.lines().count(), 14);
}

#[test]
fn missing_fixtures_are_ignored_and_malformed_ones_skipped() {
    let host = || Host::new().file("/fixtures/interfaces.json", INTERFACES);
    let out = made_up(host());
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.text().lines().count(), 1);
    let out = made_up(host().file("/fixtures/wlan0/bss.json", "{"));
    let expected = "failed to retrieve BSS for device wlan0: /fixtures/wlan0/bss.json:1: \
                    value or end of sequence expected";
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.skipped[0].problem, expected);
    let expected =
        "failed to retrieve wifi interfaces: /fixtures/interfaces.json: no such file or directory";
    assert_eq!(
        made_up(Host::new()).result.unwrap_err().to_string(),
        expected
    );
}

#[test]
fn faults() {
    let bss = r#"{"ssid": "Example", "bssid": "ABEiM0RV", "status": 1}"#;
    let stations = r#"[{"hardwareaddr": "qrvM3e7/", "inactive": 400000000, "signal": -52}]"#;
    let host = Host::new()
        .file("/fixtures/interfaces.json", INTERFACES)
        .file("/fixtures/wlan0/bss.json", bss)
        .file("/fixtures/wlan0/stationinfo.json", stations);
    Faults::new()
        .options([("fixtures", "/fixtures")])
        .rule(
            "/fixtures/interfaces.json",
            Loss::Everything,
            "the list of interfaces",
        )
        .rule(
            "/fixtures/*/stationinfo.json",
            Loss::Lines(&["mac_address"]),
            "all stations of an interface",
        )
        .check::<Wifi>(&host);
}
