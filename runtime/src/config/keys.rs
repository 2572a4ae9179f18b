//! Words that come from a fixed list, and what to say of one that does not.

use super::problems::quoted;

/// Longest word that a near one is looked for; comparing takes time with the square of the length.
const LONGEST: usize = 40;

/// Says that a key is not known, with the near one or all that there are.
pub(super) fn unknown(key: &str, known: &[&str]) -> String {
    let hint = match (near(key, known), known) {
        (Some(near), _) => format!("did you mean \"{near}\"?"),
        (None, [only]) => format!("the only key here is {only}"),
        (None, known) => format!("the keys here are {}", known.join(", ")),
    };
    format!("unknown key {}; {hint}", quoted(key))
}

/// The word nearest to a misspelt one, if it is near at all.
pub(super) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    let distance = |known: &&str| strsim::osa_distance(&word, known);
    let nearest = known.iter().copied().min_by_key(distance)?;
    // One slip in three letters; beyond that it is another word.
    (distance(&nearest) <= nearest.len().div_ceil(3)).then_some(nearest)
}
