//! What was found out about the names in a file, kept from scrape to scrape.

use super::bytes::same;

/// What a collector found out about each name of a file, by the name's place in it: the kernel writes
/// the same names in the same order all the time, and one comparison is quicker than a search.
///
/// ```
/// # use firepit_sdk::parse::Known;
/// let mut lengths = Known::default();
/// assert_eq!(lengths.at(0, "user", str::len), Some(&4));
/// assert_eq!(lengths.at(0, "user", |_| unreachable!()), Some(&4));
/// assert_eq!(lengths.at(0, "idling", str::len), Some(&6));
/// ```
#[derive(Debug)]
pub struct Known<T> {
    names: Vec<(Box<str>, T)>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { names: Vec::new() }
    }
}

impl<T> Known<T> {
    /// What is known of the name at a place. Where another one stood there, or none, `learn` is asked,
    /// and everything behind it is forgotten. Places are to be asked for from 0 without gaps: behind a
    /// gap nothing is known.
    pub fn at(&mut self, place: usize, name: &str, learn: impl FnOnce(&str) -> T) -> Option<&T> {
        let is_known = |(known, _): &(Box<str>, T)| same(known, name);
        if !self.names.get(place).is_some_and(is_known) {
            self.names.truncate(place);
            if self.names.len() == place {
                self.names.push((name.into(), learn(name)));
            }
        }
        self.names.get(place).map(|(_, known)| known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_is_noticed() {
        let mut known = Known::default();
        let mut asked = Vec::new();
        for (place, name) in [
            (0, "a"),
            (1, "b"),
            (0, "a"),
            (1, "b"),
            (1, "c"),
            (0, "b"),
            (1, "c"),
        ] {
            let found = known.at(place, name, |name| {
                asked.push((place, name.to_owned()));
                name.to_owned()
            });
            assert_eq!(found.map(String::as_str), Some(name));
        }
        let expected = [(0, "a"), (1, "b"), (1, "c"), (0, "b"), (1, "c")];
        assert_eq!(
            asked,
            expected.map(|(place, name)| (place, name.to_owned()))
        );
    }

    #[test]
    fn behind_a_gap_nothing_is_known() {
        let mut known = Known::default();
        assert_eq!(known.at(1, "a", str::len), None);
        assert_eq!(known.at(0, "a", str::len), Some(&1));
        assert_eq!(known.at(2, "a", str::len), None);
        assert_eq!(known.at(1, "a", str::len), Some(&1));
    }
}
