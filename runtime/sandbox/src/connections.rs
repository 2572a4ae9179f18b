//! Connections: the only way from a guest to a service.
//!
//! Every connection names an address. [`crate::grants`] checks the text. Then the host resolves it
//! (`names`, `unix_path`), checks the result against the never-list and firepit's own listeners
//! (`own`), and connects to the very address that it checked (`open`). Each byte is metered. A peer
//! can make a collector wait until its deadline, and no longer.
//!
//! All calls block their thread. Every wait has an end, see `wait`.

mod datagram;
mod error;
mod made;
mod names;
mod observe;
mod open;
mod own;
mod slots;
mod stream;
#[cfg(test)]
mod tests;
mod traffic;
mod unix_path;
mod wait;

pub(crate) use datagram::{Answer, Moment};
pub use error::ConnectionError;
pub use made::{Conversation, Peers};
pub use observe::{ConnectionEvent, ConnectionObserver};
pub use own::OwnListener;
pub(crate) use stream::Stream;
pub(crate) use traffic::Usage;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::files::Meter;
use crate::fuel;
use crate::grants::{Address, Addresses};
use crate::limits::Limits;
use names::Names;
use own::OwnListeners;
use traffic::Traffic;
use wait::Wait;

/// Shared by all collectors of a program.
#[derive(Debug, Default)]
pub(crate) struct Network {
    names: Names,
    own: OwnListeners,
    slots: slots::Shared,
}

impl Network {
    /// Sets the program's own listeners, which no collector reaches by accident.
    pub(crate) fn set_own(&self, listeners: Vec<OwnListener>) {
        self.own.set(listeners);
    }
}

/// One collector's view of the services that it may reach.
#[derive(Debug)]
pub(crate) struct Connections {
    addresses: Addresses,
    network: Arc<Network>,
    /// Whether it shares its places with all other third-party modules.
    is_third_party: bool,
    traffic: Arc<Traffic>,
    connect_timeout: Duration,
    deadline: Instant,
    /// Takes the place of the network.
    made: Option<Arc<dyn Peers>>,
    observer: Option<Arc<dyn ConnectionObserver>>,
    next: u64,
}

impl Connections {
    /// A view of the network through the granted addresses.
    pub(crate) fn new(addresses: Addresses, network: &Arc<Network>, limits: &Limits) -> Self {
        Self {
            addresses,
            network: Arc::clone(network),
            is_third_party: false,
            traffic: Arc::new(Traffic::new(limits)),
            connect_timeout: limits.connect_timeout,
            deadline: Instant::now(),
            made: None,
            observer: None,
            next: 0,
        }
    }

    /// The same view for a third-party module, or for a built-in collector.
    pub(crate) fn third_party(self, is_third_party: bool) -> Self {
        Self {
            is_third_party,
            ..self
        }
    }

    /// The same view of other peers than the network's.
    pub(crate) fn made(self, made: Option<Arc<dyn Peers>>) -> Self {
        Self { made, ..self }
    }

    /// The same view with an observer.
    pub(crate) fn observed(self, observer: Option<Arc<dyn ConnectionObserver>>) -> Self {
        Self { observer, ..self }
    }

    /// Begins a call of the collector.
    pub(crate) fn begin(&mut self, deadline: Instant) {
        self.deadline = deadline;
        self.traffic.begin();
    }

    /// What the call has used so far.
    pub(crate) fn usage(&self) -> Usage {
        self.traffic.usage()
    }

    /// Connects a stream.
    pub(crate) fn connect(
        &mut self,
        text: &str,
        timeout: Duration,
        meter: &Meter,
    ) -> Result<Stream, ConnectionError> {
        let id = self.next;
        self.next += 1;
        let result = self.open(text, timeout, meter, id);
        self.tell(ConnectionEvent::Connected {
            id,
            address: text,
            result: result.as_ref().map(drop).map_err(|error| *error),
        });
        result
    }

