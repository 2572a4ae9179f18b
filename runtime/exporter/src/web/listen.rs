//! Opens the ports.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use rustix::io::Errno;

/// An address to listen on, not yet resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    /// Host name or address, an IPv6 address without its brackets; `None` for all interfaces.
    pub host: Option<String>,
    /// Port; 0 lets the kernel choose.
    pub port: u16,
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.as_deref() {
            None => write!(f, ":{}", self.port),
            Some(host) if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            Some(host) => write!(f, "{host}:{}", self.port),
        }
    }
}

/// Why a port cannot be opened, and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another socket uses the port.
    #[error(
        "cannot listen on {0}: address already in use; stop the process that uses it \
         (`ss -ltnp` names it), or choose another address with --web.listen-address"
    )]
    InUse(String),
    /// The process may not open the port.
    #[error(
        "cannot listen on {0}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE, \
         choose a higher one with --web.listen-address"
    )]
    Denied(String),
    /// The address belongs to another host.
    #[error(
        "cannot listen on {0}: no interface of this host has this address; \
         choose one that `ip address` shows, or omit the host to listen on all"
    )]
    NotLocal(String),
    /// The host name has no address.
    #[error("cannot listen on {address}: cannot resolve the host name")]
    Unresolved {
        /// The address as given.
        address: String,
        /// The resolver's error.
        source: io::Error,
    },
    /// Any other error.
    #[error("cannot listen on {address}")]
    Other {
        /// The address as given.
        address: String,
        /// The kernel's error.
        source: io::Error,
    },
}

/// Opens an address for listening.
///
/// Without a host it listens on all addresses of the machine: on `[::]`, which Linux serves for IPv4 too
/// unless `net.ipv6.bindv6only` is set, or on `0.0.0.0` if there is no IPv6. Of a host name it uses the
/// first address that can be opened, IPv4 first.
///
/// # Errors
///
/// The error of the first address, if none can be opened.
pub fn bind(address: &ListenAddress) -> Result<TcpListener, ListenError> {
    let mut first_failure = None;
    for candidate in candidates(address)? {
        match TcpListener::bind(candidate) {
            Ok(listener) => return Ok(listener),
            // Without IPv6 the error of the first candidate is of no interest; report that of the
            // second.
            Err(error) if address.host.is_none() && lacks_ipv6(&error) => {}
            // The other candidate would silently open the port for IPv4 only.
            Err(error) if address.host.is_none() => return Err(explain(address, error)),
            Err(error) => {
                first_failure.get_or_insert(error);
            }
        }
    }
    let failure = first_failure.unwrap_or_else(|| ErrorKind::AddrNotAvailable.into());
    Err(explain(address, failure))
}

fn candidates(address: &ListenAddress) -> Result<Vec<SocketAddr>, ListenError> {
    let port = address.port;
    let Some(host) = &address.host else {
        return Ok(vec![
            (Ipv6Addr::UNSPECIFIED, port).into(),
            (Ipv4Addr::UNSPECIFIED, port).into(),
        ]);
    };
    let resolved = (host.as_str(), port).to_socket_addrs();
    let mut found: Vec<_> = resolved
        .map_err(|source| ListenError::Unresolved {
            address: address.to_string(),
            source,
        })?
        .collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    Ok(found)
}

/// Whether there is no IPv6: neither in the kernel (the socket cannot be created), nor on any interface.
fn lacks_ipv6(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::AFNOSUPPORT.raw_os_error())
        || error.kind() == ErrorKind::AddrNotAvailable
}

fn explain(address: &ListenAddress, source: io::Error) -> ListenError {
    let address = address.to_string();
    match source.kind() {
        ErrorKind::AddrInUse => ListenError::InUse(address),
        ErrorKind::PermissionDenied => ListenError::Denied(address),
        ErrorKind::AddrNotAvailable => ListenError::NotLocal(address),
        _ => ListenError::Other { address, source },
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    fn address(host: Option<&str>, port: u16) -> ListenAddress {
        ListenAddress {
            host: host.map(Into::into),
            port,
        }
    }

    fn port_of(listener: &TcpListener) -> u16 {
        listener.local_addr().unwrap().port()
    }

    #[test]
    fn all_interfaces_serve_both_families() {
        let listener = bind(&address(None, 0)).unwrap();
        let port = port_of(&listener);
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap();
        }
    }

    #[test]
    fn hosts_by_number_and_by_name() {
        for host in ["127.0.0.1", "localhost"] {
            let listener = bind(&address(Some(host), 0)).unwrap();
            assert!(listener.local_addr().unwrap().ip().is_loopback(), "{host}");
        }
    }

    #[test]
    fn a_port_in_use_is_told_with_what_to_do() {
        let holder = bind(&address(Some("127.0.0.1"), 0)).unwrap();
        let port = port_of(&holder);
        for host in [None, Some("127.0.0.1")] {
            let wanted = address(host, port);
            let error = bind(&wanted).unwrap_err();
            assert!(matches!(error, ListenError::InUse(_)), "{error:?}");
            let text = error.to_string();
            let begin = format!("cannot listen on {wanted}: address already in use; ");
            assert!(text.starts_with(&begin), "{text}");
            assert!(text.contains("--web.listen-address"), "{text}");
        }
    }

    #[test]
    fn a_port_in_use_for_one_family_is_in_use() {
        let Ok(holder) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
            return; // No IPv6 here.
        };
        let error = bind(&address(None, port_of(&holder))).unwrap_err();
        assert!(matches!(error, ListenError::InUse(_)), "{error:?}");
    }

    #[test]
    fn an_address_of_another_host() {
        // TEST-NET-1 belongs to no host.
        let error = bind(&address(Some("192.0.2.1"), 0)).unwrap_err();
        assert!(matches!(error, ListenError::NotLocal(_)), "{error:?}");
    }

    #[test]
    fn names_that_are_none() {
        // Longer than any name can be, so that the resolver is not called.
        let long = "a".repeat(300);
        for host in ["", &long, "a\0b"] {
            let error = bind(&address(Some(host), 0)).unwrap_err();
            assert!(
                matches!(error, ListenError::Unresolved { .. }),
                "{host:?}: {error:?}"
            );
        }
    }
}
