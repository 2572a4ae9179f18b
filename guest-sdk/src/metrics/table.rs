//! Tables: several families with the same labels, filled row by row.

use super::{Metrics, Scalar, Value};

/// Writes rows to `N` families that share `L` labels. A row has one value for each family.
///
/// The output is the same as if each family had been written alone, in the order of the array. The label
/// values of a row are stored once for all families.
///
/// ```
/// use firepit_sdk::{Counter, Gauge, Metrics, Scalar};
///
/// const SIZE: Gauge<1> = Gauge::new("swap_size_bytes", "Size.", ["device"]);
/// const USED: Gauge<1> = Gauge::new("swap_used_bytes", "Used.", ["device"]);
///
/// struct Area {
///     device: String,
///     size: u64,
///     /// Older kernels do not report it.
///     used: Option<u64>,
/// }
///
/// fn emit(metrics: &mut Metrics, areas: &[Area]) {
///     let mut table = metrics.table([&SIZE, &USED]);
///     for area in areas {
///         // `None` adds no sample.
///         table.row([&area.device], [Some(area.size), area.used]);
///     }
/// }
///
/// // Counters beside gauges.
/// const DISK: [Scalar<1>; 2] = [
///     Scalar::counter("disk_reads_total", "Reads.", ["disk"]),
///     Scalar::gauge("disk_reads_now", "Reads under way.", ["disk"]),
/// ];
/// fn emit_disks(metrics: &mut Metrics, disks: &[(&str, [u64; 2])]) {
///     let mut table = metrics.table(DISK);
///     for (name, numbers) in disks {
///         table.row([name], *numbers);
///     }
/// }
/// # use firepit_sdk::{Descriptor, Error, export, testing::Host};
/// # export!(Both, collect, Descriptor::new("both", "Both."));
/// # fn collect(metrics: &mut Metrics) -> Result<(), Error> {
/// #     let area = |device: &str, used| Area { device: device.to_owned(), size: 9, used };
/// #     emit(metrics, &[area("a", Some(1)), area("b", None)]);
/// #     emit_disks(metrics, &[("sda", [1, 2])]);
/// #     Ok(())
/// # }
/// # assert_eq!(Host::new().run::<Both>([]).text(), "\
/// # swap_size_bytes{device=\"a\"} 9
/// # swap_size_bytes{device=\"b\"} 9
/// # swap_used_bytes{device=\"a\"} 1
/// # disk_reads_total{disk=\"sda\"} 1
/// # disk_reads_now{disk=\"sda\"} 2
/// # ");
/// ```
///
/// A row with the wrong number of values does not compile:
///
/// ```compile_fail
/// # use firepit_sdk::*;
/// # const SIZE: Gauge<1> = Gauge::new("swap_size_bytes", "Size.", ["device"]);
/// fn emit(metrics: &mut Metrics) {
///     metrics.table([&SIZE]).row(["a"], [1, 2]);
/// }
/// ```
#[derive(Debug)]
pub struct Table<'m, const L: usize, const N: usize> {
    families: [Scalar<'m, L>; N],
    metrics: &'m mut Metrics,
}

impl<const L: usize, const N: usize> Table<'_, L, N> {
    /// Adds a row: its label values, and one value for each family in the order of the families.
    pub fn row(&mut self, label_values: [&str; L], values: [impl Value; N]) {
        if self.metrics.buffer.is_full() {
            self.metrics.flush();
            self.begin();
        }
        let values = values.map(Value::number);
        let buffer = &mut self.metrics.buffer;
        match values.as_slice() {
            // A table with one column is a plain family.
            [value] => {
                if let Some(value) = value {
                    buffer.push(&label_values, *value);
                }
            }
            values => buffer.push_row(&label_values, values),
        }
    }

    fn begin(&mut self) {
        let mut columns = N;
        for family in &self.families {
            let (kind, name, help, labels) = family.parts();
            let buffer = &mut self.metrics.buffer;
            buffer.begin_table(columns, kind, name, help, labels);
            columns = 0;
        }
    }
}

