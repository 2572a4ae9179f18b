//! How many random bits the kernel has, and how many it could have.
//!
//! Reads `entropy_avail` and `poolsize` of `/proc/sys/kernel/random`
//! ([random(4)](https://man7.org/linux/man-pages/man4/random.4.html)), one unsigned number each.
//! Emits `node_entropy_available_bits` and `node_entropy_pool_size_bits`.

use firepit_sdk::files::{Directory, Optional};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

/// One file with one number.
struct File {
    name: &'static str,
    /// What is said where it is missing.
    missing: &'static str,
    family: Gauge<'static, 0>,
}

const DIRECTORY: &str = "/proc/sys/kernel/random";
const FILES: [File; 2] = [
    File {
        name: "entropy_avail",
        missing: "couldn't get entropy_avail",
        family: Gauge::new(
            "node_entropy_available_bits",
            "Bits of available entropy.",
            [],
        ),
    },
    File {
        name: "poolsize",
        missing: "couldn't get entropy poolsize",
        family: Gauge::new("node_entropy_pool_size_bits", "Bits of entropy pool.", []),
    },
];

/// The collector.
#[derive(Debug)]
pub struct Entropy;

impl Collector for Entropy {
    fn describe() -> Descriptor {
        let description = "Shows the available entropy and the pool's size.";
        Descriptor::new("entropy", description)
            .reads(FILES.map(|file| format!("{DIRECTORY}/{}", file.name)))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let numbers = read().map_err(Error::context("failed to get kernel random stats"))?;
        for (file, number) in FILES.iter().zip(numbers) {
            let bits = number.ok_or_else(|| Error::failed(file.missing))?;
            metrics.gauge(&file.family).set([], bits as f64);
        }
        Ok(())
    }
}

/// The numbers of [`FILES`], as far as they are there.
fn read() -> Result<[Option<u64>; FILES.len()], Error> {
    let directory = Directory::new(DIRECTORY);
    let mut numbers = [None; FILES.len()];
    let contents = directory.read(FILES.map(|file| file.name)).optional()?;
    let found = contents.into_iter().flatten();
    for ((number, file), content) in numbers.iter_mut().zip(&FILES).zip(found) {
        if let Some(content) = content.optional()? {
            *number = Some(directory.unsigned(file.name, &content)?);
        }
    }
    Ok(numbers)
}

export!(Entropy);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Host, Output};

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
    fn what_is_missing_fails_and_the_rest_is_shown() {
        let good = ("entropy_avail", "256\n");
        for (files, error, text) in [
            (&[][..], "couldn't get entropy_avail", ""),
            (&[("poolsize", "1")], "couldn't get entropy_avail", ""),
            (
                &[good],
                "couldn't get entropy poolsize",
                "node_entropy_available_bits 256\n",
            ),
        ] {
            let out = run(files);
            assert_eq!(out.result, Err(Error::failed(error)));
            assert_eq!(out.text(), text);
        }
    }

    #[test]
    fn what_is_no_number_fails_before_anything_is_shown() {
        let huge = "1".repeat(1 << 16);
        for text in ["", "-1\n", "1 2", "many", "\u{0}", &huge] {
            let out = run(&[("entropy_avail", "256\n"), ("poolsize", text)]);
            let error = out.result.clone().unwrap_err().to_string();
            let expected = "failed to get kernel random stats: /proc/sys/kernel/random/poolsize: \
                            expected an unsigned integer, found ";
            assert!(error.starts_with(expected), "{error}");
            assert_eq!(out.text(), "");
        }
    }
}
