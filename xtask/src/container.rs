//! `cargo xtask container`: images of the programs in `target/dist`, and a trial of the one for this
//! machine.
//!
//! ```text
//! target/dist/ARCH/firepit                          the program: `cargo xtask dist`
//! target/dist/firepit-VERSION-image-ARCH.tar        its image, for `podman load` or `docker load`
//! ```

mod trial;

use std::{
    env::consts,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{apt, cmd, dist::sums, guests::table_field, workspace::Workspace};

pub(crate) use self::trial::trial;

/// The architectures by the names of containers and of Rust.
const ARCHITECTURES: [(&str, &str); 2] = [("amd64", "x86_64"), ("arm64", "aarch64")];

/// Builds the images of all programs that `target/dist` has.
///
/// # Errors
/// It has none, buildah cannot be installed, or a build fails.
pub(crate) fn container(workspace: &Workspace) -> Result<()> {
    let images = Images::of(workspace)?;
    let names = ARCHITECTURES.map(|(name, _)| name);
    let built: Vec<&str> = names.into_iter().filter(|name| images.has(name)).collect();
    if built.is_empty() {
        bail!(
            "{} has no program: run `cargo xtask dist` first",
            images.dist.display()
        );
    }
    for name in built {
        let tag = images.build(name)?;
        let file = images.save(name, &tag)?;
        println!("container: {}", file.display());
    }
    sums::write(&images.dist)
}

/// Where images are built, and from what.
struct Images {
    root: PathBuf,
    dist: PathBuf,
    /// Images and containers in progress, separate from those of the machine.
    store: PathBuf,
    version: String,
}

impl Images {
    fn of(workspace: &Workspace) -> Result<Self> {
        let root = workspace.root().to_owned();
        let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
        let version = table_field(&manifest, "[workspace.package]", "version");
        Ok(Self {
            dist: root.join("target/dist"),
            store: root.join("target/container"),
            version: version.context("the workspace has no version")?.to_owned(),
            root,
        })
    }

    /// The name of this machine's architecture, if it is one of them.
    fn here() -> Option<&'static str> {
        let here = |(_, rust): &&(&str, &str)| *rust == consts::ARCH;
        ARCHITECTURES.iter().find(here).map(|(name, _)| *name)
    }

    fn has(&self, architecture: &str) -> bool {
        self.dist.join(architecture).join("firepit").is_file()
    }

    /// buildah or podman, with the store.
    fn tool(&self, program: &str) -> Command {
        let mut tool = Command::new(program);
        tool.arg("--root").arg(self.store.join("images"));
        tool.arg("--runroot").arg(self.store.join("run"));
        // The driver that needs nothing of the kernel.
        tool.args(["--storage-driver", "vfs"]);
        tool
    }

    /// Builds an image; returns its tag.
    fn build(&self, architecture: &str) -> Result<String> {
        if cmd::in_path("buildah").is_none() {
            apt::install(&["buildah"]).context("buildah builds images")?;
        }
        let tag = format!("firepit:{}-{architecture}", self.version);
        let mut buildah = self.tool("buildah");
        // The format of Docker: that of OCI has no health check.
        buildah.args(["build", "--quiet", "--format", "docker"]);
        buildah.args(["--platform", &format!("linux/{architecture}")]);
        buildah.args([
            "--timestamp",
            &self.git(&["log", "-1", "--format=%ct"], "0"),
        ]);
        for (name, value) in [
            ("VERSION", self.version.clone()),
            ("REVISION", self.git(&["rev-parse", "HEAD"], "unknown")),
        ] {
            buildah.args(["--build-arg", &format!("{name}={value}")]);
        }
        buildah.args(["--tag", &tag, "--file"]);
        buildah.arg(self.root.join("packaging/container/Containerfile"));
        cmd::run(buildah.arg(&self.dist)).context("building an image")?;
        Ok(tag)
    }

    fn git(&self, arguments: &[&str], without: &str) -> String {
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.root).args(arguments);
        cmd::output(&mut git).unwrap_or_else(|_| without.to_owned())
    }

    /// Writes an image to a file.
    fn save(&self, architecture: &str, tag: &str) -> Result<PathBuf> {
        let name = format!("firepit-{}-image-{architecture}.tar", self.version);
        let file = self.dist.join(name);
        // It would become an error.
        remove(&file)?;
        let to = format!("docker-archive:{}:{tag}", file.display());
        let mut buildah = self.tool("buildah");
        cmd::run(buildah.args(["push", "--quiet", tag, &to])).context("saving an image")?;
        Ok(file)
    }
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if file.exists() => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}
