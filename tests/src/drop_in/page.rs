//! Writes the page.

use std::fmt::Write as _;

use super::cases::{REQUESTS, STARTS, Why};
use super::{Conduct, flags, request_key, same, start_key};

pub(super) fn write(node_exporter: &Conduct, firepit: &Conduct) -> String {
    let mut page = format!(
        "# Beside node_exporter\n\n\
         firepit and node_exporter {} with the same arguments and the same requests. A test runs both and writes this\n\
         page (`BLESS=1 cargo xtask test -p firepit-tests --test all drop_in`); it fails if something differs without a\n\
         reason. [compatibility.md](compatibility.md) says more about the differences, and\n\
         [flags.md](flags.md) about firepit's own flags.\n",
        node_exporter.version
    );
    flags(&mut page, node_exporter, firepit);
    starts(&mut page, node_exporter, firepit);
    requests(&mut page, node_exporter, firepit);
    page
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "` `")
}

fn code(text: &str) -> String {
    match text {
        "" => String::new(),
        // A text with backticks would end its own quotation.
        text => format!("`{}`", cell(&text.replace('`', "'"))),
    }
}

fn flags(page: &mut String, node_exporter: &Conduct, firepit: &Conduct) {
    let (of_collectors, core): (Vec<_>, Vec<_>) = node_exporter.flags.iter().partition(|flag| {
        flag.starts_with("--collector.") || flag.starts_with("--[no-]collector.")
    });
    for (title, flags) in [("Flags", core), ("Flags of collectors", of_collectors)] {
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## {title}\n\n| node_exporter's flag | its default | in firepit |\n|---|---|---|\n"
        );
        for flag in flags {
            let outcome = firepit.outcome(&format!("flag {flag}"));
            let default = flags::default(flag).unwrap_or_default();
            let _ = writeln!(
                page,
                "| {} | {} | {} |",
                code(&flags::name(flag)),
                code(default),
                cell(outcome)
            );
        }
    }
}

fn starts(page: &mut String, node_exporter: &Conduct, firepit: &Conduct) {
    page.push_str(
        "\n## Starting\n\n\
         The programs are the same if they serve, or end with the same status and write to the same stream.\n\n\
         | arguments | node_exporter | firepit | why they differ |\n|---|---|---|---|\n",
    );
    for case in STARTS {
        let key = start_key(case);
        row(
            page,
            &key,
            &case.arguments.join(" "),
            &case.why,
            node_exporter,
            firepit,
        );
    }
}

fn requests(page: &mut String, node_exporter: &Conduct, firepit: &Conduct) {
    page.push_str(
        "\n## Requests\n\n\
         Status, content type, the headers that a client acts on, and the body: a text, or the metrics of collectors in \
         it.\n",
    );
    for group in REQUESTS {
        let _ = write!(
            page,
            "\n### {}\n\n{}\n\n| request | node_exporter | firepit | why they differ |\n|---|---|---|---|\n",
            group.title,
            match group.flags {
                [] => "Without further flags.".to_owned(),
                flags => format!("Started with `{}`.", flags.join(" ")),
            }
        );
        for case in group.cases {
            let key = request_key(group, case);
            row(page, &key, case.request, &case.why, node_exporter, firepit);
        }
    }
}

fn row(
    page: &mut String,
    key: &str,
    what: &str,
    why: &Why,
    node_exporter: &Conduct,
    firepit: &Conduct,
) {
    let (theirs, ours) = (node_exporter.outcome(key), firepit.outcome(key));
    let is_same = same(theirs, ours);
    let why = match why {
        Why::Differs(why) if !is_same => why,
        _ => "",
    };
    let ours = match is_same {
        true if theirs == ours => "the same".to_owned(),
        _ => code(ours),
    };
    let what = what.replace(" HTTP/1.0", "");
    let _ = writeln!(
        page,
        "| {} | {} | {ours} | {why} |",
        code(&what),
        code(theirs)
    );
}
