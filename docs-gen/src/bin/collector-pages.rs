//! Writes the pages of `docs/collectors/`: `cargo xtask collectors`.

use std::path::Path;
use std::process::ExitCode;

use firepit_docs_gen::pages;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (previous, to, fixtures) = match arguments.as_slice() {
        [previous, to] => (previous, to, None),
        [previous, to, fixtures] => (previous, to, Some(Path::new(fixtures))),
        _ => {
            eprintln!("usage: collector-pages OLD-PAGES DIRECTORY [FIXTURES.tar.gz]");
            return ExitCode::from(2);
        }
    };
    match pages::write(Path::new(previous), Path::new(to), fixtures) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("collector-pages: {error}");
            ExitCode::FAILURE
        }
    }
}
