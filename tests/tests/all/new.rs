//! `firepit new`: what is written, and what is refused. That it builds is `first_author`'s.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use firepit_tests::{Directory, Ended, Firepit};

/// What is in a project beside the copies of the SDK's sources and of the contract.
const RUST: [&str; 7] = [
    ".gitignore",
    "Cargo.toml",
    "README.md",
    "firepit-sdk/Cargo.toml",
    "firepit-sdk/LICENSE",
    "src/lib.rs",
    "src/parse.rs",
];

/// Runs `firepit new` with a directory behind the other words.
fn new(words: &[&str], directory: &Path) -> Ended {
    let mut all = vec!["new"];
    all.extend(words);
    all.push(directory.to_str().unwrap());
    Firepit::new().run(&all)
}

/// The files below a directory, by their paths in it.
fn files(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(files(&path).iter().map(|below| format!("{name}/{below}")));
        } else {
            found.insert(name);
        }
    }
    found
}

/// What the other languages' projects are examples of, by the names that must not be left.
const EXAMPLES: [(&str, &str); 2] = [("python", "kernel_taint"), ("c", "vfs_caches")];

fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn assert_refused(ended: &Ended, code: i32, told: &str) {
    assert_eq!(ended.status.code(), Some(code), "{told}: {}", ended.stderr);
    assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

#[test]
fn a_project_has_its_files_and_the_copies() {
    let place = Directory::new();
    let project = place.path().join("a/b");
    let ended = new(&["smart"], &project);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);

    let mut expected: BTreeSet<String> = RUST.map(str::to_owned).into();
    for (copy, original) in [("firepit-sdk/src", "guest-sdk/src"), ("wit", "wit")] {
        for file in files(&repository(original)) {
            let original = fs::read(repository(original).join(&file)).unwrap();
            let file = format!("{copy}/{file}");
            assert!(fs::read(project.join(&file)).unwrap() == original, "{file}");
            expected.insert(file);
        }
    }
    assert_eq!(files(&project), expected);
}

/// Nothing of the template is left, and nothing that only works inside of the repository.
#[test]
fn project_is_independent_of_the_repository() {
    let project = Directory::new();
    let ended = new(&["smart_2"], project.path());
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    for file in RUST {
        let text = fs::read_to_string(project.path().join(file)).unwrap();
        assert!(!text.contains("{{"), "{file}: {text}");
        assert!(!text.contains("workspace = true"), "{file}: {text}");
    }
    let lib = fs::read_to_string(project.path().join("src/lib.rs")).unwrap();
    assert!(lib.contains("\"smart_2\""), "{lib}");
    let sdk = fs::read_to_string(project.path().join("firepit-sdk/Cargo.toml")).unwrap();
    let version = format!("version = \"{}\"\n", env!("CARGO_PKG_VERSION"));
    assert!(sdk.contains(&version), "{sdk}");
}

/// The example of the repository under another name, with the contract in it.
#[test]
fn a_project_of_another_language_is_its_example() {
    for (language, example) in EXAMPLES {
        let project = Directory::new();
        let flag = format!("--language={language}");
        let ended = new(&[&flag, "smart"], project.path());
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);

        let written = files(project.path());
        assert!(written.contains("wit/world.wit"), "{written:?}");
        let own: Vec<_> = written.iter().filter(|f| !f.starts_with("wit/")).collect();
        assert!(own.len() > 1, "{written:?}");
        let mut named = 0;
        for file in own {
            let original = repository("examples").join(language).join(file);
            assert!(original.is_file(), "{file}");
            let text = fs::read_to_string(project.path().join(file)).unwrap();
            for left in [example, "../"] {
                assert!(!text.contains(left), "{file} has {left}: {text}");
            }
            named += text.matches("smart").count();
        }
        assert!(named > 1, "{language}");
    }
}

/// Each line can be pasted into a shell.
#[test]
fn printed_commands_build_the_module() {
    let place = Directory::new();
    let project = place.path().join("it's here");
    let ended = new(&["--language=rust", "smart"], &project);
    let quoted = project.to_str().unwrap().replace('\'', r"'\''");
    for line in [
        &format!("  cd '{quoted}'"),
        "  cargo test",
        "  rustup target add wasm32-wasip2",
        "  cargo build --release --target wasm32-wasip2",
        "  firepit run target/wasm32-wasip2/release/smart_collector.wasm",
        "  cp target/wasm32-wasip2/release/smart_collector.wasm /etc/firepit/collectors/smart.wasm",
        "  firepit approve /etc/firepit/collectors/smart.wasm",
    ] {
        assert!(
            ended.stdout.lines().any(|printed| printed == line),
            "{line}: {}",
            ended.stdout
        );
    }
}

#[test]
fn invalid_module_names_are_rejected() {
    let place = Directory::new();
    let project = place.path().join("project");
    let long = "a".repeat(65);
    let cases = [
        ("Smart", "[a-z][a-z0-9_]*"),
        ("9p", "[a-z][a-z0-9_]*"),
        ("a-b", "[a-z][a-z0-9_]*"),
        ("../a", "[a-z][a-z0-9_]*"),
        (&long, "at most 64"),
        ("directory", "reserved"),
        ("loadavg", "there is a built-in collector loadavg"),
        ("node", "would begin with node_"),
        ("firepit_x", "would begin with firepit_x_"),
        ("go", "choose another name"),
    ];
    for (name, told) in cases {
        assert_refused(&new(&[name], &project), 2, told);
    }
    assert!(!project.exists());
    assert_refused(&Firepit::new().run(&["new"]), 2, "NAME");
    let ended = new(&["--language=cobol", "smart"], &project);
    assert_refused(&ended, 2, "[possible values: rust, python, c]");
}

#[test]
fn occupied_directory_is_unchanged() {
    let place = Directory::new().file("used/Cargo.toml", "mine");
    let used = place.path().join("used");
    assert_refused(&new(&["smart"], &used), 1, "is not empty");
    let file = used.join("Cargo.toml");
    assert_refused(&new(&["smart"], &file), 1, "is not a directory");
    let below = file.join("x");
    assert_refused(&new(&["smart"], &below), 1, below.to_str().unwrap());
    assert_eq!(files(&used), ["Cargo.toml".to_owned()].into());
    assert_eq!(fs::read(file).unwrap(), b"mine");
}

/// Where nobody can make a directory, root included.
#[test]
fn unwritable_directory_is_reported() {
    let place = Path::new("/proc/firepit-new");
    assert_refused(&new(&["smart"], place), 1, "/proc/firepit-new");
}
