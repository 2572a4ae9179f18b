//! A client as it should be, under any name: asks a service for an answer and says how it ended. Its peers are the
//! hostile ones.

use std::hint::black_box;

use firepit_sdk::net::{Error as NetError, Kept, Stream, UdpSocket};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

/// Behind the equals sign: the name of the collector. Tests write another one over it.
static NAME: [u8; 32] = *b"connect-guest-is=connect_peer   ";

fn name() -> &'static str {
    let text = str::from_utf8(black_box(&NAME)).unwrap_or_default();
    text.split_once('=').unwrap_or_default().1.trim_end()
}

struct Client {
    address: String,
    request: String,
    sizes: (usize, usize),
    how: String,
    tolerant: bool,
    kept: Kept,
    /// Modules cannot share a family.
    heard: Gauge<'static, 1>,
}

impl Client {
    fn hear(&mut self) -> Result<Vec<u8>, NetError> {
        let Self {
            address,
            request,
            sizes: (at_least, at_most),
            ..
        } = self;
        if let Some(udp) = address.strip_prefix("udp:") {
            let answer = UdpSocket::new(udp).exchange(request.as_bytes(), *at_most as u32);
            return answer.map(|answer| answer.bytes);
        }
        let connect = || Stream::connect(address.as_str());
        let talk = |stream: &mut Stream| stream.exchange(request.as_bytes(), *at_least, *at_most);
        match self.how.as_str() {
            "ask" => self.kept.ask(connect, talk),
            "with" => self.kept.with(connect, talk),
            _ => talk(&mut connect()?),
        }
    }
}

impl Collector for Client {
    fn describe() -> Descriptor {
        Descriptor::new(name(), "Asks a service.")
            .connects(["tcp:{tcp}", "udp:{udp}", "unix:{unix}"])
            .text("tcp", "", "Service by TCP.")
            .text("udp", "", "Service by UDP.")
            .text("unix", "", "Service by a Unix socket.")
            .text("request", "?", "What it sends.")
            .number("least", 1.0, "How many bytes it waits for.")
            .number("most", 1e6, "How many bytes it takes.")
            .text(
                "how",
                "new",
                "new, ask or with: a connection for each scrape, or one that is kept.",
            )
            .flag("tolerant", false, "Emit errors as well.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let size = |name| settings.number(name).unwrap_or(0.0) as usize;
        let address = ["tcp", "udp", "unix"].into_iter().find_map(|scheme| {
            let place = settings.text(scheme);
            (!place.is_empty()).then(|| format!("{scheme}:{place}"))
        });
        Ok(Self {
            address: address.unwrap_or_default(),
            request: settings.text("request").to_owned(),
            sizes: (size("least"), size("most")),
            how: settings.text("how").to_owned(),
            tolerant: settings.flag("tolerant"),
            kept: Kept::default(),
            heard: Gauge::new(
                format!("{}_heard_bytes", name()).leak(),
                "The length of each answer, and its beginning.",
                ["begins"],
            ),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let answer = self.hear();
        let mut heard = metrics.gauge(&self.heard);
        match answer {
            Ok(bytes) => {
                let begins = String::from_utf8_lossy(bytes.get(..20).unwrap_or(&bytes));
                heard.set([&begins], bytes.len() as f64);
                Ok(())
            }
            Err(error) if self.tolerant => {
                heard.set([&error.reason.to_string()], -1.0);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

export!(Client);
