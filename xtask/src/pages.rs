//! `cargo xtask collectors`, `cargo xtask costs` and `cargo xtask reference`: generate pages in
//! `docs/`, or tables in them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{cmd, guests::Which, stage, workspace::Workspace};

/// The pages about collectors.
const PAGES: &str = "docs/collectors";

/// The pages, some of which have generated tables.
const DOCS: &str = "docs";

/// node_exporter's fixtures, the source of the tables of families, outside of the repository.
const FIXTURES: &str = "../shared/e2e/fixtures.tar.gz";

/// Result of a comparison of pages.
pub(crate) enum Fresh {
    /// The pages are up to date.
    All,
    /// The pages are up to date, but families were not compared, because the fixtures are missing.
    AllButFamilies,
}

/// Writes the pages about collectors. Without fixtures, the tables of families stay as they are.
///
/// # Errors
/// A build fails, or a collector emits nothing for the fixtures.
pub(crate) fn collectors(workspace: &Workspace) -> Result<()> {
    stage::guests(workspace, Which::Collectors)?;
    write(workspace, &workspace.root().join(PAGES))
}

/// Writes the tables of flags and of the keys of the config file. Needs no guests.
///
/// # Errors
/// The build fails, or a page has no place for its table.
pub(crate) fn reference(workspace: &Workspace) -> Result<()> {
    write_reference(workspace, &workspace.root().join(DOCS))
}

fn write_reference(workspace: &Workspace, to: &Path) -> Result<()> {
    let mut program = Command::new(stage::binary(workspace, "reference-tables")?);
    program.arg(workspace.root().join(DOCS)).arg(to);
    cmd::run(&mut program).context("writing the tables of flags and keys")
}

/// Checks the tables of [`reference()`].
fn check_reference(workspace: &Workspace) -> Result<()> {
    let anew = workspace.staged().join("reference");
    if anew.exists() {
        fs::remove_dir_all(&anew)?;
    }
    write_reference(workspace, &anew)?;
    for (name, content) in pages(&anew)? {
        if content != fs::read(workspace.root().join(DOCS).join(&name))? {
            bail!("{DOCS}/{name} is out of date: run `cargo xtask reference`");
        }
    }
    Ok(())
}

/// Checks that the generated pages and tables are up to date.
///
/// # Errors
/// They are not, or cannot be generated.
pub(crate) fn are_fresh(workspace: &Workspace) -> Result<Fresh> {
    check_reference(workspace)?;
    stage::guests(workspace, Which::Collectors)?;
    let anew = workspace.staged().join("pages");
    if anew.exists() {
        fs::remove_dir_all(&anew)?;
    }
    write(workspace, &anew)?;
    let kept = workspace.root().join(PAGES);
    let (anew, kept) = (pages(&anew)?, pages(&kept)?);
    if let Some(name) = stale(&anew, &kept) {
        bail!("{PAGES}/{name} is out of date: run `cargo xtask collectors`");
    }
    Ok(match fixtures(workspace) {
        Some(_) => Fresh::All,
        None => Fresh::AllButFamilies,
    })
}

/// Measures the costs of each collector on this machine, and writes the page about them.
///
/// # Errors
/// A build or a measurement fails.
pub(crate) fn costs(workspace: &Workspace) -> Result<()> {
    stage::guests(workspace, Which::Collectors)?;
    let date = cmd::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let mut program = Command::new(stage::binary(workspace, "collector-costs")?);
    program
        .arg(workspace.root().join("docs/costs.md"))
        .arg(date);
    cmd::run(with_bundle(workspace, &mut program)).context("measuring the collectors")
}

fn write(workspace: &Workspace, to: &Path) -> Result<()> {
    let mut program = Command::new(stage::binary(workspace, "collector-pages")?);
    program.arg(workspace.root().join(PAGES)).arg(to);
    program.args(fixtures(workspace));
    cmd::run(with_bundle(workspace, &mut program)).context("writing the pages about collectors")
}

fn with_bundle<'a>(workspace: &Workspace, program: &'a mut Command) -> &'a mut Command {
    program.env(
        "FIREPIT_BUNDLE",
        workspace.staged().join("collectors.bundle"),
    )
}

fn fixtures(workspace: &Workspace) -> Option<PathBuf> {
    let archive = workspace.root().join(FIXTURES);
    archive.is_file().then_some(archive)
}

/// Name and content of each file, by name.
type Pages = Vec<(String, Vec<u8>)>;

fn pages(directory: &Path) -> Result<Pages> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        pages.push((name, fs::read(entry.path())?));
    }
    pages.sort();
    Ok(pages)
}

/// A page that differs between the two, or is only in one of them.
fn stale<'a>(anew: &'a Pages, kept: &'a Pages) -> Option<&'a str> {
    let only = |some: &'a Pages, others: &Pages| {
        some.iter()
            .find(|page| !others.contains(page))
            .map(|(name, _)| name.as_str())
    };
    only(anew, kept).or_else(|| only(kept, anew))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pages: &[(&str, &str)]) -> Pages {
        let named = |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec());
        pages.iter().map(named).collect()
    }

    #[test]
    fn differing_page_is_named() {
        let kept = of(&[("a.md", "x"), ("b.md", "y")]);
        assert_eq!(stale(&kept, &kept.clone()), None);
        for (anew, name) in [
            (&[("a.md", "x"), ("b.md", "z")][..], "b.md"),
            (&[("a.md", "x")], "b.md"),
            (&[("a.md", "x"), ("b.md", "y"), ("c.md", "")], "c.md"),
            (&[], "a.md"),
        ] {
            assert_eq!(stale(&of(anew), &kept), Some(name));
        }
    }
}
