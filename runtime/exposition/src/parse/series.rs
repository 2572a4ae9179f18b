//! Adds samples to families: plain values one by one, distributions from several lines.

use std::ops::Range;

use super::document::{Part, Series};
use super::error::Error;
use super::families::{Place, Role};
use super::{Parser, work};
use crate::validate::Kind;

impl Parser<'_> {
    /// Adds a sample. `labels` is the range of its labels in the document, `part` its bound or quantile.
    pub(super) fn add(
        &mut self,
        place: Place,
        labels: Range<usize>,
        part: Option<f64>,
        value: f64,
    ) -> Result<(), Error> {
        let (family, role) = place;
        let distribution = matches!(
            self.families.kind(family),
            Some(Kind::Histogram | Kind::Summary)
        );
        let known = if distribution {
            self.distribution(family, &labels)?
        } else {
            None
        };
        let Some(draft) = self.families.get_mut(family) else {
            return Ok(());
        };
        draft.kind.get_or_insert(Kind::Untyped);
        let index = known.unwrap_or(draft.series.len());
        if known.is_some() {
            self.document.labels.truncate(labels.start);
        } else {
            draft.series.push(Series {
                labels,
                ..Series::default()
            });
        }
        let Some(series) = draft.series.get_mut(index) else {
            return Ok(());
        };
        match role {
            Role::Value if !distribution => series.value = value,
            Role::Value => {
                let at = part.filter(|part| !part.is_nan());
                series.parts.extend(at.map(|at| Part { at, value }));
            }
            Role::Sum => series.value = value,
            // A value out of range becomes the nearest integer in range, NaN becomes 0.
            Role::Count => series.count = Some(value as u64),
        }
        Ok(())
    }

    /// The index of the distribution with these labels among the series of its family. If there is
    /// none, the next index is registered for the labels; the caller adds the series.
    fn distribution(
        &mut self,
        family: usize,
        labels: &Range<usize>,
    ) -> Result<Option<usize>, Error> {
        let all = &self.document.labels;
        let own = all.get(labels.clone()).unwrap_or_default();
        let Some(draft) = self.families.get_mut(family) else {
            return Ok(None);
        };
        let series = &draft.series;
        // Most lines continue the distribution of the line before.
        if let Some(last) = series.last()
            && all.get(last.labels.clone()) == Some(own)
        {
            return Ok(Some(series.len() - 1));
        }
        let bytes: usize = own.iter().map(|label| label.value.len()).sum();
        let units = work::DISTRIBUTION
            + work::DISTRIBUTION_LABEL * own.len() as u64
            + work::DISTRIBUTION_BYTE * bytes as u64;
        let next = series.len();
        let mut key = own.to_vec();
        key.sort_unstable();
        let index = *self.distributions.entry((family, key)).or_insert(next);
        self.spend(units)?;
        Ok((index != next).then_some(index))
    }
}
