//! Plain families in a form with few allocations: all text in one string, everything else as ranges
//! of it.

/// The type of a plain family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Values that only grow.
    Counter,
    /// Values that go up and down.
    Gauge,
    /// Values of unknown meaning.
    Untyped,
}

/// Families with their rows, in order of insertion.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    text: String,
    /// Lengths of the pieces of `text`, which follow one another.
    lengths: Vec<usize>,
    families: Vec<Header>,
    /// The values of single families.
    values: Vec<f64>,
    /// The values of tables, row by row; `None` if a row has no value for a family.
    cells: Vec<Option<f64>>,
    /// Number of cells with a value.
    filled: usize,
}

/// A family. Its pieces are name, help and label names, followed by the label values of each row.
///
/// For a table, the names of all families come first, followed by the label values that they share. The header
/// of the first family counts the families and rows of the table.
#[derive(Debug)]
struct Header {
    kind: Kind,
    labels: usize,
    /// 1 for a plain family. For a table: the number of families in the first header, 0 in the others.
    columns: usize,
    rows: usize,
}

/// One family, borrowed from a [`Buffer`].
#[derive(Debug)]
pub(crate) struct Family<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: &'a str,
    pub(crate) help: &'a str,
    pub(crate) label_names: &'a [&'a str],
    /// Label values, row by row.
    label_values: &'a [&'a str],
    values: Values<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Values<'a> {
    Alone(&'a [f64]),
    /// The cells of a table, row by row, and the column of this family.
    Column {
        cells: &'a [Option<f64>],
        column: usize,
        columns: usize,
    },
}

impl<'a> Family<'a> {
    /// Calls `take` with the label values and the value of each row that has a value.
    pub(crate) fn each_row(&self, mut take: impl FnMut(&'a [&'a str], f64)) {
        let labels = self.label_names.len();
        let texts = |row: usize| {
            let texts = self.label_values.get(row * labels..(row + 1) * labels);
            texts.unwrap_or_default()
        };
        match self.values {
            Values::Alone(values) => {
                for (row, value) in values.iter().enumerate() {
                    take(texts(row), *value);
                }
            }
            Values::Column {
                cells,
                column,
                columns,
            } => {
                for (row, cells) in cells.chunks_exact(columns).enumerate() {
                    if let Some(Some(value)) = cells.get(column) {
                        take(texts(row), *value);
                    }
                }
            }
        }
    }
}

impl Buffer {
    /// An empty buffer, with capacity for the text of a small collector: growing from nothing costs
    /// more than filling it.
    pub(crate) fn new() -> Self {
        Self {
            text: String::with_capacity(4096),
            ..Self::default()
        }
    }

    /// Starts a family; the following rows belong to it.
    pub(crate) fn begin(&mut self, kind: Kind, name: &str, help: &str, labels: &[impl AsRef<str>]) {
        self.begin_table(1, kind, name, help, labels);
    }

    /// Begins a table with its first family. The caller adds the other families right after it, with 0 columns
    /// and the same number of labels.
    pub(crate) fn begin_table(
        &mut self,
        columns: usize,
        kind: Kind,
        name: &str,
        help: &str,
        labels: &[impl AsRef<str>],
    ) {
        self.add_text(name);
        self.add_text(help);
        for label in labels {
            self.add_text(label.as_ref());
        }
        self.families.push(Header {
            kind,
            labels: labels.len(),
            columns,
            rows: 0,
        });
    }

    /// Adds a row to the most recent family. Missing label values are empty; surplus ones are
    /// ignored: see [`Self::begin`] for the number of labels.
    pub(crate) fn push(&mut self, label_values: &[impl AsRef<str>], value: f64) {
        let Some(family) = self.families.last_mut() else {
            return;
        };
        family.rows += 1;
        let labels = family.labels;
        for index in 0..labels {
            self.add_text(label_values.get(index).map_or("", AsRef::as_ref));
        }
        self.values.push(value);
    }

    /// Adds a row to the most recent table, with a value or `None` for each family. A row without
    /// any value is dropped.
    pub(crate) fn push_row(&mut self, label_values: &[&str], values: &[Option<f64>]) {
        let filled = values.iter().flatten().count();
        let first = self.families.len().wrapping_sub(values.len());
        let Some(table) = self.families.get_mut(first).filter(|_| filled > 0) else {
            return;
        };
        table.rows += 1;
        for label in label_values {
            self.add_text(label);
        }
        self.cells.extend_from_slice(values);
        self.filled += filled;
    }

