//! The kernel's available entropy, and the size of its pool.
//!
//! Reads `entropy_avail` and `poolsize` of `/proc/sys/kernel/random`
//! ([random(4)](https://man7.org/linux/man-pages/man4/random.4.html)), each an unsigned number.
//! Emits `node_entropy_available_bits` and `node_entropy_pool_size_bits`, each if its file is
//! readable.

use firepit_sdk::files::Directory;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families};

const DIRECTORY: &str = "/proc/sys/kernel/random";
const FILES: [(&str, Gauge<0>); 2] = families! { Gauge[]
    "entropy_avail" => "node_entropy_available_bits": "Bits of available entropy.",
    "poolsize" => "node_entropy_pool_size_bits": "Bits of entropy pool.",
};

export!(
    Entropy,
    collect,
    Descriptor::new(
        "entropy",
        "Shows the available entropy and the pool's size."
    )
    .reads(FILES.map(|(name, _)| format!("{DIRECTORY}/{name}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let numbers = Directory::new(DIRECTORY).numbers(FILES.map(|(name, _)| name));
    metrics
        .table(FILES.map(|(_, family)| family))
        .row([], numbers);
    match numbers {
        [None, None] => Err(Error::failed("couldn't get entropy_avail")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss, Output};

    fn run(files: &[(&str, &str)]) -> Output {
        let add = |host: Host, (file, text): &(&str, &str)| {
            host.file(&format!("{DIRECTORY}/{file}"), text)
        };
        files.iter().fold(Host::new(), add).run::<Entropy>([])
    }

    #[test]
    fn shows_both_numbers() {
        let out = run(&[("entropy_avail", "256\n"), ("poolsize", "4096\n")]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_entropy_available_bits 256\nnode_entropy_pool_size_bits 4096\n"
        );
    }

    #[test]
    fn missing_file_omits_only_its_own_values() {
        for (file, text) in [
            (
                ("entropy_avail", "256\n"),
                "node_entropy_available_bits 256\n",
            ),
            (("poolsize", "1"), "node_entropy_pool_size_bits 1\n"),
        ] {
            let out = run(&[file]);
            assert_eq!((out.result.clone(), out.text()), (Ok(()), text.to_owned()));
            assert_eq!(out.skipped, []);
        }
        for host in [Host::new(), Host::new().directory(DIRECTORY)] {
            let error = host.run::<Entropy>([]).result.unwrap_err();
            assert_eq!(error.to_string(), "couldn't get entropy_avail");
        }
    }

    #[test]
    fn malformed_number_is_skipped_and_reported() {
        let huge = "1".repeat(1 << 16);
        for text in ["", "-1\n", "1 2", "many", "\u{0}", &huge] {
            let out = run(&[("entropy_avail", "256\n"), ("poolsize", text)]);
            assert_eq!(out.result, Ok(()));
            assert_eq!(out.text(), "node_entropy_available_bits 256\n");
            assert_eq!(out.skipped.len(), 1);
            assert_eq!(out.skipped[0].file, format!("{DIRECTORY}/poolsize"));
        }
    }

    #[test]
    fn faults() {
        let host = Host::new()
            .file("/proc/sys/kernel/random/entropy_avail", "256\n")
            .file("/proc/sys/kernel/random/poolsize", "4096\n");
        Faults::new()
            .rule(DIRECTORY, Loss::Everything, "both files are in it")
            .check::<Entropy>(&host);
    }
}
