//! Stores all texts of one collector's families in one allocation.
//!
//! A response has some thousand short texts. As separate strings they would be allocated on one
//! thread and freed on another, and would take more memory than their bytes.

/// A list of texts, accessed by index.
#[derive(Debug, Default)]
pub(super) struct Texts {
    text: String,
    /// End of each text, as an offset into `text`.
    ends: Vec<usize>,
}

impl Texts {
    /// Reserves memory for about `count` families with one series each.
    pub(super) fn for_families(count: usize) -> Self {
        Self {
            text: String::with_capacity(count.saturating_mul(96)),
            ends: Vec::with_capacity(count.saturating_mul(3)),
        }
    }

    /// Appends a text and returns its index.
    pub(super) fn push(&mut self, text: &str) -> usize {
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.ends.len() - 1
    }

    /// Number of texts, which is the index of the next one.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all texts.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Drops all texts from index `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// Frees unused capacity.
    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// A text by its index; empty if the index is out of range.
    pub(super) fn get(&self, index: usize) -> &str {
        self.range(index, 1).next().unwrap_or_default()
    }

    /// `count` texts from index `first` on.
    pub(super) fn range(&self, first: usize, count: usize) -> impl Iterator<Item = &str> {
        let before = first.checked_sub(1).and_then(|last| self.ends.get(last));
        let mut start = before.copied().unwrap_or(0);
        let ends = first.checked_add(count).map(|end| first..end);
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
    fn missing_text_is_empty() {
        let mut texts = Texts::default();
        assert_eq!(texts.get(0), "");
        texts.push("a");
        assert_eq!(texts.get(1), "");
        assert_eq!(texts.range(0, 2).count(), 0);
        assert_eq!(texts.range(usize::MAX, 2).count(), 0);
    }

    #[test]
    fn removed_texts_free_their_space() {
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
