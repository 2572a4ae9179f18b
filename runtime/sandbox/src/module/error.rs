//! Why a module cannot be used, explained for operators.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::{CompileError, Source};
use crate::contract::versions;
use crate::descriptor::DescriptorError;
use crate::failure::Failure;
use crate::host::LinkError;
use crate::module::bundle::BundleError;
use crate::ownership::Distrust;

/// Why a module cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The binary itself is damaged.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The path is a symbolic link to a missing file.
    #[error("{0} is a link to a file that does not exist")]
    Dangling(PathBuf),
    /// The path is not a regular file.
    #[error("{0} is not a regular file")]
    NotAFile(PathBuf),
    /// Users other than root and firepit's can change the file, and its content is not pinned.
    #[error(
        "{0}; a module that the configuration file names by `module` and `sha256` is accepted \
         regardless of who can write to it"
    )]
    Distrusted(Distrust),
    /// The file is longer than the limit.
    #[error("{path} is larger than {} MiB, the limit for a module", limit >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is empty.
    #[error("{0} is empty")]
    Empty(PathBuf),
    /// The file is not WebAssembly.
    #[error("{0} is not WebAssembly")]
    NotWasm(PathBuf),
    /// A core module.
    #[error(
        "{0} is a core WebAssembly module, not a component: build it for the target wasm32-wasip2, \
         or wrap it with `wasm-tools component new`"
    )]
    CoreModule(PathBuf),
    /// The file is a truncated component.
    #[error("{path} ends in the middle of a section: it was not copied completely")]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The file is not the pinned one.
    #[error(
        "{path} has the sha256 {found}, but the configuration says {expected}: review the module, \
         then update its digest there, as `firepit approve {path}` prints it"
    )]
    Digest {
        /// The file.
        path: PathBuf,
        /// The pinned digest, in hexadecimal.
        expected: String,
        /// The file's digest, in hexadecimal.
        found: String,
    },
    /// The module does not compile.
    #[error("{origin} does not compile")]
    Compile {
        /// The module.
        origin: Source,
        /// The compiler's error, or how it ended.
        #[source]
        source: CompileError,
    },
    /// The module was built for another version of the contract.
    #[error(
        "{origin} was built against firepit:collector@{version}; this firepit serves 0.1.x ({own})",
        own = versions::OWN
    )]
    Contract {
        /// The module.
        origin: Source,
        /// The version.
        version: String,
    },
    /// The module uses a part of a later version of the contract.
    #[error(
        "{origin} needs a newer firepit: it uses {what} of firepit:collector@{version}, which this \
         firepit ({own}) does not have",
        own = versions::OWN
    )]
    Newer {
        /// The module.
        origin: Source,
        /// The interface, and the function if there is one.
        what: String,
        /// The version.
        version: String,
    },
    /// The module imports something that this host does not provide.
    #[error("{origin} is not a collector that this firepit can run")]
    Link {
        /// The module.
        origin: Source,
        /// What is missing.
        #[source]
        source: LinkError,
    },
    /// The module lacks the exports of a collector.
    #[error("{origin} is not a collector: {what}")]
    Exports {
        /// The module.
        origin: Source,
        /// What is missing.
        what: String,
    },
    /// The call of `describe` failed.
    #[error("{origin} failed to describe itself")]
    Describe {
        /// The module.
        origin: Source,
        /// How the call ended.
        #[source]
        source: Failure,
    },
    /// The descriptor breaks a rule.
    #[error("{origin} has an invalid descriptor")]
    Descriptor {
        /// The module.
        origin: Source,
        /// The rule.
        #[source]
        source: DescriptorError,
    },
    /// The engine, or code compiled for it, does not run on this machine.
    #[error("the WebAssembly engine does not run on this machine")]
    Engine(#[source] wasmtime::Error),
}

impl LoadError {
    /// An error for a file that cannot be opened or accessed.
    pub fn unreadable(path: PathBuf, source: io::Error) -> Self {
        let is_link = path.is_symlink();
        match source.kind() {
            ErrorKind::NotFound if is_link => Self::Dangling(path),
            _ => Self::Read { path, source },
        }
    }

    /// All reasons, for metrics that start at zero.
    pub const REASONS: [&str; 16] = [
        "read",
        "writable",
        "owner",
        "leads-out",
        "too-large",
        "not-wasm",
        "truncated",
        "digest",
        "compile",
        "compile-limit",
        "compiler",
        "contract",
        "link",
        "describe",
        "descriptor",
        "engine",
    ];

    /// The value of the label `reason`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Read { .. } | Self::Dangling(_) | Self::NotAFile(_) => "read",
            Self::Distrusted(distrust) => distrust.reason(),
            Self::TooLarge { .. } => "too-large",
            Self::Empty(_) | Self::NotWasm(_) | Self::CoreModule(_) => "not-wasm",
            Self::Truncated { .. } => "truncated",
            Self::Digest { .. } => "digest",
            Self::Compile { source, .. } => source.reason(),
            Self::Contract { .. } | Self::Newer { .. } => "contract",
            Self::Link { .. } | Self::Exports { .. } => "link",
            Self::Describe { .. } => "describe",
            Self::Descriptor { .. } => "descriptor",
            Self::Engine(_) | Self::Bundle(_) => "engine",
        }
    }
}
