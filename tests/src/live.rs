//! The standard collectors on this machine.

use std::time::Duration;

use firepit_sdk::Error;
use firepit_sdk::testing::Host;
use rustix::time::{ClockId, clock_gettime};

use crate::{COLLECTORS, Native, Options, Standard};

const TEXTFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/textfile/sound");

/// Options of collectors that emit nothing without options.
fn options(collector: &Standard) -> Options<'static> {
    match collector.name {
        "sysctl" => &[
            ("include", "fs.file-nr:total,current,max"),
            ("include", "kernel.threads-max"),
        ],
        "textfile" => &[("directory", TEXTFILES)],
        _ => &[],
    }
}

/// The flags of a firepit with all of them.
#[must_use]
pub fn live_flags() -> Vec<String> {
    let flags = COLLECTORS.iter().flat_map(|collector| {
        let name = collector.name;
        let options = options(collector).iter();
        options
            .map(move |(option, value)| format!("--collector.{name}.{option}={value}"))
            .chain([format!("--collector.{name}")])
    });
    let all = ["--web.disable-exporter-metrics".to_owned()];
    all.into_iter().chain(flags).collect()
}

/// A collector without a sandbox, if it emits something that way: native code reads files and the
/// host's name, but has no netlink, no statfs and no roots other than `/`.
#[must_use]
pub fn live_native(collector: &Standard, host: &Host) -> Option<Box<dyn Native>> {
    let mut native = collector.configure(host, options(collector)).ok()?;
    match native.run(host).result {
        Ok(()) | Err(Error::NoData) => Some(native),
        Err(_) => None,
    }
}

/// CPU time of the process so far, over all threads.
#[must_use]
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}
