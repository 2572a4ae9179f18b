//! Requests to network devices through the contract.

use crate::bindings::firepit::collector::ethtool as host;
use crate::ethtool::{DriverInfo, Error, LinkSettings, Statistic};

pub(crate) fn link_settings(device: &str) -> Result<LinkSettings, Error> {
    let found = host::get_link_settings(device).map_err(error)?;
    Ok(LinkSettings {
        supported: found.supported,
        advertising: found.advertising,
        partner_advertising: found.partner_advertising,
        speed: found.speed,
        duplex: found.duplex,
        port: found.port,
        autonegotiation: found.autonegotiation,
    })
}

pub(crate) fn driver_info(device: &str) -> Result<DriverInfo, Error> {
    let found = host::get_driver_info(device).map_err(error)?;
    Ok(DriverInfo {
        driver: found.driver,
        version: found.version,
        firmware_version: found.firmware_version,
        expansion_rom_version: found.expansion_rom_version,
        bus_info: found.bus_info,
    })
}

pub(crate) fn statistics(device: &str) -> Result<Vec<Statistic>, Error> {
    let found = host::get_statistics(device).map_err(error)?;
    let statistics = found.into_iter().map(|statistic| Statistic {
        name: statistic.name,
        value: statistic.value,
    });
    Ok(statistics.collect())
}

fn error(error: host::EthtoolError) -> Error {
    match error {
        host::EthtoolError::InvalidName => Error::InvalidName,
        host::EthtoolError::TooMany => Error::TooMany,
        host::EthtoolError::Changed => Error::Changed,
        host::EthtoolError::Os(errno) => Error::Os(errno),
    }
}
