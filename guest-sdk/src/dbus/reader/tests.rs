//! Each type, each way in which a value is malformed, and the limits.

use super::*;
use crate::dbus::{Body, MAX_SIGNATURE};
use crate::testing::bus::reply;

/// A reader of bytes in little-endian order.
fn reader<'a>(bytes: &'a [u8], signature: &'a str) -> Reader<'a> {
    Reader::new(bytes, 0, signature.as_bytes(), false)
}

#[test]
fn basic_types_are_read() {
    let body = Body::new()
        .byte(1)
        .boolean(true)
        .i16(-2)
        .u16(3)
        .i32(-4)
        .u32(5);
    let reply = reply(
        body.i64(-6)
            .u64(7)
            .f64(0.5)
            .string("é")
            .path("/a/b_1")
            .type_signature("a{sv}"),
    );
    let mut reader = reply.body();
    assert_eq!(reader.signature(), "ybnqiuxtdsog");
    assert_eq!((reader.byte(), reader.boolean()), (Ok(1), Ok(true)));
    assert_eq!((reader.i16(), reader.u16()), (Ok(-2), Ok(3)));
    assert_eq!((reader.i32(), reader.u32()), (Ok(-4), Ok(5)));
    assert_eq!((reader.i64(), reader.u64()), (Ok(-6), Ok(7)));
    assert_eq!(reader.f64(), Ok(0.5));
    assert_eq!(reader.string(), Ok("é"));
    assert_eq!(reader.path(), Ok("/a/b_1"));
    assert_eq!(reader.type_signature(), Ok("a{sv}"));
    assert_eq!(reader.byte(), Err(Malformed::Type));
    assert_eq!(self::reader(&[7, 0, 0, 0], "h").descriptor(), Ok(7));
}

#[test]
fn big_endian_values_are_read() {
    let bytes = b"\0\0\0\x01\x01\x02\0\0\0\0\0\x02hi\0";
    let mut reader = Reader::new(bytes, 0, b"bqs", true);
    assert_eq!((reader.boolean(), reader.u16()), (Ok(true), Ok(0x0102)));
    assert_eq!(reader.string(), Ok("hi"));
}

#[test]
fn containers_are_read_and_the_rest_of_them_is_skipped() {
    let body = Body::new()
        .array("(suat)", |units| {
            let unit = |units: Body, name: &str| {
                units.structure(|unit| {
                    unit.string(name)
                        .u32(9)
                        .array("t", |times| times.u64(1).u64(2))
                })
            };
            unit(unit(units, "a.service"), "b")
        })
        .array("{sv}", |options| {
            options
                .entry(|entry| entry.string("x").variant("u", |value| value.u32(1)))
                .entry(|entry| {
                    entry.string("y").variant("(ss)", |value| {
                        value.structure(|pair| pair.string("").string(""))
                    })
                })
        })
        .byte(3);
    let reply = reply(body);
    let mut reader = reply.body();
    let names = reader.array(|units| units.structure(|unit| unit.string()));
    assert_eq!(names, Ok(vec!["a.service", "b"]));
    let options = reader.array(|options| {
        options.entry(|option| {
            let name = option.string()?;
            Ok((name, option.variant(|value| Ok(value.signature()))?))
        })
    });
    assert_eq!(options, Ok(vec![("x", "u"), ("y", "(ss)")]));
    assert_eq!((reader.byte(), reader.signature()), (Ok(3), ""));

    let mut reader = reply.body();
    assert_eq!((reader.skip(), reader.skip()), (Ok(()), Ok(())));
    assert_eq!(
        (reader.byte(), reader.skip()),
        (Ok(3), Err(Malformed::Type))
    );
}

#[test]
fn every_type_can_be_skipped() {
    let body = Body::new()
        .byte(1)
        .boolean(true)
        .i16(1)
        .u16(1)
        .i32(1)
        .u32(1)
        .i64(1)
        .u64(1)
        .f64(1.0);
    let body = body
        .string("a")
        .path("/")
        .type_signature("s")
        .strings(["b"]);
    let body = body
        .structure(|fields| fields.byte(1).variant("d", |value| value.f64(1.0)))
        .array("{yy}", |array| array.entry(|entry| entry.byte(1).byte(2)))
        .u32(77);
    let reply = reply(body);
    let mut reader = reply.body();
    while reader.signature() != "u" {
        reader.skip().unwrap();
    }
    assert_eq!(reader.u32(), Ok(77));
}

#[test]
fn empty_arrays_have_no_elements() {
    let reply = reply(Body::new().array("(tt)", |array| array).u32(5));
    let mut reader = reply.body();
    let nothing = reader.array(|elements| elements.structure(|fields| fields.u64()));
    assert_eq!((nothing, reader.u32()), (Ok(vec![]), Ok(5)));
}

