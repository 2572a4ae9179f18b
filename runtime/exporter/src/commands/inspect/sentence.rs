//! The verdict about a module in one sentence, before all details.

use firepit_exposition::escape::escaped;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::grants::{Interface, Verdict, Why};
use firepit_sandbox::module::Described;

use super::Outcome;

/// Maximum number of things of one kind that the sentence names.
const MAX_NAMED: usize = 3;

/// The sentence, on a line of its own.
pub(super) fn sentence(outcome: &Outcome, loaded: &Described, verdict: &Verdict) -> String {
    let Descriptor { name, version, .. } = &loaded.descriptor;
    let asks = asks(verdict);
    let text = match outcome {
        Outcome::Runs => format!("would run: {asks}"),
        Outcome::Disabled => format!("would not run, because it is not enabled: {asks}"),
        Outcome::Held(_) => {
            let path = loaded.module.source.to_string();
            format!("would wait for approval (firepit approve {path}): {asks}")
        }
        Outcome::LeftOut(why) => format!("would not run: {why}"),
    };
    format!("{}\n", escaped(&format!("{name} {version} {text}")))
}

/// What it reads, connects to and asks for, as half a sentence.
fn asks(verdict: &Verdict) -> String {
    let never = verdict
        .lacking_reads
        .iter()
        .filter(|lacking| lacking.why == Why::Never)
        .map(|lacking| lacking.pattern.as_str());
    let never: Vec<&str> = never.collect();
    let interfaces = verdict.lacking_interfaces.iter().map(|it| it.name());
    let reads = verdict
        .lacking_reads
        .iter()
        .filter(|lacking| lacking.why != Why::Never)
        .map(|lacking| lacking.pattern.as_str());
    let connects = verdict.lacking_connects.iter();
    let connects = connects.map(|lacking| lacking.address.as_str());
    let lacking: Vec<&str> = interfaces.chain(reads).chain(connects).collect();
    let reads = reads_of(verdict) + &connects_of(verdict);
    match (never.is_empty(), lacking.is_empty()) {
        (true, true) => format!("{reads}, and asks for nothing that is not granted"),
        (true, false) => format!(
            "{reads}, and asks for more than it is granted: {}",
            named(&lacking)
        ),
        (false, true) => format!(
            "{reads}, and asks for what no collector gets: {}",
            named(&never)
        ),
        (false, false) => format!(
            "{reads}, asks for what no collector gets: {}; and for more than it is granted: {}",
            named(&never),
            named(&lacking)
        ),
    }
}

fn reads_of(verdict: &Verdict) -> String {
    let partly: Vec<&str> = verdict
        .lacking_reads
        .iter()
        .filter(|lacking| lacking.why == Why::Partly)
        .map(|lacking| lacking.pattern.as_str())
        .collect();
    let granted = verdict.granted_reads.iter().map(String::as_str);
    let reads: Vec<&str> = granted.chain(partly.iter().copied()).collect();
    if reads.is_empty() {
        return "it reads no files".to_owned();
    }
    if !verdict.granted_interfaces.contains(&Interface::Files) {
        let why = if verdict.lacking_interfaces.contains(&Interface::Files) {
            "because the interface files is not granted"
        } else {
            "because it imports nothing that reads files"
        };
        return format!("it reads no files, {why}");
    }
    let but = match (partly.len(), verdict.exceptions.is_empty()) {
        (0, true) => String::new(),
        (0, false) => " except what no collector gets".to_owned(),
        (number, _) => format!(", {number} of them in part"),
    };
    let all: Vec<&str> = ["/proc", "/sys", "/rootfs"]
        .into_iter()
        .filter(|tree| {
            verdict
                .granted_reads
                .iter()
                .any(|read| read.strip_prefix(tree) == Some("/**"))
        })
        .collect();
    if !all.is_empty() && partly.is_empty() {
        return format!("it reads all of {}{but}", all.join(" and "));
    }
    let trees: Vec<&str> = ["/proc", "/sys", "/rootfs", "/udev", "{"]
        .into_iter()
        .filter(|tree| reads.iter().any(|read| read.starts_with(tree)))
        .map(|tree| match tree {
            "{" => "directories of options",
            tree => tree,
        })
        .collect();
    let patterns = match reads.len() {
        1 => "1 pattern".to_owned(),
        number => format!("{number} patterns"),
    };
    format!("it reads {patterns} below {}{but}", list(&trees))
}

/// Nothing if it declares no address.
fn connects_of(verdict: &Verdict) -> String {
    let connects: Vec<&str> = verdict
        .granted_connects
        .iter()
        .map(String::as_str)
        .collect();
    if connects.is_empty() && verdict.lacking_connects.is_empty() {
        String::new()
    } else if connects.is_empty() {
        "; it connects to nothing".to_owned()
    } else if verdict.granted_interfaces.contains(&Interface::Connections) {
        format!("; it connects to {}", named(&connects))
    } else if verdict.lacking_interfaces.contains(&Interface::Connections) {
        "; it connects to nothing, because the interface connections is not granted".to_owned()
    } else {
        "; it connects to nothing, because it imports nothing that connects".to_owned()
    }
}

