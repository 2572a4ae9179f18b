//! Quantiles over a sliding window of time: exact, over a bounded number of samples. The caller passes
//! the time in.

use std::collections::VecDeque;
use std::time::Duration;

use firepit_exposition::record::Quantile;

/// The quantiles that are computed.
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];
/// How long a sample counts. The client library of that time had this window.
const WINDOW: Duration = Duration::from_secs(600);
/// Maximum number of samples: one in 0.6 seconds. With more, the window is shorter.
const MAX_SAMPLES: usize = 1_000;

/// The samples of the last ten minutes, and the sum and number of all.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// In the order of their time.
    samples: VecDeque<(Duration, f64)>,
    sum: f64,
    count: u64,
}

impl Window {
    /// Adds a sample. `now` does not run backwards.
    pub(super) fn observe(&mut self, now: Duration, value: f64) {
        self.expire(now);
        if self.samples.len() >= MAX_SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back((now, value));
        self.sum += value;
        self.count = self.count.saturating_add(1);
    }

    /// The quantiles of the samples in the window, each of them the value of a sample; NaN if there are
    /// no samples.
    pub(super) fn quantiles(&mut self, now: Duration) -> Vec<Quantile> {
        self.expire(now);
        let mut sorted: Vec<f64> = self.samples.iter().map(|(_, value)| *value).collect();
        sorted.sort_by(f64::total_cmp);
        let of = |quantile| Quantile {
            quantile,
            value: nearest_rank(&sorted, quantile),
        };
        QUANTILES.map(of).to_vec()
    }

    /// Sum of all samples, including those that left the window.
    pub(super) fn sum(&self) -> f64 {
        self.sum
    }

    /// Number of all samples, including those that left the window.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    fn expire(&mut self, now: Duration) {
        let is_old = |(time, _): &(Duration, f64)| now.saturating_sub(*time) > WINDOW;
        while self.samples.front().is_some_and(is_old) {
            self.samples.pop_front();
        }
    }
}

/// The smallest sample that at least this share of the samples does not exceed.
fn nearest_rank(sorted: &[f64], quantile: f64) -> f64 {
    let share = quantile * sorted.len() as f64;
    // A product that should be whole may be a little above it, as 0.07 * 100 is.
    let rank = (share - 1e-9).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn values(window: &mut Window, now: Duration) -> Vec<f64> {
        let quantiles = window.quantiles(now);
        quantiles.into_iter().map(|it| it.value).collect()
    }

    fn filled(samples: impl IntoIterator<Item = f64>) -> Window {
        let mut window = Window::default();
        for sample in samples {
            window.observe(Duration::ZERO, sample);
        }
        window
    }

    #[test]
    fn quantiles_are_values_of_samples() {
        for (number, expected) in [
            (1_u32, [1.0, 1.0, 1.0]),
            (2, [1.0, 2.0, 2.0]),
            (3, [2.0, 3.0, 3.0]),
            (10, [5.0, 9.0, 10.0]),
            (100, [50.0, 90.0, 99.0]),
            (1_000, [500.0, 900.0, 990.0]),
        ] {
            // Downwards, so that the order of arrival does not help.
            let mut window = filled((1..=number).rev().map(f64::from));
            assert_eq!(values(&mut window, seconds(0)), expected, "{number}");
            assert_eq!(window.count(), u64::from(number));
        }
    }

    #[test]
    fn without_samples_there_are_no_quantiles() {
        let mut window = Window::default();
        assert!(values(&mut window, seconds(0)).iter().all(|it| it.is_nan()));
        assert_eq!((window.sum(), window.count()), (0.0, 0));
    }

    #[test]
    fn samples_leave_the_window_and_stay_in_the_sum() {
        let mut window = Window::default();
        for minute in 0..20_u32 {
            window.observe(seconds(60 * u64::from(minute)), f64::from(minute));
        }
        // The last ten minutes before minute 19, both ends included: 9 to 19.
        assert_eq!(values(&mut window, seconds(60 * 19)), [14.0, 18.0, 19.0]);
        assert_eq!((window.sum(), window.count()), (190.0, 20));
        assert_eq!(values(&mut window, seconds(60 * 29)), [19.0; 3]);
        let later = values(&mut window, seconds(60 * 29 + 1));
        assert!(later.iter().all(|it| it.is_nan()));
        assert!(window.samples.is_empty());
        assert_eq!((window.sum(), window.count()), (190.0, 20));
    }

    #[test]
    fn the_number_of_samples_is_bounded() {
        let mut window = filled((0..5_000).map(f64::from));
        assert_eq!(window.samples.len(), MAX_SAMPLES);
        assert_eq!(values(&mut window, seconds(0)), [4_499.0, 4_899.0, 4_989.0]);
        assert_eq!(window.count(), 5_000);
    }
}
