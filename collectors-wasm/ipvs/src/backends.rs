//! `/proc/net/ip_vs`: services, each followed by its backends.
//!
//! A service is a line `TCP <address> <scheduler>` (or `UDP`, `SCTP`) or `FWM <mark> <scheduler>`,
//! a backend `-> <address> <forward> <weight> <active> <inactive>`. Malformed lines are skipped;
//! the backends of a malformed service are skipped too. node_exporter does not know SCTP, and
//! assigns SCTP backends to the preceding service.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::AddAssign;

use firepit_sdk::parse::{Error, Line, Text, numbers};
use firepit_sdk::skip::{self, OrSkip};

/// The service of the following backends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Service<'a> {
    /// `TCP`, `UDP`, `SCTP` or `FWM`; empty before the first service.
    pub(crate) proto: &'a str,
    /// Missing for a firewall mark.
    pub(crate) address: Option<IpAddr>,
    /// 0 for a firewall mark.
    pub(crate) port: u16,
    /// The firewall mark, if it is one.
    pub(crate) mark: &'a str,
}

/// One backend of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backend<'a> {
    pub(crate) service: Service<'a>,
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) load: Load,
}

/// The load of a backend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Usually not negative, but signed in the kernel.
    pub(crate) weight: i64,
    pub(crate) active: u64,
    pub(crate) inactive: u64,
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Self) {
        self.weight = self.weight.wrapping_add(other.weight);
        self.active = self.active.wrapping_add(other.active);
        self.inactive = self.inactive.wrapping_add(other.inactive);
    }
}

/// All backends in the order of the file.
pub(crate) fn parse(text: &Text) -> Vec<Backend<'_>> {
    let mut service = Some(Service::default());
    let mut backends = Vec::new();
    for line in text.lines() {
        let mut columns = line.columns();
        let (first, second) = match (columns.next(), columns.next()) {
            (None, _) | (Some("IP" | "Prot"), _) | (_, Some("RemoteAddress:Port")) => continue,
            (Some(first), second) => (first, second.unwrap_or_default()),
        };
        match first {
            "TCP" | "UDP" | "SCTP" => {
                let endpoint = endpoint(line, second).or_skip();
                service = endpoint.map(|(address, port)| Service {
                    proto: first,
                    address: Some(address),
                    port,
                    mark: "",
                });
            }
            "FWM" => {
                service = Some(Service {
                    proto: first,
                    mark: second,
                    ..Service::default()
                });
            }
            "->" => {
                let backend = service.map(|service| backend(line, service, second));
                backends.extend(backend.and_then(OrSkip::or_skip));
            }
            _ => skip::report(line.error("expected a service or a backend")),
        }
    }
    backends
}

fn backend<'a>(line: Line<'a>, service: Service<'a>, at: &str) -> Result<Backend<'a>, Error> {
    let (address, port) = endpoint(line, at)?;
    let mut columns = line.columns();
    for passed in ["arrow", "address", "forward"] {
        columns.text(passed)?;
    }
    Ok(Backend {
        service,
        address,
        port,
        load: Load {
            weight: columns.integer("weight")?,
            active: columns.unsigned("active connections")?,
            inactive: columns.unsigned("inactive connections")?,
        },
    })
}

/// Reads `C0A80016:0CEA` or `[2620:0000:...:0001]:0050`: address and port.
fn endpoint(line: Line<'_>, text: &str) -> Result<(IpAddr, u16), Error> {
    let parsed = match text.rsplit_once(':') {
        Some((address, port)) if port.len() == 4 => (address_of(address)).zip(number(port)),
        _ => None,
    };
    parsed
        .and_then(|(address, port)| Some((address, u16::try_from(port).ok()?)))
        .ok_or_else(|| line.error("expected a hexadecimal address and port"))
}

