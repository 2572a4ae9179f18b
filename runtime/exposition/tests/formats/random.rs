//! Makes random families, always the same.

use firepit_exposition::record::{
    Bucket, Exemplar, Extra, Family, Histogram, Native, NativeBucket, Quantile, Sample, Samples,
    Summary,
};

/// A deterministic generator (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 16) % end
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    fn text(&mut self, most: u64) -> String {
        let chars = [
            'a', 'Z', '0', ' ', '\\', '"', '\n', '{', '}', ',', '=', '#', 'é', '✓', '\t',
        ];
        (0..self.below(most + 1))
            .map(|_| self.one_of(&chars))
            .collect()
    }

    fn value(&mut self) -> f64 {
        match self.below(8) {
            0 => f64::from_bits(self.next()),
            1 => self.one_of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1.0, -1.0]),
            2 => -(self.below(1 << 40) as f64) / 1000.0,
            3 => self.below(10) as f64 * 1e5,
            4 => self.below(1000) as f64 / 1e7,
            _ => self.below(2_000_000) as f64,
        }
    }

    fn time(&mut self) -> Option<f64> {
        (self.below(3) == 0).then(|| self.below(2_000_000_000_000) as f64 / 1000.0)
    }

    fn exemplar(&mut self, value: f64) -> Exemplar {
        let labels = (0..self.below(3)).map(|n| (format!("l{n}"), self.text(8)));
        Exemplar {
            labels: labels.collect(),
            value,
            timestamp: self.time(),
        }
    }

    /// Label values; the first makes label sets distinct.
    fn labels(&mut self, labels: usize, number: usize) -> Vec<String> {
        let label = |place| match place {
            0 => format!("{number}{}", self.text(6)),
            _ => self.text(12),
        };
        (0..labels).map(label).collect()
    }

    /// A family; its number makes the name distinct.
    pub(crate) fn family(&mut self, number: usize) -> Family {
        let is_plain = self.below(4) > 0;
        let labels = 1 + self.below(4) as usize;
        let series = 1 + self.below(8) as usize;
        let series = 0..series;
        let (kind, samples) = match self.below(5) {
            0 => (
                "total",
                Samples::Counter(series.map(|n| self.counter(labels, n)).collect()),
            ),
            1 => (
                "gauge",
                Samples::Gauge(series.map(|n| self.plain(labels, n)).collect()),
            ),
            2 => (
                "untyped",
                Samples::Untyped(series.map(|n| self.plain(labels, n)).collect()),
            ),
            3 => (
                "h",
                Samples::Histogram(series.map(|n| self.histogram(labels, n)).collect()),
            ),
            _ => (
                "s",
                Samples::Summary(series.map(|n| self.summary(labels, n)).collect()),
            ),
        };
        let has_unit = kind != "untyped" && self.below(2) == 0;
        let (unit, end) = match (has_unit, kind) {
            (false, "total") if self.below(2) == 0 => ("", "_total"),
            (false, _) => ("", ""),
            (true, "total") => ("bytes", "_bytes_total"),
            (true, _) => ("bytes", "_bytes"),
        };
        let odd = if is_plain { "" } else { ".é \"x" };
        let label = |place| match place {
            1 if !is_plain => "odd.label".to_owned(),
            _ => format!("label_{place}"),
        };
        Family {
            name: format!("f{number}_{kind}{odd}{end}"),
            help: self.text(30),
            unit: unit.to_owned(),
            label_names: (0..labels).map(label).collect(),
            samples,
        }
    }

    fn plain(&mut self, labels: usize, number: usize) -> Sample {
        Sample::new(self.labels(labels, number), self.value())
    }

    fn counter(&mut self, labels: usize, number: usize) -> Sample {
        let value = self.one_of(&[0.5, 1.0, -7.0, 1e9]);
        let extra = Extra {
            created: self.time(),
            exemplar: (self.below(2) == 0).then(|| self.exemplar(value)),
        };
        Sample {
            extra: (self.below(2) == 0).then(|| Box::new(extra)),
            ..self.plain(labels, number)
        }
    }

    fn histogram(&mut self, labels: usize, number: usize) -> Histogram {
        let mut count = 0;
        let bounds = self.below(6);
        let buckets: Vec<Bucket> = (0..bounds)
            .map(|bound| {
                count += self.below(3_000_000);
                Bucket {
                    upper_bound: bound as f64 * self.one_of(&[0.5, 0.5, 0.5]) - 0.5,
                    cumulative_count: count,
                }
            })
            .collect();
        count += self.below(10);
        let exemplars = (0..self.below(3)).map(|n| self.exemplar(n as f64 * 1.75 - 1.0));
        let exemplars: Vec<Exemplar> = exemplars.collect();
        let native = (!buckets.is_empty() && self.below(2) == 0).then(|| {
            let bucket = |index| NativeBucket { index, count: 0 };
            Native {
                schema: 3,
                zero_threshold: 1e-3,
                zero_count: count,
                positive: vec![bucket(-4), bucket(7)],
                negative: vec![bucket(1)],
            }
        });
        Histogram {
            label_values: self.labels(labels, number),
            buckets,
            sum: self.below(1000) as f64 / 8.0,
            count,
            created: self.time(),
            exemplars,
            native: native.map(Box::new),
        }
    }

    fn summary(&mut self, labels: usize, number: usize) -> Summary {
        let quantile = |n: u64, value| Quantile {
            quantile: n as f64 / 4.0,
            value,
        };
        Summary {
            label_values: self.labels(labels, number),
            quantiles: (0..self.below(5))
                .map(|n| quantile(n, self.value()))
                .collect(),
            sum: self.value(),
            count: self.next(),
            created: self.time(),
        }
    }
}
