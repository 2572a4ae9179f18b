//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

fn files(host: Host, directory: &str, files: &[(&str, &str)]) -> Host {
    let add = |host: Host, (file, text): &(&str, &str)| {
        host.file(&format!("{DEVICES}/{directory}/{file}"), text)
    };
    files.iter().fold(host, add)
}

/// A device with one port, without counters.
fn device_on(host: Host, name: &str) -> Host {
    let attributes = [
        ("fw_ver", "2.31.5050\n"),
        ("ports/1/state", "4: ACTIVE\n"),
        ("ports/1/phys_state", "5: LinkUp\n"),
        ("ports/1/rate", "40 Gb/sec (4X QDR)\n"),
    ];
    files(host, name, &attributes)
}

const BARE: &str = r#"node_infiniband_info{device="mlx4_0",board_id="",firmware_version="2.31.5050",hca_type=""} 1
node_infiniband_state_id{device="mlx4_0",port="1"} 4
node_infiniband_physical_state_id{device="mlx4_0",port="1"} 5
node_infiniband_rate_bytes_per_second{device="mlx4_0",port="1"} 5000000000
"#;

#[test]
fn a_port_without_counters() {
    let host = device_on(Host::new(), "mlx4_0");
    // Not read without the other file.
    let host = files(
        host,
        "mlx4_0/ports/1",
        &[("counters_ext/port_rcv_data_64", "x")],
    );
    let out = host.run::<InfiniBand>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), BARE.to_owned()));
}

#[test]
fn shows_the_counters_that_are_there() {
    let host = files(
        device_on(Host::new(), "mlx4_0"),
        "mlx4_0",
        &[
            ("board_id", "SM_1141000001000\n"),
            ("hca_type", "MT4099\n"),
            ("ports/1/counters/port_rcv_data", "10\n"),
            ("ports/1/counters/symbol_error", "N/A (no PMA)\n"),
            ("ports/1/counters/unknown", "garbage\n"),
            ("ports/1/counters_ext/port_xmit_data_64", "3\n"),
            ("ports/1/hw_counters/lifespan", "2999\n"),
            ("ports/1/hw_counters/duplicate_request", "0x10\n"),
        ],
    );
    let host = host.directory("/sys/class/infiniband/mlx4_0/ports/1/counters/link_downed");
    let out = host.run::<InfiniBand>([]);
    assert_eq!(out.result, Ok(()));
    let expected = BARE.replace("board_id=\"\"", "board_id=\"SM_1141000001000\"");
    let expected = expected.replace("hca_type=\"\"", "hca_type=\"MT4099\"")
        + r#"node_infiniband_lifespan_seconds{device="mlx4_0",port="1"} 2
node_infiniband_port_data_received_bytes_total{device="mlx4_0",port="1"} 40
node_infiniband_legacy_data_transmitted_bytes_total{device="mlx4_0",port="1"} 12
node_infiniband_duplicate_requests_packets_total{device="mlx4_0",port="1"} 16
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn hosts_without_devices() {
    let out = Host::new().run::<InfiniBand>([]);
    assert_eq!(
        (out.result.clone(), out.text()),
        (Err(Error::NoData), String::new())
    );
    let empty = Host::new().directory(DEVICES).run::<InfiniBand>([]);
    assert_eq!(
        (empty.result.clone(), empty.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn a_port_without_a_cable_has_no_rate() {
    let no_rate = [
        ("fw_ver", "2.31.5050\n"),
        ("ports/1/state", "4: ACTIVE\n"),
        ("ports/1/phys_state", "5: LinkUp\n"),
    ];
    let out = files(Host::new(), "mlx4_0", &no_rate).run::<InfiniBand>([]);
    let (rest, _) = BARE.split_once("node_infiniband_rate").unwrap();
    assert_eq!((out.result.clone(), out.text()), (Ok(()), rest.to_owned()));
    let no_ports = files(Host::new(), "mlx4_0", &[("fw_ver", "2.31.5050\n")]);
    let out = no_ports.run::<InfiniBand>([]);
    let (info, _) = BARE.split_once("node_infiniband_state").unwrap();
    assert_eq!((out.result.clone(), out.text()), (Ok(()), info.to_owned()));
}

#[test]
fn malformed_files_are_skipped_and_reported_with_their_path() {
    for (file, text, error, line) in [
        (
            "state",
            "ACTIVE\n",
            "expected \"ID: NAME\", found \"ACTIVE\"",
            "state_id",
        ),
        (
            "rate",
            "fast",
            "expected \"NUMBER Gb/sec\", found \"fast\"",
            "rate",
        ),
        (
            "counters/link_downed",
            "many\n",
            "expected an unsigned integer, found \"many\"",
            "none",
        ),
        (
            "hw_counters/lifespan",
            "-1\n",
            "expected an unsigned integer, found \"-1\"",
            "none",
        ),
    ] {
        let host = device_on(Host::new(), "mlx4_0");
        let host = files(host, "mlx4_0/ports/1", &[(file, text)]);
        let out = host.run::<InfiniBand>([]);
        let rest = BARE
            .split_inclusive('\n')
            .filter(|shown| !shown.starts_with(&format!("node_infiniband_{line}")));
        let expected: String = rest.collect();
        assert_eq!((out.result.clone(), out.text()), (Ok(()), expected));
        let told: Vec<_> = (out.skipped.iter())
            .map(|skipped| (skipped.file.as_str(), skipped.problem.as_str()))
            .collect();
        let path = format!("/sys/class/infiniband/mlx4_0/ports/1/{file}");
        assert_eq!(told, [(path.as_str(), error)]);
        // No file of an excluded device is read.
        let out = host.run::<InfiniBand>([("device-exclude", "mlx4")]);
        assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 0));
    }
}

#[test]
fn port_without_a_number_is_reported() {
    let host = device_on(Host::new(), "mlx4_0");
    let out = files(host, "mlx4_0/ports/x", &[("rate", "1 Gb/sec")]).run::<InfiniBand>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), BARE.to_owned()));
    let [skipped] = &out.skipped[..] else {
        panic!("{:?}", out.skipped);
    };
    assert_eq!(skipped.file, "/sys/class/infiniband/mlx4_0/ports/x");
    assert_eq!(skipped.problem, "expected the number of a port as the name");
}

