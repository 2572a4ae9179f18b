//! Documents that are whole, garbled, truncated, deep or long.

use super::*;

/// The document as a text that is easy to compare: `(name a=1 "text")`.
fn outline(document: impl AsRef<[u8]>) -> Result<String, Error> {
    let mut reader = Reader::new(document.as_ref());
    let mut outline = String::new();
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(element) => {
                outline += &format!("({}", element.name());
                for (name, value) in ["a", "b"].iter().zip(element.attributes(["a", "b"])?) {
                    if let Some(value) = value {
                        outline += &format!(" {name}={value:?}");
                    }
                }
            }
            Event::End => outline.push(')'),
            Event::Text(text) => outline += &format!(" {text:?}"),
        }
    }
    assert_eq!(reader.next(), Ok(None));
    Ok(outline)
}

fn problem(document: impl AsRef<[u8]>) -> (usize, &'static str) {
    let error = outline(document).unwrap_err();
    (error.offset, error.problem)
}

#[test]
fn elements_attributes_and_texts() {
    for (document, expected) in [
        ("<x/>", "(x)"),
        ("<x></x>", "(x)"),
        ("<x>1</x>", "(x \"1\")"),
        ("<x a='1' b=\"2\"/>", "(x a=\"1\" b=\"2\")"),
        (
            "<x b = '2'\n\ta='>'\t>\n</x >",
            "(x a=\">\" b=\"2\" \"\\n\")",
        ),
        ("<x a='1' a='2'/>", "(x a=\"1\")"),
        ("<x>1<y>2</y>3</x>", "(x \"1\"(y \"2\") \"3\")"),
        ("<n:x><y/></n:x>", "(n:x(y))"),
        ("\u{feff}<x/>", "(x)"),
        ("<ä a='ö'>ü</ä>", "(ä a=\"ö\" \"ü\")"),
    ] {
        assert_eq!(outline(document), Ok(expected.to_owned()), "{document}");
    }
}

#[test]
fn declarations_comments_and_sections() {
    let document = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n\
        <!DOCTYPE x [\n <!ELEMENT x (y)*> <!-- it's > here ]> -->\n\
        <!ATTLIST x a CDATA \"]>\"> <?p ]> ?>\n <!ENTITY e SYSTEM 'file:///etc/passwd'>\n]>\n\
        <!-- before --><x>1<!-- <y> -->2<![CDATA[<&amp;]]]]>3<?p <y> ?></x><!-- after -->\n";
    assert_eq!(
        outline(document).unwrap(),
        "(x \"1\" \"2\" \"<&amp;]]\" \"3\")"
    );
    assert_eq!(outline("<!DOCTYPE x SYSTEM \"a>b\"><x/>").unwrap(), "(x)");
}

#[test]
fn entities_of_xml_are_replaced_and_no_others() {
    let document = "<x a='&lt;&quot;&apos;'>&amp;amp;&gt;&#65;&#x1F525;</x>";
    let expected = "(x a=\"<\\\"'\" \"&amp;>A🔥\")";
    assert_eq!(outline(document).unwrap(), expected);
    // The billion laughs.
    let document = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
    assert_eq!(outline(document).unwrap(), "(x \"&b;\")");
    for text in [
        "&;",
        "&#;",
        "&#x;",
        "&#0;",
        "&#xD800;",
        "&#x110000;",
        "&#+1;",
        "&#99999999999;",
        "&AMP;",
        "&#X41;",
        "&",
        "&amp",
        "& ;x",
        "a & b",
        "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaa;",
        "&&",
    ] {
        let document = format!("<x a='{text}'>{text}</x>");
        let expected = format!("(x a={text:?} {text:?})");
        assert_eq!(outline(document), Ok(expected), "{text}");
    }
    assert_eq!(outline("<x>&&lt;</x>").unwrap(), "(x \"&<\")");
}

