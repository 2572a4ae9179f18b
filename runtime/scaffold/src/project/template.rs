//! The templates: the files of a project, and the replacements in them.

use std::borrow::Cow;

use super::Language;

/// A file of a template.
#[derive(Debug)]
pub(super) struct File {
    /// Path, relative to a directory.
    path: &'static str,
    text: &'static str,
}

// The build script generates `RUST`, `PYTHON`, `C`, `SDK` and `WIT`.
include!(concat!(env!("OUT_DIR"), "/projects.rs"));

/// The SDK's manifest without inheritance from the workspace.
const SDK_MANIFEST: &str = include_str!(concat!(env!("OUT_DIR"), "/sdk-manifest.toml"));

const LICENSE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../LICENSE"));

/// The parts of a project in one language.
#[derive(Debug)]
pub(super) struct Template {
    files: &'static [File],
    /// Replacements in each of the files; `NAME` stands for the collector's name.
    replaced: &'static [(&'static str, &'static str)],
    /// Whether the SDK is included.
    sdk: bool,
    /// Commands that build the module.
    steps: &'static [&'static str],
    /// The module that they build.
    module: &'static str,
}

const IN_RUST: Template = Template {
    files: RUST,
    replaced: &[("{{name}}", "NAME")],
    sdk: true,
    steps: &[
        "cargo test",
        "rustup target add wasm32-wasip2",
        "cargo build --release --target wasm32-wasip2",
    ],
    module: "target/wasm32-wasip2/release/NAME_collector.wasm",
};

const IN_PYTHON: Template = Template {
    files: PYTHON,
    replaced: &[("kernel_taint", "NAME"), ("../../wit", "wit")],
    sdk: false,
    steps: &[
        "python3 -m doctest parse.py",
        "componentize-py -d wit -w collector componentize app -o NAME.wasm",
    ],
    module: "NAME.wasm",
};

const IN_C: Template = Template {
    files: C,
    replaced: &[("vfs_caches", "NAME"), ("../../wit", "wit")],
    sdk: false,
    steps: &["make"],
    module: "target/NAME.wasm",
};

impl Template {
    pub(super) fn of(language: Language) -> Self {
        match language {
            Language::Rust => IN_RUST,
            Language::Python => IN_PYTHON,
            Language::C => IN_C,
        }
    }

    /// All files of a collector's project: relative paths and texts.
    pub(super) fn files(&self, name: &str) -> Vec<(String, Cow<'static, str>)> {
        let own = self.files.iter().map(|file| {
            let text = self
                .replaced
                .iter()
                .fold(file.text.to_owned(), |text, (old, new)| {
                    text.replace(old, &new.replace("NAME", name))
                });
            (file.path.to_owned(), text.into())
        });
        let mut files: Vec<_> = own.collect();
        files.extend(below("wit", WIT));
        if self.sdk {
            files.extend(below("firepit-sdk/src", SDK));
            files.push(("firepit-sdk/Cargo.toml".to_owned(), SDK_MANIFEST.into()));
            files.push(("firepit-sdk/LICENSE".to_owned(), LICENSE.into()));
        }
        files
    }

    /// The commands that build the module, to be run in the project's directory.
    pub(super) fn steps(&self, name: &str) -> impl Iterator<Item = String> {
        self.steps
            .iter()
            .map(move |step| step.replace("NAME", name))
    }

    /// The module, relative to the project's directory.
    pub(super) fn module(&self, name: &str) -> String {
        self.module.replace("NAME", name)
    }
}

/// Unchanged files, in a directory of the project.
fn below(directory: &str, files: &[File]) -> impl Iterator<Item = (String, Cow<'static, str>)> {
    files
        .iter()
        .map(move |file| (format!("{directory}/{}", file.path), file.text.into()))
}
