//! The version of systemd.

use firepit_sdk::parse;

/// The first version that tells its state and the times of timers.
pub(crate) const SYSTEM_STATE: f64 = 212.0;

/// The number in a version such as `257.4-1~deb13u1` or `v252`: the first three or more digits, with a fraction
/// if a dot and digits follow.
pub(crate) fn number(version: &str) -> Option<f64> {
    let mut rest = version;
    loop {
        let start = rest.find(|c: char| c.is_ascii_digit())?;
        let (_, from) = rest.split_at(start);
        let (digits, after) = from.split_at(digits(from));
        if digits.len() < 3 {
            rest = after;
            continue;
        }
        let fraction = match after.strip_prefix('.').map(self::digits) {
            None | Some(0) => 0,
            Some(digits) => digits + 1,
        };
        return parse::float(from.get(..digits.len() + fraction)?);
    }
}

/// The number of digits at the beginning.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_that_of_node_exporter() {
        for (text, expected) in [
            ("252.39-1~deb12u1", Some(252.39)),
            ("257 (257.4-1)", Some(257.0)),
            ("v239", Some(239.0)),
            ("systemd 12, 1.2345.6", Some(2345.6)),
            ("249.", Some(249.0)),
            ("250.rc1", Some(250.0)),
            ("258~rc3", Some(258.0)),
            ("é219é", Some(219.0)),
            ("99999999999999999999.5", Some(1e20)),
            ("12.34", None),
            ("", None),
            ("main", None),
        ] {
            assert_eq!(number(text), expected, "{text:?}");
        }
    }
}
