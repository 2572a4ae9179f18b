//! Opens TCP ports.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use rustix::io::Errno;

use super::{BACKLOG, ListenError};

/// Opens a port of a host, or of all addresses of this machine. `address` is for errors.
pub(super) fn bind(
    host: Option<&str>,
    port: u16,
    address: String,
) -> Result<TcpListener, ListenError> {
    let candidates = match candidates(host, port) {
        Ok(candidates) => candidates,
        Err(source) => return Err(ListenError::Unresolved { address, source }),
    };
    let mut first_failure = None;
    for candidate in candidates {
        match open(candidate) {
            Ok(listener) => return Ok(listener),
            // Without IPv6 the error of the first candidate is of no interest; report that of the
            // second.
            Err(error) if host.is_none() && lacks_ipv6(&error) => {}
            // The other candidate would silently open the port for IPv4 only.
            Err(error) if host.is_none() => return Err(explain(address, error)),
            Err(error) => {
                first_failure.get_or_insert(error);
            }
        }
    }
    let failure = first_failure.unwrap_or_else(|| ErrorKind::AddrNotAvailable.into());
    Err(explain(address, failure))
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    rustix::net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

fn candidates(host: Option<&str>, port: u16) -> io::Result<Vec<SocketAddr>> {
    let Some(host) = host else {
        return Ok(vec![
            (Ipv6Addr::UNSPECIFIED, port).into(),
            (Ipv4Addr::UNSPECIFIED, port).into(),
        ]);
    };
    let mut found: Vec<_> = (host, port).to_socket_addrs()?.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    Ok(found)
}

/// Whether there is no IPv6: neither in the kernel (the socket cannot be created), nor on any interface.
fn lacks_ipv6(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::AFNOSUPPORT.raw_os_error())
        || error.kind() == ErrorKind::AddrNotAvailable
}

fn explain(address: String, source: io::Error) -> ListenError {
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

    fn at(host: Option<&str>, port: u16) -> Result<TcpListener, ListenError> {
        let address = format!("{}:{port}", host.unwrap_or_default());
        bind(host, port, address)
    }

    fn port_of(listener: &TcpListener) -> u16 {
        listener.local_addr().unwrap().port()
    }

    #[test]
    fn all_interfaces_serve_both_families() {
        let listener = at(None, 0).unwrap();
        let port = port_of(&listener);
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap();
        }
    }

    #[test]
    fn hosts_by_number_and_by_name() {
        for host in ["127.0.0.1", "localhost"] {
            let listener = at(Some(host), 0).unwrap();
            assert!(listener.local_addr().unwrap().ip().is_loopback(), "{host}");
        }
    }

    #[test]
    fn port_in_use_error_names_the_remedy() {
        let holder = at(Some("127.0.0.1"), 0).unwrap();
        let port = port_of(&holder);
        for host in [None, Some("127.0.0.1")] {
            let error = at(host, port).unwrap_err();
            assert!(matches!(error, ListenError::InUse(_)), "{error:?}");
            let text = error.to_string();
            let wanted = format!("{}:{port}", host.unwrap_or_default());
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
        let error = at(None, port_of(&holder)).unwrap_err();
        assert!(matches!(error, ListenError::InUse(_)), "{error:?}");
    }

    #[test]
    fn an_address_of_another_host() {
        // TEST-NET-1 belongs to no host.
        let error = at(Some("192.0.2.1"), 0).unwrap_err();
        assert!(matches!(error, ListenError::NotLocal(_)), "{error:?}");
    }

    #[test]
    fn invalid_host_names_are_unresolved() {
        // Longer than any name can be, so that the resolver is not called.
        let long = "a".repeat(300);
        for host in ["", &long, "a\0b"] {
            let error = at(Some(host), 0).unwrap_err();
            assert!(
                matches!(error, ListenError::Unresolved { .. }),
                "{host:?}: {error:?}"
            );
        }
    }
}
