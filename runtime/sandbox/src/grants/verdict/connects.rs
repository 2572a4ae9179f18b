//! The addresses of a descriptor, split by what a policy grants of them.
//!
//! Addresses are compared in their canonical form. An address with an option has no such form before
//! its value is known; it is compared by its text.

use super::Verdict;
use crate::grants::{Address, Addresses, ConnectProblem, Connects, Host, never_connect};

/// A declared address that is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LackingConnect {
    /// The address as declared.
    pub address: String,
    /// Why it is lacking.
    pub why: WhyNoConnect,
}

/// Why a declared address is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNoConnect {
    /// The policy does not list it.
    NotAllowed,
    /// The policy lists it if an option has a certain value.
    ByValue,
    /// It is on the never-list, for this reason, and the operator has not written this very address.
    Never(&'static str),
    /// Not a valid address.
    Malformed(ConnectProblem),
}

/// An address as it is compared.
#[derive(Debug, PartialEq, Eq)]
enum Asked<'t> {
    Canonical(Address),
    /// It has an option.
    Text(&'t str),
}

impl<'t> Asked<'t> {
    fn parse(text: &'t str) -> Result<Self, ConnectProblem> {
        Addresses::check(text)?;
        // Without an option, it is complete.
        Ok(match Address::parse(text) {
            Ok(address) if !text.contains('{') => Self::Canonical(address),
            _ => Self::Text(text),
        })
    }

    /// Whether some value of an option may make both the same address. What the values will be is not
    /// known here, so the schemes alone decide.
    fn may_equal(&self, other: &Self) -> bool {
        let has_option = matches!(self, Self::Text(_)) || matches!(other, Self::Text(_));
        let is_of_url = |one: &Self, two: &Self| {
            one.scheme() == "url" && matches!(two.scheme(), "tcp" | "unix" | "url")
        };
        let is_same = self.scheme() == other.scheme();
        has_option && (is_same || is_of_url(self, other) || is_of_url(other, self))
    }

    fn scheme(&self) -> &str {
        match self {
            Self::Canonical(Address::Tcp(..)) => "tcp",
            Self::Canonical(Address::Udp(..)) => "udp",
            Self::Canonical(Address::Unix(_) | Address::Abstract(_)) => "unix",
            Self::Text(text) => text.split(':').next().unwrap_or_default(),
        }
    }
}

impl Verdict {
    /// Adds the addresses of a descriptor. Addresses of the policy that are malformed permit nothing
    /// here; [`Addresses::within`](crate::grants::Addresses::within) rejects them.
    #[must_use]
    pub fn with_connects(mut self, connects: &[String], policy: &Connects) -> Self {
        self.connects_listed = matches!(policy, Connects::Only(_));
        let allowed: Option<Vec<Asked<'_>>> = match policy {
            Connects::Everything => None,
            Connects::Only(texts) => Some(texts.iter().flat_map(|it| Asked::parse(it)).collect()),
        };
        for text in connects {
            match check(text, allowed.as_deref()) {
                Ok(()) => self.granted_connects.push(text.clone()),
                Err(why) => self.lacking_connects.push(LackingConnect {
                    address: text.clone(),
                    why,
                }),
            }
        }
        self
    }

    /// Addresses of this version of a module that the `running` version did not declare and that the
    /// operator has not listed.
    pub(super) fn new_connects<'s>(&'s self, running: &Self) -> impl Iterator<Item = &'s str> {
        let before: Vec<String> = running.connects().map(str::to_owned).collect();
        let unapproved = self
            .granted_connects
            .iter()
            .filter(|_| !self.connects_listed);
        let lacking = self.lacking_connects.iter().map(|lacking| &lacking.address);
        unapproved
            .chain(lacking)
            .map(String::as_str)
            .filter(move |text| {
                let asked = Asked::parse(text);
                let is_it =
                    |own: &String| own == text || asked.is_ok() && Asked::parse(own) == asked;
                !before.iter().any(is_it)
            })
    }

    /// All declared addresses.
    fn connects(&self) -> impl Iterator<Item = &str> {
        let lacking = self.lacking_connects.iter().map(|it| it.address.as_str());
        self.granted_connects
            .iter()
            .map(String::as_str)
            .chain(lacking)
    }
}

