//! Tests over made-up files.

use super::*;
use firepit_sdk::system::Uname;
use firepit_sdk::testing::{Faults, Host, Loss, Output};
use record::tests::record;

fn host(machine: &str, records: &[Vec<u8>]) -> Host {
    let uname = Uname {
        sysname: "Linux".to_owned(),
        nodename: String::new(),
        release: String::new(),
        version: String::new(),
        machine: machine.to_owned(),
        domainname: String::new(),
    };
    Host::new().uname(uname).file(WTMP, records.concat())
}

fn login(seconds: u64) -> Vec<u8> {
    record(Layout::Narrow, 7, "user", seconds)
}

fn logout(seconds: u64) -> Vec<u8> {
    record(Layout::Narrow, 8, "", seconds)
}

fn run(host: &Host) -> Output {
    host.run::<LastLogin>([])
}

#[test]
fn shows_the_last_login() {
    let out = run(&host(
        "x86_64",
        &[login(5), login(1_700_000_000), logout(9)],
    ));
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.text(), "node_last_login_time 1700000000\n");
    let wide = record(Layout::Wide, 7, "user", 1_700_000_000);
    let out = run(&host("aarch64", &[wide]));
    assert_eq!(out.text(), "node_last_login_time 1700000000\n");
}

#[test]
fn a_login_before_many_other_records_is_found() {
    let mut records = vec![login(3), login(4)];
    for others in [127, 128, 129, 9_998] {
        records.truncate(2);
        records.resize(2 + others, logout(9));
        let out = run(&host("x86_64", &records));
        assert_eq!(out.text(), "node_last_login_time 4\n", "{others}");
    }
    records.truncate(2);
    records.resize(2 + 10_000, logout(9));
    let out = run(&host("x86_64", &records));
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn an_incomplete_record_at_the_end_does_not_count() {
    let mut records = vec![login(3); 200];
    records.push(login(4)[..200].to_vec());
    let out = run(&host("x86_64", &records));
    assert_eq!(out.text(), "node_last_login_time 3\n");
}

#[test]
fn without_a_login_there_is_no_sample() {
    for records in [vec![], vec![logout(9)]] {
        let out = run(&host("x86_64", &records));
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }
}

#[test]
fn another_file_is_a_failure() {
    let host = host("x86_64", &[b"Nov 29 login\n".to_vec()]);
    let error = run(&host).result.unwrap_err().to_string();
    let expected = "/rootfs/var/log/wtmp: expected records of 384 bytes, found 13 bytes";
    assert_eq!(error, expected);
    let host = host.file(WTMP, "login".repeat(100));
    let error = run(&host).result.unwrap_err().to_string();
    assert!(error.ends_with("found one of type 28524"), "{error}");
}

#[test]
fn without_the_file_there_is_no_data() {
    assert_eq!(run(&Host::new()).result, Err(Error::NoData));
}

#[test]
fn faults() {
    Faults::new()
        .rule(WTMP, Loss::Everything, "the only source")
        .check::<LastLogin>(&host("x86_64", &[login(7)]));
}
