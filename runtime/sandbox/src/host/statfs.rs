//! `statfs`: sizes of file systems, without blocking on hung ones.

mod mount;

use std::time::{Duration, Instant};

use self::mount::{Answer, Unanswered};
use super::ask::{NoAnswer, Schedule};
use super::{State, files, stop};
use crate::contract::firepit::collector::statfs as wit;
use crate::files::FileError;
use crate::fuel;

fn answer(answer: Answer) -> Result<wit::FileSystem, wit::StatfsError> {
    match answer {
        Ok(found) => Ok(wit::FileSystem {
            magic: found.magic,
            read_only: found.read_only,
            block_size: found.block_size,
            blocks: found.blocks,
            blocks_free: found.blocks_free,
            blocks_available: found.blocks_available,
            files: found.files,
            files_free: found.files_free,
        }),
        Err(Unanswered::InvalidPath) => Err(wit::StatfsError::InvalidPath),
        Err(Unanswered::NotPermitted) => Err(wit::StatfsError::NotPermitted),
        Err(Unanswered::Stuck) => Err(wit::StatfsError::Stuck),
        Err(Unanswered::Os(errno)) => Err(wit::StatfsError::Os(errno)),
    }
}

impl wit::Host for State {
    /// A path costs as much as a file, and counts as one opened file.
    fn get(
        &mut self,
        paths: Vec<String>,
        workers: u32,
        timeout_milliseconds: u32,
    ) -> wasmtime::Result<Vec<Result<wit::FileSystem, wit::StatfsError>>> {
        self.charge(paths.len() as u64 * fuel::CALL);
        let mut mounts = Vec::new();
        let mut refused = Vec::with_capacity(paths.len());
        self.with_files(|files| {
            for path in &paths {
                refused.push(match files.mount(path) {
                    Ok(mount) => {
                        mounts.push(mount);
                        None
                    }
                    Err(FileError::Exhausted(what)) => return Err(what),
                    Err(FileError::NotPermitted) => Some(Unanswered::NotPermitted),
                    Err(_) => Some(Unanswered::InvalidPath),
                });
            }
            Ok(())
        })
        .map_err(|what| stop(files::exhausted(what)))?;
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        let timeout = Duration::from_millis(timeout_milliseconds.into());
        let schedule = Schedule::new(workers, timeout, now, left);
        let mut answers = self
            .resources
            .file_systems
            .ask(mounts, schedule)
            .into_iter();
        let answers = refused.into_iter().map(|refused| match refused {
            Some(why) => Err(why),
            None => match answers.next() {
                Some(Ok(answer)) => answer,
                Some(Err(NoAnswer::Stuck)) | None => Err(Unanswered::Stuck),
                Some(Err(NoAnswer::Panicked)) => Err(Unanswered::PANICKED),
            },
        });
        Ok(answers.map(answer).collect())
    }
}
