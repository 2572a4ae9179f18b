//! The bound on a page: what does not fit is left out family by family, so that there is a page.

use std::sync::Arc;

use crate::encode::length;
use crate::merge::Part;
use crate::shown::shown;
use crate::validate::{Family, Problem, Reason};

/// Families of one source that are told by name. The others are counted.
const TOLD: usize = 20;

/// Families of one source that a page has no room for.
#[derive(Debug, PartialEq)]
pub(super) struct Refused {
    /// Whose they are.
    pub(super) source: Arc<str>,
    /// How many they are.
    pub(super) number: usize,
    /// The first of them.
    pub(super) told: Vec<Problem>,
}

/// Takes out what a page of `most` bytes has no room for. Whoever comes first has the room first, and
/// a family that is too long does not keep out a shorter one behind it. What `own` says always stays,
/// but takes its room.
///
/// Sizes are known roughly. Only where they add up to too much the families are measured, and only
/// until that took as long as it takes to write a full page: from then on the rough size decides.
pub(super) fn fit(own: &Part, parts: &mut [Part], most: usize) -> Vec<Refused> {
    let roughly = |part: &Part| sum(part.families.iter().map(Family::page_bytes));
    let of_own = roughly(own);
    let of_all = of_own.saturating_add(sum(parts.iter().map(roughly)));
    if of_all <= most {
        return Vec::new();
    }
    let mut room = Room {
        left: most.saturating_sub(of_own),
        effort: most,
    };
    parts
        .iter_mut()
        .filter_map(|part| room.let_in(part))
        .collect()
}

/// What is left of a page while families are let in.
struct Room {
    /// Bytes of the page.
    left: usize,
    /// Bytes that may be written to measure what does not fit.
    effort: usize,
}

impl Room {
    fn let_in(&mut self, part: &mut Part) -> Option<Refused> {
        let mut refused = Refused {
            source: Arc::clone(&part.source),
            number: 0,
            told: Vec::new(),
        };
        part.families.retain(|family| {
            let fits = self.takes(family);
            if !fits {
                refused.number += 1;
                if refused.told.len() < TOLD {
                    refused.told.push(problem(family));
                }
            }
            fits
        });
        (refused.number > 0).then_some(refused)
    }

    fn takes(&mut self, family: &Family) -> bool {
        let roughly = family.page_bytes();
        let bytes = match self.effort {
            0 => Some(roughly).filter(|&bytes| bytes <= self.left),
            _ => length(family, self.left),
        };
        match bytes {
            Some(bytes) => self.left -= bytes,
            None => self.effort = self.effort.saturating_sub(roughly.min(self.left).max(1)),
        }
        bytes.is_some()
    }
}

fn problem(family: &Family) -> Problem {
    Problem {
        family: shown(family.name()),
        reason: Reason::PageLimit,
        detail: "the page has no room left for it, see --scrape.max-page-bytes".to_owned(),
    }
}

fn sum(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::record::{self, Sample, Samples};
    use crate::validate::validate;

    /// A part with families of these names, each of so many lines of 100 bytes at least.
    fn part(source: &str, families: &[(&str, usize)]) -> Part {
        let family = |&(name, lines): &(&str, usize)| {
            let sample = |number| Sample {
                label_values: vec![format!("{number:0>90}")],
                value: 1.0,
            };
            record::Family {
                name: name.to_owned(),
                help: String::new(),
                label_names: vec!["n".to_owned()],
                samples: Samples::Gauge((0..lines).map(sample).collect()),
            }
        };
        let families = families.iter().map(family).collect();
        Part {
            source: source.into(),
            apart: true,
            families: validate(families, &Limits::default()).0,
        }
    }

    fn names(parts: &[Part]) -> Vec<&str> {
        let families = parts.iter().flat_map(|part| &part.families);
        families.map(Family::name).collect()
    }

    #[test]
    fn what_fits_is_not_touched() {
        let mut parts = [part("a", &[("a", 10)]), part("b", &[("b", 10)])];
        assert_eq!(fit(&part("own", &[("o", 1)]), &mut parts, 10_000), []);
        assert_eq!(names(&parts), ["a", "b"]);
    }

    #[test]
    fn who_comes_later_is_left_out_first_and_a_short_family_still_fits() {
        let mut parts = [
            part("a", &[("a", 30)]),
            part("b", &[("b1", 30), ("b2", 1)]),
            part("c", &[("c1", 40), ("c2", 1)]),
        ];
        let refused = fit(&part("own", &[("o", 1)]), &mut parts, 5_000);
        assert_eq!(names(&parts), ["a", "b2", "c2"]);
        let told = |refused: &Refused| (refused.source.to_string(), refused.number);
        let told: Vec<_> = refused.iter().map(told).collect();
        assert_eq!(told, [("b".to_owned(), 1), ("c".to_owned(), 1)]);
        let line = refused[0].told[0].to_string();
        assert!(
            line.starts_with("family b1: the page has no room"),
            "{line}"
        );
    }

    /// Sizes are measured: the rough one is far above this limit.
    #[test]
    fn a_page_is_filled_to_the_byte() {
        let one = || [part("a", &[("a", 50)])];
        let bytes = length(&one()[0].families[0], usize::MAX).unwrap();
        let nothing = part("own", &[]);
        assert_eq!(fit(&nothing, &mut one(), bytes), []);
        assert_eq!(fit(&nothing, &mut one(), bytes - 1)[0].number, 1);
    }

    #[test]
    fn what_the_exporter_says_of_itself_always_stays() {
        let own = part("own", &[("o", 100)]);
        let mut parts = [part("a", &[("a", 1)])];
        assert_eq!(fit(&own, &mut parts, 1_000)[0].number, 1);
        assert_eq!(own.families.len(), 1);
    }

    #[test]
    fn of_many_families_some_are_told_and_all_are_counted() {
        let names: Vec<String> = (0..1_000).map(|number| format!("f{number}")).collect();
        let families: Vec<(&str, usize)> = names.iter().map(|name| (&**name, 20)).collect();
        let mut parts = [part("a", &families)];
        let refused = fit(&part("own", &[]), &mut parts, 100_000);
        assert_eq!((refused[0].told.len(), refused.len()), (TOLD, 1));
        let left = parts[0].families.len();
        assert!((10..60).contains(&left), "{left}");
        assert_eq!(refused[0].number + left, 1_000);
    }
}
