//! The flags about what a collector may cost the others.

use clap::{Arg, ArgMatches};

use super::UsageError;
use super::args::valued;
use super::resolve::value;
use super::value;
use crate::limits::{BackOff, Limits};

/// Flags about modules in a scrape.
pub(super) fn scrape() -> [Arg; 2] {
    [
        valued("scrape.module-share", "PART", "0.5", value::share).help(
            "Part of a scrape's time that a module from a file may take; built-in collectors may \
             take all of it.",
        ),
        valued(
            "scrape.module-timeout",
            "DURATION",
            "1s",
            value::positive_duration,
        )
        .help(
            "Time that a module from a file may take, in a scrape whose request states no timeout.",
        ),
    ]
}

/// Flags about quarantine and CPU time.
pub(super) fn sandbox() -> [Arg; 4] {
    [
        valued("sandbox.cpu-per-minute", "DURATION", "3s", value::duration).help(
            "CPU time that a module from a file may use in a minute; what is left is kept for up \
             to a minute. Use 0 for no bound.",
        ),
        valued("sandbox.quarantine-after", "NUMBER", "3", value::failures).help(
            "Failures in a row after which a collector is left out for a while. Use 0 for never.",
        ),
        valued(
            "sandbox.quarantine-pause",
            "DURATION",
            "10s",
            value::positive_duration,
        )
        .help("How long it is left out at first; each further failure doubles that."),
        valued(
            "sandbox.quarantine-max-pause",
            "DURATION",
            "10m",
            value::positive_duration,
        )
        .help("How long it is left out at most; a built-in collector for 1m at most."),
    ]
}

/// Puts their values into limits.
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
