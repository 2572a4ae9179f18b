//! One device: its location, from the text of its link, and its attributes.

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::{
    Error, any_base, any_base_unsigned, attribute, excerpt, float, integer, unsigned,
};
use firepit_sdk::skip::OrSkip;

use crate::families::{Form, IDS, NUMBERS, POWER_STATES};

/// Segment, bus, device and function, in hexadecimal as the kernel writes them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Location(pub(crate) [String; 4]);

impl Location {
    pub(crate) fn label_values(&self) -> [&str; 4] {
        self.0.each_ref().map(String::as_str)
    }
}

/// The numbers that identify a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ids {
    /// Base class, subclass and programming interface, a byte each.
    pub(crate) class: u32,
    pub(crate) vendor: u32,
    pub(crate) device: u32,
    pub(crate) subsystem_vendor: u32,
    pub(crate) subsystem_device: u32,
    pub(crate) revision: u32,
}

/// One device.
#[derive(Debug, PartialEq)]
pub(crate) struct Device {
    pub(crate) location: Location,
    /// `None` for a device directly at a root of the bus.
    pub(crate) parent: Option<Location>,
    /// `None` if one of them is unavailable.
    pub(crate) ids: Option<Ids>,
    /// In the order of [`NUMBERS`].
    pub(crate) numbers: [Option<f64>; NUMBERS.len()],
    /// One of [`POWER_STATES`].
    pub(crate) power_state: Option<&'static str>,
}

/// The content of an attribute.
type Content = Result<Vec<u8>, files::Error>;

/// A device from the text of its link and the contents of its attributes, in the order of
/// [`families::attributes`](crate::families::attributes).
///
/// # Errors
/// The link does not contain the locations of a device and its parent.
pub(crate) fn device(
    directory: &Directory,
    link: &str,
    contents: impl IntoIterator<Item = Content>,
) -> Result<Device, Error> {
    let (location, parent) = locations(link).ok_or_else(|| wrong_link(directory, link))?;
    let mut contents = contents.into_iter();
    let ids = ids(directory, contents.by_ref());
    let numbers =
        NUMBERS.map(|((name, form), _)| number_of(directory, name, form, contents.next()?));
    let power_state = contents.next().and_then(OrSkip::or_skip);
    Ok(Device {
        location,
        parent,
        ids,
        numbers,
        power_state: power_state.and_then(|content| power_state_of(directory, &content)),
    })
}

/// One of [`NUMBERS`].
fn number_of(directory: &Directory, name: &str, form: Form, content: Content) -> Option<f64> {
    if content.as_ref().is_err_and(files::Error::is_not_found) {
        return without(form);
    }
    let content = content.or_skip()?;
    let text = attribute(&content);
    let wrong = |expected| directory.unexpected(name, expected, &text);
    value(form, &text).map_err(wrong).or_skip()?
}

/// All of [`IDS`]. Each is parsed even after an error, so that all errors are reported at once.
fn ids(directory: &Directory, contents: impl Iterator<Item = Content>) -> Option<Ids> {
    let mut ids = [None; IDS.len()];
    for ((id, name), content) in ids.iter_mut().zip(IDS).zip(contents) {
        *id = content
            .or_skip()
            .and_then(|content| number(directory, name, &attribute(&content)).or_skip());
    }
    let [
        class,
        vendor,
        device,
        subsystem_vendor,
        subsystem_device,
        revision,
    ] = ids;
    Some(Ids {
        class: class?,
        vendor: vendor?,
        device: device?,
        subsystem_vendor: subsystem_vendor?,
        subsystem_device: subsystem_device?,
        revision: revision?,
    })
}

fn number(directory: &Directory, name: &str, text: &str) -> Result<u32, Error> {
    let number = any_base_unsigned(text).and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| directory.unexpected(name, "an unsigned integer of 32 bits", text))
}

fn power_state_of(directory: &Directory, content: &[u8]) -> Option<&'static str> {
    let text = attribute(content);
    let state = POWER_STATES.into_iter().find(|state| *state == text);
    let wrong = || directory.unexpected("power_state", "a power state", &text);
    state.ok_or_else(wrong).or_skip()
}