    fn open(
        &self,
        text: &str,
        timeout: Duration,
        meter: &Meter,
        id: u64,
    ) -> Result<Stream, ConnectionError> {
        let (address, wrote) = self.check(text, meter)?;
        if matches!(address, Address::Udp(..)) {
            return Err(ConnectionError::InvalidAddress);
        }
        let held = self.hold()?;
        self.traffic.open()?;
        let wait = self.wait(timeout.min(self.connect_timeout), meter)?;
        if let Some(made) = &self.made {
            let conversation = made.connect(&address.to_string())?;
            return Ok(Stream::made(id, conversation, timeout, held));
        }
        let socket = match &address {
            Address::Tcp(host, port) => {
                let ips = self.ips(host, *port, wrote, &wait)?;
                open::tcp(&ips, *port, &wait)?
            }
            Address::Unix(path) => self.unix(path, wrote, &wait)?,
            Address::Abstract(name) => open::abstract_unix(name, &wait)?,
            Address::Udp(..) => return Err(ConnectionError::InvalidAddress),
        };
        Ok(Stream::new(id, socket, timeout, held))
    }

    /// Takes the places of one connection.
    fn hold(&self) -> Result<traffic::Held, ConnectionError> {
        (self.traffic).hold(&self.network.slots, self.is_third_party)
    }

    /// Exchanges one datagram for another.
    pub(crate) fn exchange_datagram(
        &mut self,
        text: &str,
        request: &[u8],
        at_most: usize,
        (ttl, timeout): (Option<u8>, Duration),
        meter: &Meter,
    ) -> Result<Answer, ConnectionError> {
        let id = self.next;
        self.next += 1;
        let result = self.datagram(text, request, at_most, (ttl, timeout), meter);
        self.tell(ConnectionEvent::Datagram {
            id,
            address: text,
            request,
            answer: result.as_ref().map(|it| &*it.bytes).map_err(|it| *it),
        });
        result
    }

    fn datagram(
        &self,
        text: &str,
        request: &[u8],
        at_most: usize,
        (ttl, timeout): (Option<u8>, Duration),
        meter: &Meter,
    ) -> Result<Answer, ConnectionError> {
        let (address, wrote) = self.check(text, meter)?;
        let Address::Udp(host, port) = &address else {
            return Err(ConnectionError::InvalidAddress);
        };
        let _held = self.hold()?;
        self.traffic.open()?;
        let wait = self.wait(timeout, meter)?;
        self.traffic.count(request.len(), meter)?;
        meter.hold_memory(request.len())?;
        let answer = if let Some(made) = &self.made {
            datagram::with_made(&**made, &address.to_string(), request, at_most)?
        } else {
            let ips = self.ips(host, *port, wrote, &wait)?;
            datagram::exchange(&ips, *port, request, at_most, ttl, &wait)?
        };
        meter.hold_memory(answer.bytes.len())?;
        self.traffic.count(answer.bytes.len(), meter)?;
        Ok(answer)
    }

    /// Reads from a stream, see [`Stream::read`].
    pub(crate) fn read(
        &self,
        stream: &mut Stream,
        sizes: (usize, usize),
        meter: &Meter,
    ) -> Result<Vec<u8>, ConnectionError> {
        let wait = self.wait(stream.timeout, meter)?;
        self.receive(stream, sizes, &wait, meter)
    }

    /// Writes to a stream.
    pub(crate) fn write(
        &self,
        stream: &mut Stream,
        bytes: &[u8],
        meter: &Meter,
    ) -> Result<(), ConnectionError> {
        let wait = self.wait(stream.timeout, meter)?;
        self.send(stream, bytes, &wait, meter)
    }

    /// Writes, then reads, within one timeout.
    pub(crate) fn exchange(
        &self,
        stream: &mut Stream,
        request: &[u8],
        sizes: (usize, usize),
        meter: &Meter,
    ) -> Result<Vec<u8>, ConnectionError> {
        let wait = self.wait(stream.timeout, meter)?;
        self.send(stream, request, &wait, meter)?;
        self.receive(stream, sizes, &wait, meter)
    }

