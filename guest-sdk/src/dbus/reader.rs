//! Reads the values of a message.

use super::{MAX_DEPTH, Malformed, aligned, is_object_path, signature};

/// Reads values in order, and checks that they have the type that the collector expects. After an error, it is
/// of no use.
///
/// A container is read by a function, which gets a reader of its values. Values that the function leaves are
/// skipped.
///
/// ```
/// # use firepit_sdk::dbus::{Body, Malformed};
/// // a(ssu): for each unit its name, its description, and its job.
/// # let body = Body::new().array("(ssu)", |units| {
/// #     units.structure(|unit| unit.string("cron.service").string("").u32(7))
/// # });
/// # let reply = firepit_sdk::testing::bus::reply(body);
/// let names = reply.body().array(|units| units.structure(|unit| unit.string()))?;
/// assert_eq!(names, ["cron.service"]);
/// # Ok::<(), Malformed>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// The next byte.
    at: usize,
    /// Where the innermost container ends.
    end: usize,
    /// The types of the values that follow in the container.
    signature: &'a [u8],
    big_endian: bool,
    depth: u8,
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident $code:literal $type:ty;)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// The message is malformed, or the next value has another type.
            pub fn $name(&mut self) -> Result<$type, Malformed> {
                self.expect($code)?;
                let bytes = self.fixed()?;
                Ok(if self.big_endian {
                    <$type>::from_be_bytes(bytes)
                } else {
                    <$type>::from_le_bytes(bytes)
                })
            }
        )*
    };
}

impl<'a> Reader<'a> {
    /// Reads bytes from a position on, which alignment is relative to the beginning of. The signature has been
    /// checked.
    pub(crate) fn new(bytes: &'a [u8], at: usize, signature: &'a [u8], big_endian: bool) -> Self {
        Self {
            bytes,
            at,
            end: bytes.len(),
            signature,
            big_endian,
            depth: 0,
        }
    }

