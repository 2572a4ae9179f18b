//! Writes the tables of flags, commands and keys in the pages of `docs/` anew: `cargo xtask reference`.

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use firepit_docs_gen::reference::PAGES;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else {
        eprintln!("usage: reference-tables DOCS DIRECTORY");
        return ExitCode::from(2);
    };
    match write(Path::new(from), Path::new(to)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reference-tables: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for (name, page) in PAGES {
        let text = fs::read_to_string(from.join(name))?;
        let text = page(&text).map_err(|error| io::Error::other(format!("{name}: {error}")))?;
        fs::write(to.join(name), text)?;
    }
    Ok(())
}
