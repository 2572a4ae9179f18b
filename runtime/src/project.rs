//! The project of a collector: what `firepit new` writes, and what to type next.
//!
//! The files are in the binary. Those of Rust come from `runtime/templates/rust`, those of other
//! languages are the repository's examples; beside them go the contract and, for Rust, the SDK.

mod template;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::NewArgs;
use crate::descriptor::{DescriptorError, check_name};
use crate::grants::Reserved;
use template::Template;

/// Why no project was written, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// No collector can be called so.
    #[error(transparent)]
    Name(#[from] DescriptorError),
    /// A built-in collector is called so.
    #[error(
        "there is a built-in collector {0}, and firepit leaves a module out whose name is taken; \
         choose another name"
    )]
    Builtin(String),
    /// Its metrics would have the names of others.
    #[error(
        "the metrics of a collector {name} would begin with {name}_, and firepit refuses such names \
         to modules: {owner}; choose another name"
    )]
    Metrics {
        /// Name of the collector.
        name: String,
        /// Whose the names are.
        owner: &'static str,
    },
    /// There is something at that place.
    #[error("{} is not empty; a project goes into a new directory or an empty one", .0.display())]
    NotEmpty(PathBuf),
    /// There is a file at that place.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// The directory cannot be made or looked into.
    #[error("cannot use the directory {}", path.display())]
    Directory {
        /// The directory of the project.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written. Those before it were.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl ProjectError {
    /// Whether the command line was wrong, as against the place.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Name(_) | Self::Builtin(_) | Self::Metrics { .. }
        )
    }
}

/// A project that was written.
#[derive(Debug)]
pub struct Project {
    /// Where it is.
    pub directory: PathBuf,
    name: String,
    template: Template,
}

impl Project {
    /// Writes a project into a directory that is new or empty. `builtin` are the names that are
    /// taken.
    ///
    /// # Errors
    /// A name that no module could have, a directory that is in use or cannot be written.
    pub fn write(args: &NewArgs, builtin: &[&str]) -> Result<Self, ProjectError> {
        let name = args.name.clone();
        check_name(&name)?;
        if builtin.contains(&name.as_str()) {
            return Err(ProjectError::Builtin(name));
        }
        if let Some(reserved) = Reserved::of(&name, "_") {
            let owner = reserved.owner;
            return Err(ProjectError::Metrics { name, owner });
        }
        let directory = place(args);
        make_empty(&directory)?;
        let template = Template::of(args.language);
        for (path, text) in template.files(&name) {
            let path = directory.join(path);
            write(&path, &text).map_err(|source| ProjectError::Write { path, source })?;
        }
        Ok(Self {
            directory,
            name,
            template,
        })
    }

    /// What was done, and what to type next: some lines for a terminal.
    #[must_use]
    pub fn next_steps(&self) -> String {
        let Self {
            directory, name, ..
        } = self;
        let module = self.template.module(name);
        let shown = directory.display();
        let mut text = format!("wrote the collector {name} to {shown}; what to type next:\n\n");
        text.push_str(&format!("  cd {}\n", quoted(directory)));
        for step in self.template.steps(name) {
            text.push_str(&format!("  {step}\n"));
        }
        text.push_str(&format!(
            "  firepit run {module}\n\nto serve its metrics, put it into a directory of modules \
             (--collector.directory) of a firepit that runs:\n\n  \
             cp {module} /etc/firepit/collectors/{name}.wasm\n\nit waits there for your word: what this \
             prints goes into the file of --config.file:\n\n  \
             firepit approve /etc/firepit/collectors/{name}.wasm\n"
        ));
        text
    }
}

/// Where a project goes.
fn place(args: &NewArgs) -> PathBuf {
    let own_name = || (&args.name).into();
    args.directory.clone().unwrap_or_else(own_name)
}

/// Makes a directory, and those above it, unless it exists and is empty.
fn make_empty(directory: &Path) -> Result<(), ProjectError> {
    let failed = |source| ProjectError::Directory {
        path: directory.to_owned(),
        source,
    };
    match fs::read_dir(directory) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(ProjectError::NotEmpty(directory.to_owned())),
        },
        // Also said of what lies below a file.
        Err(_) if directory.is_file() => Err(ProjectError::NotADirectory(directory.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(directory).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Writes a file that must not be there yet, and the directories above it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}

/// A path as a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests;