    fn send(
        &self,
        stream: &mut Stream,
        bytes: &[u8],
        wait: &Wait<'_>,
        meter: &Meter,
    ) -> Result<(), ConnectionError> {
        self.traffic.count(bytes.len(), meter)?;
        // The host's copy of them, for as long as the peer takes.
        meter.hold_memory(bytes.len())?;
        let result = stream.write(bytes, wait);
        self.tell(ConnectionEvent::Sent {
            id: stream.id,
            bytes,
            result,
        });
        result
    }

    fn receive(
        &self,
        stream: &mut Stream,
        (at_least, at_most): (usize, usize),
        wait: &Wait<'_>,
        meter: &Meter,
    ) -> Result<Vec<u8>, ConnectionError> {
        let mut bytes = Vec::new();
        let result = stream.read(&mut bytes, at_least, at_most, &self.traffic, wait);
        // Looking whether bytes have arrived is no event of the conversation.
        if at_least.min(at_most) == 0 && bytes.is_empty() && result.is_ok() {
            return Ok(bytes);
        }
        self.tell(ConnectionEvent::Received {
            id: stream.id,
            bytes: &bytes,
            is_end: result.is_ok() && bytes.len() < at_least.min(at_most),
            error: result.err(),
        });
        meter.check()?;
        result.map(|()| bytes)
    }

    /// The address, if it is granted, and whether the operator wrote it. A refusal costs as much as a
    /// connection and touches no network: it neither tells a guest anything nor takes longer for one
    /// address than for another.
    fn check(&self, text: &str, meter: &Meter) -> Result<(Address, bool), ConnectionError> {
        let length = (text.len() as u64).saturating_mul(fuel::BYTE_READ);
        meter.charge(fuel::CONNECT.saturating_add(length));
        meter.check()?;
        let address = Address::parse(text).map_err(|_| ConnectionError::InvalidAddress)?;
        match self.addresses.permits(&address) {
            Some(wrote) => Ok((address, wrote)),
            None => {
                self.traffic.deny()?;
                Err(ConnectionError::NotPermitted)
            }
        }
    }

    /// The addresses of a host that may be connected to.
    fn ips(
        &self,
        host: &crate::grants::Host,
        port: u16,
        wrote: bool,
        wait: &Wait<'_>,
    ) -> Result<Vec<std::net::IpAddr>, ConnectionError> {
        use crate::grants::{Host, never_connect};
        let (mut ips, wrote) = match host {
            Host::Ip(ip) => (vec![*ip], wrote),
            // The operator wrote the name, and its owner the address.
            Host::Name(name) => (self.resolve(name, wait)?, false),
        };
        if !wrote {
            ips.retain(|&ip| never_connect(ip).is_none() && !self.network.own.has(ip, port));
        }
        if ips.is_empty() {
            self.traffic.deny()?;
            return Err(ConnectionError::NotPermitted);
        }
        Ok(ips)
    }

    fn resolve(
        &self,
        name: &str,
        wait: &Wait<'_>,
    ) -> Result<Vec<std::net::IpAddr>, ConnectionError> {
        (self.network.names).resolve(name, self.is_third_party, wait)
    }

    fn unix(
        &self,
        path: &str,
        wrote: bool,
        wait: &Wait<'_>,
    ) -> Result<std::os::fd::OwnedFd, ConnectionError> {
        let granted = |real: &str| {
            let address = Address::parse(&format!("unix:{real}"));
            address.is_ok_and(|address| self.addresses.permits(&address).is_some())
        };
        let place = unix_path::open(path, granted);
        if matches!(place, Err(ConnectionError::NotPermitted)) {
            self.traffic.deny()?;
        }
        let place = place?;
        if !wrote && self.network.own.has_socket(&place) {
            self.traffic.deny()?;
            return Err(ConnectionError::NotPermitted);
        }
        open::unix(&place, wait)
    }

    fn wait<'m>(&self, timeout: Duration, meter: &'m Meter) -> Result<Wait<'m>, ConnectionError> {
        Wait::new(timeout, self.deadline, meter)
    }

    fn tell(&self, event: ConnectionEvent<'_>) {
        if let Some(observer) = &self.observer {
            observer.on_connection(event);
        }
    }
}
