//! Runs other programs, with errors that name the failed command.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Polling interval for programs with a time limit.
const POLL: Duration = Duration::from_millis(50);

/// Runs a program with this terminal's streams and waits for it.
///
/// # Errors
/// It cannot be started or does not exit with 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start `{}`", display(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", display(command));
    }
    Ok(())
}

/// Like [`run`], but kills the program after `limit`.
///
/// # Errors
/// Those of [`run`], and an exceeded limit.
pub(crate) fn run_limited(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start `{}`", display(command)))?;
    let end = Instant::now() + limit;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("`{}` failed ({status})", display(command)),
            None if Instant::now() >= end => break,
            None => thread::sleep(POLL),
        }
    }
    child.kill()?;
    child.wait()?;
    bail!(
        "`{}` did not finish within {} s",
        display(command),
        limit.as_secs()
    );
}

/// Runs a program and returns its standard output, without surrounding whitespace.
///
/// # Errors
/// It cannot be started, does not exit with 0, or writes invalid UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", display(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", display(command), output.status);
    }
    let text = String::from_utf8(output.stdout)
        .with_context(|| format!("output of `{}`", display(command)))?;
    Ok(text.trim().to_owned())
}

/// Whether a program can be started and exits with 0. Drops its output.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The first file of this name in the directories of `PATH`.
pub(crate) fn in_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

/// The command line for messages.
fn display(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn failure_names_command_and_status() {
        let error = run(&mut shell("exit 3")).unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 3` failed (exit status: 3)");
    }

    #[test]
    fn missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert_eq!(error.to_string(), "cannot start `no-such-program-here`");
    }

    #[test]
    fn output_is_trimmed() {
        assert_eq!(output(&mut shell("echo ' a b '")).unwrap(), "a b");
        assert!(output(&mut shell("echo a; exit 1")).is_err());
    }

    #[test]
    fn limit_ends_a_program_that_hangs() {
        let limit = Duration::from_millis(200);
        let error = run_limited(&mut shell("exec sleep 600"), limit).unwrap_err();
        assert!(error.to_string().contains("did not finish"), "{error}");
    }

    #[test]
    fn limit_leaves_a_quick_program_alone() {
        let limit = Duration::from_secs(600);
        assert!(run_limited(&mut shell("exit 0"), limit).is_ok());
        assert!(run_limited(&mut shell("exit 1"), limit).is_err());
    }

    #[test]
    fn path_is_searched() {
        assert!(in_path("sh").is_some());
        assert_eq!(in_path("no-such-program-here"), None);
    }
}
