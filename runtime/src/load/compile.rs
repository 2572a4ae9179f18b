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
use super::usage::{self, Spent};

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

    /// Compiles a component. A child compiles for [`crate::engine::strangers`] whatever `engine` is,
    /// and what it uses is added to `spent`.
    pub(super) fn compile(
        &self,
        engine: &Engine,
        wasm: &[u8],
        spent: &Spent,
    ) -> Result<Vec<u8>, CompileError> {
        match self {
            Self::InProcess => child::compile(engine, wasm),
            Self::Child { program, limits } => {
                let mut command = Command::new(program);
                command.arg0("firepit");
                by_child(command, limits, wasm, spent)
            }
        }
    }

    /// What a module of so many bytes may use; none where nothing is bounded.
    pub(super) fn limits(&self, wasm_bytes: usize) -> Option<CompileLimits> {
        match self {
            Self::InProcess => None,
            Self::Child { limits, .. } => Some(limits.scaled(wasm_bytes)),
        }
    }
}

/// The most that compiling one module may use. CPU time and memory of a small module are less: see
/// [`Self::scaled`].
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

/// CPU time that any module may take, however small.
const CPU: Duration = Duration::from_secs(10);
/// CPU time for each begun MiB of it beside that. Python takes a second on a slow CPU.
const CPU_EACH_MIB: Duration = Duration::from_secs(5);
/// Address space for any module. The program itself and its threads have a part of it.
const MEMORY: u64 = 256 * MIB;
/// Address space for each begun MiB of it beside that. Python takes 40 MiB.
const MEMORY_EACH_MIB: u64 = 64 * MIB;

impl CompileLimits {
    /// The limits of a module of so many bytes. What is of use takes time and memory by its size;
    /// a file that takes minutes for a few MB was made for that.
    #[must_use]
    pub fn scaled(&self, wasm_bytes: usize) -> Self {
        let mib = (wasm_bytes as u64).div_ceil(MIB);
        let factor = u32::try_from(mib).unwrap_or(u32::MAX);
        let cpu = CPU.saturating_add(CPU_EACH_MIB.saturating_mul(factor));
        let memory = MEMORY.saturating_add(MEMORY_EACH_MIB.saturating_mul(mib));
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
    /// Somebody killed the process: the system, where it has no more memory.
    #[error("the compiler was killed, most likely since there was no more memory for it")]
    Killed,
    /// It failed before, and was not compiled again.
    #[error(
        "{message} (remembered: it is compiled again once the file or firepit changes, or at a \
         reload)"
    )]
    Remembered {
        /// The label of the error before.
        reason: &'static str,
        /// That error.
        message: String,
    },
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

/// The label of what the compiler does not take.
pub(super) const REJECTED: &str = "compile";
/// The label of what met a limit.
pub(super) const LIMIT: &str = "compile-limit";

impl CompileError {
    /// The error as the label `reason`, see [`super::LoadError::REASONS`].
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Rejected(_) => REJECTED,
            Self::Wall(_) | Self::Cpu(_) | Self::Memory(_) | Self::Code(_) | Self::Killed => LIMIT,
            Self::Remembered { reason, .. } => reason,
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
    spent: &Spent,
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
    let mut child = Reaped {
        child: command.spawn().map_err(CompileError::Start)?,
        ended: false,
        spent,
    };
    let most = usize::try_from(limits.code_bytes).unwrap_or(usize::MAX);
    let exchange = Exchange::new(&mut child.child, wasm, most.saturating_add(1));
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
struct Reaped<'a> {
    child: Child,
    /// Whether it was waited for. Its number may be another process' from then on.
    ended: bool,
    spent: &'a Spent,
}

impl Drop for Reaped<'_> {
    fn drop(&mut self) {
        if !self.ended {
            // It fails where it has ended by itself.
            let _ = self.child.kill();
            let _ = self.reap();
        }
    }
}

impl Reaped<'_> {
    fn reap(&mut self) -> io::Result<ExitStatus> {
        self.ended = true;
        usage::wait(&self.child, self.spent)
    }

    /// Waits for the end of a child that closed its stdout.
    fn wait(&mut self, deadline: Instant, limits: &CompileLimits) -> Result<(), CompileError> {
        let pid = Pid::from_child(&self.child);
        let ended = pidfd_open(pid, PidfdFlags::empty())
            .map_err(io::Error::from)
            .and_then(|pidfd| pipe::wait_readable(&pidfd, deadline));
        if !ended.map_err(CompileError::Lost)? {
            return Err(CompileError::Wall(limits.wall));
        }
        let status = self.reap().map_err(CompileError::Lost)?;
        let signal = |signal: Signal| status.signal() == Some(signal.as_raw());
        match () {
            () if status.success() => Ok(()),
            () if signal(Signal::XCPU) => Err(CompileError::Cpu(limits.cpu)),
            // How Rust ends a program that gets no memory.
            () if signal(Signal::ABORT) => Err(CompileError::Memory(limits.memory_bytes)),
            () if signal(Signal::KILL) => Err(CompileError::Killed),
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