    /// The signature of the values that follow in this container, such as `sa{sv}`. Empty at its end.
    #[must_use]
    pub fn signature(&self) -> &'a str {
        str::from_utf8(self.signature).unwrap_or_default()
    }

    numbers! {
        /// A byte, `y`.
        byte b'y' u8;
        /// An INT16, `n`.
        i16 b'n' i16;
        /// A UINT16, `q`.
        u16 b'q' u16;
        /// An INT32, `i`.
        i32 b'i' i32;
        /// A UINT32, `u`.
        u32 b'u' u32;
        /// An INT64, `x`.
        i64 b'x' i64;
        /// A UINT64, `t`.
        u64 b't' u64;
        /// A DOUBLE, `d`.
        f64 b'd' f64;
        /// A UNIX_FD, `h`: the place of a file descriptor, of which a collector never gets any.
        descriptor b'h' u32;
    }

    /// A BOOLEAN, `b`.
    ///
    /// # Errors
    /// The message is malformed, or the next value has another type.
    pub fn boolean(&mut self) -> Result<bool, Malformed> {
        self.expect(b'b')?;
        match self.length()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed::Value),
        }
    }

    /// A STRING, `s`.
    ///
    /// # Errors
    /// The message is malformed, or the next value has another type.
    pub fn string(&mut self) -> Result<&'a str, Malformed> {
        self.expect(b's')?;
        self.text()
    }

    /// An OBJECT_PATH, `o`.
    ///
    /// # Errors
    /// The message is malformed, or the next value has another type.
    pub fn path(&mut self) -> Result<&'a str, Malformed> {
        self.expect(b'o')?;
        let path = self.text()?;
        is_object_path(path).then_some(path).ok_or(Malformed::Text)
    }

    /// A SIGNATURE, `g`.
    ///
    /// # Errors
    /// The message is malformed, or the next value has another type.
    pub fn type_signature(&mut self) -> Result<&'a str, Malformed> {
        self.expect(b'g')?;
        let signature = self.checked_signature()?;
        str::from_utf8(signature).map_err(|_| Malformed::Signature)
    }

    /// An ARRAY: what the function returns for each element.
    ///
    /// # Errors
    /// The message is malformed, the next value has another type, or the function fails.
    pub fn array<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let mut elements = Vec::new();
        let array = self.container(b'a')?;
        let element = array.get(1..).unwrap_or_default();
        let end = self.end_of_array(element)?;
        self.within(&[], end, |array| {
            while array.at < end {
                array.signature = element;
                elements.push(read(array)?);
                array.skip_rest()?;
            }
            Ok(())
        })?;
        Ok(elements)
    }

    /// A STRUCT: what the function returns for its fields.
    ///
    /// # Errors
    /// The message is malformed, the next value has another type, or the function fails.
    pub fn structure<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        self.fields(b'(', read)
    }

    /// A DICT_ENTRY, which is an element of an array: what the function returns for the key and the value.
    ///
    /// # Errors
    /// The message is malformed, the next value has another type, or the function fails.
    pub fn entry<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        self.fields(b'{', read)
    }

    /// A VARIANT: what the function returns for its value. [`Self::signature`] has the type.
    ///
    /// # Errors
    /// The message is malformed, the next value has another type, or the function fails.
    pub fn variant<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        self.container(b'v')?;
        let signature = self.checked_signature()?;
        match signature::first(signature) {
            Ok((_, [])) => self.within(signature, self.end, read),
            _ => Err(Malformed::Signature),
        }
    }

    /// Skips one value of any type.
    ///
    /// # Errors
    /// The message is malformed, or there is no value.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        match self.signature.first().ok_or(Malformed::Type)? {
            b's' => self.string().map(drop),
            b'o' => self.path().map(drop),
            b'g' => self.type_signature().map(drop),
            b'(' => self.structure(|_| Ok(())),
            b'{' => self.entry(|_| Ok(())),
            b'v' => self.variant(|_| Ok(())),
            b'a' => {
                let array = self.container(b'a')?;
                self.at = self.end_of_array(array.get(1..).unwrap_or_default())?;
                Ok(())
            }
            code => {
                let code = *code;
                self.expect(code)?;
                let size = signature::alignment(&[code]);
                self.align(size)?;
                self.take(size).map(drop)
            }
        }
    }

    fn skip_rest(&mut self) -> Result<(), Malformed> {
        while !self.signature.is_empty() {
            self.skip()?;
        }
        Ok(())
    }

    fn fields<T>(
        &mut self,
        code: u8,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        let structure = self.container(code)?;
        self.align(8)?;
        let fields = structure.get(1..structure.len() - 1).unwrap_or_default();
        self.within(fields, self.end, read)
    }

    /// Reads the values of a container, and skips those that the function leaves.
    fn within<T>(
        &mut self,
        signature: &'a [u8],
        end: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        if self.depth >= MAX_DEPTH {
            return Err(Malformed::Depth);
        }
        let outside = (self.signature, self.end);
        self.depth += 1;
        (self.signature, self.end) = (signature, end);
        let value = read(self)?;
        self.skip_rest()?;
        (self.signature, self.end) = outside;
        self.depth -= 1;
        Ok(value)
    }

    /// Checks the type of the next value, which is not a container.
    fn expect(&mut self, code: u8) -> Result<(), Malformed> {
        match self.signature.split_first() {
            Some((first, rest)) if *first == code => {
                self.signature = rest;
                Ok(())
            }
            _ => Err(Malformed::Type),
        }
    }

    /// The type of the next value, which is a container.
    fn container(&mut self, code: u8) -> Result<&'a [u8], Malformed> {
        let (container, rest) = signature::first(self.signature)?;
        if container.first() != Some(&code) {
            return Err(Malformed::Type);
        }
        self.signature = rest;
        Ok(container)
    }

    /// Where an array of these elements ends; the next byte is that of its first element.
    fn end_of_array(&mut self, element: &[u8]) -> Result<usize, Malformed> {
        let length = self.length()? as usize;
        self.align(signature::alignment(element))?;
        let end = self.at.checked_add(length).filter(|end| *end <= self.end);
        end.ok_or(Malformed::Short)
    }

    fn length(&mut self) -> Result<u32, Malformed> {
        let bytes = self.fixed()?;
        Ok(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = self.length()? as usize;
        let bytes = self.terminated(length)?;
        let text = str::from_utf8(bytes).map_err(|_| Malformed::Text)?;
        (!bytes.contains(&0)).then_some(text).ok_or(Malformed::Text)
    }

    fn checked_signature(&mut self) -> Result<&'a [u8], Malformed> {
        let [length] = self.fixed()?;
        let bytes = self.terminated(usize::from(length))?;
        signature::check(bytes).map(|()| bytes)
    }

    /// This many bytes, and a zero byte.
    fn terminated(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let bytes = self.take(length)?;
        match self.take(1)? {
            [0] => Ok(bytes),
            _ => Err(Malformed::Text),
        }
    }

    /// A value of this size, which is also its alignment.
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.align(N)?;
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| Malformed::Short)
    }

    fn align(&mut self, alignment: usize) -> Result<(), Malformed> {
        let padding = self.take(aligned(self.at, alignment) - self.at)?;
        let is_zero = padding.iter().all(|byte| *byte == 0);
        is_zero.then_some(()).ok_or(Malformed::Value)
    }

    fn take(&mut self, number: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(number).filter(|end| *end <= self.end);
        let bytes = end.and_then(|end| self.bytes.get(self.at..end));
        self.at = end.unwrap_or(self.at);
        bytes.ok_or(Malformed::Short)
    }
}

#[cfg(test)]
mod tests;