fn address_of(text: &str) -> Option<IpAddr> {
    match text.len() {
        8 => Some(Ipv4Addr::from(number(text)?).into()),
        41 => {
            let address = text.strip_prefix('[')?.strip_suffix(']')?;
            Some(address.parse::<Ipv6Addr>().ok()?.into())
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<u32> {
    numbers::hexadecimal(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let text = Text::new("f", text);
        let backends = parse(&text);
        (backends.iter())
            .map(|backend| {
                let Backend {
                    service,
                    address,
                    port,
                    load,
                } = backend;
                let local = service
                    .address
                    .map_or_else(String::new, |local| local.to_string());
                format!(
                    "{} {local}:{} {} {address}:{port} {}/{}/{}",
                    service.proto,
                    service.port,
                    service.mark,
                    load.weight,
                    load.active,
                    load.inactive
                )
            })
            .collect()
    }

    #[test]
    fn backends_with_their_services() {
        let text = "IP Virtual Server version 1.2.1 (size=4096)\n\
            Prot LocalAddress:Port Scheduler Flags\n  \
            -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n\
            TCP  C0A80016:0CEA wlc  \n  \
            -> C0A85216:0CEA      Tunnel  100    248        2         \n\
            UDP  [2620:0000:0000:0000:0000:0000:0000:0001]:0050 sh\n  \
            -> [2620:0000:0000:0000:0000:0000:0000:0002]:0051      Route   1      0          3\n\
            FWM  10001000 wlc   \n  \
            -> C0A8321A:0CEA      Route   0      64         1         \n";
        let expected = [
            "TCP 192.168.0.22:3306  192.168.82.22:3306 100/248/2",
            "UDP 2620::1:80  2620::2:81 1/0/3",
            "FWM :0 10001000 192.168.50.26:3306 0/64/1",
        ];
        assert_eq!(read(text), expected);
        assert_eq!(read(""), [""; 0]);
    }

    #[test]
    fn backends_belong_to_the_service_before_them() {
        let backend = "-> C0A8321A:0001 Route 1 2 3";
        let text = format!(
            "{backend}\nTCP 01020304:0001 rr\n\ntomorrow: ?? of\n{backend}\n\
             SCTP 01020304:0002 rr\n{backend}\n\nTCP garbled rr\n{backend}\nTCP\n{backend}\n"
        );
        let expected = [
            " :0  192.168.50.26:1 1/2/3",
            "TCP 1.2.3.4:1  192.168.50.26:1 1/2/3",
            "SCTP 1.2.3.4:2  192.168.50.26:1 1/2/3",
        ];
        assert_eq!(read(&text), expected);
    }

    #[test]
    fn malformed_input_is_skipped() {
        let good = "-> C0A8321A:0001 Route 1 2 3";
        let shown = " :0  192.168.50.26:1 1/2/3";
        for address in [
            "C0A80016",
            "C0A80016:0CE",
            "C0A80016:0CEAA",
            "C0A80016:0CEX",
            "C0A8001X:0CEA",
            "+0A80016:0CEA",
            ":",
            "C0A800160:CEA",
            "[2620:0000:0000:0000:0000:0000:0000:000x]:0050",
            "[2620::1]:0050",
            "é0A80016:0CEA",
            "",
        ] {
            let text = format!("{good}\n-> {address} Route 1 2 3\n{good}\n");
            assert_eq!(read(&text), [shown; 2], "{address:?}");
            let text = format!("{good}\nTCP {address} rr\n{good}\n");
            assert_eq!(read(&text), [shown], "{address:?}");
        }
        for numbers in ["1 2", "x 2 3", "1 2 x", "1 -2 3"] {
            let text = format!("-> C0A80016:0CEA Route {numbers}\n{good}\n");
            assert_eq!(read(&text), [shown], "{numbers:?}");
        }
        let text = "-> C0A8321A:0001 Route -1 2 3 tomorrow\n";
        assert_eq!(read(text), [" :0  192.168.50.26:1 -1/2/3"]);
    }

    #[test]
    fn huge_files() {
        let text = "-> C0A80016:0CEA Route 1 2 18446744073709551615\n".repeat(1 << 15);
        assert_eq!(read(&text).len(), 1 << 15);
        let wide = format!("-> C0A80016:0CEA Route{}", " 1".repeat(1 << 18));
        assert_eq!(read(&wide).len(), 1);
    }
}
