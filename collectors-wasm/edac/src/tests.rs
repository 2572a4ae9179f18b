//! What the collector shows of made-up controllers.

use super::*;
use firepit_sdk::testing::{Host, Output};

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

fn error(out: &Output) -> String {
    out.result.clone().unwrap_err().to_string()
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
fn series_before_a_missing_file_stay() {
    let out = host()
        .file(&format!("{CONTROLLERS}/mc1/ce_count"), "0\n")
        .run::<Edac>([]);
    assert_eq!(
        error(&out),
        "couldn't get ce_noinfo_count for controller 1: \
         /sys/devices/system/edac/mc/mc1/ce_noinfo_count: no such file or directory"
    );
    assert_eq!(out.text().lines().count(), 10);
}

#[test]
fn garbled_numbers_name_their_place() {
    let cases = [
        ("ue_count", "ue_count for controller 0"),
        ("csrow1/ce_count", "ce_count for controller/csrow 0/1"),
        (
            "csrow1/ch1_ce_count",
            "ch1_ce_count for controller/csrow/channel 0/1/1",
        ),
    ];
    for (file, place) in cases {
        let path = format!("{CONTROLLERS}/mc0/{file}");
        let out = host().file(&path, "many\n").run::<Edac>([]);
        let expected =
            format!("couldn't get {place}: {path}: expected an unsigned integer, found \"many\"");
        assert_eq!(error(&out), expected);
    }
}

#[test]
fn uncorrectable_errors_of_a_channel_may_be_unknown() {
    let path = format!("{CONTROLLERS}/mc0/csrow1/ch0_ue_count");
    let out = host().file(&path, "?\n").run::<Edac>([]);
    assert_eq!(out.result, Ok(()));
    let family = "node_edac_channel_uncorrectable_errors_total";
    assert!(out.family(family).is_none());
}

#[test]
fn a_row_without_counts_fails() {
    let path = format!("{CONTROLLERS}/mc0/csrow2");
    let out = host().directory(&path).run::<Edac>([]);
    assert_eq!(
        error(&out),
        "couldn't get ce_count for controller/csrow 0/2: \
         /sys/devices/system/edac/mc/mc0/csrow2/ce_count: no such file or directory"
    );
    assert_eq!(out.text().lines().count(), 9);
}
