//! Shell patterns by the rules of Go's `path.Match`: `*`, `?`, classes such as `[0-9]` and `[^a]`, and `\` to
//! escape a character. A malformed pattern matches nothing.
//!
//! ```
//! use firepit_sdk::files::glob;
//!
//! assert!(glob::matches("cpu[0-9]*", "cpu12"));
//! assert!(!glob::matches("cpu[0-9]*", "cpufreq"));
//! ```

use std::str::Chars;

use super::{EntryKind, list, path};

/// Whether a text has any special character of a pattern.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '\\'])
}

/// Whether a pattern matches a name, which has no slashes.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern.chars(), name.chars());
    // Where to resume after a mismatch: after the last `*`, which takes one more character.
    let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let rest = pattern.as_str();
        if rest.is_empty() && name.as_str().is_empty() {
            return true;
        }
        if let Some(after) = rest.strip_prefix('*') {
            pattern = after.chars();
            retry = Some((pattern.clone(), name.clone()));
            continue;
        }
        if name.next().is_some_and(|found| one(&mut pattern, found)) {
            continue;
        }
        let Some((after, given)) = &mut retry else {
            return false;
        };
        if given.next().is_none() {
            return false;
        }
        (pattern, name) = (after.clone(), given.clone());
    }
}

/// Takes the first element off a pattern. Returns whether it matches this character.
fn one(pattern: &mut Chars<'_>, found: char) -> bool {
    match pattern.next() {
        Some('?') => true,
        Some('[') => class(pattern, found) == Some(true),
        Some('\\') => pattern.next() == Some(found),
        literal => literal == Some(found),
    }
}

/// Takes a class off a pattern, starting after its opening bracket. Returns whether it contains
/// this character, or `None` if the class is malformed: not closed, empty, or with an incomplete
/// range.
fn class(pattern: &mut Chars<'_>, found: char) -> Option<bool> {
    let negated = skip(pattern, '^');
    let (mut is_in, mut is_first) = (false, true);
    while is_first || !skip(pattern, ']') {
        is_first = false;
        let low = class_char(pattern)?;
        let high = if skip(pattern, '-') {
            class_char(pattern)?
        } else {
            low
        };
        is_in |= (low..=high).contains(&found);
    }
    Some(is_in != negated)
}

fn class_char(pattern: &mut Chars<'_>) -> Option<char> {
    match pattern.next()? {
        '-' | ']' => None,
        '\\' => pattern.next(),
        char => Some(char),
    }
}

/// Takes a character off if it comes next.
fn skip(pattern: &mut Chars<'_>, char: char) -> bool {
    let rest = pattern.as_str().strip_prefix(char);
    rest.map(|rest| *pattern = rest.chars()).is_some()
}

/// The paths that match a pattern, as Go's `filepath.Glob` finds them: at most `most` of them. The pattern is a
/// clean path; each segment may be a pattern. A directory that cannot be listed has no matches.
///
/// ```
/// # use firepit_sdk::{files::glob, testing::Host};
/// # let host = Host::new().file("/srv/a/x.prom", "").file("/srv/b/x.prom", "").file("/srv/c/y", "");
/// # host.enter(|| {
/// assert_eq!(glob::paths("/srv/*/x.prom", 10), ["/srv/a/x.prom", "/srv/b/x.prom"]);
/// # });
/// ```
#[must_use]
pub fn paths(pattern: &str, most: usize) -> Vec<String> {
    let (start, rest) = match pattern.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", pattern),
    };
    let mut found = vec![start.to_owned()];
    let mut segments = rest.split('/').peekable();
    let mut is_listed = false;
    while let Some(segment) = segments.next() {
        is_listed = is_pattern(segment);
        found = if is_listed {
            let is_last = segments.peek().is_none();
            let entries = |directory: &String| matching_entries(directory, segment, is_last);
            found.iter().flat_map(entries).take(most).collect()
        } else {
            found
                .iter()
                .map(|directory| below(directory, segment))
                .collect()
        };
    }
    if !is_listed {
        found.retain(|path| is_there(path));
    }
    found
}

/// Whether a path exists. The host has no call for that: list it instead.
fn is_there(path: &str) -> bool {
    !list(path).is_err_and(|error| error.is_not_found())
}

fn matching_entries(directory: &str, pattern: &str, is_last: bool) -> Vec<String> {
    let listed = if directory.is_empty() { "." } else { directory };
    let entries = list(listed).unwrap_or_default();
    let leads_on = |kind| matches!(kind, EntryKind::Directory | EntryKind::Symlink);
    entries
        .into_iter()
        .filter(|entry| is_last || leads_on(entry.kind))
        .filter(|entry| matches(pattern, &entry.name))
        .map(|entry| below(directory, &entry.name))
        .collect()
}

fn below(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        _ => path::entry(directory, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "abc", true),
            ("*", ".hidden", true),
            ("**", "abc", true),
            ("a*c", "abcbc", true),
            ("a*c", "abcb", false),
            ("cpu[0-9]*", "cpu12", true),
            ("cpu[0-9]*", "cpufreq", false),
            ("cpu[0-9]*", "cpu", false),
            ("*-*", "a-b-c", true),
            ("*-*", "ab", false),
            ("*_extra_*", "histogram_extra_dimension", true),
            ("mc[0-9]*", "mc0", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXb", false),
            ("card[0-9]", "card10", false),
            ("?", "é", true),
            ("?", "", false),
            ("?", "ab", false),
            ("[a-c]x", "bx", true),
            ("[a-c]", "d", false),
            ("[^a-c]x", "dx", true),
            ("[^a-c]", "a", false),
            // As in Go, `!` is an ordinary character.
            ("[!a]", "!", true),
            ("[!a]", "b", false),
            ("[\\]]", "]", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn a_malformed_pattern_matches_nothing() {
        for pattern in ["[", "[a", "[]", "[]a]", "[^]", "[-a]", "[a-]", "\\", "[\\"] {
            for name in ["", "a", "[", "]", "-", "\\", pattern] {
                assert!(!matches(pattern, name), "{pattern:?} {name:?}");
            }
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let name = "a".repeat(5_000);
        assert!(!matches(&("*a".repeat(50) + "c"), &format!("{name}b")));
        assert!(!matches(&("*a".repeat(100) + "b"), &"a".repeat(4096)));
        assert!(matches("*a*a*a*a*a*", &name));
    }

    #[test]
    fn patterns_in_several_segments() {
        let host = crate::testing::Host::new()
            .file("/srv/one/a/x", "")
            .file("/srv/two/a/x", "")
            .file("/srv/two/b/x", "")
            .file("/srv/file", "");
        let found = |pattern, most| host.enter(|| paths(pattern, most));
        assert_eq!(found("/srv/*/a", 9), ["/srv/one/a", "/srv/two/a"]);
        assert_eq!(found("/srv/t*/*", 9), ["/srv/two/a", "/srv/two/b"]);
        assert_eq!(found("/srv/*/*", 2).len(), 2);
        assert_eq!(found("/srv/[/a", 9), [""; 0]);
        assert_eq!(found("/srv/two/a", 9), ["/srv/two/a"]);
        assert_eq!(found("/srv/*/none", 9), [""; 0]);
    }
}
