//! Zones from files made by the test: a machine may lack the database.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;

/// A file of version 2 without transitions, whose rule for all times is `footer`. The blocks of
/// version 1 and version 2 are identical: one type of local time, called `LMT`.
fn tzif(footer: &str) -> Vec<u8> {
    let block = |version: &[u8; 1]| {
        let mut block = b"TZif".to_vec();
        block.extend(version);
        block.extend([0; 15]);
        // isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt
        for count in [0_u32, 0, 0, 0, 1, 4] {
            block.extend(count.to_be_bytes());
        }
        block.extend([0; 6]);
        block.extend(b"LMT\0");
        block
    };
    let mut file = block(b"2");
    file.extend(block(b"2"));
    file.extend(format!("\n{footer}\n").bytes());
    file
}

/// The zone that a file with this content yields.
fn of(content: &[u8]) -> LocalTime {
    let path = std::env::temp_dir().join(format!(
        "firepit-zone-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::write(&path, content).unwrap();
    let zone = LocalTime::new(Some(path.clone().into()));
    let _ = zone.at(0);
    std::fs::remove_file(path).unwrap();
    zone
}

/// 2026-01-15 and 2026-07-15, noon UTC.
const WINTER: i64 = 1_768_478_400;
const SUMMER: i64 = 1_784_116_800;

#[test]
fn abbreviations_and_offsets_follow_the_moment() {
    let berlin = of(&tzif("CET-1CEST,M3.5.0,M10.5.0/3"));
    assert_eq!(berlin.at(WINTER), ("CET".to_owned(), 3600));
    assert_eq!(berlin.at(SUMMER), ("CEST".to_owned(), 7200));
    let istanbul = of(&tzif("<+03>-3"));
    assert_eq!(istanbul.at(SUMMER), ("+03".to_owned(), 10_800));
    let newfoundland = of(&tzif("NST3:30NDT,M3.2.0,M11.1.0"));
    assert_eq!(newfoundland.at(WINTER), ("NST".to_owned(), -12_600));
}

#[test]
fn any_moment_has_an_answer() {
    let zone = of(&tzif("<+03>-3"));
    for seconds in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX] {
        let (name, offset) = zone.at(seconds);
        assert!(matches!(name.as_str(), "+03" | "LMT"), "{name}");
        assert!(matches!(offset, 10_800 | 0), "{offset}");
    }
}

#[test]
fn unreadable_zone_is_utc() {
    let utc = ("UTC".to_owned(), 0);
    for tz in [
        "",
        ":",
        "UTC",
        "No/Such_Zone",
        "../../etc/hostname",
        "/",
        "/etc",
        "/no/such/file",
        "/dev/zero",
        "CET-1CEST,M3.5.0,M10.5.0/3",
    ] {
        let zone = LocalTime::new(Some(tz.into()));
        assert_eq!(zone.at(SUMMER), utc, "{tz}");
    }
    let whole = tzif("CET-1CEST,M3.5.0,M10.5.0/3");
    for content in [&whole[..0], &whole[..20], &whole[..60], b"TZif9", b"UTC"] {
        assert_eq!(of(content).at(SUMMER), utc);
    }
}

#[test]
fn malformed_zones_do_not_panic() {
    let whole = tzif("CET-1CEST,M3.5.0,M10.5.0/3");
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut garbled = whole.clone();
            garbled[at] ^= flip;
            let _ = of(&garbled).at(SUMMER);
        }
    }
}

#[test]
fn names_are_looked_up_as_in_go() {
    let found = |tz: &str| candidates(Some(OsStr::new(tz)));
    assert_eq!(candidates(None), [Path::new("/etc/localtime")]);
    assert_eq!(found(":Europe/Berlin").len(), DATABASES.len());
    assert_eq!(
        found("Europe/Berlin")[0],
        Path::new("/usr/share/zoneinfo/Europe/Berlin")
    );
    assert_eq!(found(":/a/b"), [Path::new("/a/b")]);
    assert!(found("a/../../b").is_empty());
    assert!(found("").is_empty());
}
