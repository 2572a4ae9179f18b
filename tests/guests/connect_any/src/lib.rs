//! Tries to reach whatever it is told, and many addresses that it makes up.

use std::time::Instant;

use firepit_sdk::net::{Reason, Stream, UdpSocket};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const TRIED: Gauge<2> = Gauge::new(
    "guest_tried_seconds",
    "How long each attempt took, and how it ended.",
    ["address", "end"],
);

/// What it asks for and hopes to be granted.
const HOPED: [&str; 5] = [
    "tcp:169.254.169.254:80",
    "tcp:[fd00:ec2::254]:80",
    "udp:224.0.0.251:5353",
    "tcp:0.0.0.0:80",
    "unix:/run/docker.sock",
];

/// Texts that are hardly addresses.
fn odd() -> Vec<(&'static str, String)> {
    vec![
        ("long", format!("tcp:{}:80", "a".repeat(1 << 20))),
        ("nul", "unix:/run/granted\0/other".to_owned()),
        ("nul-abstract", "unix:@\0".to_owned()),
        ("newline", "tcp:127.0.0.1:80\nlevel=INFO".to_owned()),
        ("escape", "tcp:\u{1b}[2J:80".to_owned()),
        ("empty", String::new()),
        ("scheme", "vsock:2:80".to_owned()),
    ]
}

struct Any {
    addresses: Vec<String>,
    odd: bool,
    tell: bool,
}

fn end(result: Result<(), Reason>) -> String {
    match result {
        Ok(()) => "connected".to_owned(),
        Err(reason) => reason.to_string(),
    }
}

fn attempt(address: &str) -> Result<(), Reason> {
    let failed = match address.strip_prefix("udp:") {
        Some(udp) => UdpSocket::new(udp).exchange(b"?", 100).err(),
        None => Stream::connect(address).err(),
    };
    failed.map_or(Ok(()), |error| Err(error.reason))
}

impl Collector for Any {
    fn describe() -> Descriptor {
        Descriptor::new("connect_any", "Tries to reach anything.")
            .connects(HOPED)
            .connects(["tcp:{tcp}", "udp:{udp}", "unix:{unix}"])
            .repeated("tcp", "What it was granted by TCP.")
            .repeated("udp", "What it was granted by UDP.")
            .repeated("unix", "What it was granted by Unix sockets.")
            .repeated("try", "Address that is tried.")
            .flag("odd", false, "Try odd texts.")
            .flag("tell", false, "Fail with an odd text.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            addresses: settings.texts("try").to_vec(),
            odd: settings.flag("odd"),
            tell: settings.flag("tell"),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let told = self.addresses.iter().map(|it| (it.as_str(), it.clone()));
        let odd = if self.odd { odd() } else { Vec::new() };
        let mut tried = metrics.gauge(&TRIED);
        for (name, address) in told.chain(odd) {
            let began = Instant::now();
            let end = end(attempt(&address));
            tried.set([name, &end], began.elapsed().as_secs_f64());
        }
        if self.tell {
            Stream::connect("tcp:\u{1b}[2J\0\r\nforged=line:80")?;
        }
        Ok(())
    }
}

export!(Any);
