//! Swaps a module every second under load and reports the result: `scripts/swap-under-load`.

use std::process::ExitCode;
use std::time::Duration;

use firepit_tests::under_load;

fn main() -> ExitCode {
    let seconds = std::env::args().nth(1);
    let seconds = seconds.map_or(Ok(300), |seconds| seconds.parse());
    let Ok(seconds) = seconds else {
        eprintln!("usage: swap-under-load [SECONDS]");
        return ExitCode::from(2);
    };
    let result = under_load(Duration::from_secs(seconds));
    println!("{result}");
    for fault in result.faults.iter().take(20) {
        println!("FAULT        {fault}");
    }
    match result.faults.as_slice() {
        [] => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
