//! Network devices that a test made up.

use super::WORLD;
use crate::errno::ENODEV;
use crate::ethtool::{Device, DriverInfo, Error, LinkSettings, Statistic};

pub(crate) fn link_settings(device: &str) -> Result<LinkSettings, Error> {
    find(device)?.link_settings
}

pub(crate) fn driver_info(device: &str) -> Result<DriverInfo, Error> {
    find(device)?.driver_info
}

pub(crate) fn statistics(device: &str) -> Result<Vec<Statistic>, Error> {
    find(device)?.statistics
}

fn find(device: &str) -> Result<Device, Error> {
    let found = WORLD.with(|world| world.borrow().network_devices.get(device).cloned());
    found.ok_or(Error::Os(ENODEV))
}
