//! The query of a scrape: `collect[]`, `exclude[]` and `name[]`, each repeatable.
//!
//! Pure. Other parameters are ignored, as in node_exporter, but must be well-formed.

use super::Filters;

/// The parsed query of a scrape.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// Which collectors run.
    pub(super) filters: Filters,
    /// Families to return, all if empty.
    pub(super) names: Vec<String>,
}

/// Why a query is rejected. The client gets this text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueryError {
    /// A percent sign without two hexadecimal digits after it.
    #[error("malformed query: a percent sign needs two hexadecimal digits after it")]
    Escape,
    /// Bytes that are not UTF-8.
    #[error("malformed query: not UTF-8")]
    Encoding,
    /// Both filters at once. The text is node_exporter's.
    #[error("Combined collect and exclude queries are not allowed.")]
    Combined,
}

/// Parses the query, the part of a URI after the question mark.
pub(super) fn parse(query: &str) -> Result<Query, QueryError> {
    let mut parsed = Query::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (decode(key)?, decode(value)?);
        match key.as_str() {
            "collect[]" => parsed.filters.collect.push(value),
            "exclude[]" => parsed.filters.exclude.push(value),
            "name[]" => parsed.names.push(value),
            _ => {}
        }
    }
    if parsed.filters.collect.is_empty() || parsed.filters.exclude.is_empty() {
        Ok(parsed)
    } else {
        Err(QueryError::Combined)
    }
}

/// Decodes the encoding of HTML forms: `%41` is a byte, `+` a space.
fn decode(text: &str) -> Result<String, QueryError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = hex(rest.next())?;
                high << 4 | hex(rest.next())?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| QueryError::Encoding)
}

fn hex(digit: Option<u8>) -> Result<u8, QueryError> {
    match digit {
        Some(d @ b'0'..=b'9') => Ok(d - b'0'),
        Some(d @ b'a'..=b'f') => Ok(d - b'a' + 10),
        Some(d @ b'A'..=b'F') => Ok(d - b'A' + 10),
        _ => Err(QueryError::Escape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(collect: &[&str], exclude: &[&str], names: &[&str]) -> Query {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Query {
            filters: Filters {
                collect: owned(collect),
                exclude: owned(exclude),
            },
            names: owned(names),
        }
    }

    #[test]
    fn well_formed_queries_are_parsed() {
        let table: &[(&str, Query)] = &[
            ("", query(&[], &[], &[])),
            ("&&", query(&[], &[], &[])),
            ("collect[]=cpu", query(&["cpu"], &[], &[])),
            ("collect%5B%5D=cpu", query(&["cpu"], &[], &[])),
            ("collect%5b%5d=cpu", query(&["cpu"], &[], &[])),
            ("%63ollect[]=%63pu", query(&["cpu"], &[], &[])),
            (
                "collect[]=b&collect[]=a&collect[]=b",
                query(&["b", "a", "b"], &[], &[]),
            ),
            ("exclude[]=cpu&x=1", query(&[], &["cpu"], &[])),
            (
                "name[]=node_load1&collect[]=a",
                query(&["a"], &[], &["node_load1"]),
            ),
            ("collect[]=", query(&[""], &[], &[])),
            ("collect[]", query(&[""], &[], &[])),
            ("collect[]=a=b", query(&["a=b"], &[], &[])),
            ("collect[]=a+b%2B%26%3D", query(&["a b+&="], &[], &[])),
            ("collect[]=%E2%82%AC", query(&["€"], &[], &[])),
            ("collect[]=%00", query(&["\0"], &[], &[])),
            ("collect[]=%2541", query(&["%41"], &[], &[])),
            ("collect=cpu&COLLECT[]=cpu&[]=", query(&[], &[], &[])),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text).as_ref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn malformed_queries_are_rejected() {
        for text in [
            "%", "a=%", "a=%4", "a=%4&b", "a=%zz", "a=%+1", "%%%=1", "a=%4é",
        ] {
            assert_eq!(parse(text), Err(QueryError::Escape), "{text}");
        }
        for text in ["a=%ff", "collect[]=%C3%28", "%80=1", "a=%ED%A0%80"] {
            assert_eq!(parse(text), Err(QueryError::Encoding), "{text}");
        }
        for text in ["collect[]=a&exclude[]=b", "exclude[]&collect[]"] {
            assert_eq!(parse(text), Err(QueryError::Combined), "{text}");
        }
    }

    #[test]
    fn a_long_query_is_read() {
        let long = "collect[]=a&".repeat(10_000);
        assert_eq!(parse(&long).map(|q| q.filters.collect.len()), Ok(10_000));
    }
}
