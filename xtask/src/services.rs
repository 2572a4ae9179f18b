//! Services that collectors ask, for the tests: supervisord, chronyd and gmond, from Debian's packages.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{apt, cmd};

/// Debian's packages, and the program of each, below the directory in which packages are unpacked.
const SERVICES: [(&str, &str); 3] = [
    ("supervisor", "usr/bin/supervisord"),
    ("chrony", "usr/sbin/chronyd"),
    ("ganglia-monitor", "usr/sbin/gmond"),
];

/// The directory in which the packages are unpacked. They are not installed, because that would start the
/// services. What cannot be downloaded is missing there, and stderr has the reason: tests without their
/// service are skipped.
pub(crate) fn directory(tools: &Path) -> PathBuf {
    let directory = tools.join("services");
    for (package, program) in SERVICES {
        let name = Path::new(program).file_name().unwrap_or_default();
        let is_there = directory.join(program).is_file();
        if is_there || cmd::in_path(&name.to_string_lossy()).is_some() {
            continue;
        }
        println!("downloading {package} for the tests");
        if let Err(error) = unpack(package, &directory) {
            eprintln!("tests that need {package} are skipped: {error:#}");
        }
    }
    directory
}

/// Unpacks a package, and those that it needs and this machine lacks.
fn unpack(package: &str, directory: &Path) -> Result<()> {
    let downloads = directory.join("downloads");
    if downloads.exists() {
        fs::remove_dir_all(&downloads)?;
    }
    fs::create_dir_all(&downloads)?;
    for package in apt::needed(package)? {
        apt::download(&package, &downloads)?;
    }
    for file in fs::read_dir(&downloads)? {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg("-x").arg(file?.path()).arg(directory);
        cmd::run(&mut dpkg)?;
    }
    fs::remove_dir_all(&downloads)?;
    Ok(())
}
