//! The declared patterns under a policy.

use super::super::{MAX_PATTERNS, Need, OptionGrant, PatternProblem, never};
use super::*;

const NEEDS: [Need; 4] = [Need::File, Need::List, Need::Stat, Need::Anchor];

fn options(name: &str) -> Option<Vec<String>> {
    match name {
        "directory" => Some(vec!["/srv/t".to_owned()]),
        "above" => Some(vec!["/srv".to_owned()]),
        "pattern" => Some(vec!["/srv/*/a".to_owned()]),
        "proc" => Some(vec!["/proc".to_owned()]),
        "here" => Some(vec![".".to_owned()]),
        "up" => Some(vec!["../up".to_owned()]),
        "unset" => Some(vec![String::new()]),
        _ => None,
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn only(patterns: &[&str]) -> Policy {
    Policy {
        reads: Reads::Only(owned(patterns)),
        ..Policy::third_party()
    }
}

fn ask(patterns: &[&str]) -> Grants {
    Grants::compile(&owned(patterns), &options).unwrap()
}

fn narrow(asked: &[&str], policy: &Policy) -> Grants {
    ask(asked).within(policy, &options).unwrap()
}

fn gives(grants: &Grants, path: &str, need: Need) -> bool {
    grants.locate(path, need).is_ok()
}

/// Paths of up to three names below each of the tops.
fn paths() -> Vec<String> {
    let names = ["a", "b", "ab", "t", "kcore"];
    let mut all: Vec<String> = ["/proc", "/sys", "/rootfs", "/udev", "/srv"]
        .map(str::to_owned)
        .to_vec();
    let mut last = all.clone();
    for _ in 0..3 {
        last = last
            .iter()
            .flat_map(|path| names.iter().map(move |name| format!("{path}/{name}")))
            .collect();
        all.extend_from_slice(&last);
    }
    all
}

/// Lists of patterns, each compared with each.
const LISTS: &[&[&str]] = &[
    &[],
    &["/sys/a/b"],
    &["/sys/a/*", "/proc/a"],
    &["/sys/*/b"],
    &["/sys/**"],
    &["/sys/**/b", "/sys/a"],
    &["/sys/a*/**/t", "/proc/[ab]/*", "/rootfs/a"],
    &["/proc/**", "/rootfs/**", "/udev/*"],
    &["/sys/[!a]/?/*", "/sys/a/b/ab"],
    &["/sys/*/a/**", "/sys/a/*/b", "/sys/**/**/kcore"],
    &["{directory}/*"],
    &["{directory}", "/sys/b"],
    &["{directory}/**", "/sys/ab/**"],
    &["{directory}/a/b", "{unset}/**"],
    &["{above}/*/a"],
    &["{pattern}", "{above}/t"],
    &["{pattern}/b"],
];

/// The names among `paths` that a listing of `directory` would contain.
fn shown<'p>(grants: &Grants, directory: &str, children: &[&'p str]) -> Option<Vec<&'p str>> {
    let located = grants.locate(directory, Need::List).ok()?;
    let mut names = children.to_vec();
    names.retain(|name| located.states.can_match_child(name));
    Some(names)
}

#[test]
fn path_must_match_request_and_policy() {
    let paths = paths();
    for asked in LISTS {
        for allowed in LISTS {
            let both = narrow(asked, &only(allowed));
            let (a, b) = (ask(asked), ask(allowed));
            for path in &paths {
                let what = format!("{path} of {asked:?} within {allowed:?}");
                let file = gives(&both, path, Need::File);
                let in_each = gives(&a, path, Need::File) && gives(&b, path, Need::File);
                assert_eq!(file, in_each, "{what}");
                let (directory, name) = path.rsplit_once('/').unwrap();
                // The never-list is checked separately from the patterns for names in a directory.
                let above = both.locate(directory, Need::Anchor).ok();
                if above.is_some_and(|above| above.states.matches_child(name)) {
                    assert!(file || name == "kcore", "{what}");
                }
                for need in NEEDS {
                    let more = gives(&both, path, need) && !gives(&a, path, need);
                    assert!(!more, "{need:?} {what}");
                }
                let anchor = gives(&both, path, Need::Anchor);
                assert!(!anchor || gives(&b, path, Need::Anchor), "{what}");
                let stat = gives(&both, path, Need::Stat);
                assert_eq!(stat, file || gives(&both, path, Need::List), "{what}");
            }
        }
    }
}

