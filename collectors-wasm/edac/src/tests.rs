//! Tests of the collector with simulated controllers.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

fn host() -> Host {
    let mc0 = |file: &str| format!("{CONTROLLERS}/mc0/{file}");
    Host::new()
        .file(&mc0("ce_count"), "1\n")
        .file(&mc0("ce_noinfo_count"), "2\n")
        .file(&mc0("ue_count"), "3\n")
        .file(&mc0("ue_noinfo_count"), "4\n")
        .file(&mc0("csrow1/ce_count"), "5\n")
        .file(&mc0("csrow1/ue_count"), "6\n")
        .file(&mc0("csrow1/ch0_ce_count"), "7\n")
        .file(&mc0("csrow1/ch0_ue_count"), "8\n")
        .file(&mc0("csrow1/ch0_dimm_label"), "mc#0csrow#1channel#0\n")
        .file(&mc0("csrow1/ch1_ce_count"), "9\n")
        .directory(&format!("{CONTROLLERS}/power"))
}

#[test]
fn shows_controllers_rows_and_channels() {
    let out = host().run::<Edac>([]);
    let expected = r#"node_edac_correctable_errors_total{controller="0"} 1
node_edac_uncorrectable_errors_total{controller="0"} 3
node_edac_csrow_correctable_errors_total{controller="0",csrow="unknown"} 2
node_edac_csrow_correctable_errors_total{controller="0",csrow="1"} 5
node_edac_csrow_uncorrectable_errors_total{controller="0",csrow="unknown"} 4
node_edac_csrow_uncorrectable_errors_total{controller="0",csrow="1"} 6
node_edac_channel_correctable_errors_total{channel="0",controller="0",csrow="1",dimm_label="mc0_csrow1_channel0"} 7
node_edac_channel_correctable_errors_total{channel="1",controller="0",csrow="1",dimm_label="unknown"} 9
node_edac_channel_uncorrectable_errors_total{channel="0",controller="0",csrow="1",dimm_label="mc0_csrow1_channel0"} 8
"#;
    assert_eq!(
        (out.result.clone(), out.text()),
        (Ok(()), expected.to_owned())
    );
}

#[test]
fn a_host_without_controllers_is_a_success() {
    for host in [Host::new(), Host::new().directory(CONTROLLERS)] {
        let out = host.run::<Edac>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }
}

#[test]
fn missing_file_omits_only_its_own_values() {
    let sound = host().run::<Edac>([]).text();
    let out = host()
        .file(&format!("{CONTROLLERS}/mc1/ce_count"), "0\n")
        .directory(&format!("{CONTROLLERS}/mc1/csrow0"))
        .file(&format!("{CONTROLLERS}/mc2/csrow3/ue_count"), "4\n")
        .run::<Edac>([]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 0));
    let text = out.text();
    let more = text
        .lines()
        .filter(|line| !sound.lines().any(|known| known == *line));
    let expected = [
        r#"node_edac_correctable_errors_total{controller="1"} 0"#,
        r#"node_edac_csrow_uncorrectable_errors_total{controller="2",csrow="3"} 4"#,
    ];
    assert_eq!(more.collect::<Vec<_>>(), expected);
    assert_eq!(text.lines().count(), 11);
}

#[test]
fn malformed_numbers_are_skipped_and_reported() {
    for file in [
        "ue_count",
        "csrow1/ce_count",
        "csrow1/ch1_ce_count",
        "csrow1/ch0_ue_count",
    ] {
        let path = format!("{CONTROLLERS}/mc0/{file}");
        let out = host().file(&path, "many\n").run::<Edac>([]);
        assert_eq!(
            (out.result.clone(), out.text().lines().count()),
            (Ok(()), 8)
        );
        let [skipped] = &out.skipped[..] else {
            panic!("{:?}", out.skipped);
        };
        assert_eq!(skipped.file, path);
        let expected = "expected an unsigned integer, found \"many\"";
        assert_eq!(skipped.problem, expected);
    }
}

#[test]
fn faults() {
    let host = host()
        .file(&format!("{CONTROLLERS}/mc1/ce_count"), "10\n")
        .file(&format!("{CONTROLLERS}/mc1/csrow1/ce_count"), "11\n");
    Faults::new()
        .rule(
            CONTROLLERS,
            Loss::Everything,
            "the only list of controllers",
        )
        .rule(
            "/sys/devices/system/edac/mc/mc0",
            Loss::Lines(&["controller=\"0\""]),
            "all rows of the controller are in it",
        )
        .rule(
            "/sys/devices/system/edac/mc/mc1",
            Loss::Lines(&["controller=\"1\""]),
            "all rows of the controller are in it",
        )
        .rule(
            "/sys/devices/system/edac/mc/mc0/csrow1",
            Loss::Lines(&["controller=\"0\",csrow=\"1\""]),
            "all channels of the row are in it",
        )
        .rule(
            "/sys/devices/system/edac/mc/mc0/csrow1/ch0_dimm_label",
            Loss::Changes(&["channel=\"0\",controller=\"0\",csrow=\"1\""]),
            "an unreadable label is `unknown`",
        )
        .check::<Edac>(&host);
}
