//! Why a module cannot be used, in words for an operator who did not write it.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::{CompileError, Source};
use crate::bundle::BundleError;
use crate::descriptor::DescriptorError;
use crate::failure::Failure;
use crate::host::LinkError;
use crate::ownership::Distrust;
use crate::registry::DuplicateName;
use crate::versions;

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
    /// A symbolic link to nothing.
    #[error("{0} is a link to a file that does not exist")]
    Dangling(PathBuf),
    /// Something else than a regular file.
    #[error("{0} is not a regular file")]
    NotAFile(PathBuf),
    /// Others than root and firepit's user can change the file, and nobody pinned its content.
    #[error(
        "{0}; a module that the configuration file names by `module` and `sha256` is taken whoever \
         can write to it"
    )]
    Distrusted(Distrust),
    /// The file is longer than any module may be.
    #[error("{path} has more than {} MiB, the most that a module may have", limit >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes allowed.
        limit: u64,
    },
    /// No byte at all.
    #[error("{0} is empty")]
    Empty(PathBuf),
    /// No WebAssembly at all.
    #[error("{0} is not WebAssembly")]
    NotWasm(PathBuf),
    /// A core module.
    #[error(
        "{0} is a core WebAssembly module and not a component: build it for the target wasm32-wasip2, \
         or wrap it with `wasm-tools component new`"
    )]
    CoreModule(PathBuf),
    /// The beginning of a component.
    #[error("{path} ends in the middle of a section: it was not copied to its end")]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// Another file than the one that was meant.
    #[error(
        "{path} has the sha256 {found}, and the configuration says {expected}: look at the module, \
         then put its new digest there, as `firepit approve {path}` prints it"
    )]
    Digest {
        /// The file.
        path: PathBuf,
        /// What the operator pinned, in hexadecimal.
        expected: String,
        /// What the file has, in hexadecimal.
        found: String,
    },
    /// It does not compile.
    #[error("{origin} does not compile")]
    Compile {
        /// Which module.
        origin: Source,
        /// What the compiler says, or how it ended.
        #[source]
        source: CompileError,
    },
    /// It is made for another version of the contract.
    #[error(
        "{origin} was built against firepit:collector@{version}; this firepit serves 0.1.x ({own})",
        own = versions::OWN
    )]
    Contract {
        /// Which module.
        origin: Source,
        /// The version.
        version: String,
    },
    /// It uses what a later version of the contract has.
    #[error(
        "{origin} needs a newer firepit: it uses {what} of firepit:collector@{version}, which this \
         one ({own}) does not have",
        own = versions::OWN
    )]
    Newer {
        /// Which module.
        origin: Source,
        /// The interface, and the function.
        what: String,
        /// The version.
        version: String,
    },
    /// It imports what this host does not give.
    #[error("{origin} is not a collector that this firepit can run")]
    Link {
        /// Which module.
        origin: Source,
        /// What is missing.
        #[source]
        source: LinkError,
    },
    /// It lacks the exports of a collector.
    #[error("{origin} is not a collector: {what}")]
    Exports {
        /// Which module.
        origin: Source,
        /// What is missing.
        what: String,
    },
    /// It does not say what it is.
    #[error("{origin} does not describe itself")]
    Describe {
        /// Which module.
        origin: Source,
        /// How the call ended.
        #[source]
        source: Failure,
    },
    /// What it says of itself breaks a rule.
    #[error("{origin} describes itself wrongly")]
    Descriptor {
        /// Which module.
        origin: Source,
        /// The rule.
        #[source]
        source: DescriptorError,
    },
    /// Another collector has its name.
    #[error(transparent)]
    Duplicate(#[from] DuplicateName),
    /// The engine does not run on this machine, or not what was compiled for it.
    #[error("the WebAssembly engine does not run on this machine")]
    Engine(#[source] wasmtime::Error),
}

impl LoadError {
    /// For a file that cannot be opened or looked at.
    pub(crate) fn unreadable(path: PathBuf, source: io::Error) -> Self {
        let is_link = path.is_symlink();
        match source.kind() {
            ErrorKind::NotFound if is_link => Self::Dangling(path),
            _ => Self::Read { path, source },
        }
    }

    /// Every reason there is, for metrics that begin at zero.
    pub const REASONS: [&str; 17] = [
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
        "name-taken",
        "engine",
    ];

    /// The error as the label `reason`.
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
            Self::Duplicate(_) => "name-taken",
            Self::Engine(_) | Self::Bundle(_) => "engine",
        }
    }
}