#[test]
fn garbled_documents() {
    for (document, offset, expected) in [
        ("", 0, "the document ends too early"),
        ("\n", 1, "the document ends too early"),
        ("<!-- -->", 8, "the document ends too early"),
        ("<x>", 3, "the document ends too early"),
        ("<x><y></y>", 10, "the document ends too early"),
        ("HTTP/1.1 400", 0, "text outside of the document's element"),
        ("<x/>more", 4, "text outside of the document's element"),
        (
            "<![CDATA[x]]><x/>",
            0,
            "text outside of the document's element",
        ),
        (
            "<x/><y/>",
            4,
            "a second element outside of the document's element",
        ),
        ("<x/><!DOCTYPE x>", 4, "an unknown declaration"),
        ("<x", 0, "a tag does not end"),
        ("<x a='>", 0, "a tag does not end"),
        ("<x></x", 3, "a tag does not end"),
        ("<x></y>", 3, "the end of an element that is not open"),
        ("</x>", 0, "the end of an element that is not open"),
        ("<x></ x>", 3, "the end of an element that is not open"),
        ("<>", 0, "an element without a name"),
        ("< x/>", 0, "an element without a name"),
        ("<!ELEMENT", 0, "an unknown declaration"),
        (
            "<!-- ",
            0,
            "a comment, a section or an instruction does not end",
        ),
        (
            "<x><![CDATA[ ]]",
            3,
            "a comment, a section or an instruction does not end",
        ),
        (
            "<?xml",
            0,
            "a comment, a section or an instruction does not end",
        ),
        ("<!DOCTYPE x [ ]", 0, "endless document type"),
        ("<!DOCTYPE x 'a", 0, "endless document type"),
        ("<x b/>", 0, "expected an attribute, NAME=\"VALUE\""),
        ("<x b=1/>", 0, "expected an attribute, NAME=\"VALUE\""),
        ("<x b='1'='2'/>", 0, "expected an attribute, NAME=\"VALUE\""),
    ] {
        assert_eq!(problem(document), (offset, expected), "{document}");
    }
}

/// Every beginning of a document is an error, and none is a panic.
#[test]
fn truncated_documents() {
    let document = "<?xml?><!DOCTYPE x [<!ENTITY e 'v'>]><x a=\"&amp;\" b='2'><y/>1&lt;<!-- --><![CDATA[]]></x>";
    assert!(outline(document).is_ok());
    for length in 0..document.len() {
        assert!(outline(&document[..length]).is_err(), "{length}");
    }
    for place in 0..document.len() {
        for byte in [0, b'<', b'>', b'"', b'&', b'/', b'!', 0xff] {
            let mut garbled = document.as_bytes().to_vec();
            garbled[place] = byte;
            let _ = outline(garbled);
        }
    }
}

#[test]
fn invalid_utf8_is_replaced() {
    let document = b"<x a='Z\xfcrich'>\xff&amp;</x>";
    assert_eq!(
        outline(document).unwrap(),
        "(x a=\"Z\u{fffd}rich\" \"\u{fffd}&\")"
    );
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| "<x>".repeat(depth) + &"</x>".repeat(depth);
    assert!(outline(nested(DEPTH)).is_ok());
    let offset = 3 * DEPTH;
    assert_eq!(
        problem(nested(DEPTH + 1)),
        (offset, "elements are nested too deeply")
    );
}

#[test]
fn skip_ends_after_the_element() {
    let mut reader = Reader::new(b"<x><y><z/>1</y><w/></x>");
    let mut starts = Vec::new();
    while let Some(event) = reader.next().unwrap() {
        if let Event::Start(element) = event {
            starts.push(element.name());
            if element.name() == "y" {
                reader.skip().unwrap();
            }
        }
    }
    assert_eq!(starts, ["x", "y", "w"]);
    let mut reader = Reader::new(b"<x/>");
    reader.next().unwrap();
    reader.skip().unwrap();
    assert_eq!(reader.next(), Ok(None));
}

#[test]
fn huge_documents() {
    let many = format!("<x>{}</x>", "<y a='1'>&lt;</y>".repeat(100_000));
    assert_eq!(outline(many).unwrap().matches("(y").count(), 100_000);
    let long = format!("<x a='{0}'>{0}</x>", "&lt;".repeat(1 << 20));
    assert_eq!(outline(long).unwrap().matches('<').count(), 2 << 20);
}
