//! Copies tables of families from the previous pages.

use std::path::Path;
use std::{fs, io};

use super::families::HEAD;
use firepit_tests::Standard;

/// The table of a collector, from its page.
///
/// # Errors
/// The page has no such table.
pub(super) fn table(pages: &Path, collector: &Standard) -> io::Result<String> {
    let path = pages.join(collector.group.page()).with_extension("md");
    let page = fs::read_to_string(&path)?;
    find(&page, collector.name)
        .map(str::to_owned)
        .ok_or_else(|| {
            let (path, name) = (path.display(), collector.name);
            let why = "the first one needs node_exporter's fixtures";
            io::Error::other(format!("{path} has no table of {name}'s families: {why}"))
        })
}

fn find<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, section) = page.split_once(&format!("\n## {name}\n"))?;
    let section = section.split("\n## ").next()?;
    let table = section.get(section.find(HEAD)?..)?;
    // An empty line separates sections; the split removed one of its line breaks.
    Some(table.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_one_section() {
        let page =
            format!("# T\n\n## a\n\nText.\n\n## ab\n\n{HEAD} x\n| y |\n\n## c\n\n{HEAD} z\n");
        assert_eq!(find(&page, "a"), None);
        assert_eq!(find(&page, "ab"), Some(&*format!("{HEAD} x\n| y |")));
        assert_eq!(find(&page, "c"), Some(&*format!("{HEAD} z")));
        assert_eq!(find(&page, "b"), None);
    }
}
