//! Uses a connection that it was granted in every way that it should not, under any name.

use std::fs::File;
use std::hint::black_box;
use std::mem::forget;

use firepit_sdk::__private::bindings::firepit::collector::connections as raw;
use firepit_sdk::net::{Stream, UdpSocket};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

/// Behind the equals sign: the name of the collector. Tests write another one over it.
static NAME: [u8; 32] = *b"connect-guest-is=connect_flood  ";

const MANY: usize = 10_000;

/// The first handle that a guest gets is one of a directory.
const OF_A_DIRECTORY: u32 = 1;

fn name() -> &'static str {
    let text = str::from_utf8(black_box(&NAME)).unwrap_or_default();
    text.split_once('=').unwrap_or_default().1.trim_end()
}

struct Flood {
    address: String,
    udp: String,
    what: String,
    held: usize,
    /// Modules cannot share a family.
    done: Gauge<'static, 0>,
}

impl Flood {
    fn connect(&self) -> Result<Stream, Error> {
        Ok(Stream::connect(self.address.as_str())?)
    }

    fn many(connects: impl Fn(usize) -> bool) -> usize {
        (0..MANY).filter(|number| connects(*number)).count()
    }

    /// Opens until it gets no more, and never closes.
    fn hoard(&mut self) -> usize {
        while let Ok(stream) = self.connect() {
            forget(stream);
            self.held += 1;
        }
        self.held
    }

    fn write_endlessly(&self) -> Result<usize, Error> {
        let stream = self.connect()?;
        loop {
            stream.send(&[b'x'; 64 << 10])?;
        }
    }

    fn read_endlessly(&self, at_least: usize) -> Result<usize, Error> {
        let stream = self.connect()?;
        loop {
            stream.receive(at_least, 1)?;
        }
    }

    /// Uses a handle of a stream that is none.
    fn forge(&self, handle: u32) -> usize {
        let _directory = File::open("/proc").map(forget);
        // SAFETY: whatever stands behind the number, the host has to check it.
        let stream = unsafe { raw::Stream::from_handle(handle) };
        let got = stream.read(0, 1).is_ok();
        forget(stream);
        usize::from(got)
    }

    fn use_after_drop(&self) -> Result<usize, Error> {
        let stream = raw::Stream::connect(&self.address, 1000);
        let Ok(stream) = stream else {
            return Err(Error::failed("not connected"));
        };
        let handle = stream.handle();
        drop(stream);
        Ok(self.forge(handle))
    }
}

impl Collector for Flood {
    fn describe() -> Descriptor {
        Descriptor::new(name(), "Wants too much of a service.")
            .reads(["/proc/loadavg"])
            .connects(["tcp:{tcp}", "udp:{udp}"])
            .text("tcp", "", "Service by TCP.")
            .text("udp", "", "Service by UDP.")
            .text("what", "connects", "What it does.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let flood = Self {
            address: format!("tcp:{}", settings.text("tcp")),
            udp: settings.text("udp").to_owned(),
            what: settings.text("what").to_owned(),
            held: 0,
            done: Gauge::new(format!("{}_done", name()).leak(), "How much it got.", []),
        };
        if flood.what == "early" {
            flood.connect().map_err(|error| error.to_string())?;
        }
        Ok(flood)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let done = match self.what.as_str() {
            "connects" => Self::many(|_| self.connect().is_ok()),
            "denied" => {
                Self::many(|port| Stream::connect(format!("tcp:127.0.0.1:{}", port + 1)).is_ok())
            }
            "names" => {
                self.connect()?;
                Self::many(|n| Stream::connect(format!("tcp:secret-{n}.test:80")).is_ok())
            }
            "texts" => {
                let long = "x".repeat(1 << 20);
                Self::many(|_| Stream::connect(long.as_str()).is_ok())
            }
            "datagrams" => Self::many(|_| UdpSocket::new(&self.udp).exchange(b"?", 1).is_ok()),
            "hoard" => self.hoard(),
            "writes" => self.write_endlessly()?,
            "reads" => self.read_endlessly(1)?,
            "polls" => self.read_endlessly(0)?,
            "huge" => self.connect()?.receive(usize::MAX, usize::MAX)?.len(),
            "huge-datagram" => UdpSocket::new(&self.udp)
                .exchange(b"?", u32::MAX)?
                .bytes
                .len(),
            "large" => self.connect()?.send(&vec![b'x'; 32 << 20]).map(|()| 1)?,
            "forged" => self.forge(OF_A_DIRECTORY),
            "dropped" => self.use_after_drop()?,
            _ => 0,
        };
        metrics.gauge(&self.done).set([], done as f64);
        Ok(())
    }
}

export!(Flood);
