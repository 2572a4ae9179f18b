//! Measures the costs of each collector on this machine: `cargo xtask costs`.

use std::process::ExitCode;

use firepit_docs_gen::costs;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, date] = arguments.as_slice() else {
        eprintln!("usage: collector-costs PAGE.md DATE");
        return ExitCode::from(2);
    };
    match std::fs::write(path, costs::page(&costs::measure(), date)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("collector-costs: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}
