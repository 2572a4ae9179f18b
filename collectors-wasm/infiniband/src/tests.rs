//! Behaviour of the whole collector.

use super::*;
use firepit_sdk::testing::Host;

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
    // Not read without its companion.
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
fn a_required_file_that_is_missing_is_no_data() {
    let no_ports = files(Host::new(), "mlx4_0", &[("fw_ver", "1")]);
    let no_rate = files(
        no_ports,
        "mlx4_0/ports/1",
        &[("state", "4: A"), ("phys_state", "5: L")],
    );
    let no_ports = files(Host::new(), "mlx4_0", &[("fw_ver", "1")]);
    for host in [Host::new(), no_ports, no_rate] {
        let out = host.run::<InfiniBand>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Err(Error::NoData), String::new())
        );
    }
    let empty = Host::new().directory(DEVICES).run::<InfiniBand>([]);
    assert_eq!(
        (empty.result.clone(), empty.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn garbled_files_fail_with_their_path() {
    for (file, text, error) in [
        (
            "state",
            "ACTIVE\n",
            "expected \"ID: NAME\", found \"ACTIVE\"",
        ),
        ("rate", "fast", "expected \"NUMBER Gb/sec\", found \"fast\""),
        (
            "counters/link_downed",
            "many\n",
            "expected an unsigned integer, found \"many\"",
        ),
        (
            "hw_counters/lifespan",
            "-1\n",
            "expected an unsigned integer, found \"-1\"",
        ),
    ] {
        let host = device_on(Host::new(), "mlx4_0");
        let host = files(host, "mlx4_0/ports/1", &[(file, text)]);
        // An error counts on a device that is not shown too.
        for options in [vec![], vec![("device-exclude", "mlx4")]] {
            let out = host.run::<InfiniBand>(options);
            let found = out.result.clone().unwrap_err().to_string();
            let path = format!("/sys/class/infiniband/mlx4_0/ports/1/{file}");
            assert_eq!(found, format!("{path}: {error}"));
            assert_eq!(out.text(), "");
        }
    }
}

#[test]
fn a_port_without_a_number_fails() {
    let host = files(
        device_on(Host::new(), "mlx4_0"),
        "mlx4_0/ports/x",
        &[("rate", "1 Gb/sec")],
    );
    let error = host.run::<InfiniBand>([]).result.unwrap_err().to_string();
    let path = "/sys/class/infiniband/mlx4_0/ports/x";
    assert_eq!(
        error,
        format!("{path}: expected the number of a port as the name")
    );
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
fn options_exclude_each_other() {
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
