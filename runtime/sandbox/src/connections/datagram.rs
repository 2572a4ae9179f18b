//! One datagram for another, by UDP.

use std::net::{IpAddr, SocketAddr};

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketType, connect, recv, send, sockopt};
use rustix::time::{ClockId, clock_gettime};

use super::made::Peers;
use super::wait::Wait;
use super::{ConnectionError, open};

/// Maximum bytes of a datagram.
const MAX_BYTES: usize = 64 << 10;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sent: Moment,
    pub(crate) received: Moment,
}

/// A moment, since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) seconds: i64,
    /// 0 to 999,999,999.
    pub(crate) nanoseconds: u32,
}

impl Moment {
    fn now() -> Self {
        let now = clock_gettime(ClockId::Realtime);
        Self {
            seconds: now.tv_sec,
            nanoseconds: u32::try_from(now.tv_nsec).unwrap_or(0),
        }
    }
}

/// Sends a request to the first address of a host that takes it, and waits for an answer. The socket is
/// connected, so the kernel drops datagrams of all others.
pub(super) fn exchange(
    ips: &[IpAddr],
    port: u16,
    request: &[u8],
    at_most: usize,
    ttl: Option<u8>,
    wait: &Wait<'_>,
) -> Result<Answer, ConnectionError> {
    let mut result = Err(ConnectionError::NotFound);
    for (tried, ip) in ips.iter().enumerate() {
        wait.step()?;
        let address = SocketAddr::new(*ip, port);
        result = exchange_one(
            address,
            request,
            at_most,
            ttl,
            &wait.part(ips.len() - tried),
        );
        if matches!(result, Ok(_) | Err(ConnectionError::Exhausted(_))) {
            break;
        }
    }
    result
}

fn exchange_one(
    address: SocketAddr,
    request: &[u8],
    at_most: usize,
    ttl: Option<u8>,
    wait: &Wait<'_>,
) -> Result<Answer, ConnectionError> {
    let socket = open::new(open::family(address.ip()), SocketType::DGRAM)?;
    match (ttl, address) {
        (Some(ttl), SocketAddr::V4(_)) => sockopt::set_ip_ttl(&socket, ttl.into())?,
        (Some(ttl), SocketAddr::V6(_)) => sockopt::set_ipv6_unicast_hops(&socket, Some(ttl))?,
        (None, _) => {}
    }
    connect(&socket, &address)?;
    let sent = Moment::now();
    loop {
        match send(&socket, request, SendFlags::DONTWAIT) {
            Ok(_) => break,
            Err(Errno::AGAIN) => wait.ready(&socket, PollFlags::OUT)?,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    let mut bytes = vec![0; at_most.clamp(1, MAX_BYTES)];
    loop {
        match recv(&socket, &mut *bytes, RecvFlags::DONTWAIT) {
            Ok((received, _)) => {
                let answered = Moment::now();
                bytes.truncate(received.min(at_most));
                return Ok(Answer {
                    bytes,
                    sent,
                    received: answered,
                });
            }
            Err(Errno::AGAIN) => wait.ready(&socket, PollFlags::IN)?,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// The same with a peer that takes the network's place.
pub(super) fn with_made(
    made: &dyn Peers,
    address: &str,
    request: &[u8],
    at_most: usize,
) -> Result<Answer, ConnectionError> {
    let mut conversation = made.connect(address)?;
    let sent = Moment::now();
    conversation.send(request)?;
    let mut bytes = vec![0; at_most.clamp(1, MAX_BYTES)];
    let received = conversation.receive(&mut bytes)?;
    bytes.truncate(received.min(at_most));
    Ok(Answer {
        bytes,
        sent,
        received: Moment::now(),
    })
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::files::Meter;
    use crate::fuel;
    use crate::grants::Weight;
    use crate::limits::Limits;

    const TIME: Duration = Duration::from_millis(500);

    fn meter() -> Meter {
        Meter::new(&Limits::default(), Weight::default())
    }

    fn ask(
        ips: &[IpAddr],
        port: u16,
        ttl: Option<u8>,
        meter: &Meter,
    ) -> Result<Answer, ConnectionError> {
        let wait = Wait::new(TIME, Instant::now() + TIME * 10, meter).unwrap();
        exchange(ips, port, b"?", 10, ttl, &wait)
    }

    #[test]
    fn silent_address_leaves_time_to_the_next() {
        let silent = UdpSocket::bind("127.0.0.2:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let service = UdpSocket::bind(("127.0.0.1", port)).unwrap();
        thread::spawn(move || {
            let (_, from) = service.recv_from(&mut [0; 10]).unwrap();
            service.send_to(b"!", from).unwrap();
        });
        let ips = [[127, 0, 0, 2].into(), [127, 0, 0, 1].into()];
        let meter = meter();
        let answer = ask(&ips, port, None, &meter).unwrap();
        assert_eq!(answer.bytes, b"!");
        assert!(answer.received.seconds >= answer.sent.seconds);
        assert!(meter.take_charged() >= 2 * fuel::PACKET);
    }

    #[test]
    fn waiting_takes_no_cpu_time() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let cpu = || clock_gettime(ClockId::ThreadCPUTime);
        let before = cpu();
        let meter = meter();
        let silent = ask(&[address.ip()], address.port(), None, &meter);
        assert_eq!(silent, Err(ConnectionError::TimedOut));
        let used = cpu() - before;
        assert!(used.tv_sec == 0 && used.tv_nsec < 20_000_000, "{used:?}");
    }

    /// The kernel knows no such time to live, so it was asked for one.
    #[test]
    fn time_to_live_is_set() {
        let meter = meter();
        let failed = ask(&[[127, 0, 0, 1].into()], 9, Some(0), &meter);
        assert_eq!(
            failed,
            Err(ConnectionError::Os(Errno::INVAL.raw_os_error()))
        );
    }
}