#[test]
fn other_types_are_not_taken() {
    let reply = reply(Body::new().u32(5).variant("s", |value| value.string("x")));
    let mut reader = reply.body();
    assert_eq!(reader.i32(), Err(Malformed::Type));
    assert_eq!(reader.structure(|_| Ok(())), Err(Malformed::Type));
    assert_eq!(reader.u32(), Ok(5));
    assert_eq!(reader.variant(|value| value.u32()), Err(Malformed::Type));
}

#[test]
fn lengths_beyond_the_message_are_rejected() {
    for length in [2u32, 5, u32::MAX] {
        let bytes = [length.to_le_bytes().as_slice(), b"a\0"].concat();
        assert_eq!(
            reader(&bytes, "s").string(),
            Err(Malformed::Short),
            "{length}"
        );
        let array = reader(&bytes, "ay").array(|bytes| bytes.byte());
        let expected = if length == 2 {
            Ok(vec![b'a', 0])
        } else {
            Err(Malformed::Short)
        };
        assert_eq!(array, expected, "{length}");
        assert_eq!(reader(&bytes, "ay").skip().is_ok(), length == 2, "{length}");
    }
    assert_eq!(
        reader(b"\x05s\0", "g").type_signature(),
        Err(Malformed::Short)
    );
    assert_eq!(reader(b"\0\0\0", "u").u32(), Err(Malformed::Short));
    assert_eq!(
        reader(b"", "(u)").structure(|_| Ok(())),
        Err(Malformed::Short)
    );
}

#[test]
fn elements_beyond_their_array_are_rejected() {
    // Six bytes for numbers of four.
    let bytes = b"\x06\0\0\0\x01\0\0\0\x02\0\0\0";
    let numbers = reader(bytes, "au").array(|numbers| numbers.u32());
    assert_eq!(numbers, Err(Malformed::Short));
}

#[test]
fn malformed_values_are_rejected() {
    assert_eq!(reader(b"\x02\0\0\0", "b").boolean(), Err(Malformed::Value));
    // Padding.
    let mut numbers = reader(b"\x01\x01\x02\0", "yq");
    assert_eq!(
        (numbers.byte(), numbers.u16()),
        (Ok(1), Err(Malformed::Value))
    );
    // Texts: not UTF-8, with a zero byte, and without one at the end.
    assert_eq!(
        reader(b"\x01\0\0\0\xff\0", "s").string(),
        Err(Malformed::Text)
    );
    assert_eq!(
        reader(b"\x01\0\0\0\0\0", "s").string(),
        Err(Malformed::Text)
    );
    assert_eq!(reader(b"\x01\0\0\0ab", "s").string(), Err(Malformed::Text));
    assert_eq!(reader(b"\x01\0\0\0a\0", "o").path(), Err(Malformed::Text));
    // Signatures.
    assert_eq!(
        reader(b"\x01(\0", "g").type_signature(),
        Err(Malformed::Signature)
    );
    for signature in [b"\0\0".as_slice(), b"\x02uu\0", b"\x01a\0"] {
        let bytes = [signature, &[0; 16]].concat();
        let value = reader(&bytes, "v").variant(|value| value.skip());
        assert_eq!(value, Err(Malformed::Signature), "{signature:?}");
    }
}

#[test]
fn longest_signature_is_read() {
    let signature = "y".repeat(MAX_SIGNATURE);
    let bytes = [&[255], signature.as_bytes(), &[0]].concat();
    assert_eq!(reader(&bytes, "g").type_signature(), Ok(signature.as_str()));
}

/// Variants inside each other.
fn nested(variants: usize) -> Vec<u8> {
    let mut bytes = b"\x01v\0".repeat(variants - 1);
    bytes.extend(b"\x01y\0\x07");
    bytes
}

#[test]
fn depth_is_limited() {
    fn depth(reader: &mut Reader<'_>) -> Result<usize, Malformed> {
        match reader.signature() {
            "v" => reader.variant(depth).map(|depth| depth + 1),
            _ => reader.byte().map(usize::from),
        }
    }
    let (deepest, deeper) = (nested(64), nested(65));
    assert_eq!(depth(&mut reader(&deepest, "v")), Ok(7 + 64));
    assert_eq!(reader(&deepest, "v").skip(), Ok(()));
    assert_eq!(depth(&mut reader(&deeper, "v")), Err(Malformed::Depth));
    assert_eq!(reader(&deeper, "v").skip(), Err(Malformed::Depth));
    let hostile = nested(1 << 20);
    assert_eq!(reader(&hostile, "v").skip(), Err(Malformed::Depth));
}
