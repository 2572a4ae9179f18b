//! Compiles WebAssembly to machine code, in a separate process for third-party modules.
//!
//! Compiling hostile input may be expensive. So the compiler runs in a process whose time, memory
//! and output are limited by the kernel, and whose death affects only that module. The process is
//! this same program, started with the argument [`child::ARGUMENT`].
//!
//! It receives the module on stdin and answers on stdout with one byte, a [`child::Status`],
//! followed by the machine code or a message, up to the end of the stream.

mod pipe;

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, waitid};
use wasmtime::Engine;

use self::pipe::{End, Exchange};
use super::child::{self, Status};
use super::usage::{self, UsageCounters};

const MIB: u64 = 1 << 20;

/// Where modules are compiled.
#[derive(Debug, Clone)]
pub enum Compiler {
    /// In this process, without limits: for trusted modules.
    InProcess,
    /// In a separate process with limits.
    Child {
        /// A firepit binary.
        program: PathBuf,
        /// The limits.
        limits: CompileLimits,
    },
}

impl Compiler {
    /// This program as a child process, even if its file was replaced meanwhile.
    #[must_use]
    pub fn child() -> Self {
        Self::Child {
            program: "/proc/self/exe".into(),
            limits: CompileLimits::default(),
        }
    }

    /// Compiles a component. A child always compiles for [`crate::engine::third_party`], regardless
    /// of `engine`, and adds its resource use to `usage`.
    pub(super) fn compile(
        &self,
        engine: &Engine,
        wasm: &[u8],
        usage: &UsageCounters,
    ) -> Result<Vec<u8>, CompileError> {
        match self {
            Self::InProcess => child::compile(engine, wasm),
            Self::Child { program, limits } => {
                let mut command = Command::new(program);
                command.arg0("firepit");
                compile_in_child(command, limits, wasm, usage)
            }
        }
    }

    /// The limits for a module of `wasm_bytes`; `None` if there are none.
    pub(super) fn limits(&self, wasm_bytes: usize) -> Option<CompileLimits> {
        match self {
            Self::InProcess => None,
            Self::Child { limits, .. } => Some(limits.scaled(wasm_bytes)),
        }
    }
}

/// Maximum resources for compiling one module. A small module gets less CPU time and memory: see
/// [`Self::scaled`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileLimits {
    /// Wall time, from the start of the compiler to its end.
    pub wall: Duration,
    /// CPU time of all its threads together; whole seconds, at least one.
    pub cpu: Duration,
    /// Address space in bytes, including the program itself and its threads' stacks.
    pub memory_bytes: u64,
    /// Bytes of machine code.
    pub code_bytes: u64,
}

impl Default for CompileLimits {
    /// A multiple of the needs of Python with its interpreter, the largest known useful module. Its
    /// 18 MB of WebAssembly become 37 MB of machine code, in 16 seconds on a slow CPU and with 0.7
    /// GiB of address space.
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(180),
            cpu: Duration::from_secs(120),
            memory_bytes: 2048 * MIB,
            code_bytes: 256 * MIB,
        }
    }
}

/// CPU time of any module, however small.
const BASE_CPU: Duration = Duration::from_secs(10);
/// Additional CPU time per started MiB of the module. Python takes a second on a slow CPU.
const CPU_PER_MIB: Duration = Duration::from_secs(5);
/// Address space of any module. The program itself and its threads use a part of it.
const BASE_MEMORY: u64 = 256 * MIB;
/// Additional address space per started MiB of the module. Python takes 40 MiB.
const MEMORY_PER_MIB: u64 = 64 * MIB;

impl CompileLimits {
    /// The limits for a module of `wasm_bytes`. Useful modules need time and memory in proportion
    /// to their size; a file of a few MB that takes minutes was made to do so.
    #[must_use]
    pub fn scaled(&self, wasm_bytes: usize) -> Self {
        let mib = (wasm_bytes as u64).div_ceil(MIB);
        let factor = u32::try_from(mib).unwrap_or(u32::MAX);
        let cpu = BASE_CPU.saturating_add(CPU_PER_MIB.saturating_mul(factor));
        let memory = BASE_MEMORY.saturating_add(MEMORY_PER_MIB.saturating_mul(mib));
        Self {
            cpu: self.cpu.min(cpu),
            memory_bytes: self.memory_bytes.min(memory),
            ..self.clone()
        }
    }
}

