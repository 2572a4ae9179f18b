//! The project of a collector: its files, and the commands to build and install it.
//!
//! The files are embedded in the binary. Those for Rust come from `templates/rust`, those for other
//! languages are the repository's examples. The contract is added to each project, and the SDK to
//! Rust projects.

mod template;

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use firepit_exposition::names::{BuiltinNames, Reserved};
use template::Template;

/// The requested project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Name of the collector. Must be a valid name for a descriptor.
    pub name: String,
    /// Directory of the project; `./NAME` by default.
    pub directory: Option<PathBuf>,
    /// Language of the project.
    pub language: Language,
}

/// A language for collectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust with the SDK.
    Rust,
    /// Python through componentize-py.
    Python,
    /// C through wit-bindgen.
    C,
}

/// Why a project was not written, or not completely.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The name is that of a built-in collector.
    #[error(
        "there is a built-in collector {0}, and firepit rejects a module whose name is taken; \
         choose another name"
    )]
    Builtin(String),
    /// The names of its metrics would be reserved.
    #[error(
        "the metrics of a collector {name} would begin with {name}_, and firepit rejects such names \
         of modules: {owner}; choose another name"
    )]
    Metrics {
        /// Name of the collector.
        name: String,
        /// Owner of the names.
        owner: Cow<'static, str>,
    },
    /// The directory is not empty.
    #[error("{} is not empty; a project needs a new or empty directory", .0.display())]
    NotEmpty(PathBuf),
    /// The path is not a directory.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// The directory cannot be created or read.
    #[error("cannot use the directory {}", path.display())]
    Directory {
        /// The directory of the project.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written. The files before it were written.
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
    /// Whether the command line was wrong; otherwise the directory.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Builtin(_) | Self::Metrics { .. })
    }
}

/// A written project.
#[derive(Debug)]
pub struct Project {
    /// Its directory.
    pub directory: PathBuf,
    name: String,
    template: Template,
}

impl Project {
    /// Writes a project into a new or empty directory. `builtin` are the names of built-in
    /// collectors.
    ///
    /// # Errors
    /// If the name is taken, or the directory is in use or cannot be written.
    pub fn write(request: &Request, builtin: &[&str]) -> Result<Self, ProjectError> {
        let name = request.name.clone();
        if builtin.contains(&name.as_str()) {
            return Err(ProjectError::Builtin(name));
        }
        if let Some(reserved) = Reserved::of(&name, "_", &BuiltinNames::default()) {
            let owner = reserved.owner(&BuiltinNames::default());
            return Err(ProjectError::Metrics { name, owner });
        }
        let directory = directory(request);
        make_empty(&directory)?;
        let template = Template::of(request.language);
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

    /// A report with the next commands: some lines for a terminal.
    #[must_use]
    pub fn next_steps(&self) -> String {
        let Self {
            directory, name, ..
        } = self;
        let module = self.template.module(name);
        let path = directory.display();
        let mut text = format!("wrote the collector {name} to {path}; next commands:\n\n");
        text.push_str(&format!("  cd {}\n", quoted(directory)));
        for step in self.template.steps(name) {
            text.push_str(&format!("  {step}\n"));
        }
        text.push_str(&format!(
            "  firepit run {module}\n\nto serve its metrics, copy it into a module directory \
             (--collector.directory) of a running firepit:\n\n  \
             cp {module} /etc/firepit/collectors/{name}.wasm\n\nit waits there for your approval: add the \
             output of this command to the file of --config.file:\n\n  \
             firepit approve /etc/firepit/collectors/{name}.wasm\n"
        ));
        text
    }
}

/// Directory of a project.
fn directory(request: &Request) -> PathBuf {
    let own_name = || (&request.name).into();
    request.directory.clone().unwrap_or_else(own_name)
}

/// Creates a directory and its parents, unless it exists and is empty.
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
        // This error also occurs for a path below a file.
        Err(_) if directory.is_file() => Err(ProjectError::NotADirectory(directory.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(directory).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Writes a new file, and creates the directories above it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}

/// Quotes a path as one word for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
