//! Checks the manifests for Kubernetes: renders each kustomization, and validates what it becomes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{cmd, guests::table_field, workspace::Workspace};

/// The directories with a kustomization.
const KUSTOMIZATIONS: [&str; 3] = [
    "packaging/kubernetes/base",
    "packaging/kubernetes/overlays/kube-prometheus",
    "packaging/kubernetes/overlays/without-operator",
];

/// The validator, which has the schemas of Kubernetes with it.
const VALIDATOR: (&str, &str) = ("kubernetes-validate", "1.37.0");

/// The oldest and the newest version of Kubernetes to validate against.
const VERSIONS: [&str; 2] = ["1.27", "1.37"];

/// What every rendered manifest must contain.
const PROMISES: [&str; 6] = [
    "allowPrivilegeEscalation: false",
    "automountServiceAccountToken: false",
    "- ALL",
    "readOnlyRootFilesystem: true",
    "runAsNonRoot: true",
    "type: RuntimeDefault",
];

/// Checks them. Returns why that is not possible, if it is not.
///
/// # Errors
/// A manifest is invalid, or lacks a promise.
pub(crate) fn check(workspace: &Workspace) -> Result<Option<&'static str>> {
    if cmd::in_path("kubectl").is_none() {
        return Ok(Some("kubectl is missing"));
    }
    let Ok(validator) = validator(workspace) else {
        return Ok(Some("kubernetes-validate cannot be installed"));
    };
    let rendered = workspace.staged().join("manifests");
    fs::create_dir_all(&rendered)?;
    let manifest = fs::read_to_string(workspace.root().join("Cargo.toml"))?;
    let version = table_field(&manifest, "[workspace.package]", "version");
    let image = format!("image: firepit:{}\n", version.context("no version")?);
    for directory in KUSTOMIZATIONS {
        let mut kubectl = Command::new("kubectl");
        kubectl
            .arg("kustomize")
            .arg(workspace.root().join(directory));
        let text = cmd::output(&mut kubectl)?;
        for promise in PROMISES.into_iter().chain([image.as_str()]) {
            ensure!(text.contains(promise), "{directory}: no `{promise}`");
        }
        let name = Path::new(directory).file_name().context("no name")?;
        let file = rendered.join(name).with_extension("yaml");
        fs::write(&file, text)?;
        for version in VERSIONS {
            let mut validate = Command::new(&validator);
            // It has no schema of the Prometheus Operator's kinds, and warns of them.
            validate.args(["--strict", "--quiet", "--no-warn", "-k", version]);
            cmd::run(validate.arg(&file)).with_context(|| directory.to_owned())?;
        }
    }
    Ok(None)
}

/// The validator, in a virtual environment of its own.
fn validator(workspace: &Workspace) -> Result<PathBuf> {
    let (name, version) = VALIDATOR;
    let directory = workspace.tools().join(format!("{name}-{version}"));
    let program = directory.join("bin").join(name);
    if !program.is_file() {
        cmd::run(Command::new("python3").args(["-m", "venv"]).arg(&directory))?;
        let mut pip = Command::new(directory.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check"]);
        cmd::run(pip.arg(format!("{name}=={version}")))?;
    }
    Ok(program)
}
