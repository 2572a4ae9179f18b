//! The labels of a backend, and the operator's selection.

use crate::backends::Backend;

/// One label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    LocalAddress,
    LocalPort,
    RemoteAddress,
    RemotePort,
    Proto,
    LocalMark,
}

impl Label {
    /// All labels, in the order of the option's default.
    pub(crate) const ALL: [Self; 6] = [
        Self::LocalAddress,
        Self::LocalPort,
        Self::RemoteAddress,
        Self::RemotePort,
        Self::Proto,
        Self::LocalMark,
    ];

    /// The name of the label, in metrics and in the option.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LocalAddress => "local_address",
            Self::LocalPort => "local_port",
            Self::RemoteAddress => "remote_address",
            Self::RemotePort => "remote_port",
            Self::Proto => "proto",
            Self::LocalMark => "local_mark",
        }
    }

    /// Its value for one backend.
    pub(crate) fn value(self, backend: &Backend<'_>) -> String {
        let service = &backend.service;
        let address = |address: Option<std::net::IpAddr>| {
            // An IPv4-mapped IPv6 address is shown as IPv4.
            address.map_or_else(String::new, |address| address.to_canonical().to_string())
        };
        match self {
            Self::LocalAddress => address(service.address),
            Self::LocalPort => service.port.to_string(),
            Self::RemoteAddress => address(Some(backend.address)),
            Self::RemotePort => backend.port.to_string(),
            Self::Proto => service.proto.to_owned(),
            Self::LocalMark => service.mark.to_owned(),
        }
    }
}

/// The labels of a comma-separated list, each once. Empty names are ignored.
///
/// # Errors
/// The unknown names.
pub(crate) fn parse(list: &str) -> Result<Vec<Label>, String> {
    let names = || list.split(',').filter(|name| !name.is_empty());
    let mut unknown = Vec::new();
    for name in names().filter(|name| Label::ALL.iter().all(|label| label.name() != *name)) {
        if let Err(place) = unknown.binary_search(&name) {
            unknown.insert(place, name);
        }
    }
    if unknown.is_empty() {
        let wanted = |label: &Label| names().any(|name| name == label.name());
        return Ok(Label::ALL.into_iter().filter(wanted).collect());
    }
    let unknown = unknown.join(", ");
    Err(format!("unknown IPVS backend labels: {unknown:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_labels() {
        let all = "local_mark,proto,remote_port,remote_address,local_port,local_address";
        assert_eq!(parse(all), Ok(Label::ALL.to_vec()));
        assert_eq!(
            parse("local_port,,local_address,local_port,"),
            Ok(vec![Label::LocalAddress, Label::LocalPort])
        );
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn unknown_labels_are_named() {
        let error = "unknown IPVS backend labels: \" proto, x\"".to_owned();
        assert_eq!(parse("x,local_port, proto,x"), Err(error));
    }
}
