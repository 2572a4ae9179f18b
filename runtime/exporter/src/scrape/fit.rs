//! The size limit of a page: families that do not fit are dropped one by one, so that the rest of
//! the page can be served.

use std::sync::Arc;

use firepit_exposition::encode::{self, Format, encoded_len};
use firepit_exposition::escape::quoted;
use firepit_exposition::merge::Part;
use firepit_exposition::validate::{Family, Problem, Reason};

/// Maximum families per source that are reported by name. The others are counted.
const MAX_NAMED_FAMILIES: usize = 20;

/// Families of one source that do not fit into a page.
#[derive(Debug, PartialEq)]
pub(super) struct DroppedFamilies {
    /// The source.
    pub(super) source: Arc<str>,
    /// The number of families.
    pub(super) number: usize,
    /// The first of them.
    pub(super) problems: Vec<Problem>,
}

/// Drops the families that do not fit into a page of `max_bytes` in this format. Earlier families
/// take precedence, and a family that is too long does not exclude a shorter one after it.
/// `self_metrics` are never dropped, but count towards the size.
///
/// Sizes are estimated first. If the estimates exceed the limit, the families are measured, until
/// measuring has taken as long as writing a full page. From then on the estimates decide.
pub(super) fn fit(
    self_metrics: &Part,
    parts: &mut [Part],
    max_bytes: usize,
    format: Format,
) -> Vec<DroppedFamilies> {
    let estimated = |part: &Part| {
        let families = part.families.iter();
        sum(families.map(|family| encode::max_bytes(family, format)))
    };
    let self_bytes = estimated(self_metrics).saturating_add(format.end().len());
    let total_bytes = self_bytes.saturating_add(sum(parts.iter().map(estimated)));
    if total_bytes <= max_bytes {
        return Vec::new();
    }
    let mut budget = PageBudget {
        format,
        remaining: max_bytes.saturating_sub(self_bytes),
        measuring: max_bytes,
    };
    parts
        .iter_mut()
        .filter_map(|part| budget.retain_fitting(part))
        .collect()
}

/// What remains of a page's budget.
struct PageBudget {
    format: Format,
    /// Bytes of the page.
    remaining: usize,
    /// Bytes that may be written to measure families that do not fit.
    measuring: usize,
}

impl PageBudget {
    fn retain_fitting(&mut self, part: &mut Part) -> Option<DroppedFamilies> {
        let mut dropped = DroppedFamilies {
            source: Arc::clone(&part.source),
            number: 0,
            problems: Vec::new(),
        };
        part.families.retain(|family| {
            let fits = self.take(family);
            if !fits {
                dropped.number += 1;
                if dropped.problems.len() < MAX_NAMED_FAMILIES {
                    dropped.problems.push(problem(family));
                }
            }
            fits
        });
        (dropped.number > 0).then_some(dropped)
    }

    fn take(&mut self, family: &Family) -> bool {
        let estimated = encode::max_bytes(family, self.format);
        let bytes = if self.measuring == 0 {
            Some(estimated).filter(|&bytes| bytes <= self.remaining)
        } else {
            encoded_len(family, self.format, self.remaining)
        };
        match bytes {
            Some(bytes) => self.remaining -= bytes,
            None => {
                self.measuring = self
                    .measuring
                    .saturating_sub(estimated.min(self.remaining).max(1))
            }
        }
        bytes.is_some()
    }
}

fn problem(family: &Family) -> Problem {
    Problem {
        family: quoted(family.name()),
        reason: Reason::PageLimit,
        detail: "the page has no room left for it, see --scrape.max-page-bytes".to_owned(),
    }
}