/// Whether an address is granted. `allowed` is `None` if the policy grants what is declared.
fn check(text: &str, allowed: Option<&[Asked<'_>]>) -> Result<(), WhyNoConnect> {
    let asked = Asked::parse(text).map_err(WhyNoConnect::Malformed)?;
    let is_listed = allowed.is_some_and(|allowed| allowed.contains(&asked));
    if let (Some(reason), false) = (never(&asked), is_listed) {
        return Err(WhyNoConnect::Never(reason));
    }
    match allowed {
        Some(allowed) if !is_listed => {
            if allowed.iter().any(|own| own.may_equal(&asked)) {
                Err(WhyNoConnect::ByValue)
            } else {
                Err(WhyNoConnect::NotAllowed)
            }
        }
        _ => Ok(()),
    }
}

/// The reason why an address is on the never-list. The addresses of a name are not known here.
fn never(asked: &Asked<'_>) -> Option<&'static str> {
    match asked {
        Asked::Canonical(Address::Tcp(Host::Ip(ip), _) | Address::Udp(Host::Ip(ip), _)) => {
            never_connect(*ip)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::{OptionValues, Policy};

    const TEXTS: [&str; 12] = [
        "tcp:127.0.0.1:6379",
        "tcp:[::ffff:127.0.0.1]:6379",
        "tcp:{address}",
        "tcp:{other}",
        "udp:{address}",
        "url:{url}",
        "unix:/run/x",
        "unix:/var/run/x",
        "unix:@x",
        "tcp:169.254.169.254:80",
        "udp:[ff02::1]:80",
        "tcp:no-port",
    ];

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn only(texts: &[&str]) -> Connects {
        Connects::Only(owned(texts))
    }

    fn verdict(declared: &[&str], policy: &Connects) -> Verdict {
        let none = Verdict::new(&[], [], &Policy::third_party());
        none.with_connects(&owned(declared), policy)
    }

    /// Why the only declared address is lacking.
    fn why(declared: &str, policy: &Connects) -> Option<WhyNoConnect> {
        let verdict = verdict(&[declared], policy);
        let number = verdict.granted_connects.len() + verdict.lacking_connects.len();
        assert_eq!(number, 1, "{declared}");
        verdict.lacking_connects.into_iter().next().map(|it| it.why)
    }

    #[test]
    fn addresses_are_granted_in_any_spelling() {
        use WhyNoConnect::{ByValue, NotAllowed};
        let redis = "tcp:127.0.0.1:6379";
        for (declared, listed, wanted) in [
            (redis, &[redis][..], None),
            (redis, &["tcp:[::ffff:127.0.0.1]:6379"], None),
            ("unix:/var/run/x", &["unix:/run/x"], None),
            ("tcp:{address}", &["tcp:{address}"], None),
            (redis, &[], Some(NotAllowed)),
            (redis, &["tcp:127.0.0.1:6380", "udp:{x}"], Some(NotAllowed)),
            (redis, &["tcp:{address}"], Some(ByValue)),
            ("tcp:{address}", &[redis], Some(ByValue)),
            ("url:{url}", &["unix:/run/x"], Some(ByValue)),
            ("url:{url}", &["udp:h:1"], Some(NotAllowed)),
            ("unix:{path}", &[redis], Some(NotAllowed)),
        ] {
            assert_eq!(
                why(declared, &only(listed)),
                wanted,
                "{declared} {listed:?}"
            );
        }
        assert_eq!(why(redis, &Connects::Everything), None);
    }

    #[test]
    fn only_the_operator_grants_an_address_of_the_never_list() {
        let metadata = "tcp:[::ffff:169.254.169.254]:80";
        let never = Some(WhyNoConnect::Never("a link-local address"));
        for policy in [Connects::Everything, only(&[]), only(&["tcp:{address}"])] {
            assert_eq!(why(metadata, &policy), never);
        }
        assert_eq!(why(metadata, &only(&["tcp:169.254.169.254:80"])), None);
        assert_eq!(why(metadata, &only(&["tcp:169.254.169.254:81"])), never);
    }

    #[test]
    fn malformed_addresses_are_granted_by_no_policy() {
        for text in ["tcp:x", "tcp:{x", "ftp:x:1", "unix:x", "url:{x"] {
            for policy in [Connects::Everything, only(&[text])] {
                let why = why(text, &policy);
                assert!(matches!(why, Some(WhyNoConnect::Malformed(_))), "{text}");
            }
        }
    }

    /// What is told holds when the addresses are compiled.
    #[test]
    fn verdict_agrees_with_the_grants() {
        let options = |name: &str| {
            let value = match name {
                "address" => "127.0.0.1:6379",
                "other" => "10.0.0.1:1",
                _ => "http://127.0.0.1:6379/",
            };
            Some(OptionValues {
                values: vec![value.to_owned()],
                explicit: true,
            })
        };
        let mut policies = vec![Connects::Everything, only(&[])];
        policies.extend(TEXTS.map(|text| only(&[text])));
        for text in TEXTS {
            let Ok(declared) = Addresses::compile(&owned(&[text]), &options, false) else {
                continue;
            };
            for policy in &policies {
                let Ok(granted) = declared.clone().within(policy, &options) else {
                    continue;
                };
                let usable = |address: &Address| {
                    let ip = match address {
                        Address::Tcp(Host::Ip(ip), _) | Address::Udp(Host::Ip(ip), _) => *ip,
                        _ => return true,
                    };
                    granted.permits(address) == Some(true) || never_connect(ip).is_none()
                };
                let is_granted = granted.iter().any(usable);
                match why(text, policy) {
                    None => assert!(is_granted, "{text} {policy:?}"),
                    Some(WhyNoConnect::ByValue) => {}
                    Some(_) => assert!(!is_granted, "{text} {policy:?}"),
                }
            }
        }
    }

    #[test]
    fn new_addresses_wait_until_listed() {
        let (redis, nginx) = ("tcp:127.0.0.1:6379", "unix:/run/nginx");
        let listed = [redis, nginx];
        let metadata = "tcp:169.254.169.254:80";
        type Texts = &'static [&'static str];
        let cases: [(Connects, &[&str], &[&str], Texts); 9] = [
            (only(&[]), &[], &[redis], &["tcp:127.0.0.1:6379"]),
            (only(&[]), &[redis], &[redis], &[]),
            (only(&[]), &[redis], &["tcp:[::ffff:7f00:1]:6379"], &[]),
            (only(&[redis]), &[redis], &listed, &["unix:/run/nginx"]),
            (only(&listed), &[redis], &listed, &[]),
            (only(&[]), &["tcp:{a}"], &["tcp:{b}"], &["tcp:{b}"]),
            (only(&[]), &[], &[metadata], &["tcp:169.254.169.254:80"]),
            (only(&[]), &[], &["tcp:x"], &["tcp:x"]),
            (Connects::Everything, &[], &[redis], &["tcp:127.0.0.1:6379"]),
        ];
        for (policy, running, new, held) in cases {
            let before = verdict(running, &policy);
            let asks = verdict(new, &policy).asks_more_than(&before);
            assert_eq!(asks, held, "{policy:?} {running:?} {new:?}");
        }
    }
}
