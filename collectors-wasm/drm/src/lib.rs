//! Load and memory of AMD graphics cards.
//!
//! Reads `device/uevent` of each `/sys/class/drm/card[0-9]`, and of those that the driver
//! [amdgpu](https://docs.kernel.org/gpu/amdgpu/driver-misc.html) drives the attributes named in the
//! module `families`. Emits `node_drm_card_info` and one family per number.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

use families::{INFO, NUMBERS, TEXTS};

const CLASS: &str = "/sys/class/drm";
const CARD: &str = "card[0-9]";

/// Number of a Linux error.
const ENODATA: u32 = 61;

/// The collector.
#[derive(Debug)]
pub struct Drm {
    attributes: Vec<&'static str>,
}

/// One card. What could not be read is empty, or 0.
struct Card {
    name: String,
    /// In the order of [`TEXTS`].
    texts: [String; 3],
    /// In the order of [`NUMBERS`].
    numbers: Vec<u64>,
}

impl Collector for Drm {
    fn describe() -> Descriptor {
        let attributes = ["uevent"].into_iter().chain(families::attributes());
        Descriptor::new("drm", "Shows load and memory of AMD graphics cards.")
            .disabled_by_default()
            .reads(attributes.map(|name| format!("{CLASS}/{CARD}/device/{name}")))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            attributes: families::attributes().collect(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let cards = (files::matching(CLASS, CARD).iter())
            .filter_map(|card| self.card(card).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        emit(metrics, &cards);
        Ok(())
    }
}

impl Drm {
    /// A card, `None` where it is not amdgpu's.
    fn card(&self, card: &Directory) -> Result<Option<Card>, Error> {
        let device = card.directory("device");
        if !is_amdgpu(&device)? {
            return Ok(None);
        }
        let mut contents = (device.read_all(&self.attributes)?.into_iter()).map(Result::ok);
        let texts = TEXTS.map(|_| parse::text(contents.next().flatten()));
        let numbers = (NUMBERS.iter().zip(contents))
            .map(|(number, content)| match content {
                Some(content) => device.unsigned(number.attribute, &content),
                None => Ok(0),
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Card {
            name: card.name().to_owned(),
            texts,
            numbers,
        }))
    }
}

fn is_amdgpu(device: &Directory) -> Result<bool, Error> {
    let read = device.attributes(["uevent"]).and_then(|[uevent]| uevent);
    match read {
        Ok(uevent) => Ok(parse::is_amdgpu(&uevent)),
        Err(error) if error.reason == Reason::Os(ENODATA) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn emit(metrics: &mut Metrics, cards: &[Card]) {
    let mut info = metrics.gauge(&INFO);
    for card in cards {
        let [memory_vendor, performance_level, unique_id] = &card.texts;
        let label_values = [
            &card.name,
            memory_vendor,
            performance_level,
            unique_id,
            "amd",
        ];
        info.set(label_values, 1.0);
    }
    for (index, number) in NUMBERS.iter().enumerate() {
        let mut writer = metrics.gauge(&number.family);
        for card in cards {
            let value = card.numbers.get(index).copied().unwrap_or_default();
            writer.set([&card.name], value as f64);
        }
    }
}

export!(Drm);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn host() -> Host {
        Host::new()
            .file("/sys/class/drm/card0/device/uevent", "DRIVER=i915\n")
            .file(
                "/sys/class/drm/card1/device/uevent",
                "DRIVER=amdgpu\nPCI_ID=1002:7340\n",
            )
            .file("/sys/class/drm/card1/device/gpu_busy_percent", "4\n")
            .file("/sys/class/drm/card1/device/mem_info_gtt_total", "1\n")
            .file("/sys/class/drm/card1/device/mem_info_gtt_used", "2\n")
            .file("/sys/class/drm/card1/device/mem_info_vis_vram_total", "3\n")
            .file("/sys/class/drm/card1/device/mem_info_vis_vram_used", "4\n")
            .file("/sys/class/drm/card1/device/mem_info_vram_total", "5\n")
            .file("/sys/class/drm/card1/device/mem_info_vram_used", "6\n")
            .file(
                "/sys/class/drm/card1/device/mem_info_vram_vendor",
                "samsung\n",
            )
            .file(
                "/sys/class/drm/card1/device/power_dpm_force_performance_level",
                "manual\n",
            )
            .file(
                "/sys/class/drm/card1/device/unique_id",
                "0123456789abcdef\n",
            )
            .directory("/sys/class/drm/card1-DP-1")
            .file("/sys/class/drm/version", "drm 1.1.0 20060810\n")
    }

    #[test]
    fn shows_the_cards_of_amdgpu() {
        let out = host().run::<Drm>([]);
        let expected = "\
node_drm_card_info{card=\"card1\",memory_vendor=\"samsung\",power_performance_level=\"manual\",\
unique_id=\"0123456789abcdef\",vendor=\"amd\"} 1
node_drm_gpu_busy_percent{card=\"card1\"} 4
node_drm_memory_gtt_size_bytes{card=\"card1\"} 1
node_drm_memory_gtt_used_bytes{card=\"card1\"} 2
node_drm_memory_vis_vram_size_bytes{card=\"card1\"} 3
node_drm_memory_vis_vram_used_bytes{card=\"card1\"} 4
node_drm_memory_vram_size_bytes{card=\"card1\"} 5
node_drm_memory_vram_used_bytes{card=\"card1\"} 6
";
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), expected.to_owned())
        );
    }

    #[test]
    fn what_cannot_be_read_is_empty_or_0() {
        let out = Host::new()
            .file("/sys/class/drm/card0/device/uevent", "DRIVER=amdgpu")
            .run::<Drm>([]);
        assert_eq!(out.result, Ok(()));
        let text = out.text();
        assert!(text.starts_with(
            "node_drm_card_info{card=\"card0\",memory_vendor=\"\",power_performance_level=\"\",\
             unique_id=\"\",vendor=\"amd\"} 1\nnode_drm_gpu_busy_percent{card=\"card0\"} 0\n"
        ));
        assert_eq!(text.lines().count(), 8);
    }

    #[test]
    fn a_garbled_number_fails() {
        for (content, found) in [
            ("much\n", "expected an unsigned integer, found \"much\""),
            ("", "found \"\""),
        ] {
            let path = "/sys/class/drm/card1/device/mem_info_vram_used";
            let out = host().file(path, content).run::<Drm>([]);
            let error = out.result.clone().unwrap_err().to_string();
            assert!(error.starts_with(path) && error.ends_with(found), "{error}");
            assert_eq!(out.text(), "");
        }
    }

    #[test]
    fn a_card_without_uevent_fails() {
        let out = host().directory("/sys/class/drm/card2").run::<Drm>([]);
        let error = out.result.clone().unwrap_err().to_string();
        assert_eq!(
            error,
            "/sys/class/drm/card2/device: no such file or directory"
        );
        let out = host()
            .directory("/sys/class/drm/card2/device")
            .run::<Drm>([]);
        let error = out.result.clone().unwrap_err().to_string();
        assert_eq!(
            error,
            "/sys/class/drm/card2/device/uevent: no such file or directory"
        );
    }

    #[test]
    fn a_host_without_cards_is_a_success() {
        let two_digits = Host::new().directory("/sys/class/drm/card10/device");
        for host in [Host::new(), two_digits] {
            let out = host.run::<Drm>([]);
            assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
        }
    }
}
