//! What the drivers of network devices report, from ioctl(2) with `SIOCETHTOOL`.
//!
//! ```
//! use firepit_sdk::ethtool;
//! # use firepit_sdk::testing::Host;
//!
//! # let bytes = ethtool::Statistic { name: "rx_bytes".to_owned(), value: 7 };
//! # Host::new().ethtool("eth0", ethtool::Device { statistics: Ok(vec![bytes]), ..Default::default() }).enter(|| {
//! for statistic in ethtool::statistics("eth0")? {
//!     assert_eq!((statistic.name.as_str(), statistic.value), ("rx_bytes", 7));
//! }
//! assert_eq!(ethtool::statistics("gone"), Err(ethtool::Error::Os(firepit_sdk::errno::ENODEV)));
//! # Ok::<(), ethtool::Error>(())
//! # }).unwrap();
//! ```

use crate::{backend, errno};

/// Modes and state of a link: bits and numbers of the kernel's `linux/ethtool.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkSettings {
    /// What the device supports, for link modes 0 to 31.
    pub supported: u32,
    /// What it advertises.
    pub advertising: u32,
    /// What the other end advertises; 0 if unknown.
    pub partner_advertising: u32,
    /// Mbit/s; the maximum number if unknown.
    pub speed: u32,
    /// 0 for half, 1 for full, 255 for unknown.
    pub duplex: u8,
    /// Type of the connector.
    pub port: u8,
    /// 1 if autonegotiation is on, else 0.
    pub autonegotiation: u8,
}

/// The driver of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DriverInfo {
    /// Name of the driver.
    pub driver: String,
    /// Version of the driver, or of the kernel.
    pub version: String,
    /// Version of the device's firmware.
    pub firmware_version: String,
    /// Version of the expansion ROM.
    pub expansion_rom_version: String,
    /// Address on its bus, such as `0000:00:1f.6`.
    pub bus_info: String,
}

/// One statistic of a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistic {
    /// Name as the driver wrote it: it may be empty, contain blanks, and occur more than once.
    pub name: String,
    /// Value.
    pub value: u64,
}

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No device can have this name.
    #[error("invalid name of a network device")]
    InvalidName,
    /// More than 32,768.
    #[error("more than 32768 statistics")]
    TooMany,
    /// The number of statistics changed during each of several attempts.
    #[error("the number of statistics kept changing")]
    Changed,
    /// Any error of the operating system, as its Linux errno.
    #[error("{}", errno::text(*.0))]
    Os(u32),
}

/// All answers about a device, for [`Host::ethtool`](crate::testing::Host::ethtool). By default the
/// driver supports no request.
#[cfg(not(target_family = "wasm"))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Answer of [`link_settings`].
    pub link_settings: Result<LinkSettings, Error>,
    /// Answer of [`driver_info`].
    pub driver_info: Result<DriverInfo, Error>,
    /// Answer of [`statistics`].
    pub statistics: Result<Vec<Statistic>, Error>,
}

#[cfg(not(target_family = "wasm"))]
impl Default for Device {
    fn default() -> Self {
        const UNSUPPORTED: Error = Error::Os(errno::EOPNOTSUPP);
        Self {
            link_settings: Err(UNSUPPORTED),
            driver_info: Err(UNSUPPORTED),
            statistics: Err(UNSUPPORTED),
        }
    }
}

/// Modes and state of a device's link: `ETHTOOL_GSET`.
///
/// # Errors
/// See [`Error`].
pub fn link_settings(device: &str) -> Result<LinkSettings, Error> {
    backend::ethtool::link_settings(device)
}

/// The driver of a device: `ETHTOOL_GDRVINFO`.
///
/// # Errors
/// See [`Error`].
pub fn driver_info(device: &str) -> Result<DriverInfo, Error> {
    backend::ethtool::driver_info(device)
}

/// The statistics of a device's driver, in its order: `ETHTOOL_GSTATS`.
///
/// # Errors
/// See [`Error`].
pub fn statistics(device: &str) -> Result<Vec<Statistic>, Error> {
    backend::ethtool::statistics(device)
}
