//! The collector `programs`: processes, threads and memory by program name.
//!
//! It depends on the contract only, not on the SDK: it reads files with `std::fs`, and `generate!`
//! creates the bindings from the WIT.

mod status;

use std::{collections::BTreeMap, ffi::OsStr, fs, io};

use firepit::collector::metrics::{self, Family, Kind, Sample};

wit_bindgen::generate!({ path: "../../wit", world: "collector" });

struct Programs;

impl Guest for Programs {
    fn describe() -> Descriptor {
        Descriptor {
            name: "programs".into(),
            about: "Shows processes, threads and memory by program.".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            enabled_by_default: true,
            reads: vec!["/proc/[0-9]*/status".into()],
            options: Vec::new(),
        }
    }

    fn configure(_settings: Vec<Setting>) -> Result<(), String> {
        Ok(())
    }

    fn collect() -> Result<(), CollectError> {
        let programs = programs().map_err(|e| CollectError::Failed(format!("/proc: {e}")))?;
        let family = |name: &str, help: &str, value: fn(&Total) -> u64| Family {
            name: name.into(),
            help: help.into(),
            kind: Kind::Gauge,
            label_names: vec!["program".into()],
            samples: programs
                .iter()
                .map(|(program, total)| Sample {
                    label_values: vec![program.clone()],
                    value: value(total) as f64,
                })
                .collect(),
        };
        metrics::emit(&[
            family("program_processes", "Processes of the program.", |t| {
                t.processes
            }),
            family("program_threads", "Threads of the program.", |t| t.threads),
            family(
                "program_resident_bytes",
                "Memory in use by the program, what its processes share counted for each.",
                |t| t.resident_bytes,
            ),
        ]);
        Ok(())
    }
}

export!(Programs);

/// Totals over all processes of one name.
#[derive(Default)]
struct Total {
    processes: u64,
    threads: u64,
    resident_bytes: u64,
}

fn programs() -> io::Result<BTreeMap<String, Total>> {
    let mut programs = BTreeMap::<String, Total>::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        if !is_process(&entry.file_name()) {
            continue;
        }
        // In most cases the process has ended in the meantime.
        let Ok(text) = fs::read(entry.path().join("status")) else {
            continue;
        };
        let Some(status) = status::parse(&String::from_utf8_lossy(&text)) else {
            continue;
        };
        let total = programs.entry(status.name).or_default();
        total.processes += 1;
        total.threads += status.threads;
        total.resident_bytes += status.resident_bytes;
    }
    if programs.is_empty() {
        return Err(io::Error::other("no process can be read"));
    }
    Ok(programs)
}

/// Other names in `/proc` are not accessed, because the host counts each denied path.
fn is_process(name: &OsStr) -> bool {
    name.as_encoded_bytes().iter().all(u8::is_ascii_digit)
}
