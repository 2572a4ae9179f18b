//! What a connection to a service needs.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use firepit_sandbox::grants::{Address, Host};

use super::needs::Names;

/// Directories with sockets of many services, which are too much to mount for one of them.
const SHARED: [&str; 5] = ["/", "/run", "/tmp", "/var/lib", "/var/tmp"];

/// What has to be visible of a Unix socket, and what that is: its directory, because a service that starts
/// again makes its socket anew; or the socket alone, if the directory has those of others.
pub(super) fn mount(address: &Address) -> Option<(PathBuf, String)> {
    let Address::Unix(path) = address else {
        return None;
    };
    let (socket, directory) = (Path::new(path), Path::new(path).parent()?);
    if SHARED.iter().any(|shared| directory == Path::new(shared)) {
        let what = "a socket; a service that starts again may make another one, which firepit sees after \
                    a restart";
        return Some((socket.to_owned(), what.to_owned()));
    }
    Some((
        directory.to_owned(),
        format!("the directory of the socket {path}"),
    ))
}

/// Who connects by the Internet's protocols.
pub(super) fn by_internet(services: &BTreeMap<Address, Names>) -> Names {
    collect(services, |address| {
        matches!(address, Address::Tcp(..) | Address::Udp(..))
    })
}

/// Who connects to services that only the host's own network namespace has: of loopback addresses, and
/// of the abstract namespace.
pub(super) fn of_host(services: &BTreeMap<Address, Names>) -> Names {
    collect(services, |address| match address {
        Address::Abstract(_) => true,
        Address::Tcp(host, _) | Address::Udp(host, _) => match host {
            Host::Ip(ip) => IpAddr::is_loopback(ip),
            Host::Name(name) => name == "localhost",
        },
        Address::Unix(_) => false,
    })
}

fn collect(services: &BTreeMap<Address, Names>, is_it: impl Fn(&Address) -> bool) -> Names {
    let asked = services.iter().filter(|(address, _)| is_it(address));
    asked.flat_map(|(_, names)| names.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn directory_of_a_socket_is_mounted_unless_others_use_it() {
        for (text, wanted) in [
            ("unix:/var/run/dbus/system_bus_socket", Some("/run/dbus")),
            ("unix:/run/supervisor.sock", Some("/run/supervisor.sock")),
            ("unix:/tmp/x", Some("/tmp/x")),
            ("unix:@x", None),
            ("tcp:localhost:1", None),
        ] {
            let path = mount(&address(text)).map(|(path, _)| path);
            assert_eq!(path, wanted.map(PathBuf::from), "{text}");
        }
    }

    #[test]
    fn services_are_told_apart_by_their_network() {
        let services = [
            "tcp:127.9.9.9:1",
            "udp:[::1]:1",
            "tcp:localhost:1",
            "unix:@x",
        ];
        let others = ["tcp:192.0.2.1:1", "udp:ntp.example:123", "unix:/run/x"];
        for (texts, is_of_host) in [(&services[..], true), (&others, false)] {
            for text in texts {
                let services = [(address(text), Names::from(["x".to_owned()]))].into();
                assert_eq!(!of_host(&services).is_empty(), is_of_host, "{text}");
                let by_internet = !by_internet(&services).is_empty();
                assert_eq!(by_internet, !text.starts_with("unix:"), "{text}");
            }
        }
    }
}
