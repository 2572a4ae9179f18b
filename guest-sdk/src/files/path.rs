//! Normalizes and joins paths as text.
//!
//! A directory from an option is granted under the path that [`clean`] returns for the option.

/// The shortest equivalent path, by its text alone: without empty segments and `.`, and with `..`
/// only at the beginning of a relative path. Never empty, and without a slash at the end except for
/// `/`.
#[must_use]
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match (segment, segments.last()) {
            ("" | ".", _) => {}
            ("..", Some(&last)) if last != ".." => {
                segments.pop();
            }
            ("..", None) if absolute => {}
            _ => segments.push(segment),
        }
    }
    let joined = segments.join("/");
    match (absolute, joined.as_str()) {
        (true, _) => format!("/{joined}"),
        (false, "") => ".".to_owned(),
        (false, _) => joined,
    }
}

/// An entry of a clean directory.
#[must_use]
pub fn entry(directory: &str, name: &str) -> String {
    match directory {
        "/" => format!("/{name}"),
        _ => format!("{directory}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_by_text_alone() {
        let cases = [
            ("", "."),
            (".", "."),
            ("./", "."),
            ("/", "/"),
            ("//", "/"),
            ("/..", "/"),
            ("/a//b/./c/", "/a/b/c"),
            ("a/b/../c/", "a/c"),
            ("a/..", "."),
            ("../../a/../b", "../../b"),
            ("./a", "a"),
            ("/a/../../b", "/b"),
            ("...", "..."),
        ];
        for (path, expected) in cases {
            assert_eq!(clean(path), expected, "{path:?}");
        }
    }

    #[test]
    fn entries() {
        assert_eq!(entry("/", "a"), "/a");
        assert_eq!(entry("/a/b", "c"), "/a/b/c");
        assert_eq!(entry(".", "c"), "./c");
    }
}
