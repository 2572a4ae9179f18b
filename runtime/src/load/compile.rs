//! WebAssembly to machine code, by a process of its own for what a stranger wrote.
//!
//! Nobody promises that compiling hostile input is cheap: so the compiler runs where its time, its
//! memory and its output have a bound that the kernel holds, and where its end costs nothing but
//! that module. The process is this very program, started with the argument [`child::ARGUMENT`].
//!
//! It gets the module on stdin and answers on stdout with one byte, a [`child::Status`], then the
//! machine code or a message, up to the end of the stream.

mod pipe;

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};
use wasmtime::Engine;

use self::pipe::{End, Exchange};
use super::child::{self, Status};

const MIB: u64 = 1 << 20;

/// Where modules are compiled.
#[derive(Debug, Clone)]
pub enum Compiler {
    /// In this process, without a bound: for modules of one's own.
    InProcess,
    /// In a process that ends at its limits.
    Child {
        /// A firepit.
        program: PathBuf,
        /// What it may use.
        limits: CompileLimits,
    },
}

impl Compiler {
    /// This very program as a child, also where its file was replaced meanwhile.
    #[must_use]
    pub fn child() -> Self {
        Self::Child {
            program: "/proc/self/exe".into(),
            limits: CompileLimits::default(),
        }
    }

    /// Compiles a component.
    pub(super) fn compile(&self, engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, CompileError> {
        match self {
            Self::InProcess => child::compile(engine, wasm),
            Self::Child { program, limits } => {
                let mut command = Command::new(program);
                command.arg0("firepit");
                by_child(command, limits, wasm)
            }
        }
    }
}

/// What compiling one module may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileLimits {
    /// Wall time, from the start of the compiler to its end.
    pub wall: Duration,
    /// CPU time of all its threads together; whole seconds, at least one.
    pub cpu: Duration,
    /// Address space in bytes, which the program itself and its threads' stacks count towards.
    pub memory_bytes: u64,
    /// Bytes of machine code.
    pub code_bytes: u64,
}

impl Default for CompileLimits {
    /// A multiple of what Python with its interpreter takes, the largest module that is known to be
    /// of use. Of its 18 MB of WebAssembly come 37 MB of machine code, in 16 seconds of a slow CPU
    /// and with 0.7 GiB of address space.
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(180),
            cpu: Duration::from_secs(120),
            memory_bytes: 2048 * MIB,
            code_bytes: 256 * MIB,
        }
    }
}

/// Why there is no machine code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiler does not take it.
    #[error("{0}")]
    Rejected(String),
    /// [`CompileLimits::wall`]
    #[error("compiling took longer than {0:?}")]
    Wall(Duration),
    /// [`CompileLimits::cpu`]
    #[error("compiling took more than {0:?} of CPU time")]
    Cpu(Duration),
    /// [`CompileLimits::memory_bytes`]
    #[error("compiling needed more than {} MiB of memory", .0 / MIB)]
    Memory(u64),
    /// [`CompileLimits::code_bytes`]
    #[error("it has more than {} MiB of machine code", .0 / MIB)]
    Code(u64),
    /// No process could be started.
    #[error("cannot start the compiler")]
    Start(#[source] io::Error),
    /// The process cannot be watched or spoken with.
    #[error("lost the compiler")]
    Lost(#[source] io::Error),
    /// The process came to an end of another kind.
    #[error("the compiler ended with {0}")]
    Ended(ExitStatus),
    /// The process met a defect of its own.
    #[error("the compiler failed: {0}")]
    Defect(String),
}

impl CompileError {
    /// The error as the label `reason`, see [`super::LoadError::REASONS`].
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "compile",
            Self::Wall(_) | Self::Cpu(_) | Self::Memory(_) | Self::Code(_) => "compile-limit",
            Self::Start(_) | Self::Lost(_) | Self::Ended(_) | Self::Defect(_) => "compiler",
        }
    }
}

/// Most bytes of a message.
pub(super) const MESSAGE_BYTES: usize = 1024;

/// Threads of the compiler. Each has a heap of its own in the address space, so their number is
/// not left to the machine.
const THREADS: &str = "2";

fn by_child(
    mut command: Command,
    limits: &CompileLimits,
    wasm: &[u8],
) -> Result<Vec<u8>, CompileError> {
    let deadline = Instant::now() + limits.wall;
    let seconds = limits.cpu.as_secs().max(1).to_string();
    let bytes = limits.memory_bytes.to_string();
    command
        .args([child::ARGUMENT, &seconds, &bytes])
        .env_clear()
        .env("RAYON_NUM_THREADS", THREADS)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = Reaped(command.spawn().map_err(CompileError::Start)?);
    let most = usize::try_from(limits.code_bytes).unwrap_or(usize::MAX);
    let exchange = Exchange::new(&mut child.0, wasm, most.saturating_add(1));
    let end = exchange.and_then(|exchange| exchange.run(deadline));
    match end.map_err(CompileError::Lost)? {
        End::Closed(answer) => {
            child.wait(deadline, limits)?;
            read(answer)
        }
        End::Deadline => Err(CompileError::Wall(limits.wall)),
        End::TooMuch => Err(CompileError::Code(limits.code_bytes)),
    }
}

/// A child that does not outlive the value.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        // Both fail where it has ended and was waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Reaped {
    /// Waits for the end of a child that closed its stdout.
    fn wait(&mut self, deadline: Instant, limits: &CompileLimits) -> Result<(), CompileError> {
        let pid = Pid::from_child(&self.0);
        let ended = pidfd_open(pid, PidfdFlags::empty())
            .map_err(io::Error::from)
            .and_then(|pidfd| pipe::wait_readable(&pidfd, deadline));
        if !ended.map_err(CompileError::Lost)? {
            return Err(CompileError::Wall(limits.wall));
        }
        let status = self.0.wait().map_err(CompileError::Lost)?;
        let signal = |signal: Signal| status.signal() == Some(signal.as_raw());
        match () {
            () if status.success() => Ok(()),
            () if signal(Signal::XCPU) => Err(CompileError::Cpu(limits.cpu)),
            // How Rust ends a program that gets no memory.
            () if signal(Signal::ABORT) => Err(CompileError::Memory(limits.memory_bytes)),
            () => Err(CompileError::Ended(status)),
        }
    }
}

/// Takes the answer of a child that ended well.
fn read(mut answer: Vec<u8>) -> Result<Vec<u8>, CompileError> {
    let status = answer.first().copied().and_then(Status::of);
    if status == Some(Status::Code) {
        answer.drain(..1);
        return Ok(answer);
    }
    let message = answer.get(1..).unwrap_or_default();
    let message = String::from_utf8_lossy(message.get(..MESSAGE_BYTES).unwrap_or(message));
    Err(match status {
        Some(Status::Rejected) => CompileError::Rejected(message.into_owned()),
        Some(Status::Defect) => CompileError::Defect(message.into_owned()),
        Some(Status::Code) | None => CompileError::Defect("it does not answer as one".to_owned()),
    })
}

#[cfg(test)]
mod tests;
