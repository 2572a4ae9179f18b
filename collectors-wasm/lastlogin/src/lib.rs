//! The time of the last login.
//!
//! Emits `node_last_login_time`, the collector `lastlogin` of node_exporter 0.6 to 0.8, from the end
//! of `/rootfs/var/log/wtmp` ([wtmp(5)](https://man7.org/linux/man-pages/man5/utmp.5.html), module
//! `record`). Systems whose logins go to another file, such as wtmpdb or lastlog2 of Debian 13, have
//! no wtmp, and the collector has no data there. Nor has it a sample while the file has no login,
//! such as after its rotation.
//!
//! node_exporter ran `who /var/log/wtmp -l -u -s` and took the date and the time of the last line.
//! So its time was of the local time zone, counted as UTC, without seconds, and a terminal that
//! waited for a login counted as one. Here the time is the record's own, in seconds since
//! 1970-01-01 UTC, and only logins count.

mod record;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, system};

use record::Layout;

const LAST_LOGIN: Gauge<0> = Gauge::new("node_last_login_time", "The time of the last login.", []);

const WTMP: &str = "/rootfs/var/log/wtmp";

/// How many records at the end of the file are searched: first few, since the last login is usually
/// among them, and then nearly as many as the host returns at once (4 MiB).
const SEARCHED: [u64; 2] = [128, 10_000];

export!(
    LastLogin,
    collect,
    Descriptor::new("lastlogin", "Shows the time of the last login.")
        .disabled_by_default()
        .reads([WTMP])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let size = files::stat(WTMP).or_no_data()?.size;
    let layout = Layout::of_machine(&system::uname().machine);
    let records = size / layout.length();
    for searched in SEARCHED {
        let first = records.saturating_sub(searched);
        let content = files::read_from(WTMP, first * layout.length())?;
        if !content.is_empty() && (content.len() as u64) < layout.length() {
            return Err(unexpected(layout, &format!("{} bytes", content.len())));
        }
        let login = layout.last_login(&content);
        let login = login.map_err(|kind| unexpected(layout, &format!("one of type {}", kind.0)))?;
        if let Some(seconds) = login {
            metrics.gauge(&LAST_LOGIN).set([], seconds as f64);
            break;
        }
        if first == 0 {
            break;
        }
    }
    Ok(())
}

fn unexpected(layout: Layout, found: &str) -> Error {
    let (file, length) = (files::display_path(WTMP), layout.length());
    Error::failed(format!(
        "{file}: expected records of {length} bytes, found {found}"
    ))
}

#[cfg(test)]
mod tests;
