//! The options, and their consistency checks.

use std::net::IpAddr;

use firepit_sdk::{Descriptor, Settings, parse};

/// The server, and the limits of its quality.
#[derive(Debug)]
pub(crate) struct Options {
    /// `HOST:PORT`.
    pub(crate) address: String,
    pub(crate) version: u8,
    /// Time to live of a request; 0 for the system's default.
    pub(crate) ttl: i64,
    /// Maximum distance to the reference clock, in nanoseconds.
    pub(crate) max_distance: i64,
    /// Maximum error of causality, in nanoseconds.
    pub(crate) tolerance: i64,
}

/// Adds the options.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .text("server", "127.0.0.1", "NTP server to use for ntp collector")
        .whole_number(
            "server-port",
            123,
            "UDP port number to connect to on NTP server",
        )
        .whole_number("protocol-version", 4, "NTP protocol version")
        .flag(
            "server-is-local",
            false,
            "Certify that collector.ntp.server address is not a public ntp server",
        )
        .whole_number("ip-ttl", 1, "IP TTL to use while sending NTP query")
        .text(
            "max-distance",
            "3.46608s",
            "Max accumulated distance to the root",
        )
        .text(
            "local-offset-tolerance",
            "1ms",
            "Offset between local clock and local ntpd time to tolerate",
        )
}

/// Reads the options.
///
/// # Errors
/// A server that is not known to be local, or a value out of range; in node_exporter's words and order.
pub(crate) fn read(settings: &Settings) -> Result<Options, String> {
    let server = settings.text("server");
    let ip = server.parse::<IpAddr>();
    let is_loopback = ip.as_ref().is_ok_and(|ip| ip.to_canonical().is_loopback());
    if !settings.flag("server-is-local") && !is_loopback {
        return Err(
            "only IP address of local NTP server is valid for --collector.ntp.server".to_owned(),
        );
    }
    let version = whole(settings, "protocol-version")?;
    let version = u8::try_from(version)
        .ok()
        .filter(|version| (2..=4).contains(version))
        .ok_or_else(|| format!("invalid NTP protocol version {version}; must be 2, 3, or 4"))?;
    let tolerance = duration(settings, "local-offset-tolerance")?;
    if tolerance < 0 {
        return Err("offset tolerance must be non-negative".to_owned());
    }
    let port = whole(settings, "server-port")?;
    if !(1..=65535).contains(&port) {
        return Err(format!(
            "invalid NTP port number {port}; must be between 1 and 65535 inclusive"
        ));
    }
    let address = match ip {
        Ok(IpAddr::V6(_)) => format!("[{server}]:{port}"),
        _ => format!("{server}:{port}"),
    };
    Ok(Options {
        address,
        version,
        ttl: whole(settings, "ip-ttl")?,
        max_distance: duration(settings, "max-distance")?,
        tolerance,
    })
}

fn whole(settings: &Settings, name: &str) -> Result<i64, String> {
    let text = settings.text(name);
    parse::integer(text).ok_or_else(|| format!("{name} {text:?}: expected a whole number"))
}

fn duration(settings: &Settings, name: &str) -> Result<i64, String> {
    let text = settings.text(name);
    parse::duration(text).ok_or_else(|| format!("{name} {text:?}: expected a duration such as 5s"))
}
