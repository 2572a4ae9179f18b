//! Values of attributes: numbers, texts, addresses, and structs of numbers.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use super::{Attributes, Malformed};

/// The value of an attribute, or the header of a message. The reader must know its type.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    bytes: &'a [u8],
}

macro_rules! number {
    ($number:ident, $field:ident) => {
        #[doc = concat!("The value as one `", stringify!($number), "` in the host's byte order.")]
        ///
        /// # Errors
        /// It has another size.
        pub fn $number(self) -> Result<$number, Malformed> {
            Ok($number::from_ne_bytes(self.array()?))
        }

        #[doc = concat!("The `", stringify!($number), "` that begins at a byte of a struct.")]
        ///
        /// # Errors
        /// The struct is shorter.
        pub fn $field(self, offset: usize) -> Result<$number, Malformed> {
            Ok($number::from_ne_bytes(self.field(offset)?))
        }
    };
}

impl<'a> Value<'a> {
    /// A value from bytes: for content of another value that is not an attribute.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The raw value.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    number!(u8, u8_at);
    number!(u16, u16_at);
    number!(u32, u32_at);
    number!(u64, u64_at);
    number!(i8, i8_at);
    number!(i32, i32_at);

    /// The value as text, up to the first NUL. Bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        let text = self.bytes.split(|&byte| byte == 0).next();
        String::from_utf8_lossy(text.unwrap_or_default())
    }

    /// The value as an IPv4 or IPv6 address, depending on its size.
    ///
    /// # Errors
    /// It has neither size.
    pub fn ip(self) -> Result<IpAddr, Malformed> {
        match self.bytes.len() {
            4 => Ok(IpAddr::from(self.array::<4>()?)),
            _ => Ok(IpAddr::from(self.array::<16>()?)),
        }
    }

    /// The value as a device address, for printing.
    #[must_use]
    pub fn hardware_address(self) -> HardwareAddress<'a> {
        HardwareAddress(self.bytes)
    }

    /// The value as a sequence of attributes.
    #[must_use]
    pub fn attributes(self) -> Attributes<'a> {
        Attributes::new(self.bytes)
    }

    fn array<const N: usize>(self) -> Result<[u8; N], Malformed> {
        self.bytes
            .try_into()
            .map_err(|_| Malformed::Value(self.bytes.len()))
    }

    fn field<const N: usize>(self, offset: usize) -> Result<[u8; N], Malformed> {
        let rest = self.bytes.get(offset..);
        let field = rest.and_then(|rest| rest.first_chunk());
        field.copied().ok_or(Malformed::Value(self.bytes.len()))
    }
}

/// A device address of any length: prints as `02:00:00:00:00:01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HardwareAddress<'a>(pub &'a [u8]);

impl fmt::Display for HardwareAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let before = if index == 0 { "" } else { ":" };
            write!(f, "{before}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_exact_size() {
        let value = Value::new(&[0xff; 8]);
        assert_eq!(value.u64(), Ok(u64::MAX));
        assert_eq!(value.u32(), Err(Malformed::Value(8)));
        let value = Value::new(&[0xff]);
        assert_eq!((value.u8(), value.i8()), (Ok(255), Ok(-1)));
        assert_eq!(value.u16(), Err(Malformed::Value(1)));
        assert_eq!(Value::new(&[]).u8(), Err(Malformed::Value(0)));
        assert_eq!(Value::new(&[0xff; 4]).i32(), Ok(-1));
    }

    #[test]
    fn fields_of_structs() {
        let bytes = [1_u32.to_ne_bytes(), 2_u32.to_ne_bytes()].concat();
        let value = Value::new(&bytes);
        assert_eq!(value.u32_at(4), Ok(2));
        assert_eq!(value.u64_at(0).unwrap().to_ne_bytes().as_slice(), bytes);
        for offset in [5, 8, usize::MAX] {
            assert_eq!(value.u32_at(offset), Err(Malformed::Value(8)), "{offset}");
        }
    }

    #[test]
    fn texts_end_at_the_first_nul() {
        let text = |bytes: &'static [u8]| Value::new(bytes).text();
        assert_eq!(text(b"eth0\0\0"), "eth0");
        assert_eq!(text(b"eth0"), "eth0");
        assert_eq!((text(b"\0x"), text(b"")), ("".into(), "".into()));
        assert_eq!(text(b"a\xff\0"), "a\u{fffd}");
    }

    #[test]
    fn addresses() {
        let ip = |bytes: &[u8]| Value::new(bytes).ip().map(|ip| ip.to_string());
        assert_eq!(ip(&[10, 0, 0, 1]), Ok("10.0.0.1".to_owned()));
        let v6 = [&[0xfe, 0x80], [0; 13].as_slice(), &[1]].concat();
        assert_eq!(ip(&v6), Ok("fe80::1".to_owned()));
        assert_eq!(ip(&[0; 5]), Err(Malformed::Value(5)));
        let address = |bytes: &[u8]| Value::new(bytes).hardware_address().to_string();
        assert_eq!(address(&[2, 0, 0, 0xab, 0, 1]), "02:00:00:ab:00:01");
        assert_eq!(address(&[]), "");
    }
}
