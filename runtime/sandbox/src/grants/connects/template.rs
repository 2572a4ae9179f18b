//! Addresses as a descriptor or an operator writes them, with options in braces.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::address::{self, Address, AddressProblem};

/// The values of one option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionValues {
    /// The values.
    pub values: Vec<String>,
    /// Whether the operator set them.
    pub explicit: bool,
}

/// Why a declared address cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectProblem {
    /// It is not an address, with the values of its options in place.
    #[error("{0}")]
    Address(AddressProblem),
    /// A brace is not closed, or stands for a part that is not an option's whole text.
    #[error("contains a brace other than around an option's name")]
    Brace,
    /// The collector has no such option.
    #[error("the collector has no option {0:?}")]
    UnknownOption(String),
    /// An option has several values where the address has more than one option.
    #[error("has more than one option, one of which has several values")]
    Several,
    /// The value of an option is not a URL of a service.
    #[error("the value {0:?} is not an http, https or unix URL")]
    Url(String),
    /// Too many addresses.
    #[error("the collector has more than {} addresses", super::MAX_ADDRESSES)]
    TooMany,
}

impl From<AddressProblem> for ConnectProblem {
    fn from(problem: AddressProblem) -> Self {
        Self::Address(problem)
    }
}

/// Beginnings of entries of a descriptor's `reads` that are addresses.
const SCHEMES: [&str; 4] = ["tcp:", "udp:", "unix:", "url:"];

/// Scheme of the address of a URL.
const URL: &str = "url:";

/// Maximum characters of an option's text in a message.
const MAX_SHOWN: usize = 64;

/// Whether an entry of `reads` is an address and not a path.
#[must_use]
pub fn is_address(entry: &str) -> bool {
    SCHEMES.iter().any(|scheme| entry.starts_with(scheme))
}

/// The options whose values an address contains.
pub fn options_of(address: &str) -> impl Iterator<Item = &str> {
    let parts = address.split('{').skip(1);
    parts.filter_map(|part| Some(part.split_once('}')?.0))
}

/// Whether an address contains an option.
pub(super) fn has_option(text: &str) -> bool {
    text.contains('{')
}

/// The addresses of a text, and whether all its options were set by the operator. Empty values stand for
/// no address.
pub(super) fn expand(
    text: &str,
    options: &dyn Fn(&str) -> Option<OptionValues>,
) -> Result<Vec<(Address, bool)>, ConnectProblem> {
    address::check(text)?;
    let mut texts = vec![String::new()];
    let mut explicit = true;
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(ConnectProblem::Brace)?;
        let unknown = || ConnectProblem::UnknownOption(name.chars().take(MAX_SHOWN).collect());
        let option = options(name).ok_or_else(unknown)?;
        explicit &= option.explicit;
        let values: Vec<Cow<'_, str>> = (option.values.iter())
            .filter(|value| !value.is_empty())
            .map(|value| bracketed(value))
            .collect();
        texts = append(&texts, literal, &values)?;
        rest = after;
    }
    if rest.contains('}') {
        return Err(ConnectProblem::Brace);
    }
    let complete = texts.into_iter().map(|text| text + rest);
    let address = |text: String| Ok((parse(&text)?, explicit));
    complete.map(address).collect()
}

/// An option may name an IPv6 address without brackets: it stands for the host alone.
fn bracketed(value: &str) -> Cow<'_, str> {
    match value.parse::<Ipv6Addr>() {
        Ok(_) => Cow::Owned(format!("[{value}]")),
        Err(_) => Cow::Borrowed(value),
    }
}

