//! The requests, byte by byte, in the layouts of the kernel's `include/uapi/linux/ethtool.h`.
//! firepit sends no other commands of ethtool.

use rustix::io::Errno;

use super::guarded::Guarded;
use crate::contract::firepit::collector::ethtool::{DriverInfo, LinkSettings, Statistic};

const ETHTOOL_GSET: u32 = 0x1;
const ETHTOOL_GDRVINFO: u32 = 0x3;
const ETHTOOL_GSTRINGS: u32 = 0x1b;
const ETHTOOL_GSTATS: u32 = 0x1d;
const ETHTOOL_GSSET_INFO: u32 = 0x37;

/// The set of strings that are the names of statistics.
const ETH_SS_STATS: u32 = 1;

/// Size of `struct ethtool_cmd`.
pub(super) const LINK_SETTINGS_BYTES: usize = 44;
/// Size of `struct ethtool_drvinfo`.
pub(super) const DRIVER_INFO_BYTES: usize = 196;
/// Size of `struct ethtool_sset_info` with one number.
const SET_INFO_BYTES: usize = 20;

/// `ETH_GSTRING_LEN`, and the size of the texts of a driver.
const TEXT: usize = 32;
/// Bytes in front of the names in `struct ethtool_gstrings`, and of the values in `ethtool_stats`.
const NAMES: usize = 12;
const VALUES: usize = 8;
/// Bytes of a name and a value.
const STATISTIC_BYTES: usize = TEXT + size_of::<u64>();

/// Maximum number of statistics of a device. mlx5 has some thousands.
const MAX_STATISTICS: usize = 32_768;

/// Attempts if the number of statistics changes meanwhile.
const MAX_ATTEMPTS: usize = 3;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Error {
    /// No device can have this name.
    InvalidName,
    /// More than [`MAX_STATISTICS`].
    TooMany,
    /// The number of statistics changed during each attempt.
    Changed,
    /// The kernel's error, as its errno.
    Os(u32),
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Self::Os(errno.raw_os_error().unsigned_abs())
    }
}

/// Sends a command about one device. The argument begins with the command, and the answer takes its
/// place.
pub(super) trait Kernel {
    fn send(&mut self, argument: &mut Guarded) -> Result<(), Errno>;
}

/// The kernel, and the memory for its answers.
pub(super) struct Asked<'a, K> {
    pub(super) kernel: &'a mut K,
    pub(super) memory: &'a mut Guarded,
}

