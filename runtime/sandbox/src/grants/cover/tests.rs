//! Patterns compared with patterns, and with the paths that they match.

use super::super::Grants;
use super::super::Need;
use super::*;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

#[test]
fn patterns_that_cover_others() {
    for (own, other, expected) in [
        ("/proc/stat", "/proc/stat", true),
        ("/proc/stat", "/proc/uptime", false),
        ("/proc/*", "/proc/stat", true),
        ("/proc/stat", "/proc/*", false),
        ("/proc/*", "/proc/*", true),
        ("/proc/*", "/proc/s*", true),
        ("/proc/s*", "/proc/*", false),
        ("/proc/s*", "/proc/s*", true),
        ("/proc/s*", "/proc/st*", false),
        ("/proc/s*", "/proc/stat", true),
        ("/proc/s*", "/proc/net", false),
        ("/proc/[rs]tat", "/proc/stat", true),
        ("/proc/*", "/proc/a/b", false),
        ("/proc/*", "/proc/**", false),
        ("/proc/**", "/proc/*", true),
        ("/proc/**", "/proc", true),
        ("/proc/**", "/proc/**", true),
        ("/proc/**", "/proc/a/*/**/b", true),
        ("/proc/**", "/sys/a", false),
        ("/proc", "/proc/**", false),
        ("/sys/**/mtu", "/sys/class/net/*/mtu", true),
        ("/sys/**/mtu", "/sys/mtu", true),
        ("/sys/**/mtu", "/sys/mtu/x", false),
        ("/sys/a/**/b/**", "/sys/a/b", true),
        ("/sys/a/**/b/**", "/sys/a/x/b/y/z", true),
        ("/sys/a/**/b/**", "/sys/a/x/y", false),
        ("/sys/*/**", "/sys/**", false),
        ("/sys/*/**", "/sys/*", true),
        ("/sys/**/**", "/sys/**", true),
        ("{directory}/*.prom", "{directory}/*.prom", true),
        ("{directory}/*.prom", "{directory}/a.prom", true),
        ("{directory}/**", "{directory}/*.prom", true),
        ("{directory}/**", "{directory}", true),
        ("{directory}", "{directory}", true),
        ("{directory}", "{directory}/x", false),
        ("{directory}/*", "{other}/*", false),
        ("/rootfs/**", "{directory}/x", false),
        ("{proc}/stat", "/proc/stat", false),
    ] {
        let covered = pattern(own).covers(&pattern(other));
        assert_eq!(covered, expected, "{own} over {other}");
    }
}

#[test]
fn patterns_that_may_overlap() {
    for (one, other, expected) in [
        ("/proc/stat", "/proc/stat", true),
        ("/proc/stat", "/proc/uptime", false),
        ("/proc/*", "/proc/stat", true),
        ("/proc/s*", "/proc/net", false),
        ("/proc/s*", "/proc/*t", true),
        ("/sys/class/net/*/mtu", "/sys/class/net/eth0/*", true),
        ("/sys/class/net/*/mtu", "/sys/class/net/eth0/speed", false),
        ("/sys/class/net/*/mtu", "/sys/class/net/*", false),
        ("/sys/**", "/sys/a/b", true),
        ("/sys/**", "/sys", true),
        ("/sys/**/a", "/sys/b/**", true),
        ("/sys/**/a", "/sys/**/b", false),
        ("/sys/**/a/**", "/sys/**/b", true),
        ("/proc/**", "/sys/**", false),
        ("{directory}/*", "{directory}/**", true),
        ("{directory}/*", "{other}/*", false),
        ("{directory}/**", "/rootfs/**", false),
    ] {
        let (one, other) = (pattern(one), pattern(other));
        assert_eq!(one.meets(&other), expected, "{one:?} and {other:?}");
        assert_eq!(other.meets(&one), expected, "{other:?} and {one:?}");
    }
}

/// Every pattern of up to three of these segments.
fn patterns() -> Vec<String> {
    let segments = ["a", "b", "*", "a*", "[ab]", "**"];
    let mut all = vec!["/sys".to_owned()];
    let mut last = all.clone();
    for _ in 0..3 {
        last = last
            .iter()
            .flat_map(|text| {
                segments
                    .iter()
                    .map(move |segment| format!("{text}/{segment}"))
            })
            .collect();
        all.extend_from_slice(&last);
    }
    all
}

/// For each path of up to four names, whether `text` matches it.
fn given(text: &str) -> Vec<bool> {
    let grants = Grants::compile(&[text.to_owned()], &|_| None).unwrap();
    let mut paths = vec!["/sys".to_owned()];
    let mut last = paths.clone();
    for _ in 0..4 {
        last = last
            .iter()
            .flat_map(|path| ["a", "b", "ab", "c"].map(|name| format!("{path}/{name}")))
            .collect();
        paths.extend_from_slice(&last);
    }
    let given = |path: &String| grants.locate(path, Need::File).is_ok();
    paths.iter().map(given).collect()
}

#[test]
fn no_sampled_path_contradicts_an_answer() {
    let all: Vec<_> = patterns()
        .into_iter()
        .map(|text| (pattern(&text), given(&text)))
        .collect();
    let (mut covered, mut apart) = (0, 0);
    for (own, of_own) in &all {
        for (other, of_other) in &all {
            let mut paths = of_own.iter().zip(of_other);
            if own.covers(other) {
                covered += 1;
                assert!(
                    paths.clone().all(|(a, b)| *a || !b),
                    "{own:?} over {other:?}"
                );
            }
            if !own.meets(other) {
                apart += 1;
                assert!(paths.all(|(a, b)| !(*a && *b)), "{own:?} and {other:?}");
            }
        }
    }
    assert!(covered > all.len() && apart > all.len());
}

#[test]
fn long_patterns_are_compared_too() {
    let long = pattern(&format!("/sys/{}", ["**", "a"].repeat(32).join("/")));
    let longer = pattern(&format!("/sys{}", "/a".repeat(64)));
    assert!(long.covers(&longer) && long.meets(&longer));
    assert!(!longer.covers(&long) && longer.meets(&long));
    let short = pattern(&format!("/sys{}", "/a".repeat(31)));
    assert!(!long.covers(&short) && !long.meets(&short));
}
