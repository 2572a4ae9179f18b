//! Calls out: over TCP, over UDP, and for the address of a name.

use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const REACHED: Gauge<1> = Gauge::new("guest_reached", "Whether it worked.", ["what"]);

struct Caller {
    address: String,
    what: String,
}

impl Collector for Caller {
    fn describe() -> Descriptor {
        Descriptor::new("escape_socket", "Calls out.")
            .text("address", "127.0.0.1:9", "Whom.")
            .text("what", "connect", "connect, listen, send or resolve.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            address: settings.text("address").to_owned(),
            what: settings.text("what").to_owned(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let here = "127.0.0.1:0";
        let worked = match self.what.as_str() {
            "listen" => TcpListener::bind(here).is_ok(),
            "send" => UdpSocket::bind(here).is_ok_and(|s| s.send_to(b"x", &self.address).is_ok()),
            "resolve" => ("localhost", 0).to_socket_addrs().is_ok(),
            _ => TcpStream::connect(&self.address).is_ok(),
        };
        let mut reached = metrics.gauge(&REACHED);
        reached.set([&self.what], worked);
        Ok(())
    }
}

export!(Caller);
