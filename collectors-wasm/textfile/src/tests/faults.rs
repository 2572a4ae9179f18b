//! A malformed file does not affect other files.

use firepit_sdk::testing::{Faults, Loss};

use super::*;

#[test]
fn faults() {
    let text = |of: &str| {
        format!(
            "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{{of=\"{of}\"}} 3\n\
             {{\"jobs.last\",\"job.of\"=\"{of}\"}} 1e9\n"
        )
    };
    let host = ["a.prom", "b.prom", "c.prom"]
        .into_iter()
        .fold(Host::new(), |host, name| {
            host.file(&format!("/text/{name}"), text(name))
        });
    Faults::new()
        .options([("directory", "/text")])
        .rule(
            "/text",
            Loss::Changes(&["of=", "file=", "node_textfile_scrape_error"]),
            "the only list of files; the collector reports the error and continues",
        )
        .rule(
            "/text/*.prom",
            Loss::Changes(&[
                "of=\"{1}\"",
                "file=\"/text/{1}\"",
                "node_textfile_scrape_error",
            ]),
            "a file is shown as a whole or not at all, as in node_exporter",
        )
        .fragile(
            "/text/*.prom",
            "a line that is not understood costs its file, as in node_exporter",
        )
        .check::<TextFile>(&host);
}
