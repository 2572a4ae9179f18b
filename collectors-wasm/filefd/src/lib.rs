//! The number of open files, and its limit.
//!
//! Reads `/proc/sys/fs/file-nr`
//! ([proc_sys_fs(5)](https://man7.org/linux/man-pages/man5/proc_sys_fs.5.html)), emits
//! `node_filefd_allocated` and `node_filefd_maximum`, each if it is a number.

use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, ResultExt, export, families, files};

const FAMILIES: [Gauge<0>; 2] = families! { Gauge[]
    "node_filefd_allocated": "File descriptor statistics: allocated.",
    "node_filefd_maximum": "File descriptor statistics: maximum.",
};

export!(
    FileFd,
    collect,
    Descriptor::new("filefd", "Shows file descriptor statistics.").reads(["/proc/sys/fs/file-nr"])
);

/// The file has one line: open files, free files (always 0), maximum of open files.
fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/sys/fs/file-nr").context("couldn't get file-nr")?;
    let mut columns = text.first_line().context("couldn't get file-nr")?.columns();
    let allocated = columns.float("allocated").or_skip();
    columns.next();
    let maximum = columns.float("maximum").or_skip();
    metrics.table(FAMILIES).row([], [allocated, maximum]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_open_and_possible_files() {
        let out = Host::new()
            .file("/proc/sys/fs/file-nr", "1024\t0\t1631329\n")
            .run::<FileFd>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_filefd_allocated 1024\nnode_filefd_maximum 1631329\n"
        );
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<FileFd>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't get file-nr: /proc/sys/fs/file-nr: no such file or directory"
        );
        let empty = Host::new().file("/proc/sys/fs/file-nr", "");
        let error = empty.run::<FileFd>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't get file-nr: /proc/sys/fs/file-nr: the file is empty"
        );
    }

    #[test]
    fn malformed_number_is_skipped_and_reported() {
        let wide = "9\t".repeat(1 << 20);
        for (text, expected) in [
            (
                "1\tx\t3\t4",
                "node_filefd_allocated 1\nnode_filefd_maximum 3\n",
            ),
            (
                "1\tx\t9223372036854775807\t4",
                "node_filefd_allocated 1\nnode_filefd_maximum 9223372036854776000\n",
            ),
            ("\n", ""),
            ("1\t0", "node_filefd_allocated 1\n"),
            (
                wide.as_str(),
                "node_filefd_allocated 9\nnode_filefd_maximum 9\n",
            ),
            ("1\t0\tx", "node_filefd_allocated 1\n"),
            ("x\t0\t3", "node_filefd_maximum 3\n"),
        ] {
            let out = Host::new()
                .file("/proc/sys/fs/file-nr", text)
                .run::<FileFd>([]);
            assert_eq!(out.text(), expected, "{text:?}");
        }
    }

    #[test]
    fn faults() {
        let host = Host::new().file("/proc/sys/fs/file-nr", "1024\t0\t1631329\n");
        Faults::new()
            .rule(
                "/proc/sys/fs/file-nr",
                Loss::Everything,
                "both numbers are in it",
            )
            .check::<FileFd>(&host);
    }
}
