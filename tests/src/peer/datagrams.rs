//! A service of datagrams.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use socket2::Socket;

use super::{Act, Shared, TICK};

/// Datagrams that [`Act::Flood`] sends: there is no connection whose end would stop it.
const FLOOD: usize = 10_000;

/// Longer than any datagram.
const LONGEST: usize = 1 << 16;

/// Answers datagrams, one after another, until it has to stop.
pub(super) fn serve(socket: &Socket, shared: &Shared, stop: &AtomicBool) {
    let socket = UdpSocket::from(socket.try_clone().unwrap());
    let mut buffer = vec![0; LONGEST];
    while !stop.load(Ordering::SeqCst) {
        let Ok((length, client)) = socket.recv_from(&mut buffer) else {
            thread::sleep(TICK);
            continue;
        };
        let datagram = &buffer[..length];
        shared.met.fetch_add(1, Ordering::SeqCst);
        shared.hear(datagram);
        for act in shared.acts() {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            perform(&act, datagram, |bytes| send(&socket, client, bytes, shared));
            if let Act::SayFromElsewhere(bytes) = act {
                let ip = socket.local_addr().unwrap().ip();
                send(&UdpSocket::bind((ip, 0)).unwrap(), client, &bytes, shared);
            }
        }
    }
}

fn perform(act: &Act, datagram: &[u8], send: impl Fn(&[u8])) {
    match act {
        Act::Say(bytes) => send(bytes),
        Act::Trickle(bytes, every) => bytes.chunks(1).for_each(|byte| {
            thread::sleep(*every);
            send(byte);
        }),
        Act::Flood(bytes) => (0..FLOOD).for_each(|_| send(bytes)),
        Act::Answer(answer) => answer(datagram).iter().for_each(|answer| send(answer)),
        // Not longer than a test may wait for the end of the service.
        Act::Wait(time) => thread::sleep((*time).min(Duration::from_secs(10))),
        Act::Hear(_) | Act::SayFromElsewhere(_) | Act::HalfClose | Act::Reset | Act::Hang => {}
    }
}

/// Errors are ignored: the client may be gone.
fn send(socket: &UdpSocket, client: SocketAddr, bytes: &[u8], shared: &Shared) {
    if socket.send_to(bytes, client).is_ok() {
        shared.say(bytes.len());
    }
}
