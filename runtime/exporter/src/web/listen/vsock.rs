//! Opens vsock ports, which connect virtual machines with their host without a network.

use std::io::{self, ErrorKind};

use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};

use super::{BACKLOG, ListenError};

/// Lets the kernel choose a port.
const ANY_PORT: u32 = libc::VMADDR_PORT_ANY;

/// Listens on a port, of any context ID if there is none.
pub(super) fn bind(cid: Option<u32>, port: u32, address: String) -> Result<Socket, ListenError> {
    let cid = cid.unwrap_or(libc::VMADDR_CID_ANY);
    let port = if port == 0 { ANY_PORT } else { port };
    open(cid, port).map_err(|source| explain(address, source))
}

fn open(cid: u32, port: u32) -> io::Result<Socket> {
    let socket = Socket::new(Domain::VSOCK, Type::STREAM, None)?;
    socket.bind(&SockAddr::vsock(cid, port))?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

fn explain(address: String, source: io::Error) -> ListenError {
    let without_vsock = [Errno::AFNOSUPPORT, Errno::PROTONOSUPPORT, Errno::NODEV];
    match source.kind() {
        _ if Errno::from_io_error(&source).is_some_and(|errno| without_vsock.contains(&errno)) => {
            ListenError::NoVsock(address)
        }
        ErrorKind::AddrInUse => ListenError::InUse(address),
        ErrorKind::PermissionDenied => ListenError::Denied(address),
        ErrorKind::AddrNotAvailable => ListenError::OtherMachine(address),
        _ => ListenError::Other { address, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u32) -> Result<Socket, ListenError> {
        bind(None, port, format!("vsock://:{port}"))
    }

    /// Where the kernel has vsock, a port is opened once; elsewhere the error says what is missing.
    #[test]
    fn a_port_is_opened_or_refused_with_the_reason() {
        let holder = match at(0) {
            Ok(holder) => holder,
            Err(error) => {
                assert!(matches!(error, ListenError::NoVsock(_)), "{error:?}");
                return;
            }
        };
        let (_, port) = holder.local_addr().unwrap().as_vsock_address().unwrap();
        assert_ne!(port, ANY_PORT);
        let error = at(port).unwrap_err();
        assert!(matches!(error, ListenError::InUse(_)), "{error:?}");
        let error = bind(Some(4_000_000_000), 0, String::new()).unwrap_err();
        assert!(matches!(error, ListenError::OtherMachine(_)), "{error:?}");
    }

    #[test]
    fn missing_vsock_support_is_reported() {
        for errno in [libc::EAFNOSUPPORT, libc::EPROTONOSUPPORT, libc::ENODEV] {
            let error = explain("vsock://:1".into(), io::Error::from_raw_os_error(errno));
            let text = error.to_string();
            let begin = "cannot listen on vsock://:1: this kernel has no vsock; ";
            assert!(text.starts_with(begin), "{text}");
        }
    }
}
