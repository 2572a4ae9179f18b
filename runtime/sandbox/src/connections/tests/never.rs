//! Addresses that no grant includes.

use super::*;

fn denied(addresses: &[&str], wrote: bool, asked: &str) -> bool {
    let mut guest = Guest::with(addresses, wrote, &Limits::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = OwnListener::Tcp(listener.local_addr().unwrap());
    guest.network.set_own(vec![own]);
    let asked = asked.replace("OWN", &listener.local_addr().unwrap().port().to_string());
    let timeout = Duration::from_millis(50);
    let result = guest.connections.connect(&asked, timeout, &guest.meter);
    let is_denied = matches!(result, Err(ConnectionError::NotPermitted));
    assert_eq!(guest.connections.usage().denied, u64::from(is_denied));
    is_denied
}

#[test]
fn addresses_outside_of_the_grants_are_denied() {
    let granted = ["tcp:127.0.0.1:1", "unix:/run/it"];
    for asked in [
        "tcp:127.0.0.1:2",
        "tcp:127.0.0.2:1",
        "tcp:localhost:1",
        "unix:/run/other",
    ] {
        assert!(denied(&granted, true, asked), "{asked}");
    }
    assert!(!denied(&granted, true, "tcp:[::ffff:127.0.0.1]:1"));
}

#[test]
fn metadata_services_are_denied_unless_the_operator_wrote_them() {
    for address in [
        "tcp:169.254.169.254:80",
        "tcp:[::ffff:169.254.169.254]:80",
        "tcp:[fd00:ec2::254]:80",
        "tcp:[64:ff9b::a9fe:a9fe]:80",
    ] {
        assert!(denied(&[address], false, address), "{address}");
        assert!(!denied(&[address], true, address), "{address}");
    }
}

#[test]
fn datagrams_are_denied_alike() {
    for address in ["udp:224.0.0.1:9", "udp:255.255.255.255:9", "udp:0.0.0.0:9"] {
        let mut guest = Guest::new(&[address]);
        let denied = guest.datagram(address, b"?");
        assert_eq!(denied, Err(ConnectionError::NotPermitted), "{address}");
    }
}

#[test]
fn own_listeners_are_denied() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for (host, wrote, is_denied) in [
        ("127.0.0.1", false, true),
        ("127.0.0.1", true, false),
        // The operator wrote a name, and not the address.
        ("localhost", true, true),
    ] {
        let asked = format!("tcp:{host}:{}", address.port());
        let mut guest = Guest::with(&[&asked], wrote, &Limits::default());
        let v6 = OwnListener::Tcp(format!("[::1]:{}", address.port()).parse().unwrap());
        guest.network.set_own(vec![OwnListener::Tcp(address), v6]);
        let result = guest.connect(&asked).map(drop);
        let expected = match is_denied {
            true => Err(ConnectionError::NotPermitted),
            false => Ok(()),
        };
        assert_eq!(result, expected, "{host} {wrote}");
    }
}
