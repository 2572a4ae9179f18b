//! Which of the own series stand on a page.

use crate::validate::{Family, Point};

/// How much the page of a scrape tells of single collectors: a value of `--web.self-metrics`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SelfMetrics {
    /// What alerts need, totals, and all of modules that are not built in.
    #[default]
    Lean,
    /// Everything.
    Full,
}

/// What a page shows of the own series.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// How much it tells of each collector.
    pub metrics: SelfMetrics,
    /// The collectors that it tells of; none for all. Totals are always those of all.
    pub only: Option<&'a [String]>,
}

impl View<'_> {
    /// Everything about all collectors.
    pub const WHOLE: View<'static> = View {
        metrics: SelfMetrics::Full,
        only: None,
    };

    /// Whether it has a line that the lean page has, or lacks.
    pub(crate) fn has(&self, is_lean: bool) -> bool {
        is_lean || self.metrics == SelfMetrics::Full
    }

    /// Whether it tells of a collector.
    pub(crate) fn tells_of(&self, collector: &str) -> bool {
        (self.only).is_none_or(|only| only.iter().any(|name| name == collector))
    }

    /// What it shows of a family of values: all series but those with the name of another
    /// collector. `None` where nothing is left.
    pub(super) fn narrowed(&self, family: Family) -> Option<Family> {
        if self.only.is_none() {
            return Some(family);
        }
        family.refilled(|series| {
            let collector = series.labels().find(|(name, _)| *name == "collector");
            match series.point() {
                Point::Value(value) if collector.is_none_or(|(_, it)| self.tells_of(it)) => {
                    Some(*value)
                }
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::{checked, single};
    use crate::record::Samples;

    #[test]
    fn a_filtered_page_tells_of_the_chosen_and_of_nobody() {
        let only = ["cpu".to_owned()];
        let view = View {
            only: Some(&only),
            ..View::WHOLE
        };
        let kept = |label: (&str, &str)| {
            let family = single("firepit_x", "X.", Samples::Gauge, &[label], 7.0);
            let family = checked(vec![family]).pop().unwrap();
            view.narrowed(family).is_some()
        };
        assert!(kept(("collector", "cpu")));
        assert!(!kept(("collector", "stat")));
        assert!(kept(("reason", "stat")));
    }
}
