//! Dates of the form `YYYY-MM-DD`.

/// Seconds from 1970-01-01 to the beginning of a day, both in UTC. `None` if the text is not a
/// calendar date.
pub(crate) fn seconds(date: &str) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date.as_bytes() else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let month = number(&[m1, m2])?;
    let day = number(&[d1, d2])?;
    if !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let days_before: i64 = (1..month).map(|month| days_of(year, month)).sum();
    Some((days_before_year(year) - days_before_year(1970) + days_before + day - 1) * 86_400)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        Some(number * 10 + i64::from(digit))
    })
}

/// Days from the year 0 to the beginning of a year. The year 0 itself is a leap year.
fn days_before_year(year: i64) -> i64 {
    let leap_years = |divisor: i64| (year + divisor - 1) / divisor;
    year * 365 + leap_years(4) - leap_years(100) + leap_years(400)
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        for (date, expected) in [
            ("1970-01-01", 0),
            ("1970-01-02", 86_400),
            ("1969-12-31", -86_400),
            ("2000-02-29", 951_782_400),
            ("2000-03-01", 951_868_800),
            ("2024-12-31", 1_735_603_200),
            ("2025-05-29", 1_748_476_800),
            ("2100-03-01", 4_107_542_400),
            ("0000-01-01", -62_167_219_200),
            ("9999-12-31", 253_402_214_400),
        ] {
            assert_eq!(seconds(date), Some(expected), "{date}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut expected = seconds("1896-01-01").unwrap();
        for year in 1896..2110 {
            for month in 1..=12 {
                for day in 1..=days_of(year, month) {
                    let date = format!("{year}-{month:02}-{day:02}");
                    assert_eq!(seconds(&date), Some(expected), "{date}");
                    expected += 86_400;
                }
            }
        }
    }

    #[test]
    fn other_texts_are_not_dates() {
        for date in [
            "",
            "2025",
            "2025-5-29",
            "2025-02-29",
            "2100-02-29",
            "2025-00-01",
            "2025-13-01",
            "2025-01-00",
            "2025-04-31",
            "2025/05/29",
            "2025-05-29 ",
            "+025-05-29",
            "2025-05-2x",
            "２025-05-29",
        ] {
            assert_eq!(seconds(date), None, "{date:?}");
        }
        assert_eq!(seconds(&"2025-05-29".repeat(1 << 16)), None);
    }
}
