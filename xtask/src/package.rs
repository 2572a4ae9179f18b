//! `cargo xtask package`: packages of the program that `dist` built.
//!
//! ```text
//! target/dist/firepit-VERSION-linux-ARCH.tar.gz         everything, with an install script
//! target/dist/firepit_VERSION_ARCH.deb                  for Debian and Ubuntu
//! target/dist/firepit-node-exporter_VERSION_all.deb     the same, in place of node_exporter
//! target/dist/firepit-VERSION-1.MACHINE.rpm             for Fedora, RHEL and their kin
//! ```
//!
//! All three are made from one directory, [`parts`], which the archive contains as it is. The same
//! commit and the same program give the same bytes: no time, user or host gets in.

mod archive;
mod debian;
mod parts;
mod rpm;
mod walls;

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{apt, cmd, dist, workspace::Workspace};

/// Programs that build packages, with Debian's packages of them.
const BUILDERS: [(&str, &str); 2] = [("dh", "debhelper"), ("rpmbuild", "rpm")];

/// An architecture by its names in packages.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Architecture {
    /// Debian's name, which `dist` uses too.
    pub(crate) name: &'static str,
    /// That of RPM and of the kernel.
    pub(crate) machine: &'static str,
}

const ARCHITECTURES: [Architecture; 2] = [
    Architecture {
        name: "amd64",
        machine: "x86_64",
    },
    Architecture {
        name: "arm64",
        machine: "aarch64",
    },
];

impl Architecture {
    /// Whether this machine has it.
    pub(crate) fn runs_here(&self) -> bool {
        self.machine == std::env::consts::ARCH
    }

    /// The program that `dist` builds for it.
    pub(crate) fn program(&self, workspace: &Workspace) -> PathBuf {
        workspace.dist().join(self.name).join("firepit")
    }
}

/// What packages are made of, and where they go.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) version: String,
    pub(crate) architecture: &'static Architecture,
    /// The program.
    pub(crate) program: PathBuf,
    /// The same for the machine that builds: prints its manual page and its completions.
    pub(crate) native: PathBuf,
    /// Seconds of the newest time in the packages.
    pub(crate) epoch: String,
    /// Directory of the packages.
    pub(crate) out: PathBuf,
    /// Scratch directory, whose content is replaced.
    pub(crate) scratch: PathBuf,
}

/// The packages.
#[derive(Debug)]
pub(crate) struct Packages {
    pub(crate) archive: PathBuf,
    pub(crate) debian: PathBuf,
    pub(crate) takeover: PathBuf,
    pub(crate) rpm: PathBuf,
}

/// An architecture by its name in `dist`.
pub(crate) fn architecture(name: &str) -> Option<&'static Architecture> {
    ARCHITECTURES.iter().find(|it| it.name == name)
}

/// Packages what `dist` built, for one architecture or for all that it was built for, and lists the
/// digests anew.
///
/// # Errors
/// Nothing was built, or a tool is missing, cannot be installed or fails.
pub(crate) fn package(workspace: &Workspace, name: Option<&str>) -> Result<()> {
    let built = |it: &&'static Architecture| it.program(workspace).is_file();
    let chosen: Vec<_> = match name {
        Some(name) => architecture(name).into_iter().collect(),
        None => ARCHITECTURES.iter().filter(built).collect(),
    };
    if chosen.is_empty() || !chosen.iter().all(built) {
        bail!("there is no program to package: run `cargo xtask dist` first");
    }
    equip()?;
    for architecture in chosen {
        let release = Release::of(workspace, architecture)?;
        let packages = release.build(workspace)?;
        let Packages {
            archive,
            debian,
            takeover,
            rpm,
        } = &packages;
        for file in [archive, debian, takeover, rpm] {
            println!("package: {}", file.display());
        }
    }
    dist::sums::write(&workspace.dist())
}

/// Installs the programs that build packages.
///
/// # Errors
/// One is missing and cannot be installed.
pub(crate) fn equip() -> Result<()> {
    let missing = BUILDERS
        .iter()
        .filter(|(name, _)| cmd::in_path(name).is_none());
    let packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    apt::install(&packages).with_context(|| format!("building packages needs {packages:?}"))
}

/// The time that the newest files in packages have: that of the commit, unless the environment says
/// otherwise.
fn epoch(workspace: &Workspace) -> Result<String> {
    if let Ok(epoch) = std::env::var("SOURCE_DATE_EPOCH") {
        return Ok(epoch);
    }
    let mut git = Command::new("git");
    git.arg("-C").arg(workspace.root());
    cmd::output(git.args(["log", "-1", "--format=%ct"]))
        .context("the time of the commit is unknown: set SOURCE_DATE_EPOCH to seconds since 1970")
}

impl Release {
    /// That of the program in `target/dist`.
    ///
    /// # Errors
    /// The version or the time of the commit is unknown, or no program runs on this machine.
    pub(crate) fn of(workspace: &Workspace, architecture: &'static Architecture) -> Result<Self> {
        let native = ARCHITECTURES
            .iter()
            .find(|it| it.runs_here())
            .map(|it| it.program(workspace))
            .filter(|program| program.is_file())
            .context(
                "the manual page and the completions come from the program for this machine: \
                 run `cargo xtask dist` for it first",
            )?;
        Ok(Self {
            version: dist::version(workspace)?,
            architecture,
            program: architecture.program(workspace),
            native,
            epoch: epoch(workspace)?,
            out: workspace.dist(),
            scratch: workspace.packages(),
        })
    }

    /// Builds all packages.
    ///
    /// # Errors
    /// A file cannot be copied, or a tool fails.
    pub(crate) fn build(&self, workspace: &Workspace) -> Result<Packages> {
        let parts = parts::gather(workspace, self)?;
        let archive = archive::build(self, &parts)?;
        let [debian, takeover] = debian::build(workspace, self, &parts)?;
        Ok(Packages {
            rpm: rpm::build(workspace, self, &archive)?,
            archive,
            debian,
            takeover,
        })
    }

    /// Name of the archive without its suffix, and of its top directory.
    pub(crate) fn title(&self) -> String {
        format!("firepit-{}-linux-{}", self.version, self.architecture.name)
    }
}
