//! The one line of a vulnerability: `Not affected`, `Vulnerable`, `Mitigation: PTI`...

/// The states that are followed by details, by the first word of the line.
const EXPLAINED: [&str; 3] = ["vulnerable", "mitigation", "unknown"];

const NOT_AFFECTED: &str = "not affected";

/// State and mitigation. The state of an unrecognized text is `unknown`, with the whole text as the
/// mitigation.
pub(crate) fn vulnerability(text: &str) -> (&'static str, String) {
    let text = text.trim();
    if begins(text, NOT_AFFECTED) {
        return (NOT_AFFECTED, String::new());
    }
    match EXPLAINED.iter().find(|&&state| begins(text, state)) {
        Some(state) => (state, after_first_word(text)),
        None => ("unknown", text.to_owned()),
    }
}

/// Whether a text begins with a prefix, ignoring case.
fn begins(text: &str, letters: &str) -> bool {
    let start = text.get(..letters.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(letters))
}

fn after_first_word(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().skip(1).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_mitigations() {
        let cases = [
            ("Not affected\n", "not affected", ""),
            ("not AFFECTED, really\n", "not affected", ""),
            ("Vulnerable\n", "vulnerable", ""),
            (
                "Vulnerable: Clear CPU buffers attempted,  no microcode\n",
                "vulnerable",
                "Clear CPU buffers attempted, no microcode",
            ),
            ("Mitigation: PTI\n", "mitigation", "PTI"),
            ("MITIGATION", "mitigation", ""),
            (
                "Unknown: Dependent on hypervisor status\n",
                "unknown",
                "Dependent on hypervisor status",
            ),
            (
                "Processor  vulnerable\n",
                "unknown",
                "Processor  vulnerable",
            ),
            ("", "unknown", ""),
            ("\n \n", "unknown", ""),
            ("Vulnerabl\u{e9}", "unknown", "Vulnerabl\u{e9}"),
            ("\u{fffd}", "unknown", "\u{fffd}"),
        ];
        for (text, state, mitigation) in cases {
            assert_eq!(
                vulnerability(text),
                (state, mitigation.to_owned()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn huge_text() {
        let text = "Mitigation:".to_owned() + &" PTI;".repeat(100_000);
        let (state, mitigation) = vulnerability(&text);
        assert_eq!((state, mitigation.len()), ("mitigation", 5 * 100_000 - 1));
    }
}