#[test]
fn granted_path_is_reachable_and_listed() {
    let names = ["a", "b", "ab", "t", "kcore"];
    let paths = paths();
    for asked in LISTS {
        for allowed in LISTS {
            let both = narrow(asked, &only(allowed));
            let (a, b) = (ask(asked), ask(allowed));
            for path in &paths {
                let (directory, name) = path.rsplit_once('/').unwrap();
                if !gives(&both, path, Need::File) || directory.is_empty() {
                    continue;
                }
                let what = format!("{path} of {asked:?} within {allowed:?}");
                assert!(both.leads_to_top("/"), "{what}");
                // Above the directory of an option nothing can be listed.
                let in_option = both.is_option_path(path);
                let in_top = |option: &OptionGrant| path::below(directory, &option.top).is_some();
                if in_option && ![&a, &b].iter().all(|g| g.options.iter().any(in_top)) {
                    continue;
                }
                let above = both.locate(directory, Need::Anchor).ok();
                let found = above.is_some_and(|above| above.states.matches_child(name));
                assert!(found, "{what}");
                let listed = shown(&both, directory, &names);
                let was_listed = shown(&a, directory, &names).is_some();
                assert_eq!(listed.is_some(), was_listed, "{what}");
                let is_shown = listed.is_none_or(|names| names.contains(&name));
                assert!(is_shown, "{what}");
            }
        }
    }
}

#[test]
fn listing_shows_names_that_request_and_policy_reach() {
    let names = ["a", "b", "ab", "t", "kcore"];
    for asked in LISTS {
        for allowed in LISTS {
            let both = narrow(asked, &only(allowed));
            let (a, b) = (ask(asked), ask(allowed));
            for path in paths().iter().filter(|path| path.starts_with("/sys")) {
                let bound = b.sys.walk(path.strip_prefix("/sys").unwrap());
                let expected = shown(&a, path, &names)
                    .filter(|_| bound.has_children())
                    .map(|mut names| {
                        names.retain(|name| bound.can_match_child(name));
                        names
                    });
                let listed = shown(&both, path, &names);
                assert_eq!(listed, expected, "{path} of {asked:?} within {allowed:?}");
            }
        }
    }
}

#[test]
fn policy_narrows_to_one_name() {
    let grants = narrow(
        &["/sys/class/net/*/mtu", "/sys/class/net/*/speed"],
        &only(&["/sys/class/net/eth0/*"]),
    );
    for (path, file, list, anchor) in [
        ("/sys/class/net/eth0/mtu", true, false, true),
        ("/sys/class/net/eth0/speed", true, false, true),
        ("/sys/class/net/eth0/flags", false, false, false),
        ("/sys/class/net/eth1/mtu", false, false, false),
        ("/sys/class/net/eth1", false, false, false),
        ("/sys/class/net/eth0", false, false, true),
        ("/sys/class/net", false, true, true),
        ("/sys/class", false, false, true),
        ("/sys", false, false, true),
        ("/proc", false, false, false),
    ] {
        let given = [Need::File, Need::List, Need::Anchor].map(|n| gives(&grants, path, n));
        assert_eq!(given, [file, list, anchor], "{path}");
    }
    let names = ["eth0", "eth1", "lo"];
    assert_eq!(shown(&grants, "/sys/class/net", &names), Some(vec!["eth0"]));
}

#[test]
fn third_party_module_gets_proc_and_sys() {
    let asked = [
        "/proc/stat",
        "/sys/class/*",
        "/rootfs/etc/hostname",
        "/udev/b8:0",
        "{directory}/*",
        "{proc}/uptime",
    ];
    let grants = narrow(&asked, &Policy::third_party());
    for path in ["/proc/stat", "/sys/class/net"] {
        assert!(gives(&grants, path, Need::File), "{path}");
    }
    for path in [
        "/rootfs/etc/hostname",
        "/udev/b8:0",
        "/srv/t/x",
        "/srv/t",
        "/proc/uptime",
        "/proc/meminfo",
    ] {
        for need in NEEDS {
            assert!(!gives(&grants, path, need), "{path}");
        }
    }
    assert!(grants.leads_to_top("/"));
    assert!(!grants.leads_to_top("/srv"));
    assert!(grants.bounds.is_empty());
    assert!(!narrow(&["{directory}/*"], &Policy::third_party()).leads_to_top("/"));
}

#[test]
fn built_in_collector_keeps_all_grants_without_extra_checks() {
    let asked = ["/proc/stat", "/rootfs/**", "/udev/*", "{directory}/*"];
    let (before, after) = (ask(&asked), narrow(&asked, &Policy::builtin()));
    for path in paths() {
        for need in NEEDS {
            let given = [&before, &after].map(|grants| gives(grants, &path, need));
            assert_eq!(given[0], given[1], "{path}");
        }
    }
    assert!(after.bounds.is_empty());
}

