//! The program's own listeners, which a collector reaches only if the operator wrote their address: a
//! module must not scrape the scrape that it is part of, or reload the program.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use rustix::fs::{fstat, stat};

/// An address that the program itself listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnListener {
    /// By TCP.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

/// The listeners, as they are now.
#[derive(Debug, Default)]
pub(super) struct OwnListeners(RwLock<Vec<OwnListener>>);

impl OwnListeners {
    pub(super) fn set(&self, listeners: Vec<OwnListener>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = listeners;
    }

    /// Whether a connection to this address would reach a listener.
    pub(super) fn has(&self, ip: IpAddr, port: u16) -> bool {
        let listeners = self.0.read().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().any(|listener| match listener {
            OwnListener::Tcp(own) if own.port() == port => {
                let own = own.ip().to_canonical();
                own == ip || own.is_unspecified() && is_local(ip)
            }
            _ => false,
        })
    }

    /// Whether this file is the socket of a listener.
    pub(super) fn has_socket(&self, place: &OwnedFd) -> bool {
        let Ok(asked) = fstat(place.as_fd()) else {
            return true;
        };
        let listeners = self.0.read().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().any(|listener| match listener {
            OwnListener::Unix(path) => {
                stat(path).is_ok_and(|own| (own.st_dev, own.st_ino) == (asked.st_dev, asked.st_ino))
            }
            OwnListener::Tcp(_) => false,
        })
    }
}

/// Whether an address is one of this host's: only such an address can be bound. All of 127.0.0.0/8 is.
fn is_local(ip: IpAddr) -> bool {
    ip.is_loopback() || UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(own: &str, ip: &str, port: u16) -> bool {
        let listeners = OwnListeners::default();
        listeners.set(vec![OwnListener::Tcp(own.parse().unwrap())]);
        listeners.has(ip.parse().unwrap(), port)
    }

    #[test]
    fn own_listeners_are_found_by_all_addresses_of_the_host() {
        assert!(has("127.0.0.1:9100", "127.0.0.1", 9100));
        assert!(!has("127.0.0.1:9100", "127.0.0.1", 9101));
        assert!(!has("127.0.0.1:9100", "127.0.0.2", 9100));
        assert!(has("[::ffff:127.0.0.1]:9100", "127.0.0.1", 9100));
        for own in ["0.0.0.0:9100", "[::]:9100"] {
            assert!(has(own, "127.0.0.1", 9100));
            assert!(has(own, "127.99.0.1", 9100));
            assert!(has(own, "::1", 9100));
            assert!(!has(own, "192.0.2.1", 9100), "not of this host");
        }
    }
}
