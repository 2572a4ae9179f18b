//! Flags that limit what one collector may cost the others.

use clap::{Arg, ArgMatches};

use super::UsageError;
use super::args::valued;
use super::resolve::value;
use crate::values;
use firepit_sandbox::limits::{BackOff, Limits};

/// Flags about modules in a scrape.
pub(super) fn scrape() -> [Arg; 2] {
    [
        valued("scrape.module-share", "PART", "0.5", values::share).help(
            "Share of a scrape's time that a third-party module may take; built-in collectors may \
             take all of it.",
        ),
        valued(
            "scrape.module-timeout",
            "DURATION",
            "1s",
            values::positive_duration,
        )
        .help("Time that a third-party module may take if the request states no timeout."),
    ]
}

/// Flags about quarantine and CPU time.
pub(super) fn sandbox() -> [Arg; 4] {
    [
        valued("sandbox.cpu-per-minute", "DURATION", "3s", values::duration).help(
            "CPU time that a third-party module may use per minute; unused time is kept for up \
             to a minute. Use 0 for no limit.",
        ),
        valued("sandbox.quarantine-after", "NUMBER", "3", values::failures).help(
            "Number of consecutive failures that puts a collector into quarantine. Use 0 for never.",
        ),
        valued(
            "sandbox.quarantine-pause",
            "DURATION",
            "10s",
            values::positive_duration,
        )
        .help("First pause of a quarantine; each further failure doubles it."),
        valued(
            "sandbox.quarantine-max-pause",
            "DURATION",
            "10m",
            values::positive_duration,
        )
        .help("Maximum pause of a quarantine; at most 1m for built-in collectors."),
    ]
}

/// Applies their values to the limits.
pub(super) fn resolve(matches: &ArgMatches, limits: Limits) -> Result<Limits, UsageError> {
    Ok(Limits {
        scrape_share: Some(value(matches, "scrape.module-share")?),
        scrape_timeout: Some(value(matches, "scrape.module-timeout")?),
        cpu_per_minute: value(matches, "sandbox.cpu-per-minute")?,
        back_off: BackOff {
            after: value(matches, "sandbox.quarantine-after")?,
            pause: value(matches, "sandbox.quarantine-pause")?,
            longest: value(matches, "sandbox.quarantine-max-pause")?,
        },
        ..limits
    })
}
