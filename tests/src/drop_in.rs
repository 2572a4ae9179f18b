//! firepit beside node_exporter: both get the same arguments and requests, and `docs/drop-in.md` shows what they
//! answer.
//!
//! What node_exporter does is recorded in a file, so that the page can be generated on any machine. Where the
//! recorded version is installed, the recording is made again and compared. What differs needs a reason in
//! [`cases`].

mod cases;
mod exchange;
mod flags;
mod page;
mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use self::cases::{REQUESTS, STARTS, Why};
use self::start::Program;

/// What one program does in every case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conduct {
    /// Its version, as `--version` says.
    pub version: String,
    /// Its flags, with defaults, as `--help` says; of node_exporter only.
    flags: Vec<String>,
    /// By case.
    outcomes: BTreeMap<String, String>,
}

impl Conduct {
    /// Lets node_exporter go through all cases. `None` if it has another version than is wanted.
    ///
    /// # Panics
    /// It cannot be run.
    #[must_use]
    pub fn of_node_exporter(program: &Path, version: &str) -> Option<Self> {
        let printed = Command::new(program).arg("--version").output().unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        let found = printed.split([' ', ',']).nth(3).unwrap_or_default();
        if found != version {
            eprintln!("node_exporter has version {found:?}, and the recording is of {version}");
            return None;
        }
        let mut conduct = Self::of(&Program::new(program));
        conduct.version = found.to_owned();
        conduct.flags = flags::of_node_exporter(program);
        Some(conduct)
    }

    /// Lets firepit go through all cases, and try the flags of node_exporter.
    ///
    /// # Panics
    /// It cannot be run.
    #[must_use]
    pub fn of_firepit(program: &Path, node_exporter: &Self) -> Self {
        let mut conduct = Self::of(&Program::new(program));
        for flag in &node_exporter.flags {
            let outcome = flags::tried(program, flag);
            conduct.outcomes.insert(format!("flag {flag}"), outcome);
        }
        conduct
    }

    fn of(program: &Program<'_>) -> Self {
        let mut outcomes = BTreeMap::new();
        for case in STARTS {
            outcomes.insert(start_key(case), program.start(case.arguments));
        }
        for group in REQUESTS {
            let running = program.serve(group.flags, group.web_config);
            for case in group.cases {
                let outcome = match &running {
                    Ok(running) => exchange::outcome(running.address(), case),
                    Err(end) => end.clone(),
                };
                outcomes.insert(request_key(group, case), outcome);
            }
        }
        Self {
            outcomes,
            ..Self::default()
        }
    }

    /// Reads a recording.
    ///
    /// # Panics
    /// It is not one.
    #[must_use]
    pub fn read(json: &str) -> Self {
        let value: Value = serde_json::from_str(json).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let outcomes = value["outcomes"].as_object().unwrap().iter();
        Self {
            version: text(&value["version"]),
            flags: value["flags"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .collect(),
            outcomes: outcomes.map(|(key, it)| (key.clone(), text(it))).collect(),
        }
    }

    /// Writes a recording.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn write(&self) -> String {
        let value = json!({
            "version": self.version,
            "flags": self.flags,
            "outcomes": self.outcomes,
        });
        format!("{}\n", serde_json::to_string_pretty(&value).unwrap())
    }

    fn outcome(&self, key: &str) -> &str {
        self.outcomes
            .get(key)
            .map_or("not recorded", String::as_str)
    }
}

fn start_key(case: &cases::Start) -> String {
    format!("start {}", case.arguments.join(" "))
}

fn request_key(group: &cases::Group, case: &cases::Request) -> String {
    format!("{}: {}", group.title, case.request)
}

/// Whether two outcomes are the same, as far as programs can tell: of a start that fails the exit status, and
/// where the message goes.
fn same(node_exporter: &str, firepit: &str) -> bool {
    let kind = |outcome: &str| match outcome.split_once(": ") {
        Some((kind, _)) if kind.starts_with("exit ") => kind.to_owned(),
        _ => outcome.to_owned(),
    };
    kind(node_exporter) == kind(firepit)
}

/// What differs without a reason, and the reasons that nothing needs.
#[must_use]
pub fn unexplained(node_exporter: &Conduct, firepit: &Conduct) -> BTreeSet<String> {
    let mut faults = BTreeSet::new();
    let starts = STARTS.iter().map(|case| (start_key(case), &case.why));
    let requests = REQUESTS.iter().flat_map(|group| {
        let cases = group.cases.iter();
        cases.map(move |case| (request_key(group, case), &case.why))
    });
    for (key, why) in starts.chain(requests) {
        let (theirs, ours) = (node_exporter.outcome(&key), firepit.outcome(&key));
        match (same(theirs, ours), why) {
            (false, Why::Same) => {
                faults.insert(format!("{key}: differs: {theirs:?}, {ours:?}"));
            }
            (true, Why::Differs(reason)) => {
                faults.insert(format!(
                    "{key}: does not differ, but there is a reason: {reason}"
                ));
            }
            _ => {}
        }
    }
    for flag in &node_exporter.flags {
        let outcome = firepit.outcome(&format!("flag {flag}"));
        if outcome != flags::WORKS {
            faults.insert(format!("{flag}: {outcome}"));
        }
    }
    faults
}

/// The page.
#[must_use]
pub fn drop_in_page(node_exporter: &Conduct, firepit: &Conduct) -> String {
    page::write(node_exporter, firepit)
}