/// Each beginning with `literal` and each value. Only one of the two lists may be longer than one, so that
/// the product is bounded.
fn append(
    begun: &[String],
    literal: &str,
    values: &[Cow<'_, str>],
) -> Result<Vec<String>, ConnectProblem> {
    if begun.len() > 1 && values.len() > 1 {
        return Err(ConnectProblem::Several);
    }
    if begun.len().max(values.len()) > super::MAX_ADDRESSES {
        return Err(ConnectProblem::TooMany);
    }
    let each = begun.iter().flat_map(|begun| {
        let join = move |value: &Cow<'_, str>| format!("{begun}{literal}{value}");
        values.iter().map(join)
    });
    let texts: Vec<String> = each.collect();
    texts.iter().try_for_each(|text| address::check(text))?;
    Ok(texts)
}

fn parse(text: &str) -> Result<Address, ConnectProblem> {
    match text.strip_prefix(URL) {
        Some(url) => of_url(url),
        None => Ok(Address::parse(text)?),
    }
}

/// The service of a URL: `http://[USER[:PASSWORD]@]HOST[:PORT][/PATH]`, the same with `https`, or
/// `unix:///PATH`.
fn of_url(url: &str) -> Result<Address, ConnectProblem> {
    // Without a user and a password.
    let shown = url.rsplit('@').next().unwrap_or(url);
    let not_a_url = || ConnectProblem::Url(shown.chars().take(MAX_SHOWN).collect());
    let (scheme, rest) = url.split_once("://").ok_or_else(not_a_url)?;
    let default_port = match scheme {
        "unix" => return Ok(Address::parse(&format!("unix:{rest}"))?),
        "http" => 80,
        "https" => 443,
        _ => return Err(not_a_url()),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let service = authority.rsplit('@').next().unwrap_or(authority);
    let has_port = match service.rsplit_once(']') {
        Some((_, after)) => after.starts_with(':'),
        None => service.contains(':'),
    };
    let address = if has_port {
        format!("tcp:{service}")
    } else {
        format!("tcp:{service}:{default_port}")
    };
    Ok(Address::parse(&address)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str) -> Option<OptionValues> {
        let values: &[&str] = match name {
            "address" => &["10.0.0.1:99"],
            "server" => &["127.0.0.1"],
            "port" => &["123"],
            "v6" => &["::1"],
            "many" => &["/run/a", "/run/b"],
            "urls" => &["http://h/x", "https://u:p@[::1]/", "unix:///run/s"],
            "empty" => &[""],
            "bad" => &["x"],
            "secret" => &["ftp://me:secret@host/x"],
            _ => return None,
        };
        Some(OptionValues {
            values: values.iter().map(|&value| value.to_owned()).collect(),
            explicit: name != "server",
        })
    }

    fn expanded(text: &str) -> Result<Vec<String>, ConnectProblem> {
        let addresses = expand(text, &options)?;
        Ok(addresses.iter().map(|(it, _)| it.to_string()).collect())
    }

    #[test]
    fn options_stand_for_their_values() {
        for (text, wanted) in [
            ("tcp:localhost:1", &["tcp:localhost:1"][..]),
            ("tcp:{address}", &["tcp:10.0.0.1:99"]),
            ("udp:{server}:{port}", &["udp:127.0.0.1:123"]),
            ("udp:{v6}:{port}", &["udp:[::1]:123"]),
            ("unix:{many}", &["unix:/run/a", "unix:/run/b"]),
            (
                "unix:{many}.sock",
                &["unix:/run/a.sock", "unix:/run/b.sock"],
            ),
            ("url:{urls}", &["tcp:h:80", "tcp:[::1]:443", "unix:/run/s"]),
            ("tcp:{empty}", &[]),
            ("udp:{empty}:{port}", &[]),
        ] {
            assert_eq!(expanded(text).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn an_address_is_explicit_if_all_its_options_are() {
        let explicit = |text| expand(text, &options).unwrap()[0].1;
        assert!(explicit("tcp:{address}"));
        assert!(!explicit("udp:{server}:{port}"));
    }

    #[test]
    fn options_are_found_in_an_address() {
        for (text, wanted) in [
            ("udp:{server}:{port}", &["server", "port"][..]),
            ("tcp:h:1", &[]),
            ("tcp:{open", &[]),
        ] {
            assert_eq!(options_of(text).collect::<Vec<_>>(), wanted);
        }
    }

    #[test]
    fn malformed_texts_are_rejected() {
        use ConnectProblem::{Address, Brace, Several, UnknownOption};
        for (text, wanted) in [
            ("tcp:{address", Brace),
            ("tcp:}x:1", Brace),
            ("tcp:{nothing}", UnknownOption("nothing".to_owned())),
            ("unix:{many}{many}", Several),
            ("tcp:{bad}", Address(AddressProblem::Port)),
            ("url:{bad}", ConnectProblem::Url("x".to_owned())),
            ("url:{secret}", ConnectProblem::Url("host/x".to_owned())),
        ] {
            assert_eq!(expanded(text), Err(wanted), "{text}");
        }
    }

    #[test]
    fn values_cannot_add_up_without_bound() {
        let long = |_: &str| {
            Some(OptionValues {
                values: vec!["a".repeat(300)],
                explicit: true,
            })
        };
        let expected = ConnectProblem::Address(AddressProblem::TooLong);
        // The error comes first: before the rest of the text is looked at.
        let long_text = format!("unix:/{}{{a", "x".repeat(address::MAX_BYTES));
        for text in ["unix:{a}{a}", "unix:{a}{a}{a", &long_text] {
            assert_eq!(expand(text, &long), Err(expected.clone()), "{text}");
        }
        let many = |_: &str| {
            Some(OptionValues {
                values: vec!["/x".to_owned(); super::super::MAX_ADDRESSES + 1],
                explicit: true,
            })
        };
        assert_eq!(expand("unix:{a}", &many), Err(ConnectProblem::TooMany));
    }
}
