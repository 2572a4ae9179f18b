//! Formats doubles like Go's `strconv.FormatFloat(value, 'g', -1, 64)` and expfmt.
//!
//! Go and Rust both print the shortest digits that parse to the same double, and the closest of
//! them if there are several. Only the layout differs: Go uses an exponent from 10^6 up and below
//! 10^-4, with a sign and at least two digits.

use std::io::Write as _;

/// Writes `value`. Zero never has a sign; infinities are `+Inf` and `-Inf`.
pub(super) fn write(out: &mut Vec<u8>, value: f64) {
    // Writing to a vector cannot fail, so the results are ignored.
    let magnitude = value.abs();
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else if magnitude < 1e6 && value.trunc() == value {
        // Most values are small integers, which need no search for the shortest digits.
        let _ = write!(out, "{}", value as i32);
    } else if (1e-4..1e6).contains(&magnitude) {
        let _ = write!(out, "{value}");
    } else {
        let _ = write!(out, "{value:e}");
        lay_out_exponent(out);
    }
}

/// Writes `value` as OpenMetrics requires: a finite number has a point or an exponent.
pub(super) fn write_openmetrics(out: &mut Vec<u8>, value: f64) {
    let start = out.len();
    write(out, value);
    let digits = out.get(start..).unwrap_or_default();
    if value.is_finite() && !digits.iter().any(|byte| matches!(byte, b'.' | b'e')) {
        out.extend_from_slice(b".0");
    }
}

/// Writes `value` as protobuf's text form does: zero keeps its sign, and the special values have
/// names of their own.
pub(super) fn write_prototext(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        out.extend_from_slice(b"nan");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"inf" } else { b"-inf" });
    } else if value == 0.0 && value.is_sign_negative() {
        out.extend_from_slice(b"-0");
    } else {
        write(out, value);
    }
}

/// Writes a count in decimal digits.
pub(super) fn write_count(out: &mut Vec<u8>, count: u64) {
    // Writing to a vector cannot fail, so the result is ignored.
    let _ = write!(out, "{count}");
}

/// Rewrites the exponent at the end of `out` from Rust's form to Go's: `e6` to `e+06`, `e-7` to
/// `e-07`.
fn lay_out_exponent(out: &mut Vec<u8>) {
    let Some(e) = out.iter().rposition(|&byte| byte == b'e') else {
        return;
    };
    let sign = e + 1;
    if out.get(sign) != Some(&b'-') {
        out.insert(sign, b'+');
    }
    let digits = sign + 1;
    if out.len() == digits + 1 {
        out.insert(digits, b'0');
    }
}

#[cfg(test)]
mod tests {
    use super::{write, write_openmetrics, write_prototext};

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        write(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_formatted_as_in_go() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.0, "-1"),
            (f64::NAN, "NaN"),
            (-f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (999_999.0, "999999"),
            (999_999.999_999_999_9, "999999.9999999999"),
            (1_000_000.0, "1e+06"),
            (-1_000_000.0, "-1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (1_234_567.5, "1.2345675e+06"),
            (123_456.789, "123456.789"),
            (-125_000.0, "-125000"),
            (12e9, "1.2e+10"),
            (0.1, "0.1"),
            (-0.25, "-0.25"),
            (0.0001, "0.0001"),
            (0.000_099_999_999_999_999_99, "9.999999999999999e-05"),
            (0.000_01, "1e-05"),
            (-0.000_012_5, "-1.25e-05"),
            (1.5e-10, "1.5e-10"),
            (u64::MAX as f64, "1.8446744073709552e+19"),
            (9_007_199_254_740_993_u64 as f64, "9.007199254740992e+15"),
            (1e21, "1e+21"),
            (1e100, "1e+100"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (i32::MIN.into(), "-2.147483648e+09"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn number_is_appended_to_the_buffer() {
        let mut out = b"e5e ".to_vec();
        write(&mut out, 2e7);
        write(&mut out, 0.5);
        assert_eq!(out, b"e5e 2e+070.5");
    }

    /// A deterministic generator (xorshift64*) that yields every bit pattern but zero.
    fn random_bits() -> impl Iterator<Item = u64> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        std::iter::repeat_with(move || {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            state.wrapping_mul(0x2545_f491_4f6c_dd1d)
        })
    }

    /// Checks that `value` parses back and is laid out by Go's rules.
    fn check(value: f64) {
        let text = text(value);
        let back: f64 = text.parse().unwrap();
        assert!(back == value || back.is_nan() && value.is_nan(), "{text}");
        if !value.is_finite() {
            return;
        }
        let plain = value == 0.0 || (1e-4..1e6).contains(&value.abs());
        match text.split_once('e') {
            None => assert!(plain && !text.ends_with('.') && text.len() < 24, "{text}"),
            Some((mantissa, exponent)) => {
                assert!(!plain, "{text}");
                let (sign, digits) = exponent.split_at(1);
                assert!(sign == "+" || sign == "-", "{text}");
                assert!(
                    digits.len() == 2 || digits.len() == 3 && !digits.starts_with('0'),
                    "{text}"
                );
                let mantissa = mantissa.trim_start_matches('-');
                let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "1"));
                assert!(whole.len() == 1 && !fraction.ends_with('0'), "{text}");
            }
        }
    }

    #[test]
    fn openmetrics_and_prototext_differ_where_go_does() {
        let cases = [
            (0.0, "0.0", "0"),
            (-0.0, "0.0", "-0"),
            (1.0, "1.0", "1"),
            (-1.0, "-1.0", "-1"),
            (21.5, "21.5", "21.5"),
            (999_999.0, "999999.0", "999999"),
            (1_000_000.0, "1e+06", "1e+06"),
            (1e-5, "1e-05", "1e-05"),
            (f64::NAN, "NaN", "nan"),
            (f64::INFINITY, "+Inf", "inf"),
            (f64::NEG_INFINITY, "-Inf", "-inf"),
        ];
        for (value, openmetrics, prototext) in cases {
            let mut out = b"x 1.5 ".to_vec();
            write_openmetrics(&mut out, value);
            assert_eq!(out, format!("x 1.5 {openmetrics}").into_bytes());
            out.clear();
            write_prototext(&mut out, value);
            assert_eq!(out, prototext.as_bytes());
        }
    }

    #[test]
    fn any_double_reads_back() {
        for bits in random_bits().take(200_000) {
            check(f64::from_bits(bits));
        }
    }

    #[test]
    fn doubles_of_everyday_size_read_back() {
        for bits in random_bits().take(100_000) {
            let digits = (bits >> 11) as f64;
            let scale = i32::try_from(bits & 31).unwrap() - 24;
            check(digits * 10f64.powi(scale));
            check((bits >> 40) as f64 / 1000.0);
            check(-((bits >> 44) as f64));
        }
    }
}
