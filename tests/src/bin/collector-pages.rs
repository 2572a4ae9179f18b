//! Writes the pages of `docs/collectors/`: `cargo xtask collectors`.

use std::path::Path;
use std::process::ExitCode;

use firepit_tests::write_pages;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (kept, to, fixtures) = match arguments.as_slice() {
        [kept, to] => (kept, to, None),
        [kept, to, fixtures] => (kept, to, Some(Path::new(fixtures))),
        _ => {
            eprintln!("usage: collector-pages OLD-PAGES DIRECTORY [FIXTURES.tar.gz]");
            return ExitCode::from(2);
        }
    };
    match write_pages(Path::new(kept), Path::new(to), fixtures) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("collector-pages: {error}");
            ExitCode::FAILURE
        }
    }
}