#[test]
fn empty_list_grants_nothing() {
    for asked in LISTS {
        let grants = narrow(asked, &only(&[]));
        assert!(grants.is_empty() && grants.bounds.is_empty());
        assert!(!grants.leads_to_top("/"));
    }
}

#[test]
fn same_path_in_another_root_is_another_file() {
    // With --path.procfs=/host/proc these two are different directories of the host.
    let grants = narrow(&["{proc}/stat"], &only(&["/proc/stat"]));
    assert!(!gives(&grants, "/proc/stat", Need::File));
    let grants = narrow(&["/proc/stat"], &only(&["{proc}/stat"]));
    assert!(!gives(&grants, "/proc/stat", Need::File));
    let grants = narrow(&["{proc}/stat"], &only(&["{proc}/*"]));
    let located = grants.locate("/proc/stat", Need::File).ok().unwrap();
    assert_eq!(located.guest_root, GuestRoot::Option("/proc"));
    let grants = narrow(&["{proc}/stat", "/proc/*"], &only(&["/proc/stat"]));
    let located = grants.locate("/proc/stat", Need::File).ok().unwrap();
    assert_eq!(located.guest_root, GuestRoot::Tree(Tree::Proc));
}

#[test]
fn the_working_directory_does_not_reach_above_itself() {
    let grants = narrow(&["{up}/x", "{here}/x"], &only(&["{here}/**"]));
    assert!(gives(&grants, "x", Need::File));
    for need in NEEDS {
        assert!(!gives(&grants, "../up/x", need));
    }
    let grants = narrow(&["{up}/x"], &only(&["{up}/*"]));
    assert!(gives(&grants, "../up/x", Need::File));
}

#[test]
fn never_list_overrides_any_policy() {
    let everything = ["/proc/**", "/sys/**", "/rootfs/**", "{above}/**"];
    for policy in [only(&everything), Policy::third_party(), Policy::builtin()] {
        let grants = narrow(&everything, &policy);
        for path in [
            "/proc/kcore",
            "/proc/1/environ",
            "/proc/self/mem",
            "/sys/kernel/debug/x",
            "/rootfs/etc/shadow",
            "/srv/etc/shadow",
        ] {
            for need in NEEDS {
                assert!(!gives(&grants, path, need), "{path}");
            }
        }
        assert!(gives(&grants, "/proc/stat", Need::File));
    }
    let literal = ["/proc/kcore"];
    assert!(!gives(
        &narrow(&literal, &only(&literal)),
        "/proc/kcore",
        Need::File
    ));
    assert!(never::denies(GuestRoot::Tree(Tree::Proc), "kcore"));
}

#[test]
fn a_second_policy_narrows_further() {
    let first = only(&["/sys/a/*", "/sys/b/*"]);
    let second = only(&["/sys/*/x"]);
    for policies in [[&first, &second], [&second, &first]] {
        let grants = policies.iter().fold(ask(&["/sys/**"]), |grants, policy| {
            grants.within(policy, &options).unwrap()
        });
        assert!(gives(&grants, "/sys/a/x", Need::File));
        assert!(!gives(&grants, "/sys/a/y", Need::File));
        assert!(!gives(&grants, "/sys/c/x", Need::File));
    }
}

#[test]
fn a_bad_pattern_of_a_policy_is_named() {
    for (pattern, problem) in [
        ("proc/stat", PatternProblem::NotAbsolute),
        ("/etc/passwd", PatternProblem::OutsideTrees),
        ("/proc/[", PatternProblem::Bracket),
        ("/proc/../x", PatternProblem::DotSegment),
        ("{what}/x", PatternProblem::UnknownOption("what".to_owned())),
    ] {
        let policy = only(&["/proc/stat", pattern]);
        let error = ask(&["/proc/**"]).within(&policy, &options).unwrap_err();
        assert_eq!((error.pattern.as_str(), error.problem), (pattern, problem));
    }
    let policy = only(&vec!["/proc/stat"; MAX_PATTERNS + 1]);
    let error = ask(&["/proc/**"]).within(&policy, &options).unwrap_err();
    assert_eq!(error.problem, PatternProblem::TooManyPatterns);
}

#[test]
fn hostile_patterns_are_matched_in_bounded_time() {
    let hostile = format!("/sys/{}", ["**", "*"].repeat(32).join("/"));
    let other = format!("/sys/{}", ["*", "**"].repeat(32).join("/"));
    let grants = narrow(&[&hostile, &other], &only(&[&other, &hostile]));
    let path = format!("/sys{}", "/a".repeat(500));
    let located = grants.locate(&path, Need::List).ok().unwrap();
    assert!(located.states.matches());
    assert!(located.states.matches_child("a"));
    assert!(located.states.can_match_child("a"));
    assert!(!gives(&grants, "/sys/a/b", Need::File));
}
