//! Wireless interfaces, their networks, and their stations.
//!
//! Queries generic netlink
//! ([`nl80211`](https://wireless.docs.kernel.org/en/latest/en/developers/documentation/nl80211.html));
//! with the option `fixtures` reads JSON files of a directory instead. Emits the families of the
//! module `families`. A failed request about one interface omits only the values of that request.

mod base64;
mod dump;
mod families;
mod fixtures;

use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, ResultExt, Settings, export, log};

/// A wireless interface.
#[derive(Debug, PartialEq)]
struct Interface {
    index: u32,
    /// Empty for some virtual devices.
    name: String,
    /// MHz.
    frequency: f64,
}

/// The network of an interface.
#[derive(Debug, PartialEq)]
struct Bss {
    bssid: String,
    ssid: String,
    /// `NL80211_BSS_STATUS_*`.
    status: i64,
}

/// A station of an interface.
#[derive(Debug, PartialEq)]
struct Station {
    address: String,
    /// In the order of [`families::STATION`].
    values: [f64; families::STATION.len()],
}

/// An interface with its network and its stations.
struct Found {
    interface: Interface,
    bss: Option<Bss>,
    stations: Vec<Station>,
}

/// The source of all values. Missing values are `None`.
trait Source {
    fn interfaces(&self) -> Result<Option<Vec<Interface>>, Error>;
    fn bss(&self, interface: &Interface) -> Result<Option<Bss>, Error>;
    fn stations(&self, interface: &Interface) -> Result<Option<Vec<Station>>, Error>;
}

/// The collector.
#[derive(Debug)]
pub struct Wifi {
    fixtures: String,
}

impl Collector for Wifi {
    fn describe() -> Descriptor {
        Descriptor::new("wifi", "Shows wireless interfaces and their stations.")
            .disabled_by_default()
            .reads([
                "{fixtures}/interfaces.json",
                "{fixtures}/*/bss.json",
                "{fixtures}/*/stationinfo.json",
            ])
            .text(
                "fixtures",
                "",
                "test fixtures to use for wifi collector metrics",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            fixtures: settings.text("fixtures").to_owned(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let found = match self.fixtures.as_str() {
            "" => find(&dump::Netlink)?,
            directory => find(&fixtures::Fixtures::new(directory))?,
        };
        families::emit(metrics, &found);
        Ok(())
    }
}

fn find(source: &dyn Source) -> Result<Vec<Found>, Error> {
    let interfaces = source
        .interfaces()
        .context("failed to retrieve wifi interfaces")?;
    let Some(mut interfaces) = interfaces else {
        log::debug(
            "wifi collector metrics are not available for this system",
            &[],
        );
        return Err(Error::NoData);
    };
    interfaces.retain(|interface| !interface.name.is_empty());
    Ok(interfaces
        .into_iter()
        .map(|interface| details(source, interface))
        .collect())
}

fn details(source: &dyn Source, interface: Interface) -> Found {
    let name = &interface.name;
    let bss = source.bss(&interface);
    let bss = bss.context(format_args!("failed to retrieve BSS for device {name}"));
    let stations = source.stations(&interface);
    let stations = stations.context(format_args!(
        "failed to retrieve station info for device {name:?}"
    ));
    Found {
        bss: bss.or_skip().flatten(),
        stations: stations.or_skip().flatten().unwrap_or_default(),
        interface,
    }
}

export!(Wifi);

#[cfg(test)]
mod tests;
