//! Which attributes of a card are read, and the families that they become.

use firepit_sdk::{Gauge, families};

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

/// The numbers, which are emitted unchanged.
pub(crate) const NUMBERS: [(&str, Gauge<1>); 7] = families! { Gauge["card"]
    "gpu_busy_percent" => "node_drm_gpu_busy_percent": "How busy the GPU is as a percentage.",
    "mem_info_gtt_total" => "node_drm_memory_gtt_size_bytes": "The size of the graphics translation table (GTT) block in bytes.",
    "mem_info_gtt_used" => "node_drm_memory_gtt_used_bytes": "The used amount of the graphics translation table (GTT) block in bytes.",
    "mem_info_vis_vram_total" => "node_drm_memory_vis_vram_size_bytes": "The size of visible VRAM in bytes.",
    "mem_info_vis_vram_used" => "node_drm_memory_vis_vram_used_bytes": "The used amount of visible VRAM in bytes.",
    "mem_info_vram_total" => "node_drm_memory_vram_size_bytes": "The size of VRAM in bytes.",
    "mem_info_vram_used" => "node_drm_memory_vram_used_bytes": "The used amount of VRAM in bytes.",
};