/// `a`, `a and b`, `a, b and c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first ones, and the number of further ones.
fn named(all: &[&str]) -> String {
    let first = all.get(..MAX_NAMED).unwrap_or(all).join(", ");
    match all.len().saturating_sub(MAX_NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sandbox::grants::{Policy, Reads};

    const FILES: &str = "firepit:collector/files@0.1.4";
    const UNAME: &str = "firepit:collector/system@0.1.4#get-uname";

    fn text(reads: &[&str], imports: &[&str], policy: &Policy) -> String {
        let reads: Vec<String> = reads.iter().map(|&read| read.to_owned()).collect();
        asks(&Verdict::new(&reads, imports.iter().copied(), policy))
    }

    #[test]
    fn addresses_follow_the_files() {
        const CONNECTIONS: &str = "firepit:collector/connections@0.1.4";
        let (redis, nginx) = ("tcp:127.0.0.1:6379", "unix:/run/nginx");
        let listed = |connects: &[&str]| {
            let mut policy = Policy::third_party();
            policy.grant_connects(connects.iter().map(|&it| it.to_owned()).collect());
            policy
        };
        let text = |connects: &[&str], imports: &[&str], policy: &Policy| {
            let connects: Vec<String> = connects.iter().map(|&it| it.to_owned()).collect();
            let verdict = Verdict::new(&[], imports.iter().copied(), policy);
            asks(&verdict.with_connects(&connects, &policy.connects))
        };
        for (imports, policy, wanted) in [
            (
                &[CONNECTIONS][..],
                listed(&[redis, nginx]),
                "it reads no files; it connects to tcp:127.0.0.1:6379, unix:/run/nginx, and asks for \
                 nothing that is not granted",
            ),
            (
                &[CONNECTIONS],
                listed(&[redis]),
                "it reads no files; it connects to tcp:127.0.0.1:6379, and asks for more than it is \
                 granted: unix:/run/nginx",
            ),
            (
                &[CONNECTIONS],
                listed(&[]),
                "it reads no files; it connects to nothing, and asks for more than it is granted: \
                 connections, tcp:127.0.0.1:6379, unix:/run/nginx",
            ),
            (
                &[],
                listed(&[redis, nginx]),
                "it reads no files; it connects to nothing, because it imports nothing that connects, \
                 and asks for nothing that is not granted",
            ),
        ] {
            assert_eq!(text(&[redis, nginx], imports, &policy), wanted);
        }
    }

    #[test]
    fn requests_are_summarized_in_one_sentence() {
        let stranger = Policy::third_party();
        let without_files = Policy {
            interfaces: [Interface::Metrics].into(),
            ..Policy::third_party()
        };
        let listed = Policy {
            reads: Reads::Only(vec!["/proc/loadavg".to_owned()]),
            ..Policy::third_party()
        };
        let cases: [(&[&str], &[&str], &Policy, &str); 9] = [
            (
                &[],
                &[],
                &stranger,
                "it reads no files, and asks for nothing that is not granted",
            ),
            (
                &["/proc/loadavg", "/sys/block/*/size", "/proc/stat"],
                &[FILES],
                &stranger,
                "it reads 3 patterns below /proc and /sys, and asks for nothing that is not granted",
            ),
            (
                &["/proc/loadavg", "/rootfs/**"],
                &[FILES, UNAME],
                &stranger,
                "it reads 1 pattern below /proc, and asks for more than it is granted: uname, /rootfs/**",
            ),
            (
                &[
                    "/proc/*/mem",
                    "/proc/*/environ",
                    "/proc/kcore",
                    "/proc/kmsg",
                ],
                &[FILES],
                &stranger,
                "it reads no files, and asks for what no collector gets: /proc/*/mem, \
                 /proc/*/environ, /proc/kcore and 1 more",
            ),
            (
                &["/proc/*/mem", "/udev/*"],
                &[FILES],
                &stranger,
                "it reads no files, asks for what no collector gets: /proc/*/mem; and for more than \
                 it is granted: /udev/*",
            ),
            (
                &["/proc/**", "/sys/**"],
                &[FILES],
                &stranger,
                "it reads all of /proc and /sys except what no collector gets, and asks for nothing \
                 that is not granted",
            ),
            (
                &["/proc/loadavg"],
                &[FILES],
                &without_files,
                "it reads no files, because the interface files is not granted, and asks for more \
                 than it is granted: files",
            ),
            (
                &["/proc/loadavg"],
                &[],
                &stranger,
                "it reads no files, because it imports nothing that reads files, and asks for \
                 nothing that is not granted",
            ),
            (
                &["/proc/*"],
                &[FILES],
                &listed,
                "it reads 1 pattern below /proc, 1 of them in part, and asks for more than it is granted: \
                 /proc/*",
            ),
        ];
        for (reads, imports, policy, wanted) in cases {
            assert_eq!(text(reads, imports, policy), wanted);
        }
    }
}