fn wrong_link(directory: &Directory, link: &str) -> Error {
    let link = excerpt(link);
    let message = format!("expected the link of a PCI device, found {link:?}");
    Error::new(directory.path(), message)
}

/// The locations of a device and its parent, from a link such as
/// `../../../devices/pci0000:00/0000:00:02.1/0000:01:00.0`. A root, `pci0000:00`, is not a device.
fn locations(link: &str) -> Option<(Location, Option<Location>)> {
    let mut segments = link.trim_end_matches('/').rsplit('/');
    let own = location(segments.next()?)?;
    let parent = segments.next().unwrap_or_default();
    if parent.starts_with("pci") {
        Some((own, None))
    } else {
        Some((own, Some(location(parent)?)))
    }
}

/// `0000:01:00.0`: segment, bus, device and function.
fn location(text: &str) -> Option<Location> {
    let (segment, rest) = text.split_once(':')?;
    let (bus, rest) = rest.split_once(':')?;
    let (slot, function) = rest.split_once('.')?;
    let mut location = Location::default();
    let parts = [(segment, 4), (bus, 2), (slot, 2), (function, 1)];
    for (place, (part, digits)) in location.0.iter_mut().zip(parts) {
        *place = format!("{:0digits$x}", hexadecimal(part)?);
    }
    Some(location)
}

/// A number that consists only of hexadecimal digits.
pub(crate) fn hexadecimal(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(text, 16).ok())?
}

/// The value of a number that a device does not have, or that the kernel reports as unknown.
fn without(form: Form) -> Option<f64> {
    match form {
        Form::Speed | Form::Width => Some(-1.0),
        Form::Switch | Form::Count => Some(0.0),
        Form::Node => None,
    }
}

