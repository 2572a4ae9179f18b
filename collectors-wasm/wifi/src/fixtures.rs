//! Simulated interfaces, networks and stations in JSON files.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Optional, path};
use firepit_sdk::json::{Document, Object};
use firepit_sdk::netlink::HardwareAddress;
use firepit_sdk::parse::{self, Text};

use crate::families::seconds;
use crate::{Bss, Interface, Source, Station, base64};

/// A directory with `interfaces.json`, and for each interface a directory with `bss.json` and
/// `stationinfo.json`.
#[derive(Debug)]
pub(crate) struct Fixtures {
    directory: String,
}

impl Fixtures {
    pub(crate) fn new(directory: &str) -> Self {
        Self {
            directory: path::clean(directory),
        }
    }

    fn read(&self, name: &str) -> Result<Text, files::Error> {
        files::read_text(&path::entry(&self.directory, name))
    }
}

impl Source for Fixtures {
    fn interfaces(&self) -> Result<Option<Vec<Interface>>, Error> {
        Ok(Some(interfaces(&self.read("interfaces.json")?)?))
    }

    fn bss(&self, interface: &Interface) -> Result<Option<Bss>, Error> {
        let text = self.read(&format!("{}/bss.json", interface.name));
        Ok(text.optional()?.map(|text| bss(&text)).transpose()?)
    }

    fn stations(&self, interface: &Interface) -> Result<Option<Vec<Station>>, Error> {
        let text = self.read(&format!("{}/stationinfo.json", interface.name));
        Ok(text.optional()?.map(|text| stations(&text)).transpose()?)
    }
}

fn interfaces(text: &Text) -> Result<Vec<Interface>, parse::Error> {
    let document = Document::parse(text)?;
    let read = |object: Object<'_>| {
        Ok(Interface {
            index: 0,
            name: object.text("Name")?.to_owned(),
            frequency: object.integer("Frequency")? as f64,
        })
    };
    document.objects()?.into_iter().map(read).collect()
}

fn bss(text: &Text) -> Result<Bss, parse::Error> {
    let document = Document::parse(text)?;
    let object = document.object()?;
    Ok(Bss {
        bssid: address(text, object.text("BSSID")?)?,
        ssid: object.text("SSID")?.to_owned(),
        status: object.integer("Status")?,
    })
}

fn stations(text: &Text) -> Result<Vec<Station>, parse::Error> {
    let document = Document::parse(text)?;
    let read = |object: Object<'_>| station(text, &object);
    document.objects()?.into_iter().map(read).collect()
}

fn station(text: &Text, object: &Object<'_>) -> Result<Station, parse::Error> {
    let number = |name| object.integer(name).map(|value| value as f64);
    Ok(Station {
        address: address(text, object.text("HardwareAddr")?)?,
        values: [
            seconds(object.integer("Connected")?),
            seconds(object.integer("Inactive")?),
            number("ReceiveBitrate")?,
            number("TransmitBitrate")?,
            number("ReceivedBytes")?,
            number("TransmittedBytes")?,
            number("ReceivedPackets")?,
            number("TransmittedPackets")?,
            number("Signal")?,
            number("TransmitRetries")?,
            number("TransmitFailed")?,
            number("BeaconLoss")?,
        ],
    })
}

fn address(text: &Text, encoded: &str) -> Result<String, parse::Error> {
    let bytes = base64::decode(encoded);
    let bytes = bytes.ok_or_else(|| text.error(format!("invalid base64: {encoded:.80?}")))?;
    Ok(HardwareAddress(&bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> Text {
        Text::new("f", content)
    }

    #[test]
    fn all_members_of_a_station() {
        let content = r#"[{"hardwareAddr": "AgAAAAAB", "CONNECTED": 1500000000, "Inactive": 2,
            "ReceiveBitrate": 3, "TransmitBitrate": 4, "ReceivedBytes": 5, "TransmittedBytes": 6,
            "ReceivedPackets": 7, "TransmittedPackets": 8, "Signal": -9, "TransmitRetries": 10,
            "TransmitFailed": 11, "BeaconLoss": 12, "Unknown": [{}]}]"#;
        let expected = Station {
            address: "02:00:00:00:00:01".to_owned(),
            values: [
                1.5, 2e-9, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, -9.0, 10.0, 11.0, 12.0,
            ],
        };
        assert_eq!(stations(&text(content)), Ok(vec![expected]));
    }

    #[test]
    fn missing_members_are_empty() {
        let empty = Bss {
            bssid: String::new(),
            ssid: String::new(),
            status: 0,
        };
        assert_eq!(bss(&text("{}")), Ok(empty));
        let found = interfaces(&text("[{}]")).unwrap();
        assert_eq!((found[0].name.as_str(), found[0].frequency), ("", 0.0));
        assert_eq!(stations(&text("[]")), Ok(vec![]));
    }

    #[test]
    fn errors_describe_malformed_input() {
        let message = |error: parse::Error| error.to_string();
        let bss = |content| bss(&text(content)).map(|_| ()).map_err(message);
        assert_eq!(bss("[]"), Err("f: expected an object".to_owned()));
        let expected = "f: invalid base64: \"02:00\"";
        assert_eq!(bss(r#"{"bssid": "02:00"}"#), Err(expected.to_owned()));
        let expected = "f: status: expected an integer";
        assert_eq!(bss(r#"{"status": "up"}"#), Err(expected.to_owned()));
        assert!(interfaces(&text("")).is_err() && stations(&text("{}")).is_err());
    }
}
