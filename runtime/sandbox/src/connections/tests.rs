//! Tests of connections with real sockets.

mod limits;
mod never;
mod peers;
mod unix;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{ConnectionError, Connections, Network, OwnListener, Stream};
use crate::files::{Exhausted, Meter};
use crate::grants::{Addresses, Weight};
use crate::limits::Limits;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(60);

/// One collector with a meter and grants.
struct Guest {
    connections: Connections,
    meter: Meter,
    network: Arc<Network>,
}

impl Guest {
    /// A guest that was granted these addresses, which the operator wrote if `wrote`.
    fn with(addresses: &[&str], wrote: bool, limits: &Limits) -> Self {
        let texts: Vec<String> = addresses.iter().map(|&text| text.to_owned()).collect();
        let addresses = Addresses::compile(&texts, &|_| None, wrote).unwrap();
        let network = Arc::default();
        let mut guest = Self {
            connections: Connections::new(addresses, &network, limits),
            meter: Meter::new(limits, Weight::default()),
            network,
        };
        guest.begin(LONG);
        guest
    }

    fn new(addresses: &[&str]) -> Self {
        Self::with(addresses, false, &Limits::default())
    }

    /// Begins a call with this time.
    fn begin(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        self.meter.begin(deadline, None);
        self.connections.begin(deadline);
    }

    fn connect(&mut self, address: &str) -> Result<Stream, ConnectionError> {
        self.connections.connect(address, LONG, &self.meter)
    }

    fn read(&self, stream: &mut Stream, at_least: usize) -> Result<Vec<u8>, ConnectionError> {
        self.connections
            .read(stream, (at_least, 1 << 20), &self.meter)
    }

    fn datagram(&mut self, address: &str, request: &[u8]) -> Result<Vec<u8>, ConnectionError> {
        let options = (None, Duration::from_millis(200));
        let answer =
            (self.connections).exchange_datagram(address, request, 100, options, &self.meter);
        answer.map(|answer| answer.bytes)
    }
}

/// A service on a free port of 127.0.0.1 that treats each client like this. Returns its address.
fn service(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            serve(client.unwrap());
        }
    });
    format!("tcp:127.0.0.1:{port}")
}

/// A service that sends back what it gets, until its client has sent all.
fn echo() -> String {
    service(|mut client| {
        let mut buffer = [0; 1000];
        while let Ok(number @ 1..) = client.read(&mut buffer) {
            client.write_all(&buffer[..number]).unwrap();
        }
    })
}

/// An address of 127.0.0.1 where nothing listens.
fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("tcp:127.0.0.1:{}", listener.local_addr().unwrap().port())
}
