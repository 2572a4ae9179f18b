//! Messages for words that are not in a fixed list.

use super::problems::in_quotes;

/// Maximum length of a word that is compared with the known ones: comparing takes quadratic time.
const MAX_LENGTH: usize = 40;

/// The message for an unknown key, with the nearest known key or all of them.
pub(super) fn unknown(key: &str, known: &[&str]) -> String {
    let hint = match (near(key, known), known) {
        (Some(near), _) => format!("did you mean \"{near}\"?"),
        (None, [only]) => format!("the only key here is {only}"),
        (None, known) => format!("the keys here are {}", known.join(", ")),
    };
    format!("unknown key {}; {hint}", in_quotes(key))
}

/// The nearest known word, if one is near enough.
pub(super) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.len() > MAX_LENGTH {
        return None;
    }
    let word = word.to_lowercase();
    let distance = |known: &&str| strsim::osa_distance(&word, known);
    let nearest = known.iter().copied().min_by_key(distance)?;
    // One error in three letters; with more it is another word.
    (distance(&nearest) <= nearest.len().div_ceil(3)).then_some(nearest)
}
