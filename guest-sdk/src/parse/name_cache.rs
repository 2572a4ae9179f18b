//! Caches facts about the names in a file from scrape to scrape.

use super::bytes::same;

/// Caches a fact about each name of a file by the name's index: the kernel writes the same names in
/// the same order each time, and one comparison is faster than a search.
///
/// ```
/// # use firepit_sdk::parse::NameCache;
/// let mut lengths = NameCache::default();
/// assert_eq!(lengths.at(0, "user", str::len), Some(&4));
/// assert_eq!(lengths.at(0, "user", |_| unreachable!()), Some(&4));
/// assert_eq!(lengths.at(0, "idling", str::len), Some(&6));
/// ```
#[derive(Debug)]
pub struct NameCache<T> {
    names: Vec<(Box<str>, T)>,
}

impl<T> Default for NameCache<T> {
    fn default() -> Self {
        Self { names: Vec::new() }
    }
}

impl<T> NameCache<T> {
    /// The cached value for the name at an index. If another name was there, or none, `learn`
    /// computes it, and all later indices are cleared. Call with indices 0, 1, 2, ...; an index
    /// beyond the end returns `None`.
    pub fn at(&mut self, index: usize, name: &str, learn: impl FnOnce(&str) -> T) -> Option<&T> {
        let is_cached = |(cached, _): &(Box<str>, T)| same(cached, name);
        if !self.names.get(index).is_some_and(is_cached) {
            self.names.truncate(index);
            if self.names.len() == index {
                self.names.push((name.into(), learn(name)));
            }
        }
        self.names.get(index).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_name_is_computed_again() {
        let mut cache = NameCache::default();
        let mut asked = Vec::new();
        for (index, name) in [
            (0, "a"),
            (1, "b"),
            (0, "a"),
            (1, "b"),
            (1, "c"),
            (0, "b"),
            (1, "c"),
        ] {
            let found = cache.at(index, name, |name| {
                asked.push((index, name.to_owned()));
                name.to_owned()
            });
            assert_eq!(found.map(String::as_str), Some(name));
        }
        let expected = [(0, "a"), (1, "b"), (1, "c"), (0, "b"), (1, "c")];
        assert_eq!(
            asked,
            expected.map(|(index, name)| (index, name.to_owned()))
        );
    }

    #[test]
    fn no_name_is_cached_after_a_gap() {
        let mut cache = NameCache::default();
        assert_eq!(cache.at(1, "a", str::len), None);
        assert_eq!(cache.at(0, "a", str::len), Some(&1));
        assert_eq!(cache.at(2, "a", str::len), None);
        assert_eq!(cache.at(1, "a", str::len), Some(&1));
    }
}
