//! Rules for units, times and exemplars: those of OpenMetrics 1.0.

use super::{Check, Reason, fault};
use crate::escape::quoted;
use crate::escaping::is_plain_label;
use crate::record::Exemplar;
use crate::validate::{Histogram, Kind};

/// Maximum characters of an exemplar's label names and values together.
const MAX_EXEMPLAR_CHARS: usize = 128;
/// Maximum exemplars of a histogram that has no more buckets than these. Otherwise each bucket may have
/// one.
const MIN_EXEMPLARS: usize = 16;
/// First second of the year 10000, which no format can write.
const END_OF_TIME: f64 = 253_402_300_800.0;

/// Checks a unit. Prometheus rejects a whole response whose metric names do not end with their units.
pub(in super::super) fn unit(name: &str, unit: &str, kind: Kind) -> Check {
    if unit.is_empty() || fits_unit(name, unit, kind) {
        return Ok(());
    }
    let (unit, end) = (
        quoted(unit),
        if kind == Kind::Counter { "_total" } else { "" },
    );
    let detail = format!("the metric name does not end with the unit: _{unit}{end}");
    fault(Reason::InvalidUnit, detail)
}

/// Whether a metric name ends with a unit, before `_total` for a counter.
pub(in super::super) fn fits_unit(name: &str, unit: &str, kind: Kind) -> bool {
    let is_word = unit
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let name = match kind {
        Kind::Counter => name.strip_suffix("_total").unwrap_or(name),
        _ => name,
    };
    let before = name.strip_suffix(unit);
    let before = before.and_then(|before| before.strip_suffix('_'));
    is_word && before.is_some_and(|before| !before.is_empty())
}

pub(super) fn created(created: Option<f64>) -> Check {
    time("a time of creation", created)
}

/// Checks each exemplar by itself.
pub(super) fn exemplars(exemplars: &[Exemplar]) -> Check {
    exemplars.iter().try_for_each(exemplar)
}

/// Checks the exemplars of a histogram, sorted by value.
pub(super) fn histogram_exemplars(histogram: &Histogram) -> Check {
    let native = histogram.native.as_deref();
    let native = native.map_or(0, |native| native.positive.len() + native.negative.len());
    let limit = (histogram.buckets.len() + 1).max(native).max(MIN_EXEMPLARS);
    if histogram.exemplars.len() > limit {
        let detail = format!("{} exemplars, limit {limit}", histogram.exemplars.len());
        return fault(Reason::InvalidExemplar, detail);
    }
    exemplars(&histogram.exemplars)
}

fn exemplar(exemplar: &Exemplar) -> Check {
    let Exemplar {
        labels,
        value,
        timestamp,
    } = exemplar;
    if value.is_nan() {
        return fault(Reason::InvalidExemplar, "the value of an exemplar is NaN");
    }
    time("the timestamp of an exemplar", *timestamp)?;
    let texts = labels.iter().flat_map(|(name, value)| [name, value]);
    let chars: usize = texts.map(|text| text.chars().count()).sum();
    if chars > MAX_EXEMPLAR_CHARS {
        let detail = format!(
            "the labels of an exemplar have {chars} characters, limit {MAX_EXEMPLAR_CHARS}"
        );
        return fault(Reason::InvalidExemplar, detail);
    }
    // The limit on characters bounds this, except for labels without a name, which are invalid.
    for (number, (name, _)) in labels.iter().enumerate() {
        let valid = is_plain_label(name) && !name.starts_with("__");
        let mut before = labels.iter().take(number);
        if !valid || before.any(|(other, _)| other == name) {
            let name = quoted(name);
            let detail = format!("label name \"{name}\" of an exemplar is invalid or occurs twice");
            return fault(Reason::InvalidExemplar, detail);
        }
    }
    Ok(())
}

fn time(what: &str, seconds: Option<f64>) -> Check {
    match seconds {
        Some(seconds) if !(0.0..END_OF_TIME).contains(&seconds) => {
            let detail =
                format!("{what} is {seconds:e}, not seconds since 1970 before the year 10000");
            fault(Reason::InvalidTime, detail)
        }
        _ => Ok(()),
    }
}
