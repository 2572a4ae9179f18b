//! Patterns, and the paths that they grant.

use super::*;

fn options(
    values: &'static [(&'static str, &'static [&'static str])],
) -> impl Fn(&str) -> Option<Vec<String>> {
    move |name| {
        let (_, values) = values.iter().find(|(option, _)| *option == name)?;
        Some(values.iter().map(|value| (*value).to_owned()).collect())
    }
}

fn compile(patterns: &[&str]) -> Result<Grants, PatternError> {
    let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
    Grants::compile(
        &patterns,
        &options(&[
            ("directory", &["a/b/", "/var/*/text"]),
            ("ids", &["/usr/share/pci.ids"]),
            ("here", &["."]),
            ("up", &["../up"]),
            ("odd", &["/srv/a[b"]),
            ("unset", &[""]),
            ("etc", &["/etc"]),
        ]),
    )
}

fn gives(grants: &Grants, path: &str, need: Need) -> bool {
    let path = path::clean(path).unwrap();
    grants.locate(&path, need).is_ok()
}

#[test]
fn malformed_patterns_name_their_problem() {
    for (pattern, problem) in [
        ("", PatternProblem::NotAbsolute),
        ("proc/stat", PatternProblem::NotAbsolute),
        ("/", PatternProblem::EmptySegment),
        ("/proc/", PatternProblem::EmptySegment),
        ("/proc//stat", PatternProblem::EmptySegment),
        ("/proc/../etc/passwd", PatternProblem::DotSegment),
        ("/../proc/stat", PatternProblem::DotSegment),
        ("/proc/./stat", PatternProblem::DotSegment),
        ("/etc/passwd", PatternProblem::OutsideTrees),
        ("/**", PatternProblem::OutsideTrees),
        ("/pro*/stat", PatternProblem::OutsideTrees),
        ("/proc/[0-9", PatternProblem::Bracket),
        ("/proc/{a,b}", PatternProblem::Brace),
        ("{directory", PatternProblem::Brace),
        ("{directory}x", PatternProblem::Brace),
        ("{directory}/../x", PatternProblem::DotSegment),
        ("{directory}/", PatternProblem::EmptySegment),
        ("{what}/x", PatternProblem::UnknownOption("what".to_owned())),
        ("/proc/a\0b", PatternProblem::Nul),
    ] {
        let error = compile(&[pattern]).unwrap_err();
        assert_eq!((error.pattern.as_str(), error.problem), (pattern, problem));
    }
    let long = format!("/proc/{}", "a".repeat(2000));
    assert_eq!(
        compile(&[&long]).unwrap_err().problem,
        PatternProblem::TooLong
    );
    assert_eq!(
        compile(&[&long]).unwrap_err().pattern.len(),
        PatternError::MAX_CHARS
    );
    let deep = format!("/proc{}", "/a".repeat(65));
    assert_eq!(
        compile(&[&deep]).unwrap_err().problem,
        PatternProblem::TooManySegments
    );
    let many = vec!["/proc/stat"; MAX_PATTERNS + 1];
    assert_eq!(
        compile(&many).unwrap_err().problem,
        PatternProblem::TooManyPatterns
    );
}

#[test]
fn patterns_are_bounded_together() {
    let long = format!("/proc/{}", "a".repeat(1000));
    let longs = vec![long.as_str(); MAX_BYTES_IN_ALL / 1000 + 1];
    assert_eq!(
        compile(&longs).unwrap_err().problem,
        PatternProblem::TooMuch
    );
    let half = MAX_WILD_IN_ALL / 2 - 1;
    let wild = format!("/proc/*{}", "a".repeat(half));
    assert!(compile(&[wild.as_str(); 2]).is_ok());
    assert_eq!(
        compile(&[wild.as_str(); 3]).unwrap_err().problem,
        PatternProblem::TooMuch
    );
    let set = format!("/proc/[{}]", "a".repeat(900));
    assert_eq!(
        compile(&[set.as_str(); 3]).unwrap_err().problem,
        PatternProblem::TooMuch
    );
}

#[test]
fn nothing_is_granted_by_default() {
    let grants = Grants::none();
    for path in ["/", "/proc", "/proc/stat", "/sys", "x"] {
        for need in [Need::File, Need::List, Need::Stat, Need::Anchor] {
            assert!(!gives(&grants, path, need), "{path}");
        }
    }
    assert!(!grants.leads_to_top("/"));
}

