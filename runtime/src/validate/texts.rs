//! All texts of one collector's families in one piece of memory.
//!
//! A page has some thousand short texts. As strings of their own they would be allocated on one
//! thread and given back on another one, and take more room than their bytes.

/// Texts in a row, found by their number.
#[derive(Debug, Default)]
pub(super) struct Texts {
    text: String,
    /// Where each text ends, as an offset into `text`.
    ends: Vec<usize>,
}

impl Texts {
    /// With room for about so many families of one series.
    pub(super) fn for_families(number: usize) -> Self {
        Self {
            text: String::with_capacity(number.saturating_mul(96)),
            ends: Vec::with_capacity(number.saturating_mul(3)),
        }
    }

    /// Appends a text, and gives its number.
    pub(super) fn push(&mut self, text: &str) -> usize {
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.ends.len() - 1
    }

    /// How many there are: the number of the next one.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all texts.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Forgets all texts from a number on.
    pub(super) fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// Gives back the room that is left.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// A text by its number; empty where there is none.
    pub(super) fn get(&self, number: usize) -> &str {
        self.range(number, 1).next().unwrap_or_default()
    }

    /// So many texts from a number on.
    pub(super) fn range(&self, first: usize, count: usize) -> impl Iterator<Item = &str> {
        let before = first.checked_sub(1).and_then(|last| self.ends.get(last));
        let mut start = before.copied().unwrap_or(0);
        let ends = first.checked_add(count).map(|behind| first..behind);
        let ends = ends.and_then(|range| self.ends.get(range));
        ends.unwrap_or_default().iter().map(move |&end| {
            let text = self.text.get(start..end);
            start = end;
            text.unwrap_or_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn texts_are_found_by_their_numbers() {
        let mut texts = Texts::for_families(1);
        let numbers = ["a", "", "éé", "d"].map(|text| texts.push(text));
        assert_eq!(numbers, [0, 1, 2, 3]);
        assert_eq!(
            numbers.map(|number| texts.get(number)),
            ["a", "", "éé", "d"]
        );
        assert_eq!(texts.range(1, 2).collect::<Vec<_>>(), ["", "éé"]);
        assert_eq!(texts.range(4, 0).count(), 0);
    }

    #[test]
    fn what_is_not_there_is_empty() {
        let mut texts = Texts::default();
        assert_eq!(texts.get(0), "");
        texts.push("a");
        assert_eq!(texts.get(1), "");
        assert_eq!(texts.range(0, 2).count(), 0);
        assert_eq!(texts.range(usize::MAX, 2).count(), 0);
    }

    #[test]
    fn forgotten_texts_make_room_for_others() {
        let mut texts = Texts::default();
        for text in ["a", "b", "c"] {
            texts.push(text);
        }
        texts.truncate(1);
        texts.shrink();
        assert_eq!((texts.len(), texts.push("d")), (1, 1));
        assert_eq!(texts.range(0, 2).collect::<Vec<_>>(), ["a", "d"]);
        texts.truncate(0);
        assert_eq!((texts.push("e"), texts.get(0)), (0, "e"));
    }
}
