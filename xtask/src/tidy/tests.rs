//! Each rule against small trees, and all of them against the repository.

use super::*;

fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |(path, text): &(&str, &str)| File {
        path: (*path).to_owned(),
        text: Some((*text).to_owned()),
    };
    Tree {
        files: files.iter().map(file).collect(),
    }
}

#[test]
fn repository_is_tidy() {
    if let Err(error) = tidy(&Workspace::here()) {
        panic!("{error}");
    }
}

#[test]
fn empty_tree_is_tidy() {
    for rule in RULES {
        assert_eq!(rule(&tree(&[])), Vec::<String>::new());
    }
}

#[test]
fn module_comment_may_follow_a_licence_comment() {
    let good = tree(&[("a.rs", "// licence\n\n//! So.\n"), ("b.rs", "//! So.")]);
    assert!(modules_are_introduced(&good).is_empty());
    let bad = tree(&[("a.rs", "use x;\n//! Late.\n"), ("b.rs", ""), ("c.txt", "")]);
    assert_eq!(modules_are_introduced(&bad).len(), 2);
}

#[test]
fn built_files_are_found_by_extension() {
    let bad = tree(&[("tests/a.wasm", ""), ("b.cwasm", ""), ("c.so", "")]);
    assert_eq!(nothing_built_is_kept(&bad).len(), 3);
    let good = tree(&[("wasm", ""), ("a.so/b", ""), ("a.wasm.md", "")]);
    assert!(nothing_built_is_kept(&good).is_empty());
}

#[test]
fn contract_version_follows_the_sdk() {
    let with = |wit: &str, sdk: &str| {
        let wit = format!("/// Doc.\npackage firepit:collector@{wit};\n");
        let sdk = format!("[package]\nname = \"firepit-sdk\"\n{sdk}\n");
        contract_and_sdk_share_a_version(&tree(&[
            ("Cargo.toml", "[workspace.package]\nversion = \"0.2.0\"\n"),
            ("guest-sdk/Cargo.toml", &sdk),
            ("wit/world.wit", &wit),
        ]))
    };
    assert!(with("0.2.0", "version.workspace = true").is_empty());
    assert!(with("0.3.0", "version = \"0.3.0\"").is_empty());
    let problems = with("0.1.0", "version.workspace = true");
    assert_eq!(
        problems,
        ["wit/world.wit: version 0.1.0, but firepit-sdk has 0.2.0"]
    );
}

#[test]
fn collector_needs_library_and_name() {
    let manifest = "[package]\nname = \"firepit-collector-stat\"\n";
    let good = [
        ("collectors-wasm/stat/Cargo.toml", manifest),
        ("collectors-wasm/stat/src/lib.rs", "//! Stat."),
        ("collectors-wasm/README.md", ""),
    ];
    assert!(collectors_are_crates_to_copy(&tree(&good)).is_empty());
    let bad = [("collectors-wasm/vmstat/Cargo.toml", manifest)];
    assert_eq!(collectors_are_crates_to_copy(&tree(&bad)).len(), 2);
}

#[test]
fn test_guest_must_be_named_as_a_whole() {
    let guest = ("tests/guests/limit_memory/Cargo.toml", "");
    let with = |test: &str| test_guests_are_tested(&tree(&[guest, ("tests/tests/a.rs", test)]));
    assert!(with("load(\"limit_memory\")").is_empty());
    assert!(with("load(\"limit-memory\")").is_empty());
    assert_eq!(with("load(\"limit_memory_more\")").len(), 1);
    assert!(test_guests_are_tested(&tree(&[guest])).is_empty());
}

#[test]
fn homes_are_told_from_other_paths() {
    let home = concat!("/ho", "me/");
    let root = concat!("/ro", "ot/");
    for bad in [
        format!("see {home}me/x"),
        format!("\"{root}.cargo\""),
        format!("{root}x"),
    ] {
        assert!(has_home(&bad), "{bad}");
    }
    for good in [
        format!("/proc/self{root}etc"),
        format!("/proc/{{pid}}{root}etc"),
        format!("mounted at {home}"),
        "/rootfs/x".to_owned(),
    ] {
        assert!(!has_home(&good), "{good}");
    }
    let problems = no_path_of_one_machine(&tree(&[("a.md", &format!("\n {home}me"))]));
    assert_eq!(problems, [format!("a.md:2: path of one machine: {home}me")]);
}

#[test]
fn long_source_is_found_and_lock_files_are_not_source() {
    let long = "x\n".repeat(MOST_LINES + 1);
    let bad = tree(&[("a.rs", &long), ("Cargo.lock", &long)]);
    assert_eq!(files_are_short(&bad), ["a.rs: 501 lines, over 500"]);
    let most = "x\n".repeat(MOST_LINES);
    assert!(files_are_short(&tree(&[("a.rs", &most)])).is_empty());
}
