//! The answer to a call by [XML-RPC](http://xmlrpc.com/spec.md).

use firepit_sdk::xml::{self, Event, Reader};

/// A value, of those types that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Integer(i64),
    Text(String),
    List(Vec<Value>),
    Members(Vec<(String, Value)>),
    /// A value of another type.
    Other,
}

/// Why an answer has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RpcError {
    #[error("the answer is not XML: {0}")]
    Xml(#[from] xml::Error),
    #[error("the answer has no value")]
    NoValue,
    #[error("{0:?} is not an integer")]
    Integer(String),
    #[error("fault {code}: {text}")]
    Fault { code: i64, text: String },
    #[error("the value is not a list of processes")]
    NoProcesses,
    #[error("{0} of a process has an unexpected type")]
    Member(&'static str),
}

/// The value of an answer: of its only parameter.
pub(crate) fn answer(document: &[u8]) -> Result<Value, RpcError> {
    let mut reader = Reader::new(document);
    let mut is_fault = false;
    while let Some(event) = reader.next()? {
        let Event::Start(element) = event else {
            continue;
        };
        match element.name() {
            "methodResponse" | "params" | "param" => {}
            "fault" => is_fault = true,
            "value" => {
                let value = value(&mut reader)?;
                // The rest must be XML too: otherwise the answer is a part of another one.
                while reader.next()?.is_some() {}
                return if is_fault {
                    Err(fault(value))
                } else {
                    Ok(value)
                };
            }
            _ => reader.skip()?,
        }
    }
    Err(RpcError::NoValue)
}

fn fault(value: Value) -> RpcError {
    let (mut code, mut text) = (0, String::new());
    if let Value::Members(members) = value {
        for member in members {
            match member {
                (name, Value::Integer(value)) if name == "faultCode" => code = value,
                (name, Value::Text(value)) if name == "faultString" => text = value,
                _ => {}
            }
        }
    }
    RpcError::Fault { code, text }
}

/// What is inside of `value`, up to its end. The reader bounds the depth.
fn value(reader: &mut Reader<'_>) -> Result<Value, RpcError> {
    let (mut plain, mut typed) = (String::new(), None);
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(element) => typed = Some(of_type(reader, element.name())?),
            Event::Text(text) => plain += &text,
            Event::End => break,
        }
    }
    // A value without a type is a text.
    Ok(typed.unwrap_or(Value::Text(plain)))
}

/// What is inside of an element that names a type.
fn of_type(reader: &mut Reader<'_>, name: &str) -> Result<Value, RpcError> {
    match name {
        "int" | "i4" | "i8" => {
            let text = text(reader)?;
            let number = text.trim().parse();
            Ok(Value::Integer(number.map_err(|_| RpcError::Integer(text))?))
        }
        "string" => Ok(Value::Text(text(reader)?)),
        "array" => list(reader).map(Value::List),
        "struct" => members(reader).map(Value::Members),
        _ => {
            reader.skip()?;
            Ok(Value::Other)
        }
    }
}

/// The text of an element.
fn text(reader: &mut Reader<'_>) -> Result<String, RpcError> {
    let mut whole = String::new();
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(_) => reader.skip()?,
            Event::Text(text) => whole += &text,
            Event::End => break,
        }
    }
    Ok(whole)
}

/// The values of `<array><data><value/>...</data></array>`.
fn list(reader: &mut Reader<'_>) -> Result<Vec<Value>, RpcError> {
    let (mut values, mut is_in_data) = (Vec::new(), false);
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(element) => match element.name() {
                "data" if !is_in_data => is_in_data = true,
                "value" if is_in_data => values.push(value(reader)?),
                _ => reader.skip()?,
            },
            Event::Text(_) => {}
            Event::End if is_in_data => is_in_data = false,
            Event::End => break,
        }
    }
    Ok(values)
}

/// The members of `<struct><member><name/><value/></member>...</struct>`.
fn members(reader: &mut Reader<'_>) -> Result<Vec<(String, Value)>, RpcError> {
    let mut members = Vec::new();
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(element) if element.name() == "member" => members.push(member(reader)?),
            Event::Start(_) => reader.skip()?,
            Event::Text(_) => {}
            Event::End => break,
        }
    }
    Ok(members)
}

fn member(reader: &mut Reader<'_>) -> Result<(String, Value), RpcError> {
    let (mut name, mut content) = (String::new(), Value::Other);
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(element) => match element.name() {
                "name" => name = text(reader)?,
                "value" => content = value(reader)?,
                _ => reader.skip()?,
            },
            Event::Text(_) => {}
            Event::End => break,
        }
    }
    Ok((name, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Result<Value, RpcError> {
        let answer = format!(
            "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>{value}</value>\n\
             </param>\n</params>\n</methodResponse>\n"
        );
        super::answer(answer.as_bytes())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn values() {
        for (value, expected) in [
            ("", text("")),
            ("plain &lt;", text("plain <")),
            ("<string>a<!-- -->b<![CDATA[&]]></string>", text("ab&")),
            ("<string/>", text("")),
            ("\n<int>-7</int>\n", Value::Integer(-7)),
            ("<i4> 7\n</i4>", Value::Integer(7)),
            ("<boolean>1</boolean>", Value::Other),
            ("<nil/>", Value::Other),
            ("<array><data/></array>", Value::List(vec![])),
            ("<array/>", Value::List(vec![])),
            (
                "<array>\n<data>\n<value><i8>1</i8></value><value>2</value>\n</data></array>",
                Value::List(vec![Value::Integer(1), text("2")]),
            ),
            (
                "<struct><member>\n<name>a</name>\n<value>1</value></member><x><value/></x>\
                 <member><name>b</name></member></struct>",
                Value::Members(vec![
                    ("a".to_owned(), text("1")),
                    ("b".to_owned(), Value::Other),
                ]),
            ),
        ] {
            assert_eq!(of(value), Ok(expected), "{value}");
        }
    }

    #[test]
    fn faults_and_other_documents() {
        let fault = "<methodResponse><fault><value><struct><member><name>faultCode</name>\
            <value><int>1</int></value></member><member><name>faultString</name><value>\
            <string>UNKNOWN_METHOD</string></value></member></struct></value></fault></methodResponse>";
        let error = answer(fault.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "fault 1: UNKNOWN_METHOD");
        let fault = b"<methodResponse><fault><value/></fault></methodResponse>";
        assert_eq!(answer(fault).unwrap_err().to_string(), "fault 0: ");
        for document in ["<html><value>1</value></html>", "<x/>", "<methodResponse/>"] {
            assert_eq!(
                answer(document.as_bytes()),
                Err(RpcError::NoValue),
                "{document}"
            );
        }
        assert_eq!(of("<int>x</int>"), Err(RpcError::Integer("x".to_owned())));
        assert_eq!(of("<int/>"), Err(RpcError::Integer(String::new())));
        for document in [
            "",
            "garbage",
            "<methodResponse><params><param><value>1</value>",
        ] {
            let error = answer(document.as_bytes()).unwrap_err();
            assert!(matches!(error, RpcError::Xml(_)), "{document}: {error}");
        }
    }

    #[test]
    fn nested_values_are_bounded() {
        let nested = |depth: usize| {
            let (begin, end) = ("<array><data><value>", "</value></data></array>");
            of(&(begin.repeat(depth) + &end.repeat(depth)))
        };
        assert!(nested(18).is_ok());
        let error = nested(100_000).unwrap_err().to_string();
        assert!(error.ends_with("elements are nested too deeply"), "{error}");
    }
}
