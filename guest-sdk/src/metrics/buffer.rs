//! Plain families in a form that costs few allocations: all text in one string, everything else
//! as ranges of it.

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

/// Families with their rows, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    text: String,
    /// Lengths of the pieces of `text`, each of which begins where the one before it ends.
    lengths: Vec<usize>,
    families: Vec<Header>,
    values: Vec<f64>,
}

#[derive(Debug)]
struct Header {
    kind: Kind,
    labels: usize,
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
    pub(crate) label_values: &'a [&'a str],
    pub(crate) values: &'a [f64],
}

impl<'a> Family<'a> {
    /// The rows: label values and value.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'a [&'a str], f64)> {
        let (labels, texts) = (self.label_names.len(), self.label_values);
        self.values.iter().enumerate().map(move |(row, value)| {
            let row_texts = texts.get(row * labels..(row + 1) * labels);
            (row_texts.unwrap_or_default(), *value)
        })
    }
}

impl Buffer {
    /// An empty one, with room for the text of a small collector: growing from nothing costs more than
    /// filling it.
    pub(crate) fn new() -> Self {
        Self {
            text: String::with_capacity(4096),
            ..Self::default()
        }
    }

    /// Begins a family; the rows that follow are its rows.
    pub(crate) fn begin(&mut self, kind: Kind, name: &str, help: &str, labels: &[impl AsRef<str>]) {
        self.add_text(name);
        self.add_text(help);
        for label in labels {
            self.add_text(label.as_ref());
        }
        self.families.push(Header {
            kind,
            labels: labels.len(),
            rows: 0,
        });
    }

    /// Adds a row to the family that was begun last. Missing label values are empty, surplus ones
    /// are left to the host to refuse: see [`Self::begin`] for the number of labels.
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

    /// Number of rows held, of all families.
    pub(crate) fn rows(&self) -> usize {
        self.values.len()
    }

    /// Forgets everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.lengths.clear();
        self.families.clear();
        self.values.clear();
    }

    /// All names, helps, label names and label values, in the order in which they came.
    pub(crate) fn pieces(&self) -> Vec<&str> {
        let mut text = self.text.as_str();
        let piece = |&length: &usize| {
            let (piece, rest) = text.split_at_checked(length).unwrap_or_default();
            text = rest;
            piece
        };
        self.lengths.iter().map(piece).collect()
    }

    /// Every family that has rows; `pieces` are those of [`Self::pieces`].
    pub(crate) fn families<'a>(
        &'a self,
        mut pieces: &'a [&'a str],
    ) -> impl Iterator<Item = Family<'a>> {
        let mut values = self.values.as_slice();
        let families = (self.families.iter())
            .map_while(move |header| take_family(header, &mut pieces, &mut values));
        families.filter(|family| !family.values.is_empty())
    }

    fn add_text(&mut self, text: &str) {
        self.text.push_str(text);
        self.lengths.push(text.len());
    }
}

/// Cuts one family off the front of what is left. `None` never happens: a header is pushed
/// together with its pieces.
fn take_family<'a>(
    header: &Header,
    pieces: &mut &'a [&'a str],
    values: &mut &'a [f64],
) -> Option<Family<'a>> {
    let (names, rest) = pieces.split_at_checked(2 + header.labels)?;
    let (label_values, rest) = rest.split_at_checked(header.labels * header.rows)?;
    let (own_values, rest_values) = values.split_at_checked(header.rows)?;
    (*pieces, *values) = (rest, rest_values);
    let [name, help, label_names @ ..] = names else {
        return None;
    };
    Some(Family {
        kind: header.kind,
        name,
        help,
        label_names,
        label_values,
        values: own_values,
    })
}
