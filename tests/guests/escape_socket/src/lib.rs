//! Calls out, over TCP and UDP.

use std::net::{TcpListener, TcpStream, UdpSocket};

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const REACHED: Gauge<1> = Gauge::new("guest_reached", "Whether it worked.", ["what"]);

struct Caller {
    address: String,
}

impl Collector for Caller {
    fn describe() -> Descriptor {
        Descriptor::new("escape_socket", "Calls out.").text("address", "127.0.0.1:9", "Whom.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            address: settings.text("address").to_owned(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let udp = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.send_to(b"x", &self.address));
        let mut reached = metrics.gauge(&REACHED);
        let mut note = |what, worked: bool| reached.set([what], f64::from(u8::from(worked)));
        note("tcp", TcpStream::connect(&self.address).is_ok());
        note("listen", TcpListener::bind("127.0.0.1:0").is_ok());
        note("udp", udp.is_ok());
        Ok(())
    }
}

export!(Caller);
