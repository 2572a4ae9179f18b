//! What a build says of itself: commit, branch, date, and whether files differ from the commit.

use std::{env, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::cmd;

/// The variable of reproducible builds: the time that a build pretends to run at.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Environment variables for a build.
#[derive(Debug)]
pub(super) struct Identity(Vec<(&'static str, String)>);

impl Identity {
    /// That of a checkout. What the environment already says holds: a packager knows better. Without
    /// a repository, as in an unpacked archive, nothing else is known.
    ///
    /// # Errors
    /// git fails in a repository.
    pub(super) fn of(root: &Path) -> Result<Self> {
        let mut known = Vec::new();
        if root.join(".git").exists() {
            known = from_git(root).context(
                "cannot find out what is built: is git installed, and may it read this checkout?",
            )?;
        }
        if let Ok(epoch) = env::var(EPOCH) {
            known.retain(|(name, _)| *name != EPOCH);
            known.push((EPOCH, epoch));
        }
        if let Some((_, epoch)) = known.iter().find(|(name, _)| *name == EPOCH) {
            let date = date(epoch)?;
            known.push(("FIREPIT_BUILD_DATE", date));
        }
        known.retain(|(name, _)| *name == EPOCH || env::var_os(name).is_none());
        Ok(Self(known))
    }

    pub(super) fn apply(&self, command: &mut Command) {
        command.envs(self.0.iter().map(|(name, value)| (name, value)));
    }
}

fn from_git(root: &Path) -> Result<Vec<(&'static str, String)>> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        cmd::output(git.arg("-C").arg(root).args(arguments))
    };
    let mut revision = git(&["rev-parse", "HEAD"])?;
    // As Prometheus programs say it.
    if !git(&["status", "--porcelain"])?.is_empty() {
        revision.push_str("-modified");
    }
    Ok(vec![
        ("FIREPIT_REVISION", revision),
        (
            "FIREPIT_BRANCH",
            git(&["rev-parse", "--abbrev-ref", "HEAD"])?,
        ),
        (EPOCH, git(&["log", "-1", "--format=%ct"])?),
    ])
}

/// A time as Prometheus programs write it, such as `20260102-15:04:05`.
fn date(epoch: &str) -> Result<String> {
    let mut date = Command::new("date");
    date.args(["--utc", &format!("--date=@{epoch}"), "+%Y%m%d-%H:%M:%S"]);
    cmd::output(&mut date).with_context(|| format!("{EPOCH} is {epoch:?}, not a number of seconds"))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    /// A repository of one commit.
    struct Repository(PathBuf);

    impl Repository {
        fn new(name: &str) -> Self {
            let name = format!("firepit-xtask-{name}-{}", std::process::id());
            let root = env::temp_dir().join(name);
            fs::create_dir_all(&root).unwrap();
            fs::write(root.join("file"), "a").unwrap();
            let repository = Self(root);
            repository.git(&["init", "--quiet", "--initial-branch=trunk"]);
            repository.git(&["add", "file"]);
            repository.git(&["commit", "--quiet", "--message=first"]);
            repository
        }

        fn git(&self, arguments: &[&str]) {
            let mut git = Command::new("git");
            git.arg("-C").arg(&self.0).args(arguments);
            for role in ["AUTHOR", "COMMITTER"] {
                git.env(format!("GIT_{role}_NAME"), "A");
                git.env(format!("GIT_{role}_EMAIL"), "a@example.org");
                git.env(format!("GIT_{role}_DATE"), "2026-01-02T15:04:05Z");
            }
            cmd::run(&mut git).unwrap();
        }

        fn says(&self, name: &str) -> String {
            let Identity(known) = Identity::of(&self.0).unwrap();
            let found = known.into_iter().find(|(given, _)| *given == name);
            found.unwrap().1
        }
    }

    impl Drop for Repository {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn clean_commit_has_revision_branch_and_date() {
        let repository = Repository::new("clean");
        assert_eq!(repository.says("FIREPIT_REVISION").len(), 40);
        assert_eq!(repository.says("FIREPIT_BRANCH"), "trunk");
        assert_eq!(repository.says("FIREPIT_BUILD_DATE"), "20260102-15:04:05");
        assert_eq!(repository.says(EPOCH), "1767366245");
    }

    #[test]
    fn changed_file_marks_the_revision_as_modified() {
        let repository = Repository::new("dirty");
        fs::write(repository.0.join("file"), "b").unwrap();
        let revision = repository.says("FIREPIT_REVISION");
        assert!(revision.ends_with("-modified"), "{revision}");
    }

    #[test]
    fn without_a_repository_no_revision_is_set() {
        let Identity(known) = Identity::of(Path::new("/no/such/directory")).unwrap();
        assert!(known.iter().all(|(name, _)| !name.contains("REVISION")));
    }
}
