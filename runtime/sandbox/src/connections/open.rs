//! Connects sockets, each to an address that was checked.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::sockopt::{self, Timeout};
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, getpeername, getsockname,
    socket_with,
};

use super::ConnectionError;
use super::wait::Wait;

/// Bytes that the kernel buffers of a connection in each direction: without a bound it grows to megabytes.
const BUFFER: usize = 256 << 10;

/// Connects to the first of several addresses of a host that accepts. They share the time.
pub(super) fn tcp(ips: &[IpAddr], port: u16, wait: &Wait<'_>) -> Result<OwnedFd, ConnectionError> {
    let mut first = None;
    for (tried, ip) in ips.iter().enumerate() {
        wait.step()?;
        match tcp_one(SocketAddr::new(*ip, port), &wait.part(ips.len() - tried)) {
            Ok(socket) => return Ok(socket),
            Err(stop @ ConnectionError::Exhausted(_)) => return Err(stop),
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    Err(first.unwrap_or(ConnectionError::NotFound))
}

fn tcp_one(address: SocketAddr, wait: &Wait<'_>) -> Result<OwnedFd, ConnectionError> {
    let socket = new(family(address.ip()), SocketType::STREAM)?;
    match connect(&socket, &address) {
        Ok(()) => {}
        Err(Errno::INPROGRESS | Errno::INTR) => {
            wait.ready(&socket, PollFlags::OUT)?;
            sockopt::socket_error(&socket)??;
        }
        Err(errno) => return Err(errno.into()),
    }
    if is_self_connected(&socket)? {
        return Err(ConnectionError::Refused);
    }
    Ok(socket)
}

/// Whether a socket is connected to itself. The kernel does that if it happens to choose the port that is
/// connected to as the own one: without a service, its port is free. A connection that is kept would take
/// the port from the service.
fn is_self_connected(socket: &OwnedFd) -> Result<bool, Errno> {
    Ok(getpeername(socket)? == Some(getsockname(socket)?))
}

/// A socket that does not block.
pub(super) fn new(family: AddressFamily, kind: SocketType) -> Result<OwnedFd, ConnectionError> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, kind, flags, None)?;
    sockopt::set_socket_recv_buffer_size(&socket, BUFFER)?;
    sockopt::set_socket_send_buffer_size(&socket, BUFFER)?;
    Ok(socket)
}

pub(super) fn family(ip: IpAddr) -> AddressFamily {
    match ip {
        IpAddr::V4(_) => AddressFamily::INET,
        IpAddr::V6(_) => AddressFamily::INET6,
    }
}

/// Connects to the socket that `place` is open on, whatever its path leads to by now.
pub(super) fn unix(place: &OwnedFd, wait: &Wait<'_>) -> Result<OwnedFd, ConnectionError> {
    let path = format!("/proc/self/fd/{}", place.as_raw_fd());
    connect_unix(&SocketAddrUnix::new(path.as_str())?, wait)
}

/// Connects to a name in the abstract namespace.
pub(super) fn abstract_unix(name: &str, wait: &Wait<'_>) -> Result<OwnedFd, ConnectionError> {
    connect_unix(&SocketAddrUnix::new_abstract_name(name.as_bytes())?, wait)
}

/// Unlike TCP, a Unix socket that does not block fails at once if the listener's queue is full. So this
/// one blocks, for as long as the wait permits. Reading and writing never do: see `stream`.
fn connect_unix(address: &SocketAddrUnix, wait: &Wait<'_>) -> Result<OwnedFd, ConnectionError> {
    let socket = socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    sockopt::set_socket_send_buffer_size(&socket, BUFFER)?;
    loop {
        sockopt::set_socket_timeout(&socket, Timeout::Send, Some(wait.left()?))?;
        match connect(&socket, address) {
            Ok(()) => return Ok(socket),
            Err(Errno::AGAIN) => return Err(ConnectionError::TimedOut),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    use rustix::net::{bind, listen};

    use super::*;
    use crate::files::Meter;
    use crate::fuel;
    use crate::grants::Weight;
    use crate::limits::Limits;

    fn meter() -> Meter {
        Meter::new(&Limits::default(), Weight::default())
    }

    fn wait(meter: &Meter, timeout: Duration) -> Wait<'_> {
        Wait::new(timeout, Instant::now() + timeout * 10, meter).unwrap()
    }

    #[test]
    fn socket_that_is_connected_to_itself_is_noticed() {
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        connect(&socket, &getsockname(&socket).unwrap()).unwrap();
        assert_eq!(is_self_connected(&socket), Ok(true));

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert_eq!(is_self_connected(&stream.into()), Ok(false));
    }

    /// The first address takes no more clients and says nothing, the second is a service.
    #[test]
    fn silent_address_leaves_time_to_the_next() {
        let full = TcpListener::bind("127.0.0.2:0").unwrap();
        listen(&full, 0).unwrap();
        let silent = full.local_addr().unwrap();
        let short = Duration::from_millis(200);
        let mut waiting = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&silent, short) {
            waiting.push(stream);
        }
        let good = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), silent.port());
        let _service = TcpListener::bind(good).unwrap();
        let meter = meter();
        let ips = [silent.ip(), good.ip()];
        assert!(tcp(&ips, silent.port(), &wait(&meter, short * 5)).is_ok());
        let alone = tcp(&ips[..1], silent.port(), &wait(&meter, short)).unwrap_err();
        assert_eq!(alone, ConnectionError::TimedOut);
    }

    #[test]
    fn each_address_costs_fuel() {
        let closed = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let ips = [closed.ip(); 8];
        let meter = meter();
        let long = Duration::from_secs(10);
        let refused = tcp(&ips, closed.port(), &wait(&meter, long)).unwrap_err();
        assert_eq!(refused, ConnectionError::Refused);
        assert!(meter.take_charged() >= 8 * fuel::PACKET);
    }

    /// The kernel enlarges buffers whose sizes were not set, as far as a peer wants.
    #[test]
    fn buffers_of_the_kernel_are_bounded() {
        let socket = new(AddressFamily::INET, SocketType::STREAM).unwrap();
        let flags = SocketFlags::CLOEXEC;
        let plain = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
        let sizes = |it| {
            let receive = sockopt::socket_recv_buffer_size(it).unwrap();
            (receive, sockopt::socket_send_buffer_size(it).unwrap())
        };
        let (receive, send) = sizes(&socket);
        let (plain_receive, plain_send) = sizes(&plain);
        assert!(receive <= 2 * BUFFER && send <= 2 * BUFFER);
        assert_ne!(receive, plain_receive);
        assert_ne!(send, plain_send);
    }
}
