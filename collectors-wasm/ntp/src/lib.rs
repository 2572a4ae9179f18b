//! Offset and quality of an NTP server.
//!
//! Sends one SNTP request ([RFC 5905](https://www.rfc-editor.org/rfc/rfc5905), section 14) by UDP to
//! `--collector.ntp.server` for each collection, and waits a second for the reply. Emits `node_ntp_*`: stratum, leap
//! indicator, round trip, offset, time of the last update, root delay and dispersion, and the verdict `_sanity`: 1 if
//! the server is usable and near enough.
//!
//! The server should be the host's own: another one must be certified by `--collector.ntp.server-is-local`. A leap
//! second that the server once announced is remembered as long as this instance lives, so that its smearing is
//! tolerated after midnight.
//!
//! As in node_exporter, a time before 1970 counts as one after the end of the first NTP era in 2036, so a server that
//! was never synchronized has the reference time 2085978496.

mod options;
mod packet;
mod quality;
mod time;

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use firepit_sdk::net::UdpSocket;
use firepit_sdk::{
    Collector, Descriptor, Error, Metrics, ResultExt, Scalar, Settings, export, families, log,
};

use options::Options;
use packet::Reply;
use quality::{LeapMidnight, Measured};
use time::seconds;

const FAMILIES: [Scalar<0>; 8] = families! { Scalar[]
    gauge "node_ntp_stratum": "NTPD stratum.",
    gauge "node_ntp_leap": "NTPD leap second indicator, 2 bits.",
    gauge "node_ntp_rtt_seconds": "RTT to NTPD.",
    gauge "node_ntp_offset_seconds": "ClockOffset between NTP and local clock.",
    gauge "node_ntp_reference_timestamp_seconds": "NTPD ReferenceTime, UNIX timestamp.",
    gauge "node_ntp_root_delay_seconds": "NTPD RootDelay.",
    gauge "node_ntp_root_dispersion_seconds": "NTPD RootDispersion.",
    gauge "node_ntp_sanity": "NTPD sanity according to RFC5905 heuristics and configured limits.",
};

const TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum bytes of a reply: far more than a header and all its extensions.
const AT_MOST: u32 = 8192;

/// The collector.
#[derive(Debug)]
pub struct Ntp {
    options: Options,
    leap_midnight: LeapMidnight,
}

impl Collector for Ntp {
    fn describe() -> Descriptor {
        let descriptor = Descriptor::new("ntp", "Shows offset and quality of an NTP server.")
            .disabled_by_default()
            .connects(["udp:{server}:{server-port}"]);
        options::declare(descriptor)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        log::warn(
            "This collector is deprecated and will be removed in the next major version release.",
            &[],
        );
        Ok(Self {
            options: options::read(settings)?,
            leap_midnight: LeapMidnight::default(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let (reply, measured) = self.ask().context("couldn't get SNTP reply")?;
        let tolerance = self.options.tolerance + self.leap_midnight.tolerance(&reply);
        let is_sane = reply.is_valid()
            && measured.distance(&reply) <= self.options.max_distance
            && measured.causality_error <= tolerance;
        metrics.table(FAMILIES).row(
            [],
            [
                f64::from(reply.stratum),
                f64::from(reply.leap),
                seconds(measured.round_trip),
                seconds(measured.offset),
                time::unix(reply.reference) as f64 / 1e9,
                seconds(reply.root_delay),
                seconds(reply.root_dispersion),
                f64::from(u8::from(is_sane)),
            ],
        );
        Ok(())
    }
}

export!(Ntp);

impl Ntp {
    fn ask(&self) -> Result<(Reply, Measured), Error> {
        let mut socket = UdpSocket::new(&self.options.address).timeout(TIMEOUT);
        match u8::try_from(self.options.ttl) {
            // The system's default.
            Ok(0) => {}
            Ok(ttl) => socket = socket.ttl(ttl),
            Err(_) => return Err(Error::failed("ip-ttl is not between 0 and 255")),
        }
        // Random bits in place of the time: a reply with the same ones comes from the server, and the server does
        // not learn this host's clock. The keys of a hasher are the random numbers of the standard library.
        let cookie = RandomState::new().hash_one(());
        let answer = socket.exchange(&packet::request(self.options.version, cookie), AT_MOST)?;
        let reply = packet::parse(&answer.bytes, cookie).context(&self.options.address)?;
        let measured = Measured::new(&reply, answer.sent, answer.received);
        Ok((reply, measured))
    }
}

#[cfg(test)]
mod tests;
