//! What a recording says of itself to people.

use std::fmt::Write as _;

use super::witness::{Paths, Seen};
use crate::collector::Setup;
use crate::descriptor::Descriptor;
use crate::files::FileError;
use crate::load::Module;

/// Most lines of one list.
const MOST_LINES: usize = 100;

/// The text, with line breaks in no other place than at the ends of its lines.
pub(super) fn text(
    module: &Module,
    descriptor: &Descriptor,
    setup: &Setup,
    seen: &Seen,
    left_out: u64,
) -> String {
    let Descriptor { name, version, .. } = descriptor;
    let mut text = format!(
        "What the collector {name} read, written by `firepit run --record`.\n\n\
         collector  {name} {version}\n\
         module     {}\n\
         sha256     {}\n\n\
         To run it over this tree instead of the host:\n\n\
         \x20   firepit run MODULE --replay DIRECTORY\n",
        one_line(&module.source.to_string()),
        module.sha256,
    );
    let given = setup.settings.iter().filter(|setting| setting.explicit);
    let options: Vec<String> = given
        .flat_map(|setting| {
            let lines = setting.values.iter();
            lines.map(|value| format!("    --option {}={}\n", setting.name, one_line(value)))
        })
        .collect();
    if !options.is_empty() {
        text += "\nIt ran with these options, and needs them again:\n\n";
        text += &options.concat();
    }
    text += "\nFiles hold what was read last. Files that were only listed or asked about are empty, or\n\
             hold nothing but zeros. What a collector learns otherwise is not here: the time, names\n\
             and sizes that it asks the host for.\n";
    failures(&mut text, &seen.failed);
    if left_out > 0 {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "\n{left_out} things more were left out: there were too many."
        );
    }
    text
}

fn failures(text: &mut String, failed: &Paths<FileError>) {
    if failed.known.is_empty() {
        return;
    }
    *text += "\nThese could not be read, which this tree does not show:\n\n";
    for (path, error) in failed.known.iter().take(MOST_LINES) {
        let _ = writeln!(text, "    {}: {error}", one_line(path));
    }
    let more = failed.known.len().saturating_sub(MOST_LINES) as u64 + failed.more;
    if more > 0 {
        let _ = writeln!(text, "    and {more} more");
    }
}

fn one_line(text: &str) -> String {
    text.escape_debug().to_string()
}