impl Metrics {
    /// Starts a [`Table`]: several families with the same labels.
    pub fn table<'m, const L: usize, const N: usize>(
        &'m mut self,
        families: [impl Into<Scalar<'m, L>>; N],
    ) -> Table<'m, L, N> {
        let mut table = Table {
            families: families.map(Into::into),
            metrics: self,
        };
        table.begin();
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Sink;
    use crate::dynamic::Family;
    use crate::{Counter, Gauge};

    const SIZE: Gauge<1> = Gauge::new("size", "Size.", ["device"]);
    const USED: Gauge<1> = Gauge::new("used", "Used.", ["area"]);
    const READS: Counter<1> = Counter::new("reads_total", "Reads.", ["device"]);

    fn families(fill: impl FnOnce(&mut Metrics)) -> Vec<Family> {
        let mut metrics = Metrics::new(Sink::default());
        fill(&mut metrics);
        metrics.into_sink().families
    }

    #[test]
    fn table_equals_separate_families() {
        let rows = [("a", 1, Some(2)), ("b", 3, None), ("c", 5, Some(6))];
        let table = families(|metrics| {
            let mut table = metrics.table([Scalar::from(SIZE), USED.into(), READS.into()]);
            for (name, size, used) in rows {
                table.row([name], [Some(size), used, Some(0)]);
            }
        });
        let alone = families(|metrics| {
            for (name, size, _) in rows {
                metrics.gauge(&SIZE).set([name], size);
            }
            for (name, _, used) in rows {
                metrics.gauge(&USED).set([name], used);
            }
            for (name, _, _) in rows {
                metrics.counter(&READS).total([name], 0);
            }
        });
        assert_eq!(table.len(), 3);
        assert_eq!(text(&table), text(&alone));
    }

    fn text(families: &[Family]) -> String {
        crate::testing::Output {
            result: Ok(()),
            families: families.to_vec(),
            detailed: Vec::new(),
            messages: Vec::new(),
            skipped: Vec::new(),
        }
        .text()
    }

    #[test]
    fn empty_rows_and_families_are_omitted() {
        let found = families(|metrics| {
            let mut table = metrics.table([&SIZE, &USED]);
            table.row(["a"], [None::<u64>, None]);
            table.row(["b"], [None, Some(7)]);
        });
        assert_eq!(found.len(), 1);
        assert_eq!(text(&found), "used{area=\"b\"} 7\n");
        let mut metrics = Metrics::new(Sink::default());
        metrics.table([&SIZE]).row(["a"], [None::<u64>]);
        metrics.flush();
        assert!(!metrics.has_emitted());
    }

    #[test]
    fn many_rows_are_passed_in_parts_without_loss() {
        let found = families(|metrics| {
            let mut table = metrics.table([&SIZE, &USED]);
            for number in 0..10_000_u32 {
                table.row(
                    [&number.to_string()],
                    [Some(number), (number % 2 == 0).then_some(1)],
                );
            }
        });
        let text = text(&found);
        assert_eq!(text.matches("size{").count(), 10_000);
        assert_eq!(text.matches("used{").count(), 5_000);
        assert!(text.contains("size{device=\"9999\"} 9999\n"));
        assert!(found.len() > 2);
    }

    #[test]
    fn families_after_a_table_have_their_own_rows() {
        let found = families(|metrics| {
            metrics.gauge(&SIZE).set(["a"], 1);
            metrics.table([&USED, &SIZE]).row(["b"], [2, 3]);
            metrics.counter(&READS).total(["c"], 4);
        });
        let expected = "size{device=\"a\"} 1\nused{area=\"b\"} 2\nsize{device=\"b\"} 3\nreads_total{device=\"c\"} 4\n";
        assert_eq!(text(&found), expected);
    }
}