/// Why there is no machine code.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiler rejects the module.
    #[error("{0}")]
    Rejected(String),
    /// [`CompileLimits::wall`] was exceeded.
    #[error("compiling took longer than {0:?}")]
    Wall(Duration),
    /// [`CompileLimits::cpu`] was exceeded.
    #[error("compiling took more than {0:?} of CPU time")]
    Cpu(Duration),
    /// [`CompileLimits::memory_bytes`] was exceeded.
    #[error("compiling needed more than {} MiB of memory", .0 / MIB)]
    Memory(u64),
    /// [`CompileLimits::code_bytes`] was exceeded.
    #[error("more than {} MiB of machine code", .0 / MIB)]
    Code(u64),
    /// The process was killed, usually by the kernel for lack of memory.
    #[error("the compiler was killed, probably because memory ran out")]
    Killed,
    /// Compiling failed before, and was not tried again.
    #[error(
        "{message} (cached: it is compiled again when the file or firepit changes, or at a reload)"
    )]
    Cached {
        /// The label of the cached error.
        reason: &'static str,
        /// The cached error.
        message: String,
    },
    /// The process could not be started.
    #[error("cannot start the compiler")]
    Start(#[source] io::Error),
    /// The process cannot be watched or communicated with.
    #[error("lost contact with the compiler process")]
    Lost(#[source] io::Error),
    /// The process ended in another way.
    #[error("the compiler ended with {0}")]
    Ended(ExitStatus),
    /// The process reported a defect of its own.
    #[error("the compiler failed: {0}")]
    Defect(String),
}

/// The label for a module that the compiler rejects.
pub(super) const REJECTED: &str = "compile";
/// The label for a module that exceeds a limit.
pub(super) const LIMIT: &str = "compile-limit";

impl CompileError {
    /// The value of the label `reason`, see [`super::LoadError::REASONS`].
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Rejected(_) => REJECTED,
            Self::Wall(_) | Self::Cpu(_) | Self::Memory(_) | Self::Code(_) | Self::Killed => LIMIT,
            Self::Cached { reason, .. } => reason,
            Self::Start(_) | Self::Lost(_) | Self::Ended(_) | Self::Defect(_) => "compiler",
        }
    }
}

/// Maximum bytes of a message.
pub(super) const MESSAGE_BYTES: usize = 1024;

/// Number of the compiler's threads. Each has a heap of its own in the address space, so the number
/// does not depend on the machine.
const THREADS: &str = "2";

fn compile_in_child(
    mut command: Command,
    limits: &CompileLimits,
    wasm: &[u8],
    usage: &UsageCounters,
) -> Result<Vec<u8>, CompileError> {
    let limits = &limits.scaled(wasm.len());
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
    let mut child = ChildGuard {
        child: command.spawn().map_err(CompileError::Start)?,
        ended: false,
        usage,
    };
    let max = usize::try_from(limits.code_bytes).unwrap_or(usize::MAX);
    let exchange = Exchange::new(&mut child.child, wasm, max.saturating_add(1));
    let end = exchange.and_then(|exchange| exchange.run(deadline));
    match end.map_err(CompileError::Lost)? {
        End::Closed(answer) => {
            child.wait(deadline, limits)?;
            parse_answer(answer)
        }
        End::Deadline => Err(CompileError::Wall(limits.wall)),
        End::TooLong => Err(CompileError::Code(limits.code_bytes)),
    }
}

/// Kills and reaps its child when it is dropped.
struct ChildGuard<'a> {
    child: Child,
    /// Whether it was reaped. Its process ID may be reused from then on.
    ended: bool,
    usage: &'a UsageCounters,
}

impl Drop for ChildGuard<'_> {
    fn drop(&mut self) {
        if !self.ended {
            // Fails if it has ended by itself.
            let _ = self.child.kill();
            let _ = self.reap();
        }
    }
}

impl ChildGuard<'_> {
    fn reap(&mut self) -> io::Result<ExitStatus> {
        self.ended = true;
        usage::wait(&self.child, self.usage)
    }

    /// Waits for the end of a child that closed its stdout.
    fn wait(&mut self, deadline: Instant, limits: &CompileLimits) -> Result<(), CompileError> {
        let pid = Pid::from_child(&self.child);
        let ended = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(pidfd) => pipe::wait_readable(&pidfd, deadline),
            // Before Linux 5.3, and under seccomp filters of that time.
            Err(Errno::NOSYS | Errno::PERM) => wait_by_asking(pid, deadline),
            Err(errno) => Err(errno.into()),
        };
        if !ended.map_err(CompileError::Lost)? {
            return Err(CompileError::Wall(limits.wall));
        }
        let status = self.reap().map_err(CompileError::Lost)?;
        let signal = |signal: Signal| status.signal() == Some(signal.as_raw());
        if status.success() {
            Ok(())
        } else if signal(Signal::XCPU) {
            Err(CompileError::Cpu(limits.cpu))
        } else if signal(Signal::ABORT) {
            // Rust aborts a program that cannot allocate memory.
            Err(CompileError::Memory(limits.memory_bytes))
        } else if signal(Signal::KILL) {
            Err(CompileError::Killed)
        } else {
            Err(CompileError::Ended(status))
        }
    }
}

/// Time between two questions whether a child has ended. It has closed its stdout, so it is about to.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until a child has ended, without reaping it; `false` at the deadline.
fn wait_by_asking(pid: Pid, deadline: Instant) -> io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    while waitid(WaitId::Pid(pid), options)?.is_none() {
        if Instant::now() >= deadline {
            return Ok(false);
        }
        thread::sleep(PAUSE);
    }
    Ok(true)
}

/// Parses the answer of a child that exited successfully.
fn parse_answer(mut answer: Vec<u8>) -> Result<Vec<u8>, CompileError> {
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
        Some(Status::Code) | None => CompileError::Defect("its answer is malformed".to_owned()),
    })
}

#[cfg(test)]
mod tests;