#[test]
fn faults() {
    let more = [
        ("board_id", "SM_1141000001000\n"),
        ("hca_type", "MT4099\n"),
        ("ports/1/counters/port_rcv_data", "10\n"),
        ("ports/1/counters/link_downed", "2\n"),
        ("ports/1/counters_ext/port_xmit_data_64", "3\n"),
        ("ports/1/hw_counters/lifespan", "2999\n"),
        ("ports/1/hw_counters/duplicate_request", "16\n"),
    ];
    let host = device_on(device_on(Host::new(), "mlx4_0"), "mlx5_0");
    let host = files(files(host, "mlx4_0", &more), "mlx5_0", &more);
    Faults::new()
        .rule(DEVICES, Loss::Everything, "the only list of devices")
        .rule(
            "/sys/class/infiniband/*/[bh]*",
            Loss::Changes(&["node_infiniband_info{device=\"{1}\""]),
            "without the file the label is empty",
        )
        .rule(
            "/sys/class/infiniband/*/ports",
            Loss::Lines(&["{device=\"{1}\",port="]),
            "it lists the ports",
        )
        .rule(
            "/sys/class/infiniband/*/ports/1",
            Loss::Lines(&[
                "_state_id{device=\"{1}\"",
                "_physical_state_id{device=\"{1}\"",
                "_rate_bytes_per_second{device=\"{1}\"",
            ]),
            "all of these are in it",
        )
        .rule(
            "/sys/class/infiniband/*/ports/1/counters",
            Loss::Lines(&[
                "_port_data_received_bytes_total{device=\"{1}\"",
                "_link_downed_total{device=\"{1}\"",
                "_legacy_data_transmitted_bytes_total{device=\"{1}\"",
            ]),
            "all of these are in it, and without it the older ones are not asked for",
        )
        .rule(
            "/sys/class/infiniband/*/ports/1/hw_counters",
            Loss::Lines(&[
                "_lifespan_seconds{device=\"{1}\"",
                "_duplicate_requests_packets_total{device=\"{1}\"",
            ]),
            "all of these are in it",
        )
        .check::<InfiniBand>(&host);
}

#[test]
fn devices_are_filtered_by_name() {
    let host = device_on(device_on(Host::new(), "mlx4_0"), "i40iw0");
    for options in [("device-include", "^mlx"), ("device-exclude", "iw")] {
        let out = host.run::<InfiniBand>([options]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), BARE.to_owned()));
    }
}

#[test]
fn include_and_exclude_options_are_mutually_exclusive() {
    let both = [("device-include", "a"), ("device-exclude", "b")];
    let error = Host::new().configure::<InfiniBand>(both).unwrap_err();
    assert_eq!(
        error,
        "device-exclude & device-include are mutually exclusive"
    );
    let wrong = Host::new()
        .configure::<InfiniBand>([("device-include", "(")])
        .unwrap_err();
    assert!(wrong.starts_with("include expression \"(\": "), "{wrong}");
}
