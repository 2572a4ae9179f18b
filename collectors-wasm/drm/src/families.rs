//! Which attributes of a card are read, and the families that they become.

use firepit_sdk::Gauge;

pub(crate) const INFO: Gauge<5> = Gauge::new(
    "node_drm_card_info",
    "Card information",
    [
        "card",
        "memory_vendor",
        "power_performance_level",
        "unique_id",
        "vendor",
    ],
);

/// The texts of [`INFO`].
pub(crate) const TEXTS: [&str; 3] = [
    "mem_info_vram_vendor",
    "power_dpm_force_performance_level",
    "unique_id",
];

/// A number that is shown as it is.
pub(crate) struct Number {
    pub(crate) attribute: &'static str,
    pub(crate) family: Gauge<'static, 1>,
}

const fn number(attribute: &'static str, name: &'static str, help: &'static str) -> Number {
    Number {
        attribute,
        family: Gauge::new(name, help, ["card"]),
    }
}

pub(crate) const NUMBERS: [Number; 7] = [
    number(
        "gpu_busy_percent",
        "node_drm_gpu_busy_percent",
        "How busy the GPU is as a percentage.",
    ),
    number(
        "mem_info_gtt_total",
        "node_drm_memory_gtt_size_bytes",
        "The size of the graphics translation table (GTT) block in bytes.",
    ),
    number(
        "mem_info_gtt_used",
        "node_drm_memory_gtt_used_bytes",
        "The used amount of the graphics translation table (GTT) block in bytes.",
    ),
    number(
        "mem_info_vis_vram_total",
        "node_drm_memory_vis_vram_size_bytes",
        "The size of visible VRAM in bytes.",
    ),
    number(
        "mem_info_vis_vram_used",
        "node_drm_memory_vis_vram_used_bytes",
        "The used amount of visible VRAM in bytes.",
    ),
    number(
        "mem_info_vram_total",
        "node_drm_memory_vram_size_bytes",
        "The size of VRAM in bytes.",
    ),
    number(
        "mem_info_vram_used",
        "node_drm_memory_vram_used_bytes",
        "The used amount of VRAM in bytes.",
    ),
];

/// The names of all attributes of a card: [`TEXTS`], then [`NUMBERS`].
pub(crate) fn attributes() -> impl Iterator<Item = &'static str> {
    let numbers = NUMBERS.iter().map(|number| number.attribute);
    TEXTS.into_iter().chain(numbers)
}
