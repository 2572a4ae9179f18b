//! A first author's way, to the letter: `firepit new`, what it says to type next, and the module in
//! a directory of a firepit.
//!
//! The project is built without network, from what building the guests has fetched. It stands at
//! the same place in each run and its build is kept, so only the first run compiles the crates that
//! it depends on.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use firepit_tests::{Directory, Ended, Firepit, Page, program, until};

use crate::baseline::{procfs, success};

const NAME: &str = "smart";

/// What the project's collector shows of [`procfs`].
const SHOWN: [(&str, &str, &str, f64); 5] = [
    ("smart_load", "minutes", "1", 0.21),
    ("smart_load", "minutes", "5", 0.37),
    ("smart_load", "minutes", "15", 0.39),
    ("smart_tasks", "state", "runnable", 1.0),
    ("smart_tasks", "state", "all", 719.0),
];

#[test]
fn printed_commands_lead_to_metrics() {
    let project = place();
    let ended = run(&["new", NAME, project.to_str().unwrap()]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    // Cargo follows the link.
    symlink(project.with_extension("target"), project.join("target")).unwrap();

    let typed = ended.stdout.lines().filter(|line| line.starts_with("  "));
    let commands: Vec<&str> = typed.map(|line| type_in(line, &project)).collect();
    assert_eq!(
        commands,
        ["cd", "test", "rustup", "build", "run", "cp", "approve"]
    );

    succeeds(cargo().args(["fmt", "--check"]), &project);
    let clippy = ["clippy", "--all-targets", "--", "-D", "warnings"];
    succeeds(cargo().args(clippy), &project);
}

/// Where the project goes, with nothing there.
fn place() -> PathBuf {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR")).join("first-author");
    let project = parent.join(NAME);
    if project.exists() {
        fs::remove_dir_all(&project).unwrap();
    }
    fs::create_dir_all(project.with_extension("target")).unwrap();
    project
}

/// Does what a line says, and returns the command in it.
fn type_in<'a>(line: &'a str, project: &Path) -> &'a str {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [cd @ "cd", to] => {
            assert_eq!(Path::new(to), project);
            cd
        }
        ["cargo", test @ "test"] => {
            succeeds(cargo().arg(test), project);
            test
        }
        // xtask's to do, or to do without.
        [rustup @ "rustup", "target", "add", "wasm32-wasip2"] => rustup,
        [
            "cargo",
            build @ "build",
            "--release",
            "--target",
            "wasm32-wasip2",
        ] => {
            let mut xtask = Command::new(program("FIREPIT_XTASK"));
            succeeds(xtask.args(["wasm", "."]), project);
            build
        }
        ["firepit", run @ "run", module] => {
            runs_once(&project.join(module));
            run
        }
        [cp @ "cp", module, to] => {
            assert_eq!(*to, format!("/etc/firepit/collectors/{NAME}.wasm"));
            is_served(&project.join(module));
            cp
        }
        // The entry that `is_served` has.
        ["firepit", approve @ "approve", to] => {
            assert_eq!(*to, format!("/etc/firepit/collectors/{NAME}.wasm"));
            approve
        }
        _ => panic!("not known: {line:?}"),
    }
}

fn cargo() -> Command {
    Command::new(program("CARGO"))
}

fn succeeds(command: &mut Command, project: &Path) {
    command
        .current_dir(project)
        .env("CARGO_NET_OFFLINE", "true")
        .env_remove("CARGO_TARGET_DIR");
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

fn run(words: &[&str]) -> Ended {
    Firepit::new().run(words)
}

/// Looks at the module, and runs it outside of a server.
fn runs_once(module: &Path) {
    let size = fs::metadata(module).unwrap().len();
    assert!(size < 150_000, "{size}");
    let module = module.to_str().unwrap();
    let ended = run(&["inspect", module]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    for told in ["smart 0.1.0", "/proc/loadavg", "--collector.smart.averages"] {
        assert!(ended.stdout.contains(told), "{told}: {}", ended.stdout);
    }
    let procfs = procfs();
    let ended = Firepit::new().procfs(procfs.path()).run(&["run", module]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let line = "smart_load{minutes=\"1\"} 0.21";
    assert!(ended.stdout.contains(line), "{}", ended.stdout);
}

/// Puts the module into the directory of a firepit that runs, and finds its lines on the page.
fn is_served(module: &Path) {
    let procfs = procfs();
    let modules = Directory::new();
    let entry = format!("collectors: {{{NAME}: {{enabled: true}}}}\n");
    let config = Directory::new().file("firepit.yaml", entry);
    let running = Firepit::new()
        .flag(format!(
            "--collector.directory={}",
            modules.path().display()
        ))
        .flag(format!(
            "--config.file={}/firepit.yaml",
            config.path().display()
        ))
        .procfs(procfs.path())
        .start();
    assert_eq!(success(&running.scrape(), NAME), None);
    fs::copy(module, modules.path().join(format!("{NAME}.wasm"))).unwrap();
    let page = until("the module's lines", || {
        let page = running.scrape();
        success(&page, NAME).map(|_| page)
    });
    assert_shown(&page);
}

fn assert_shown(page: &Page) {
    assert_eq!(success(page, NAME), Some(1.0));
    for (family, label, value, expected) in SHOWN {
        let shown = page.value(family, &[(label, value)]);
        assert_eq!(shown, Some(expected), "{family} {value}");
    }
}
