//! Grants of connections: the addresses that one collector may reach.
//!
//! A descriptor lists addresses, see [`Addresses::compile`] for their form. The operator's
//! [`Connects`] narrows them. An address is granted whole: there are no wildcards, so a guest cannot
//! look for services. The never-list (`never`) holds addresses of the network that are granted only if
//! the operator wrote them; `crate::connections` checks it for the address that it connects to.

mod address;
pub(crate) mod never;
mod template;

use std::collections::BTreeMap;

pub use address::{Address, AddressProblem, Host};
pub use template::{ConnectProblem, OptionValues, is_address, options_of};

/// Maximum number of addresses of one collector, counted with each value of an option.
pub(crate) const MAX_ADDRESSES: usize = 64;

/// The declared addresses that a module may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connects {
    /// All that it declares. For built-in collectors.
    Everything,
    /// What it declares and one of these is equal to. They have the form of the descriptor's.
    Only(Vec<String>),
}

impl Connects {
    /// No address.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Only(Vec::new())
    }
}

/// The addresses that one collector may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Each with whether the operator wrote it.
    granted: BTreeMap<Address, bool>,
}

/// A declared address that cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot grant a connection to {address:?}")]
pub struct ConnectError {
    /// The declared address, truncated.
    pub address: String,
    /// The error.
    #[source]
    pub problem: ConnectProblem,
}

impl ConnectError {
    fn new(address: &str) -> impl FnOnce(ConnectProblem) -> Self {
        |problem| Self {
            address: address
                .chars()
                .take(super::PatternError::MAX_CHARS)
                .collect(),
            problem,
        }
    }
}

impl Addresses {
    /// Compiles the addresses of a descriptor, or of an operator's grants.
    ///
    /// An address is `tcp:HOST:PORT`, `udp:HOST:PORT`, `unix:/PATH` or `unix:@NAME`. `{name}` stands for
    /// the values of the collector's option of that name. `url:{name}` is the service of a URL.
    ///
    /// `options` returns the values of an option, or `None` if the collector has no such option.
    /// `written` says whether the operator wrote `texts`.
    ///
    /// # Errors
    /// The first text that is not an address, or one too many.
    pub fn compile(
        texts: &[String],
        options: &dyn Fn(&str) -> Option<OptionValues>,
        written: bool,
    ) -> Result<Self, ConnectError> {
        let mut granted = BTreeMap::new();
        for text in texts {
            let error = ConnectError::new(text);
            let expanded = match template::expand(text, options) {
                Ok(expanded) => expanded,
                Err(problem) => return Err(error(problem)),
            };
            for (address, explicit) in expanded {
                // The operator wrote a literal, or the value of an option; a module wrote its defaults.
                let wrote = explicit && (written || template::has_option(text));
                *granted.entry(address).or_default() |= wrote;
            }
            if granted.len() > MAX_ADDRESSES {
                return Err(error(ConnectProblem::TooMany));
            }
        }
        Ok(Self { granted })
    }

    /// Checks one text in the form of [`Self::compile`], whatever options it names and whatever their
    /// values are.
    ///
    /// # Errors
    /// The text is not an address.
    pub fn check(text: &str) -> Result<(), ConnectProblem> {
        let none = |_: &str| {
            Some(OptionValues {
                values: Vec::new(),
                explicit: false,
            })
        };
        template::expand(text, &none).map(drop)
    }

    /// Narrows the addresses to a policy.
    ///
    /// # Errors
    /// As [`Self::compile`], for the texts of the policy.
    pub fn within(
        mut self,
        policy: &Connects,
        options: &dyn Fn(&str) -> Option<OptionValues>,
    ) -> Result<Self, ConnectError> {
        let Connects::Only(texts) = policy else {
            return Ok(self);
        };
        let allowed = Self::compile(texts, options, true)?;
        self.granted.retain(|address, wrote| {
            let allowed = allowed.granted.get(address);
            *wrote |= allowed.is_some_and(|wrote| *wrote);
            allowed.is_some()
        });
        Ok(self)
    }

    /// Whether an address is granted: if so, whether the operator wrote it.
    pub(crate) fn permits(&self, address: &Address) -> Option<bool> {
        self.granted.get(address).copied()
    }

    /// The granted addresses, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Address> {
        self.granted.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn option(explicit: bool) -> impl Fn(&str) -> Option<OptionValues> {
        move |_| {
            Some(OptionValues {
                values: texts(&["169.254.1.1:80"]),
                explicit,
            })
        }
    }

    fn granted(declared: &[&str], policy: &Connects) -> Vec<(String, bool)> {
        let compiled = Addresses::compile(&texts(declared), &option(true), false).unwrap();
        let narrowed = compiled.within(policy, &option(true)).unwrap();
        (narrowed.granted.iter())
            .map(|(address, wrote)| (address.to_string(), *wrote))
            .collect()
    }

    #[test]
    fn a_module_gets_what_it_declares_and_the_operator_writes() {
        let declared = ["tcp:localhost:80", "unix:/run/x", "tcp:[::ffff:10.0.0.1]:9"];
        let policy = Connects::Only(texts(&["unix:/var/run/x", "tcp:10.0.0.1:9", "tcp:other:1"]));
        let wanted = ["tcp:10.0.0.1:9", "unix:/run/x"];
        let wanted: Vec<_> = wanted.map(|text| (text.to_owned(), true)).into();
        assert_eq!(granted(&declared, &policy), wanted);
        assert_eq!(granted(&declared, &Connects::nothing()), []);
        assert_eq!(granted(&declared, &Connects::Everything).len(), 3);
    }

    #[test]
    fn only_the_operator_can_write_an_address() {
        let literal = "tcp:169.254.169.254:80";
        let everything = &Connects::Everything;
        assert_eq!(
            granted(&[literal], everything),
            [(literal.to_owned(), false)]
        );
        let own = Connects::Only(texts(&[literal]));
        assert_eq!(granted(&[literal], &own), [(literal.to_owned(), true)]);

        let declared = texts(&["tcp:{address}"]);
        for explicit in [true, false] {
            let compiled = Addresses::compile(&declared, &option(explicit), false).unwrap();
            let address = Address::parse("tcp:169.254.1.1:80").unwrap();
            assert_eq!(compiled.permits(&address), Some(explicit));
        }
    }

    #[test]
    fn the_number_of_addresses_is_bounded() {
        let many: Vec<String> = (0..=MAX_ADDRESSES)
            .map(|number| format!("tcp:h{number}:1"))
            .collect();
        let compile = |texts: &[String]| Addresses::compile(texts, &|_| None, false);
        assert_eq!(compile(&many[1..]).map(|all| all.iter().count()), Ok(64));
        let error = compile(&many).unwrap_err();
        assert_eq!(error.problem, ConnectProblem::TooMany);
        assert_eq!(error.address, many[64]);
    }
}