/// The value of a number.
///
/// # Errors
/// The expected form.
fn value(form: Form, text: &str) -> Result<Option<f64>, &'static str> {
    match form {
        Form::Speed | Form::Width if text.starts_with("Unknown") => Ok(without(form)),
        Form::Speed => {
            let speed = text.strip_suffix(" GT/s PCIe").and_then(float);
            let speed = speed.ok_or("a speed in GT/s PCIe")?;
            Ok(Some(speed * 1e9))
        }
        Form::Width => {
            let lanes = integer(text).ok_or("an integer")?;
            Ok(Some(lanes as f64))
        }
        Form::Switch => {
            let switch = integer(text).ok_or("an integer")?;
            Ok(Some(f64::from(switch != 0)))
        }
        Form::Count => {
            let count = unsigned(text).ok_or("an unsigned integer")?;
            Ok(Some(count as f64))
        }
        Form::Node => {
            let node = any_base(text).ok_or("an integer")?;
            Ok(Some(node as f64).filter(|node| *node != -1.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "../../../devices/pci0000:00/0000:00:02.1/0000:01:00.0";

    fn parse(link: &str, contents: &[Option<&str>]) -> Result<Device, String> {
        let missing = || files::Error {
            path: "/devices/x/y".to_owned(),
            reason: files::Reason::NotFound,
        };
        let content = |text: &Option<&str>| text.map(|text| text.into()).ok_or_else(missing);
        let directory = Directory::new("/devices/x");
        let device = device(&directory, link, contents.iter().map(content));
        device.map_err(|error| error.to_string())
    }

    fn contents() -> Vec<Option<&'static str>> {
        let ids = ["0x010802", "0xc0a9", "0x540a", "0xc0a9", "0x5021", "0x01"];
        let speeds = ["16.0 GT/s PCIe", "4", "8.0 GT/s PCIe", "4"];
        let rest = ["1", "1", "4", "8", "16", "0", "D0"];
        (ids.into_iter().chain(speeds).chain(rest))
            .map(Some)
            .collect()
    }

    #[test]
    fn a_whole_device() {
        let device = parse(LINK, &contents()).unwrap();
        assert_eq!(device.location.label_values(), ["0000", "01", "00", "0"]);
        let parent = device.parent.unwrap();
        assert_eq!(parent.label_values(), ["0000", "00", "02", "1"]);
        let ids = device.ids.unwrap();
        assert_eq!((ids.class, ids.revision), (0x01_0802, 1));
        let numbers = [16e9, 4.0, 8e9, 4.0, 1.0, 1.0, 4.0, 8.0, 16.0, 0.0];
        assert_eq!(device.numbers, numbers.map(Some));
        assert_eq!(device.power_state, Some("D0"));
    }

    #[test]
    fn missing_files_have_default_values() {
        let mut contents = contents();
        contents.truncate(6);
        contents.resize(17, None);
        let device = parse(LINK, &contents).unwrap();
        let numbers = [-1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(device.numbers[..9], numbers.map(Some));
        assert_eq!((device.numbers[9], device.power_state), (None, None));
    }

    #[test]
    fn unreadable_files_have_no_value() {
        let refused = || files::Error {
            path: "/devices/x/y".to_owned(),
            reason: files::Reason::Os(5),
        };
        let directory = Directory::new("/devices/x");
        let device = device(&directory, LINK, (0..17).map(|_| Err(refused()))).unwrap();
        assert_eq!((device.ids, device.power_state), (None, None));
        assert_eq!(device.numbers, [None; 10]);
    }

    #[test]
    fn malformed_input_is_skipped() {
        let whole = parse(LINK, &contents()).unwrap();
        for text in ["", "\n", "<unknown>"] {
            for at in 0..contents().len() {
                let mut contents = contents();
                contents[at] = Some(text);
                let device = parse(LINK, &contents).unwrap();
                let ids = whole.ids.filter(|_| at >= IDS.len());
                assert_eq!(device.ids, ids, "{at} {text:?}");
                let lost = device.numbers.iter().filter(|number| number.is_none());
                assert_eq!(lost.count(), usize::from((6..16).contains(&at)));
                assert_eq!(device.power_state.is_none(), at == 16);
            }
        }
    }

    #[test]
    fn links() {
        let location = |link| parse(link, &contents());
        let device = location("../../../devices/pci0000:00/0000:00:1f.6").unwrap();
        assert_eq!(device.parent, None);
        assert_eq!(device.location.label_values(), ["0000", "00", "1f", "6"]);
        let far = "devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0";
        let device = location(far).unwrap();
        assert_eq!(device.location.label_values(), ["10000", "e0", "06", "0"]);
        let huge = "0".repeat(1 << 16) + ":00:00.100000000";
        for link in [
            "",
            "/",
            "x",
            "0000:00:00",
            "0000:00:00.0",
            "a/0000:00:00.0",
            "pci/+0:0:0.0",
            &huge,
        ] {
            let error = location(link).unwrap_err();
            let expected = "/devices/x: expected the link of a PCI device, found ";
            assert!(error.starts_with(expected) && error.len() < 200, "{error}");
        }
    }

    #[test]
    fn ids_must_be_numbers() {
        let directory = Directory::new("/devices/x");
        for text in ["", "x", "-1", "0x100000000", "\u{fffd}"] {
            let error = number(&directory, "vendor", text).unwrap_err().to_string();
            let expected = "expected an unsigned integer of 32 bits, found";
            assert_eq!(error, format!("/devices/x/vendor: {expected} {text:?}"));
        }
        assert_eq!(parse(LINK, &[]).unwrap().ids, None);
    }

    #[test]
    fn numbers_of_each_form() {
        let node = |text| value(Form::Node, text);
        assert_eq!((node("-1"), node("1")), (Ok(None), Ok(Some(1.0))));
        assert_eq!(value(Form::Speed, "2.5 GT/s PCIe"), Ok(Some(2.5e9)));
        for form in [Form::Speed, Form::Width] {
            assert_eq!(value(form, "Unknown speed"), Ok(Some(-1.0)));
        }
        assert_eq!(value(Form::Switch, "7"), Ok(Some(1.0)));
        let wrong = [
            (Form::Speed, "8 GT/s"),
            (Form::Speed, "8.0  GT/s PCIe"),
            (Form::Speed, "fast GT/s PCIe"),
            (Form::Width, "x4"),
            (Form::Switch, "on"),
            (Form::Count, "-1"),
            (Form::Count, "Unknown"),
            (Form::Node, "none"),
        ];
        for (form, text) in wrong {
            assert!(value(form, text).is_err(), "{form:?} {text:?}");
        }
        let huge = "9".repeat(1 << 20);
        assert!(value(Form::Count, &huge).is_err());
    }
}
