//! Load and memory of AMD graphics cards.
//!
//! Reads `device/uevent` of each `/sys/class/drm/card[0-9]`, and for cards of the driver
//! [amdgpu](https://docs.kernel.org/gpu/amdgpu/driver-misc.html) the attributes named in the module
//! `families`. Emits `node_drm_card_info` and one family per number.
//!
//! Missing and unreadable numbers are omitted. A missing text is an empty label, as in
//! node_exporter; if a text cannot be read, `node_drm_card_info` is omitted.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory, Optional};
use firepit_sdk::parse::attribute;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Metrics, export};

use families::{INFO, NUMBERS, TEXTS};

const CLASS: &str = "/sys/class/drm";
const CARD: &str = "card[0-9]";

/// One card.
struct Card {
    name: String,
    /// In the order of [`TEXTS`]; `None` if one could not be read.
    texts: Option<[String; 3]>,
    /// In the order of [`NUMBERS`]; `None` if unknown.
    numbers: [Option<u64>; NUMBERS.len()],
}

export!(Drm, collect, describe());

fn describe() -> Descriptor {
    let attributes = ["uevent"].into_iter().chain(attributes());
    Descriptor::new("drm", "Shows load and memory of AMD graphics cards.")
        .disabled_by_default()
        .reads(attributes.map(|name| format!("{CLASS}/{CARD}/device/{name}")))
}

/// The names of [`TEXTS`], then of [`NUMBERS`].
fn attributes() -> Vec<&'static str> {
    let numbers = NUMBERS.iter().map(|(name, _)| *name);
    TEXTS.into_iter().chain(numbers).collect()
}

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let cards = files::matching(CLASS, CARD);
    let cards: Vec<Card> = cards.iter().filter_map(card).collect();
    emit(metrics, &cards);
    Ok(())
}

/// A card; `None` if its driver is not amdgpu.
fn card(card: &Directory) -> Option<Card> {
    let device = card.directory("device");
    let [uevent] = device.attributes(["uevent"]).or_skip()?;
    if !parse::is_amdgpu(&uevent.or_skip()?) {
        return None;
    }
    let mut contents = device.read_all(&attributes()).or_skip()?.into_iter();
    let texts = match TEXTS.map(|_| text(contents.next()?)) {
        [Some(vendor), Some(level), Some(id)] => Some([vendor, level, id]),
        _ => None,
    };
    Some(Card {
        name: card.name().to_owned(),
        texts,
        numbers: NUMBERS.map(|(name, _)| device.number(name, contents.next()?)),
    })
}

/// A text; empty if the card has none.
fn text(content: Result<Vec<u8>, files::Error>) -> Option<String> {
    let content = content.optional().or_skip()?.unwrap_or_default();
    Some(attribute(&content).into_owned())
}

fn emit(metrics: &mut Metrics, cards: &[Card]) {
    let mut info = metrics.gauge(&INFO);
    for Card { name, texts, .. } in cards {
        if let Some([memory_vendor, performance_level, unique_id]) = texts {
            let labels = [name, memory_vendor, performance_level, unique_id, "amd"];
            info.set(labels, 1);
        }
    }
    let mut table = metrics.table(NUMBERS.map(|(_, family)| family));
    for card in cards {
        table.row([&card.name], card.numbers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

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
    fn missing_text_is_empty_and_missing_number_is_omitted() {
        let out = Host::new()
            .file("/sys/class/drm/card0/device/uevent", "DRIVER=amdgpu")
            .run::<Drm>([]);
        assert_eq!((out.result.clone(), &*out.skipped), (Ok(()), &[][..]));
        assert_eq!(
            out.text(),
            "node_drm_card_info{card=\"card0\",memory_vendor=\"\",power_performance_level=\"\",\
             unique_id=\"\",vendor=\"amd\"} 1\n"
        );
    }

    #[test]
    fn malformed_number_is_skipped_and_reported() {
        for (content, problem) in [
            ("much\n", "expected an unsigned integer, found \"much\""),
            ("", "expected an unsigned integer, found \"\""),
        ] {
            let path = "/sys/class/drm/card1/device/mem_info_vram_used";
            let out = host().file(path, content).run::<Drm>([]);
            assert_eq!(
                (out.result.clone(), out.text().lines().count()),
                (Ok(()), 7)
            );
            assert_eq!(
                (&*out.skipped[0].file, &*out.skipped[0].problem),
                (path, problem)
            );
        }
    }

    #[test]
    fn card_without_uevent_is_ignored() {
        let host = host()
            .directory("/sys/class/drm/card2")
            .directory("/sys/class/drm/card3/device");
        let out = host.run::<Drm>([]);
        assert_eq!(
            (out.result.clone(), out.text().lines().count()),
            (Ok(()), 8)
        );
        assert_eq!(out.skipped, []);
    }

    #[test]
    fn faults() {
        let host = host()
            .file("/sys/class/drm/card2/device/uevent", "DRIVER=amdgpu\n")
            .file("/sys/class/drm/card2/device/gpu_busy_percent", "5\n");
        let info = Loss::Changes(&["node_drm_card_info{card=\"{1}\""]);
        let missing = "a text that is missing is an empty label";
        Faults::new()
            .rule(CLASS, Loss::Everything, "it lists the cards")
            .rule(
                "/sys/class/drm/card[0-9]/device",
                Loss::Lines(&["card=\"{1}\""]),
                "all the files of the card are there",
            )
            .rule(
                "/sys/class/drm/card[0-9]/device/uevent",
                Loss::Changes(&["card=\"{1}\""]),
                "it has the driver of the card",
            )
            .rule(
                "/sys/class/drm/card*/device/mem_info_vram_vendor",
                info,
                missing,
            )
            .rule(
                "/sys/class/drm/card*/device/power_dpm_force_performance_level",
                info,
                missing,
            )
            .rule("/sys/class/drm/card*/device/unique_id", info, missing)
            .check::<Drm>(&host);
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
