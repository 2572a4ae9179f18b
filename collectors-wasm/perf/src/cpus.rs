//! The option `cpus`: a list such as `0,2-6`, where a range may have a stride, as in `1-10:5`.

use firepit_sdk::parse::numbers;

/// The highest number of a CPU. Linux supports fewer.
const MAX_CPU: u32 = 65_535;

/// The CPUs of a list, in ascending order.
///
/// # Errors
/// A piece of the list is neither a number nor a range.
pub(crate) fn parse(list: &str) -> Result<Vec<u32>, String> {
    let mut chosen = vec![false; MAX_CPU as usize + 1];
    for piece in list.split(',') {
        let range = range(piece).ok_or_else(|| {
            format!("invalid CPUs {piece:?}: expected a list such as 0,2-6 or 1-10:5")
        })?;
        for cpu in range {
            if let Some(chosen) = chosen.get_mut(cpu as usize) {
                *chosen = true;
            }
        }
    }
    let cpus = (0..).zip(chosen).filter(|(_, chosen)| *chosen);
    Ok(cpus.map(|(cpu, _)| cpu).collect())
}

/// A number, or a range with or without a stride.
fn range(piece: &str) -> Option<impl Iterator<Item = u32>> {
    let (range, stride) = match piece.split_once(':') {
        Some((range, stride)) if range.contains('-') => (range, number(stride)?),
        Some(_) => return None,
        None => (piece, 1),
    };
    let is_range = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    if range.is_empty() || !range.bytes().all(is_range) || stride == 0 {
        return None;
    }
    let cpus = numbers::list(range).ok()?;
    let is_known = cpus.last().is_none_or(|last| *last <= MAX_CPU);
    is_known.then(|| cpus.into_iter().step_by(stride))
}

fn number(text: &str) -> Option<usize> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_numbers_ranges_and_strides() {
        for (list, expected) in [
            ("0", &[0][..]),
            ("0,2-6", &[0, 2, 3, 4, 5, 6]),
            ("1-10:5", &[1, 6]),
            ("1-11:5,3", &[1, 3, 6, 11]),
            ("4,1,4,0-1", &[0, 1, 4]),
            ("5-5:9", &[5]),
            ("1-0", &[]),
            ("65535", &[65_535]),
        ] {
            assert_eq!(parse(list), Ok(expected.to_vec()), "{list}");
        }
    }

    #[test]
    fn other_texts_are_rejected_with_the_piece() {
        for (list, piece) in [
            ("a", "a"),
            ("0, 1", " 1"),
            ("0,", ""),
            ("0-", "0-"),
            ("-1", "-1"),
            ("1-2-3", "1-2-3"),
            ("0:2", "0:2"),
            ("0-3:", "0-3:"),
            ("0-3:0", "0-3:0"),
            ("0-3:1:2", "0-3:1:2"),
            ("0-3:x", "0-3:x"),
            ("0-3:+1", "0-3:+1"),
            ("65536", "65536"),
            ("0-4294967295", "0-4294967295"),
            ("4294967295-4294967295", "4294967295-4294967295"),
            ("99999999999999999999", "99999999999999999999"),
        ] {
            let error = parse(list).unwrap_err();
            assert!(error.contains(&format!("{piece:?}")), "{list}: {error}");
        }
    }
}
