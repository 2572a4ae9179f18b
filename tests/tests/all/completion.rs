//! Completions and the manual page, read by the real shells and by the programs for manual pages. A
//! test is skipped, and says so, if its program is not installed.

use std::process::{Command, Output, Stdio};

use firepit_tests::{Directory, Firepit, is_installed, program};

/// What firepit prints, as it is.
fn printed(words: &[&str]) -> String {
    let ended = Firepit::new().run(words);
    assert_eq!(ended.status.code(), Some(0), "{words:?}: {}", ended.stderr);
    ended.stdout
}

/// A home directory with the script of a shell, as `completions`, and the program itself, as
/// `bin/firepit`.
fn home(shell: &str) -> Directory {
    let home = Directory::new()
        .file("completions", printed(&["completion", shell]))
        .file("bin/empty", "")
        .file("work/module.wasm", "");
    let firepit = home.path().join("bin/firepit");
    std::os::unix::fs::symlink(program("FIREPIT_BIN"), firepit).unwrap();
    home
}

/// Runs a script in a shell that knows nothing but the home directory.
fn run(shell: &str, home: &Directory, script: &str) -> Output {
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}/bin:{path}", home.path().display());
    Command::new(shell)
        .args(["-c", script])
        .current_dir(home.path().join("work"))
        .env_clear()
        .env("PATH", path)
        .env("HOME", home.path())
        .env("TERM", "dumb")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Beginnings of the last word, and what completes it.
const COMPLETED: [(&str, &[&str]); 4] = [
    ("--web.listen-addr", &["--web.listen-address"]),
    ("--collector.loadav", &["--collector.loadavg"]),
    ("--no-collector.loadav", &["--no-collector.loadavg"]),
    (
        "--collector.textfile.d",
        &["--collector.textfile.directory"],
    ),
];

#[test]
fn bash_completes_flags_commands_and_values() {
    if !is_installed("bash") {
        return;
    }
    let home = home("bash");
    let complete = |words: &str| {
        let script = format!(
            "source ~/completions\ncompopt() {{ :; }}\nCOMP_WORDS=(firepit {words})\n\
             COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\nprevious=${{COMP_WORDS[COMP_CWORD-1]}}\n\
             _firepit firepit \"${{COMP_WORDS[COMP_CWORD]}}\" \"$previous\"\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let text = stdout(&run("bash", &home, &script));
        let words: Vec<String> = text.lines().map(str::to_owned).collect();
        words
    };
    for (begun, wanted) in COMPLETED {
        assert_eq!(complete(begun), wanted, "{begun}");
    }
    assert_eq!(complete("--log.format j"), ["json"]);
    assert_eq!(complete("check"), ["check-config"]);
    assert!(complete("--config.file mod").contains(&"module.wasm".to_owned()));
}

#[test]
fn fish_completes_flags_commands_and_values() {
    if !is_installed("fish") {
        return;
    }
    let home = home("fish");
    let complete = |words: &str| {
        let script = format!("source ~/completions\ncomplete --do-complete 'firepit {words}'");
        let text = stdout(&run("fish", &home, &script));
        // A description follows a tab.
        let words: Vec<String> = text
            .lines()
            .filter_map(|line| Some(line.split('\t').next()?.to_owned()))
            .collect();
        words
    };
    for (begun, wanted) in COMPLETED {
        assert_eq!(complete(begun), wanted, "{begun}");
    }
    assert_eq!(complete("--log.format j"), ["json"]);
    assert_eq!(complete("check"), ["check-config"]);
    assert!(complete("--config.file mod").contains(&"module.wasm".to_owned()));
}

/// zsh has completions only at a prompt. This one runs in a terminal of the module `zpty`, and writes
/// the line that the completion made of the words.
#[test]
fn zsh_completes_flags_commands_and_values() {
    if !is_installed("zsh") {
        return;
    }
    let home = home("zsh");
    std::fs::create_dir(home.path().join("functions")).unwrap();
    std::fs::rename(
        home.path().join("completions"),
        home.path().join("functions/_firepit"),
    )
    .unwrap();
    let complete = |words: &str| {
        let script = format!(
            "zmodload zsh/zpty\n\
             zpty shell zsh -f -i\n\
             zpty -w shell 'PS1=; unsetopt zle_bracketed_paste 2>/dev/null; stty -echo'\n\
             zpty -w shell 'fpath=(~/functions $fpath); autoload -U compinit; compinit -u -D'\n\
             zpty -w shell 'written() {{ print -r -- \"<$BUFFER>\" > ~/written; exit }}'\n\
             zpty -w shell 'zle -N written; bindkey \"^X\" written; bindkey \"^I\" complete-word'\n\
             zpty -w -n shell $'firepit {words}\\t\\x18'\n\
             while zpty -r shell line; do :; done\n\
             cat ~/written"
        );
        let text = stdout(&run("zsh", &home, &script));
        let line = text.trim().trim_matches(['<', '>']).trim().to_owned();
        line.strip_prefix("firepit ").unwrap_or(&line).to_owned()
    };
    for (begun, wanted) in COMPLETED {
        // zsh adds a `=` where a value follows.
        let completed = complete(begun);
        assert_eq!(completed.trim_end_matches('='), wanted.concat(), "{begun}");
    }
    assert_eq!(complete("--log.format j"), "--log.format json");
    assert_eq!(complete("check"), "check-config");
    assert_eq!(complete("--config.file mod"), "--config.file module.wasm");
}

/// The flags of a module are completed as those of a built-in collector.
#[test]
fn modules_are_in_every_text() {
    let firepit = || Firepit::with_guest("grant_probe");
    for words in [
        &["completion", "bash"][..],
        &["completion", "zsh"],
        &["completion", "fish"],
        &["man"],
        &["--help", "grant_probe"],
    ] {
        let ended = firepit().execute(words);
        assert_eq!(ended.status.code(), Some(0), "{words:?}: {}", ended.stderr);
        let text = ended.stdout.replace("\\-", "-").replace("\\&", "");
        assert!(
            text.contains("collector.grant_probe.text"),
            "{words:?}: {text}"
        );
    }
}

/// The page has no construct that a formatter of manual pages warns about.
#[test]
fn the_manual_page_has_no_warnings() {
    let page = Directory::new().file("firepit.1", printed(&["man"]));
    let path = page.path().join("firepit.1");
    if is_installed("groff") {
        let output = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-z"])
            .arg(&path)
            .output()
            .unwrap();
        assert_eq!(stdout(&output), "");
    }
    if is_installed("mandoc") {
        let output = Command::new("mandoc")
            .args(["-T", "lint", "-W", "warning"])
            .arg(&path)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        // The page has no date.
        let told: Vec<&str> = told
            .lines()
            .filter(|line| !line.contains("missing date"))
            .collect();
        assert_eq!(told, [""; 0]);
    }
    if is_installed("man") {
        let output = Command::new("man")
            .args(["--warnings", "-E", "UTF-8", "-l"])
            .arg(&path)
            .env("MANWIDTH", "100")
            .output()
            .unwrap();
        let text = stdout(&output);
        for wanted in [
            "NAME",
            "COMMANDS",
            "--web.listen-address",
            "COLLECTOR LOADAVG",
        ] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
    }
}
