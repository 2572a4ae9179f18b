//! Written files, and rejected requests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use super::*;

// The build script's module, tested here.
#[path = "../../build/manifest.rs"]
mod manifest;

#[test]
fn project_directory_is_the_given_one_or_its_name() {
    let mut request = Request {
        name: "smart".to_owned(),
        directory: None,
        language: Language::Rust,
    };
    assert_eq!(directory(&request), Path::new("smart"));
    request.directory = Some("a/b".into());
    assert_eq!(directory(&request), Path::new("a/b"));
}

#[test]
fn paths_are_quoted_for_a_shell() {
    for (path, expected) in [
        ("smart", "smart"),
        ("../a-b/c_d.e", "../a-b/c_d.e"),
        ("a b", "'a b'"),
        ("it's", r"'it'\''s'"),
        ("$(id)", "'$(id)'"),
        ("~", "'~'"),
    ] {
        assert_eq!(quoted(Path::new(path)), expected);
    }
}
