//! The compiler process: compiles one module and exits. Its parent is [`super::compile`].
//!
//! Its input is hostile. It opens no file, and bounds its own time and memory before it reads a
//! byte.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use wasmtime::Engine;

use super::compile::{CompileError, MESSAGE_BYTES};
use super::read::MAX_BYTES;
use crate::confine::rlimits;
use crate::engine;

/// The first argument of the compiler process. The limits follow: seconds of CPU time, and bytes of
/// memory.
pub(super) const ARGUMENT: &str = "--firepit-compile-child";

/// The first byte of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Machine code follows.
    Code,
    /// The reason why the module is rejected follows.
    Rejected,
    /// A failure of the compiler process follows.
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

/// Compiles from stdin to stdout if the arguments of this process ask for it; the caller then only
/// has to exit with the returned code. Must be called first, before any thread is started.
#[must_use]
pub fn compile_child() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let (Some(cpu), Some(memory)) = (number(arguments.next()), number(arguments.next())) else {
        return Some(ExitCode::FAILURE);
    };
    let answer = match rlimits::confine_compiler(cpu, memory) {
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

type Answer = (Status, Vec<u8>);

fn compile_stdin() -> Answer {
    let mut wasm = Vec::new();
    if let Err(error) = io::stdin().take(MAX_BYTES).read_to_end(&mut wasm) {
        return defect(&format!("it cannot read: {error}"));
    }
    let engine = match engine::third_party() {
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
