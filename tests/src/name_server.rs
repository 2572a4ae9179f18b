//! A made-up name server, and files of `/etc` that make a program ask it.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::directory::Directory;

const PORT: u16 = 53;
const TYPE_A: u16 = 1;
const TYPE_AAAA: u16 = 28;
/// How often it looks whether it has to stop.
const TICK: Duration = Duration::from_millis(20);

/// A name server. It is stopped on drop.
#[derive(Debug)]
pub struct NameServer {
    address: Ipv4Addr,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    /// Starts one on an address of the loopback network. The function gets a name, and how often its IPv4 address
    /// was asked for before; it returns the name's addresses, or `None` to say nothing. There is no server if this
    /// user may not use its port; stderr has the reason.
    #[must_use]
    pub fn start(
        answer: impl Fn(&str, usize) -> Option<Vec<IpAddr>> + Send + 'static,
    ) -> Option<Self> {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let process = std::process::id().to_be_bytes();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let address = Ipv4Addr::new(127, process[2].max(1), process[3], number);
        let socket = match UdpSocket::bind((address, PORT)) {
            Ok(socket) => socket,
            Err(error) => {
                eprintln!("skipped: no name server on {address}: {error}");
                return None;
            }
        };
        socket.set_read_timeout(Some(TICK)).unwrap();
        let (asked, stop) = (Arc::default(), Arc::default());
        let (of_thread, stopped) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = thread::spawn(move || serve(&socket, &answer, &of_thread, &stopped));
        Some(Self {
            address,
            asked,
            stop,
            thread: Some(thread),
        })
    }

    /// The content of a `resolv.conf` that names it.
    #[must_use]
    pub fn resolv_conf(&self) -> String {
        format!("nameserver {}\n", self.address)
    }

    /// The names whose IPv4 addresses it was asked for, in order.
    ///
    /// # Panics
    /// Its thread panicked.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            thread::panicking() || ended.is_none_or(|it| it.is_ok()),
            "the name server panicked"
        );
    }
}

fn serve(
    socket: &UdpSocket,
    answer: &impl Fn(&str, usize) -> Option<Vec<IpAddr>>,
    asked: &Mutex<Vec<String>>,
    stop: &AtomicBool,
) {
    let mut buffer = [0; 512];
    while !stop.load(Ordering::SeqCst) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let query = &buffer[..length];
        let Some((name, kind, end)) = question(query) else {
            continue;
        };
        let before = {
            let mut asked = asked.lock().unwrap();
            let before = asked.iter().filter(|it| **it == name).count();
            if kind == TYPE_A {
                asked.push(name.clone());
            }
            before
        };
        if let Some(ips) = answer(&name, before) {
            // The client may be gone.
            let _ = socket.send_to(&response(query, end, kind, &ips), from);
        }
    }
}

/// The name, its type, and where the question ends.
fn question(query: &[u8]) -> Option<(String, u16, usize)> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(query.get(at..at + length)?).into_owned());
        at += length;
    }
    let kind = query.get(at..at + 2)?;
    Some((
        labels.join("."),
        u16::from_be_bytes([kind[0], kind[1]]),
        at + 4,
    ))
}

fn response(query: &[u8], end: usize, kind: u16, ips: &[IpAddr]) -> Vec<u8> {
    let records: Vec<Vec<u8>> = (ips.iter())
        .filter_map(|ip| match (ip, kind) {
            (IpAddr::V4(ip), TYPE_A) => Some(ip.octets().to_vec()),
            (IpAddr::V6(ip), TYPE_AAAA) => Some(ip.octets().to_vec()),
            _ => None,
        })
        .collect();
    let mut response = query[..2].to_vec();
    // A response without error; one question.
    response.extend([0x81, 0x80, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    response.extend(&query[12..end]);
    for record in records {
        // The name of the question, class IN, no time to live.
        response.extend([0xc0, 12, 0, kind as u8, 0, 1, 0, 0, 0, 0]);
        response.extend([0, record.len() as u8]);
        response.extend(record);
    }
    response
}

/// The prefix of a command that sees these contents in place of files of `/etc`, and the directory that has to
/// exist meanwhile. `None` if this user may not mount; stderr has the reason.
#[must_use]
pub fn with_etc(files: &[(&str, &str)]) -> Option<(Directory, Vec<String>)> {
    let directory = (files.iter()).fold(Directory::new(), |directory, (name, content)| {
        directory.file(name, content)
    });
    let top = directory.path().display();
    let mounts: String = (files.iter())
        .map(|(name, _)| format!("mount --bind {top}/{name} /etc/{name} && "))
        .collect();
    let script = format!("{mounts}exec \"$@\"");
    let prefix = ["unshare", "-m", "sh", "-c", &script, "sh"].map(str::to_owned);
    let mut command = Command::new(&prefix[0]);
    let ran = command.args(&prefix[1..]).arg("true").output();
    match ran {
        Ok(ran) if ran.status.success() => Some((directory, prefix.into())),
        Ok(ran) => {
            eprintln!("skipped: {}", String::from_utf8_lossy(&ran.stderr));
            None
        }
        Err(error) => {
            eprintln!("skipped: unshare: {error}");
            None
        }
    }
}