    /// Number of samples, of all families.
    pub(crate) fn samples(&self) -> usize {
        self.values.len() + self.filled
    }

    /// Whether the buffer should be flushed: bounds the memory of a collector with very many series.
    pub(crate) fn is_full(&self) -> bool {
        self.values.len() + self.cells.len() >= VALUES_KEPT
    }

    /// Clears the buffer and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.lengths.clear();
        self.families.clear();
        self.values.clear();
        self.cells.clear();
        self.filled = 0;
    }

    /// All names, helps, label names and label values, in order of insertion.
    pub(crate) fn pieces(&self) -> Vec<&str> {
        let mut text = self.text.as_str();
        let piece = |&length: &usize| {
            let (piece, rest) = text.split_at_checked(length).unwrap_or_default();
            text = rest;
            piece
        };
        self.lengths.iter().map(piece).collect()
    }

    /// Number of families, with or without rows.
    pub(crate) fn len(&self) -> usize {
        self.families.len()
    }

    /// Every family, with or without rows; `pieces` are those of [`Self::pieces`].
    pub(crate) fn families<'a>(
        &'a self,
        pieces: &'a [&'a str],
    ) -> impl Iterator<Item = Family<'a>> {
        let mut rest = Rest {
            pieces,
            values: &self.values,
            cells: &self.cells,
            table: None,
        };
        (self.families.iter()).map_while(move |header| rest.take(header))
    }

    fn add_text(&mut self, text: &str) {
        self.text.push_str(text);
        self.lengths.push(text.len());
    }
}

/// The buffer is flushed when it has this many values.
const VALUES_KEPT: usize = 4096;

/// The rest of a buffer while an iterator takes families from the front.
struct Rest<'a> {
    pieces: &'a [&'a str],
    values: &'a [f64],
    cells: &'a [Option<f64>],
    table: Option<Table<'a>>,
}

/// The table of the most recent family.
#[derive(Clone, Copy)]
struct Table<'a> {
    /// The names of the remaining families.
    names: &'a [&'a str],
    label_values: &'a [&'a str],
    cells: &'a [Option<f64>],
    column: usize,
    columns: usize,
}

impl<'a> Rest<'a> {
    /// Takes the next family. Never `None`: a header is pushed together with its pieces.
    #[inline]
    fn take(&mut self, header: &Header) -> Option<Family<'a>> {
        if header.columns == 1 {
            let (names, rest) = self.pieces.split_at_checked(2 + header.labels)?;
            let (label_values, rest) = rest.split_at_checked(header.labels * header.rows)?;
            let (own, others) = self.values.split_at_checked(header.rows)?;
            (self.pieces, self.values) = (rest, others);
            return family(header.kind, names, label_values, Values::Alone(own));
        }
        if header.columns > 1 {
            self.table = Some(self.take_table(header)?);
        }
        let table = self.table.as_mut()?;
        let (names, rest) = table.names.split_at_checked(2 + header.labels)?;
        let values = Values::Column {
            cells: table.cells,
            column: table.column,
            columns: table.columns,
        };
        table.names = rest;
        table.column += 1;
        family(header.kind, names, table.label_values, values)
    }

    #[inline(never)]
    fn take_table(&mut self, header: &Header) -> Option<Table<'a>> {
        let columns = header.columns;
        let names = (2 + header.labels) * columns;
        let (names, rest) = self.pieces.split_at_checked(names)?;
        let (label_values, rest) = rest.split_at_checked(header.labels * header.rows)?;
        let (cells, others) = self.cells.split_at_checked(columns * header.rows)?;
        (self.pieces, self.cells) = (rest, others);
        Some(Table {
            names,
            label_values,
            cells,
            column: 0,
            columns,
        })
    }
}

#[inline]
fn family<'a>(
    kind: Kind,
    names: &'a [&'a str],
    label_values: &'a [&'a str],
    values: Values<'a>,
) -> Option<Family<'a>> {
    let [name, help, label_names @ ..] = names else {
        return None;
    };
    Some(Family {
        kind,
        name,
        help,
        label_names,
        label_values,
        values,
    })
}
