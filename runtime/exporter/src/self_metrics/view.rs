//! Selects the exporter's own series for a page.

use firepit_exposition::validate::{Family, Point};

/// How much a scrape contains about single collectors: a value of `--web.self-metrics`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SelfMetrics {
    /// Series for alerts, totals, and all series of modules that are not built in.
    #[default]
    Lean,
    /// Everything.
    Full,
}

/// Which of the exporter's own series are on a page.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// How much it contains about each collector.
    pub metrics: SelfMetrics,
    /// The selected collectors; `None` for all. Totals always count all collectors.
    pub only: Option<&'a [String]>,
}

impl View<'_> {
    /// Everything about all collectors.
    pub const FULL: View<'static> = View {
        metrics: SelfMetrics::Full,
        only: None,
    };

    /// Whether the page has a series, which the lean page has or lacks.
    pub(crate) fn includes_series(&self, is_lean: bool) -> bool {
        is_lean || self.metrics == SelfMetrics::Full
    }

    /// Whether the page has series of a collector.
    pub(crate) fn includes_collector(&self, collector: &str) -> bool {
        self.only
            .is_none_or(|only| only.iter().any(|name| name == collector))
    }

    /// The series of a family that are on the page: all except those of collectors that are not
    /// selected. `None` if no series remains.
    pub(super) fn narrowed(&self, family: Family) -> Option<Family> {
        if self.only.is_none() {
            return Some(family);
        }
        family.refilled(|series| {
            let collector = series.labels().find(|(name, _)| *name == "collector");
            match series.point() {
                Point::Value(value)
                    if collector.is_none_or(|(_, it)| self.includes_collector(it)) =>
                {
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
    use crate::self_metrics::{checked, single};
    use firepit_exposition::record::Samples;

    #[test]
    fn filtered_view_has_only_the_selected_collectors() {
        let only = ["cpu".to_owned()];
        let view = View {
            only: Some(&only),
            ..View::FULL
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
