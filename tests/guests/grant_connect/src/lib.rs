//! Connects to what it is told to, whether it was granted or not, and tells the answers.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use firepit_sdk::net::{Stream, UdpSocket};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const ANSWER: Gauge<2> = Gauge::new(
    "guest_answer_bytes",
    "Bytes of an answer, and what it says.",
    ["address", "answer"],
);

/// How long a peer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum bytes of an answer.
const MAX: u32 = 1024;

struct Probe {
    addresses: Vec<String>,
    random: bool,
}

impl Collector for Probe {
    fn describe() -> Descriptor {
        Descriptor::new("grant_connect", "Tells what services answer.")
            .connects([
                "tcp:{address}",
                "udp:{server}:{port}",
                "unix:{socket}",
                "unix:/run/connect-probe/socket",
                "tcp:169.254.169.254:80",
            ])
            .text("address", "127.0.0.1:1", "The address of a service.")
            .text("server", "", "The host of a service of datagrams.")
            .number("port", 1.0, "Its port.")
            .text("socket", "", "The path of a socket.")
            .repeated("try", "Addresses to connect to, each with its scheme.")
            .flag(
                "random",
                false,
                "Says something random, and expects to hear the same.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            addresses: settings.texts("try").to_vec(),
            random: settings.flag("random"),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let request = match self.random {
            true => format!("{:016x}\n", RandomState::new().hash_one(0)),
            false => "hello\n".to_owned(),
        };
        let mut answers = metrics.gauge(&ANSWER);
        for address in &self.addresses {
            let (bytes, answer) = match ask(address, request.as_bytes()) {
                Ok(answer) if self.random && answer != request.as_bytes() => {
                    (-1.0, "something else".to_owned())
                }
                Ok(answer) => {
                    let text = String::from_utf8_lossy(&answer);
                    (answer.len() as f64, text.trim_end().to_owned())
                }
                Err(error) => (-1.0, error),
            };
            answers.set([address, &answer], bytes);
        }
        Ok(())
    }
}

/// The line that a peer says, or the first datagram.
fn ask(address: &str, request: &[u8]) -> Result<Vec<u8>, String> {
    if let Some(peer) = address.strip_prefix("udp:") {
        let answer = UdpSocket::new(peer).timeout(TIMEOUT).exchange(request, MAX);
        return answer
            .map(|answer| answer.bytes)
            .map_err(|error| error.to_string());
    }
    let peer = Stream::connect_timeout(address, TIMEOUT).map_err(|error| error.to_string())?;
    peer.send(request).map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\n") {
        let more = peer.receive(1, MAX as usize);
        let more = more.map_err(|error| error.to_string())?;
        if more.is_empty() {
            break;
        }
        answer.extend(more);
    }
    Ok(answer)
}

export!(Probe);
