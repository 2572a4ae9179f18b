//! Counters that could not be opened: which of them matter, and one line of the log per reason.

use firepit_sdk::Error;
use firepit_sdk::log::{self, Level};
use firepit_sdk::perf::{Reason, Refusal};

/// Whether the CPU or the kernel just lacks the events, as virtual machines do.
fn is_missing_feature(reason: Reason) -> bool {
    matches!(reason, Reason::Unsupported | Reason::Offline)
}

/// Logs which counters are left out. `names` are those of the events, `all` is the number of counters
/// asked for.
///
/// # Errors
/// No counter is open, for a reason that the operator can change.
pub(crate) fn check(refusals: &[Refusal], names: &[&str], all: usize) -> Result<(), Error> {
    let mut reasons: Vec<Reason> = Vec::new();
    for refusal in refusals {
        if !reasons.contains(&refusal.reason) {
            reasons.push(refusal.reason);
        }
    }
    let grave = reasons.iter().find(|reason| !is_missing_feature(**reason));
    if let Some(reason) = grave.filter(|_| refusals.len() == all) {
        return Err(Error::failed(format!(
            "cannot open any performance counter: {reason}{}",
            hint(*reason)
        )));
    }
    for reason in reasons {
        report(reason, refusals, names);
    }
    Ok(())
}

/// What the operator can do.
fn hint(reason: Reason) -> &'static str {
    match reason {
        Reason::PermissionDenied => {
            " (firepit needs CAP_PERFMON, or kernel.perf_event_paranoid of 0 or less)"
        }
        _ => "",
    }
}

fn report(reason: Reason, refusals: &[Refusal], names: &[&str]) {
    let mut events = Vec::new();
    // The refusals of a CPU follow each other.
    let mut cpus = Vec::new();
    for refusal in refusals {
        if refusal.reason != reason {
            continue;
        }
        if cpus.last() != Some(&refusal.cpu) {
            cpus.push(refusal.cpu);
        }
        if !events.contains(&refusal.event) {
            events.push(refusal.event);
        }
    }
    let events = events.into_iter().filter_map(|event| names.get(event));
    let events: Vec<&str> = events.copied().collect();
    let level = if is_missing_feature(reason) {
        Level::Info
    } else {
        Level::Warn
    };
    log::log(
        level,
        "performance counters are left out",
        &[
            ("reason", &format!("{reason}{}", hint(reason))),
            ("counters", &events.join(",")),
            ("cpus", &cpus.len().to_string()),
        ],
    );
}
