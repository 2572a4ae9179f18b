//! Families named like the numbers of a file.

use firepit_sdk::{Metrics, Untyped};

/// Builds the names and help texts of the numbers of one file after another in the same memory.
#[derive(Debug, Default)]
pub(crate) struct Naming {
    name: String,
    help: String,
    /// The lengths of the common prefixes for all numbers of the file.
    prefixes: (usize, usize),
}

impl Naming {
    /// Begins a file, or a kind of file: the names of its families begin with `prefix`.
    pub(crate) fn begin(&mut self, prefix: &str, file: &str) {
        self.name.clear();
        self.name.push_str(prefix);
        self.help.clear();
        self.help.push_str("kstat.zfs.misc.");
        self.help.push_str(file);
        self.help.push('.');
        self.prefixes = (self.name.len(), self.help.len());
    }

    /// The family of a number.
    pub(crate) fn family<'a, const L: usize>(
        &'a mut self,
        number: &str,
        labels: [&'a str; L],
    ) -> Untyped<'a, L> {
        self.name.truncate(self.prefixes.0);
        let last = number.rsplit('.').next().unwrap_or(number);
        self.name
            .extend(last.chars().map(|c| if c == '-' { '_' } else { c }));
        self.help.truncate(self.prefixes.1);
        self.help.push_str(number);
        Untyped::new(&self.name, &self.help, labels)
    }
}

/// Values of many files of one kind, by number: a family must be emitted at once.
#[derive(Debug)]
pub(crate) struct Series<'a, const L: usize> {
    families: Vec<Family<'a, L>>,
    /// The next family, if the next file has the shape of the previous one.
    next: usize,
}

#[derive(Debug)]
struct Family<'a, const L: usize> {
    number: &'a str,
    rows: Vec<([&'a str; L], f64)>,
}

impl<'a, const L: usize> Series<'a, L> {
    pub(crate) fn new() -> Self {
        Self {
            families: Vec::new(),
            next: 0,
        }
    }

    /// Begins the next file.
    pub(crate) fn begin(&mut self) {
        self.next = 0;
    }

    /// Adds a number of the file.
    pub(crate) fn add(&mut self, number: &'a str, label_values: [&'a str; L], value: f64) {
        let row = (label_values, value);
        let expected = self.families.get(self.next);
        let place = if expected.is_some_and(|family| family.number == number) {
            Some(self.next)
        } else {
            self.families.iter().position(|f| f.number == number)
        };
        match place.and_then(|place| self.families.get_mut(place)) {
            Some(family) => family.rows.push(row),
            None => self.families.push(Family {
                number,
                rows: vec![row],
            }),
        }
        self.next = place.unwrap_or(self.families.len()).wrapping_add(1);
    }

    /// Emits all families.
    pub(crate) fn emit(&self, metrics: &mut Metrics, naming: &mut Naming, labels: [&str; L]) {
        for Family { number, rows } in &self.families {
            let family = naming.family(number, labels);
            let mut writer = metrics.untyped(&family);
            for (label_values, value) in rows {
                writer.value(*label_values, *value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_help_texts() {
        let mut naming = Naming::default();
        naming.begin("node_zfs_fm_", "fm");
        let first = format!("{:?}", naming.family("erpt-dropped", []));
        let expected = Untyped::new(
            "node_zfs_fm_erpt_dropped",
            "kstat.zfs.misc.fm.erpt-dropped",
            [],
        );
        assert_eq!(first, format!("{expected:?}"));
        let second = format!("{:?}", naming.family("a-b.c", []));
        let expected = Untyped::new("node_zfs_fm_c", "kstat.zfs.misc.fm.a-b.c", []);
        assert_eq!(second, format!("{expected:?}"));
    }

    #[test]
    fn files_of_different_shapes_are_merged() {
        let mut series = Series::new();
        for (file, numbers) in [("1", "a b c"), ("2", "a c d"), ("3", "d a b c"), ("4", "")] {
            series.begin();
            for number in numbers.split_whitespace() {
                series.add(number, [file], 0.0);
            }
        }
        let found: Vec<String> = (series.families.iter())
            .map(|family| {
                let files: String = family.rows.iter().map(|(labels, _)| labels[0]).collect();
                format!("{}{files}", family.number)
            })
            .collect();
        assert_eq!(found, ["a123", "b13", "c123", "d23"]);
    }
}