impl<K: Kernel> Asked<'_, K> {
    /// Sends a command of these numbers, in memory for an answer of `bytes`.
    fn send(&mut self, numbers: &[u32], bytes: usize) -> Result<&[u8], Errno> {
        self.memory.prepare(bytes)?;
        let numbers = numbers.iter().flat_map(|number| number.to_ne_bytes());
        self.memory.write(&numbers.collect::<Vec<u8>>());
        self.kernel.send(self.memory)?;
        Ok(self.memory.bytes())
    }

    /// Modes and state of the link.
    pub(super) fn link_settings(&mut self) -> Result<LinkSettings, Error> {
        let answer = self.send(&[ETHTOOL_GSET], LINK_SETTINGS_BYTES)?;
        let low = u16::from_ne_bytes(read(answer, 12));
        let high = u16::from_ne_bytes(read(answer, 28));
        let [duplex, port] = read(answer, 14);
        let [autonegotiation] = read(answer, 18);
        Ok(LinkSettings {
            supported: u32::from_ne_bytes(read(answer, 4)),
            advertising: u32::from_ne_bytes(read(answer, 8)),
            partner_advertising: u32::from_ne_bytes(read(answer, 32)),
            speed: u32::from(high) << 16 | u32::from(low),
            duplex,
            port,
            autonegotiation,
        })
    }

    /// Texts about the driver.
    pub(super) fn driver_info(&mut self) -> Result<DriverInfo, Error> {
        let answer = self.send(&[ETHTOOL_GDRVINFO], DRIVER_INFO_BYTES)?;
        let text = |index: usize| text(&read(answer, 4 + index * TEXT));
        Ok(DriverInfo {
            driver: text(0),
            version: text(1),
            firmware_version: text(2),
            bus_info: text(3),
            expansion_rom_version: text(4),
        })
    }

    /// The statistics of the driver. `spend` is called with the bytes of names and values before
    /// there is memory for them, and returns whether to go on.
    ///
    /// Some drivers have as many as they have queues, so the number may change at any time. Newer
    /// kernels answer nothing if the caller's number is not the driver's. Older ones write as many
    /// as the driver has, and tell how many these are: see [`Guarded`].
    ///
    /// # Errors
    /// See [`Error`]. [`Error::Changed`] if `spend` returns false.
    pub(super) fn statistics(
        &mut self,
        spend: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Vec<Statistic>, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let number = self.number_of_statistics()?;
            let count = usize::try_from(number).unwrap_or(usize::MAX);
            if count > MAX_STATISTICS {
                return Err(Error::TooMany);
            }
            if !spend(count * STATISTIC_BYTES) {
                return Err(Error::Changed);
            }
            if count == 0 {
                return Ok(Vec::new());
            }
            match self.attempt(number, count) {
                // The driver has more than fit.
                Ok(None) | Err(Errno::FAULT) => {}
                Ok(Some(found)) => return Ok(found),
                Err(errno) => return Err(errno.into()),
            }
        }
        Err(Error::Changed)
    }

    /// The statistics; `None` if their number is another one by now.
    fn attempt(&mut self, number: u32, count: usize) -> Result<Option<Vec<Statistic>>, Errno> {
        let command = [ETHTOOL_GSTRINGS, ETH_SS_STATS, number];
        let names = self.send(&command, NAMES + count * TEXT)?;
        if u32::from_ne_bytes(read(names, 8)) != number {
            return Ok(None);
        }
        let name = |index| text(&read(names, NAMES + index * TEXT));
        let names: Vec<String> = (0..count).map(name).collect();
        let command = [ETHTOOL_GSTATS, number];
        let values = self.send(&command, VALUES + count * size_of::<u64>())?;
        if u32::from_ne_bytes(read(values, 4)) != number {
            return Ok(None);
        }
        let value = |index| u64::from_ne_bytes(read(values, VALUES + index * size_of::<u64>()));
        let values = (0..count).map(value);
        let statistics =
            (names.into_iter().zip(values)).map(|(name, value)| Statistic { name, value });
        Ok(Some(statistics.collect()))
    }

    /// EOPNOTSUPP if the driver has none.
    fn number_of_statistics(&mut self) -> Result<u32, Error> {
        // The command, a reserved number, and a mask of 64 bits.
        let [low, high] = halves(1 << ETH_SS_STATS);
        let answer = self.send(&[ETHTOOL_GSSET_INFO, 0, low, high], SET_INFO_BYTES)?;
        // The kernel clears the bits of sets that the driver does not have.
        let has_statistics = u64::from_ne_bytes(read(answer, 8)) != 0;
        let number = u32::from_ne_bytes(read(answer, 16));
        has_statistics
            .then_some(number)
            .ok_or(Errno::OPNOTSUPP.into())
    }
}

/// A number of 64 bits as two of 32, in the order in which they lie in memory.
fn halves(number: u64) -> [u32; 2] {
    let bytes = number.to_ne_bytes();
    [read(&bytes, 0), read(&bytes, 4)].map(u32::from_ne_bytes)
}

/// Bytes of an answer; zeros beyond its end.
fn read<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let found = bytes.get(at..).and_then(<[u8]>::first_chunk);
    found.copied().unwrap_or([0; N])
}

/// A text up to its first NUL byte, or to its end.
fn text(bytes: &[u8; TEXT]) -> String {
    let text = bytes.split(|byte| *byte == 0).next();
    String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests;
