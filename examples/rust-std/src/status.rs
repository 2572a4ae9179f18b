//! `/proc/PID/status`: lines of `Key:\tvalue`
//! ([proc_pid_status(5)](https://man7.org/linux/man-pages/man5/proc_pid_status.5.html)).

/// The metrics of one process.
#[derive(Debug, PartialEq)]
pub(crate) struct Status {
    pub(crate) name: String,
    pub(crate) threads: u64,
    pub(crate) resident_bytes: u64,
}

/// `None` if a line is missing: kernel threads, whose names change, and processes that have ended
/// but are still listed have no memory.
pub(crate) fn parse(text: &str) -> Option<Status> {
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.strip_prefix(':')?.trim())
    };
    let kilobytes: u64 = value("VmRSS")?.strip_suffix(" kB")?.parse().ok()?;
    Some(Status {
        name: value("Name")?.to_owned(),
        threads: value("Threads")?.parse().ok()?,
        resident_bytes: kilobytes.checked_mul(1024)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INIT: &str = "Name:\tsystemd\nState:\tS (sleeping)\nPid:\t1\nVmPeak:\t  169996 kB\n\
                        VmRSS:\t   12132 kB\nRssAnon:\t    3456 kB\nThreads:\t1\n";

    #[test]
    fn a_process() {
        let init = Status {
            name: "systemd".into(),
            threads: 1,
            resident_bytes: 12_132 * 1024,
        };
        assert_eq!(parse(INIT), Some(init));
    }

    #[test]
    fn a_name_with_spaces() {
        let text = INIT.replace("systemd", "tmux: server");
        assert_eq!(parse(&text).unwrap().name, "tmux: server");
    }

    #[test]
    fn a_thread_of_the_kernel_has_no_memory() {
        assert_eq!(parse("Name:\tkthreadd\nPid:\t2\nThreads:\t1\n"), None);
    }

    #[test]
    fn truncated_or_malformed_content_is_omitted() {
        for text in [
            "",
            "\n\n",
            "VmRSS",
            &INIT[..40],
            &INIT.replace("12132", "-1"),
            &INIT.replace("12132", "99999999999999999999"),
            &INIT.replace("12132", "18446744073709551615"),
            &INIT.replace("12132 kB", "12132"),
            &INIT.replace("Threads:\t1", "Threads:"),
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