#[test]
fn each_kind_of_access_has_its_own_rule() {
    let grants = compile(&["/sys/class/net/*/mtu", "/proc/loadavg", "/proc/fs/x/**"]).unwrap();
    for (path, file, list, stat, anchor) in [
        ("/proc/loadavg", true, false, true, true),
        ("/proc", false, false, false, true),
        ("/proc/stat", false, false, false, false),
        ("/sys/class", false, false, false, true),
        ("/sys/class/net", false, true, true, true),
        ("/sys/class/net/lo", false, false, false, true),
        ("/sys/class/net/lo/mtu", true, false, true, true),
        ("/sys/class/net/lo/mtu/x", false, false, false, false),
        ("/proc/fs/x", true, true, true, true),
        ("/proc/fs/x/y/z", true, true, true, true),
        ("/rootfs", false, false, false, false),
    ] {
        let given = |need| gives(&grants, path, need);
        assert_eq!(
            (
                given(Need::File),
                given(Need::List),
                given(Need::Stat),
                given(Need::Anchor)
            ),
            (file, list, stat, anchor),
            "{path}"
        );
    }
}

#[test]
fn denial_reasons_are_distinguished() {
    let grants = compile(&["/proc/**", "{directory}/*"]).unwrap();
    for (path, denial) in [
        ("/etc/passwd", Denial::NotPermitted),
        ("/proc/self/mem", Denial::NotPermitted),
        ("/proc/../proc/stat", Denial::NotPermitted),
        ("/proc/x/..", Denial::NotPermitted),
        ("..", Denial::NotPermitted),
        ("proc/stat", Denial::NotAbsolute),
        ("a/b/c/d", Denial::NotPermitted),
        ("a/b/../c", Denial::NotPermitted),
        ("a", Denial::NotAbsolute),
    ] {
        assert_eq!(
            grants.locate(path, Need::File).err(),
            Some(denial),
            "{path}"
        );
    }
}

#[test]
fn option_values_are_separate_roots() {
    let grants = compile(&[
        "{directory}/*.prom",
        "{ids}",
        "{up}/x",
        "{odd}/*",
        "{unset}/**",
    ])
    .unwrap();
    for path in [
        "a/b/one.prom",
        "a//b/./one.prom",
        "/var/x/text/one.prom",
        "/usr/share/pci.ids",
        "../up/x",
        "/srv/a[b/c",
    ] {
        assert!(gives(&grants, path, Need::File), "{path}");
    }
    for path in [
        "a/b/one.txt",
        "a/b/c/one.prom",
        "/a/b/one.prom",
        "/var/x/y/text/one.prom",
        "/var/x/other/one.prom",
        "/usr/share/other",
        "/usr/share",
        "../up/../up/x",
        "../x",
        "/srv/ab/c",
        "/etc/passwd",
    ] {
        assert!(!gives(&grants, path, Need::File), "{path}");
    }
    assert!(gives(&grants, "a/b", Need::List));
    assert!(gives(&grants, "/var", Need::List));
    assert!(!gives(&grants, "/usr/share", Need::List));
    let located = grants.locate("/var/x/text/one.prom", Need::File).unwrap();
    assert_eq!(
        (located.guest_root, located.below),
        (GuestRoot::Option("/var"), "x/text/one.prom")
    );
}

#[test]
fn working_directory_is_a_root_too() {
    let grants = compile(&["{here}/*.prom"]).unwrap();
    assert!(gives(&grants, "x.prom", Need::File));
    assert!(gives(&grants, "./x.prom", Need::File));
    assert!(gives(&grants, ".", Need::List));
    assert!(!gives(&grants, "../x.prom", Need::File));
    assert!(!gives(&grants, "/x.prom", Need::File));
}

#[test]
fn secrets_stay_secret_in_options() {
    let grants = compile(&["{etc}/**"]).unwrap();
    assert!(gives(&grants, "/etc/hostname", Need::File));
    assert!(!gives(&grants, "/etc/shadow", Need::File));
    assert!(!gives(&grants, "/etc/ssh/ssh_host_ed25519_key", Need::File));
}

#[test]
fn parents_of_a_root_can_be_traversed() {
    let grants = compile(&["{directory}/*.prom", "{ids}"]).unwrap();
    for path in ["/", "/usr", "/usr/share", "a", "/var"] {
        assert!(grants.leads_to_top(path), "{path}");
    }
    for path in ["/us", "/etc", "b", "/proc"] {
        assert!(!grants.leads_to_top(path), "{path}");
    }
    assert!(grants.is_option_path("a/b/x.prom"));
    assert!(!grants.is_option_path("/proc/stat"));
}
