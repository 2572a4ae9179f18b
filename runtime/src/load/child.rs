//! The other side of [`super::compile`]: a process that compiles one module and ends.
//!
//! What it is given is hostile. It opens no file, and before it reads a byte it has bounded its own
//! time and memory.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, nice, set_parent_process_death_signal, setrlimit,
};
use wasmtime::Engine;

use super::compile::{CompileError, MESSAGE_BYTES};
use super::read::MOST_BYTES;
use crate::engine;

/// The first argument of a firepit that is to compile. The limits follow: seconds of CPU time, and
/// bytes of memory.
pub(super) const ARGUMENT: &str = "--firepit-compile-child";

/// What an answer begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Machine code follows.
    Code,
    /// What is wrong with the module follows.
    Rejected,
    /// What is wrong with the compiler follows.
    Defect,
}

impl Status {
    fn byte(self) -> u8 {
        match self {
            Self::Code => b'+',
            Self::Rejected => b'-',
            Self::Defect => b'!',
        }
    }

    pub(super) fn of(byte: u8) -> Option<Self> {
        let all = [Self::Code, Self::Rejected, Self::Defect];
        all.into_iter().find(|status| status.byte() == byte)
    }
}

/// The highest `oom_score_adj`.
const FIRST_TO_GO: &str = "1000";

/// Others are served first.
const NICENESS: i32 = 10;

/// Descriptors that it may have: the standard ones, and some for the runtime.
const OPEN_FILES: u64 = 16;

/// Compiles from stdin to stdout if the arguments of this process say so: then there is nothing else
/// to do for it. To be called before anything else, without any thread.
#[must_use]
pub fn compile_child() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let (Some(cpu), Some(memory)) = (number(arguments.next()), number(arguments.next())) else {
        return Some(ExitCode::FAILURE);
    };
    let answer = match confine(cpu, memory) {
        Ok(()) => panic::catch_unwind(AssertUnwindSafe(compile_stdin))
            .unwrap_or_else(|_| defect("it panicked")),
        Err(errno) => defect(&format!("it cannot limit itself: {errno}")),
    };
    Some(match write(&answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn number(argument: Option<OsString>) -> Option<u64> {
    argument?.to_str()?.parse().ok()
}

/// Bounds this process.
fn confine(cpu_seconds: u64, memory_bytes: u64) -> rustix::io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Where memory runs out, this process goes and not the one that serves. Anybody may raise it;
    // where it cannot be, as without a /proc, nothing else depends on it.
    let _ = fs::write("/proc/self/oom_score_adj", FIRST_TO_GO);
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    limit(Resource::Nofile, OPEN_FILES, OPEN_FILES)?;
    // One second more, so that the signal tells that it was the time.
    limit(Resource::Cpu, cpu_seconds, cpu_seconds.saturating_add(1))?;
    limit(Resource::As, memory_bytes, memory_bytes)?;
    // Not being able to be polite is no reason to fail.
    let _ = nice(NICENESS);
    Ok(())
}

/// Lowers a limit; one that is lower already stays.
fn limit(resource: Resource, soft: u64, hard: u64) -> rustix::io::Result<()> {
    let present = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let lowered = Rlimit {
        current: Some(soft.min(present)),
        maximum: Some(hard.min(present)),
    };
    setrlimit(resource, lowered)
}

type Answer = (Status, Vec<u8>);

fn compile_stdin() -> Answer {
    let mut wasm = Vec::new();
    if let Err(error) = io::stdin().take(MOST_BYTES).read_to_end(&mut wasm) {
        return defect(&format!("it cannot read: {error}"));
    }
    let engine = match engine::strangers() {
        Ok(engine) => engine,
        Err(error) => return defect(&format!("{error:#}")),
    };
    match compile(&engine, &wasm) {
        Ok(code) => (Status::Code, code),
        Err(error) => (Status::Rejected, message(&error.to_string())),
    }
}

fn defect(text: &str) -> Answer {
    (Status::Defect, message(text))
}

fn message(text: &str) -> Vec<u8> {
    let end = text.floor_char_boundary(MESSAGE_BYTES);
    text.as_bytes().iter().copied().take(end).collect()
}

fn write((status, content): &Answer) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(&[status.byte()])?;
    stdout.write_all(content)?;
    stdout.flush()
}

/// Compiles in this process.
pub(super) fn compile(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, CompileError> {
    engine
        .precompile_component(wasm)
        .map_err(|error| CompileError::Rejected(format!("{error:#}")))
}