/// The sum of sizes, saturating.
pub(super) fn sum(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_exposition::record::{self, Sample, Samples};
    use firepit_exposition::validate::Bounds;
    use firepit_exposition::validate::validate;

    /// A part with families of these names, each with this many lines of at least 100 bytes.
    fn part(source: &str, families: &[(&str, usize)]) -> Part {
        let family = |&(name, lines): &(&str, usize)| {
            let sample = |number| Sample {
                label_values: vec![format!("{number:0>90}")],
                value: 1.0,
                extra: None,
            };
            record::Family {
                name: name.to_owned(),
                help: String::new(),
                label_names: vec!["n".to_owned()],
                unit: String::new(),
                samples: Samples::Gauge((0..lines).map(sample).collect()),
            }
        };
        let families = families.iter().map(family).collect();
        Part {
            source: source.into(),
            exclusive: true,
            families: validate(families, &Bounds::default()).0,
        }
    }

    /// [`fit`] for the text format.
    fn text_fit(self_metrics: &Part, parts: &mut [Part], max_bytes: usize) -> Vec<DroppedFamilies> {
        fit(self_metrics, parts, max_bytes, Format::Text004)
    }

    fn names(parts: &[Part]) -> Vec<&str> {
        let families = parts.iter().flat_map(|part| &part.families);
        families.map(Family::name).collect()
    }

    #[test]
    fn families_within_the_limit_are_kept() {
        let mut parts = [part("a", &[("a", 10)]), part("b", &[("b", 10)])];
        assert_eq!(text_fit(&part("own", &[("o", 1)]), &mut parts, 10_000), []);
        assert_eq!(names(&parts), ["a", "b"]);
    }

    #[test]
    fn later_collectors_are_dropped_first_and_small_families_still_fit() {
        let mut parts = [
            part("a", &[("a", 30)]),
            part("b", &[("b1", 30), ("b2", 1)]),
            part("c", &[("c1", 40), ("c2", 1)]),
        ];
        let dropped = text_fit(&part("own", &[("o", 1)]), &mut parts, 5_000);
        assert_eq!(names(&parts), ["a", "b2", "c2"]);
        let summary = |dropped: &DroppedFamilies| (dropped.source.to_string(), dropped.number);
        let summary: Vec<_> = dropped.iter().map(summary).collect();
        assert_eq!(summary, [("b".to_owned(), 1), ("c".to_owned(), 1)]);
        let line = dropped[0].problems[0].to_string();
        assert!(
            line.starts_with("family b1: the page has no room"),
            "{line}"
        );
    }

    /// Sizes are measured: the estimate is far above this limit.
    #[test]
    fn response_is_filled_to_the_byte() {
        for format in Format::ALL {
            let one = || [part("a", &[("a", 50)])];
            let bytes = encoded_len(&one()[0].families[0], format, usize::MAX).unwrap();
            let bytes = bytes + format.end().len();
            let nothing = part("own", &[]);
            assert_eq!(fit(&nothing, &mut one(), bytes, format), []);
            assert_eq!(fit(&nothing, &mut one(), bytes - 1, format)[0].number, 1);
        }
    }

    #[test]
    fn self_metrics_are_never_dropped() {
        let self_metrics = part("own", &[("o", 100)]);
        let mut parts = [part("a", &[("a", 1)])];
        assert_eq!(text_fit(&self_metrics, &mut parts, 1_000)[0].number, 1);
        assert_eq!(self_metrics.families.len(), 1);
    }

    #[test]
    fn dropped_families_are_counted_and_some_are_named() {
        let names: Vec<String> = (0..1_000).map(|number| format!("f{number}")).collect();
        let families: Vec<(&str, usize)> = names.iter().map(|name| (&**name, 20)).collect();
        let mut parts = [part("a", &families)];
        let dropped = text_fit(&part("own", &[]), &mut parts, 100_000);
        assert_eq!(
            (dropped[0].problems.len(), dropped.len()),
            (MAX_NAMED_FAMILIES, 1)
        );
        let remaining = parts[0].families.len();
        assert!((10..60).contains(&remaining), "{remaining}");
        assert_eq!(dropped[0].number + remaining, 1_000);
    }
}
