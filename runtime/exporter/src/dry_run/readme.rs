//! The `README` of a recording.

use std::fmt::Write as _;

use super::access_log::{Paths, Seen};
use firepit_sandbox::descriptor::{Descriptor, Setting};
use firepit_sandbox::files::FileError;
use firepit_sandbox::module::Module;

/// Maximum number of lines in a list.
const MAX_LINES: usize = 100;

/// The text. Names and values in it contain no line breaks.
pub(super) fn text(
    module: &Module,
    descriptor: &Descriptor,
    settings: &[Setting],
    seen: &Seen,
    left_out: u64,
) -> String {
    let Descriptor { name, version, .. } = descriptor;
    let mut text = format!(
        "What the collector {name} read and was told, written by `firepit run --record`.\n\n\
         collector  {name} {version}\n\
         module     {}\n\
         sha256     {}\n\n\
         To run it over this tree instead of the host:\n\n\
         \x20   firepit run MODULE --replay DIRECTORY\n",
        one_line(&module.source.to_string()),
        module.sha256,
    );
    let given = settings.iter().filter(|setting| setting.explicit);
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
    text += "\nFiles have the content of the last read. Files that were only listed or queried are empty, or\n\
             hold nothing but zeros.\n\n\
             connections/ has the conversations with services, one text each, in the order of their\n\
             names. `>` is what the collector sent, `<` what it received; \\n, \\r, \\t, \\\", \\\\ and \\xNN\n\
             stand for bytes. Lines of one direction are one stretch of bytes. The last line says what\n\
             happened then: `open` nothing, `closed` the peer had sent its last byte, `failed` or\n\
             `unconnected` with the reason. The n-th connection to an address gets its n-th conversation,\n\
             later ones the last again. A replay connects to no service.\n\n\
             Random numbers are the same in every recording and replay. What a collector learns otherwise\n\
             is not here: the time, names and sizes that it asks the host for.\n";
    failures(&mut text, &seen.failed);
    if left_out > 0 {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "\n{left_out} more entries were left out because there were too many."
        );
    }
    text
}

fn failures(text: &mut String, failed: &Paths<FileError>) {
    if failed.known.is_empty() {
        return;
    }
    *text += "\nThese could not be read, and are missing here:\n\n";
    for (path, error) in failed.known.iter().take(MAX_LINES) {
        let _ = writeln!(text, "    {}: {error}", one_line(path));
    }
    let more = failed.known.len().saturating_sub(MAX_LINES) as u64 + failed.more;
    if more > 0 {
        let _ = writeln!(text, "    and {more} more");
    }
}

fn one_line(text: &str) -> String {
    text.escape_debug().to_string()
}
