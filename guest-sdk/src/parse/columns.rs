//! The columns of a line.

use super::{Error, Line, bytes};

/// The columns of a line, in order. Also an iterator over the remaining ones.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    line: Line<'a>,
    rest: &'a str,
}

impl<'a> Columns<'a> {
    pub(super) fn new(line: Line<'a>) -> Self {
        Self {
            line,
            rest: line.text,
        }
    }

    /// The next column; `what` names it in errors.
    ///
    /// # Errors
    /// The line has no more columns.
    pub fn text(&mut self, what: &str) -> Result<&'a str, Error> {
        match self.next() {
            Some(text) => Ok(text),
            None => Err(self.missing(what)),
        }
    }

    #[cold]
    fn missing(&self, what: &str) -> Error {
        self.line.error(format!("{what}: the column is missing"))
    }

    /// The next column as a decimal number.
    ///
    /// # Errors
    /// It is missing or not such a number.
    pub fn float(&mut self, what: &str) -> Result<f64, Error> {
        let text = self.text(what)?;
        self.line.part(text).float(what)
    }

    /// The next column as an unsigned decimal integer.
    ///
    /// # Errors
    /// It is missing or not such a number.
    pub fn unsigned(&mut self, what: &str) -> Result<u64, Error> {
        let text = self.text(what)?;
        self.line.part(text).unsigned(what)
    }

    /// The next column as a signed decimal integer.
    ///
    /// # Errors
    /// It is missing or not such a number.
    pub fn integer(&mut self, what: &str) -> Result<i64, Error> {
        let text = self.text(what)?;
        self.line.part(text).integer(what)
    }

    /// The next column as an unsigned [hexadecimal](super::numbers::hexadecimal) integer.
    ///
    /// # Errors
    /// It is missing or not such a number.
    pub fn hexadecimal(&mut self, what: &str) -> Result<u64, Error> {
        let text = self.text(what)?;
        self.line.part(text).hexadecimal(what)
    }

    /// All remaining columns, if any, as unsigned decimal integers.
    ///
    /// # Errors
    /// One of them is not such a number.
    pub fn unsigned_all(&mut self, what: &str) -> Result<Vec<u64>, Error> {
        let line = self.line;
        self.map(|text| line.part(text).unsigned(what)).collect()
    }
}

impl<'a> Iterator for Columns<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = bytes::content(self.rest.as_bytes())?;
        let content = self.rest.get(start..)?;
        let end = bytes::white_space(content.as_bytes()).unwrap_or(content.len());
        let (column, rest) = content.split_at_checked(end)?;
        self.rest = rest;
        Some(column)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;

    #[test]
    fn columns_are_separated_by_white_space() {
        for text in [
            "",
            " ",
            "a",
            " a",
            "a ",
            "a  b",
            "\ta\x0c b\r",
            "a\x0bb c",
            "é ü",
            "abcdefgh ijklmnop",
            "  12345678  1  ",
            "a\x0bbcdefghijk\tlmnopqrstuv\x1fwxyz 1",
        ] {
            let line = Text::new("x", text);
            let found: Vec<&str> = (line.lines()).flat_map(|line| line.columns()).collect();
            let expected: Vec<&str> = text.split_ascii_whitespace().collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_end_where_columns_do() {
        let text = "12 3\t0x4 5. 18446744073709551616 -6 7é 8\x0b 9\r";
        let text = Text::new("x", text);
        let mut columns = text.first_line().unwrap().columns();
        assert_eq!(columns.unsigned("a"), Ok(12));
        assert_eq!(columns.float("b"), Ok(3.0));
        assert!(columns.clone().float("c").is_err());
        assert!(columns.unsigned("c").is_err());
        assert!(columns.clone().unsigned("d").is_err());
        assert_eq!(columns.float("d"), Ok(5.0));
        assert!(columns.clone().unsigned("e").is_err());
        assert_eq!(columns.float("e"), Ok(18_446_744_073_709_551_616.0));
        assert!(columns.clone().unsigned("f").is_err());
        assert_eq!(columns.float("f"), Ok(-6.0));
        assert!(columns.unsigned("g").is_err() && columns.float("h").is_err());
        assert_eq!(columns.unsigned("i"), Ok(9));
        let error = columns.unsigned("j").unwrap_err().to_string();
        assert_eq!(error, "x:1: j: the column is missing");
    }
}
