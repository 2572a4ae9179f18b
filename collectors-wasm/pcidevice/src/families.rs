//! The attributes of a device, and their families.

use firepit_sdk::{Gauge, families};

pub(crate) const INFO: &str = "node_pcidevice_info";
pub(crate) const INFO_HELP: &str =
    "Non-numeric data from /sys/bus/pci/devices/<location>, value is always 1.";

/// The labels of [`INFO`].
pub(crate) const INFO_LABELS: [&str; 14] = [
    "segment",
    "bus",
    "device",
    "function",
    "parent_segment",
    "parent_bus",
    "parent_device",
    "parent_function",
    "class_id",
    "vendor_id",
    "device_id",
    "subsystem_vendor_id",
    "subsystem_device_id",
    "revision",
];

/// The labels with names.
pub(crate) const NAME_LABELS: [&str; 5] = [
    "vendor_name",
    "device_name",
    "subsystem_vendor_name",
    "subsystem_device_name",
    "class_name",
];

pub(crate) const POWER_STATE: Gauge<5> = Gauge::new(
    "node_pcidevice_power_state",
    "PCIe device power state, one of: D0, D1, D2, D3hot, D3cold, unknown or error.",
    ["segment", "bus", "device", "function", "state"],
);

/// The values of the label `state`.
pub(crate) const POWER_STATES: [&str; 7] =
    ["D0", "D1", "D2", "D3hot", "D3cold", "unknown", "error"];

/// The attributes of every device: numbers that identify it.
pub(crate) const IDS: [&str; 6] = [
    "class",
    "vendor",
    "device",
    "subsystem_vendor",
    "subsystem_device",
    "revision",
];

/// The form of one of [`NUMBERS`], and its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `8.0 GT/s PCIe`; -1 by default.
    Speed,
    /// Lanes; -1 by default.
    Width,
    /// 0 means off; off by default.
    Switch,
    /// A count; 0 by default.
    Count,
    /// Omitted by default, or if it is -1.
    Node,
}

/// The optional numbers: attribute, form and family.
pub(crate) const NUMBERS: [((&str, Form), Gauge<4>); 10] = families! { Gauge["segment", "bus", "device", "function"]
    ("max_link_speed", Form::Speed) => "node_pcidevice_max_link_transfers_per_second": "Value of maximum link's transfers per second (T/s)",
    ("max_link_width", Form::Width) => "node_pcidevice_max_link_width": "Value of maximum link's width (number of lanes)",
    ("current_link_speed", Form::Speed) => "node_pcidevice_current_link_transfers_per_second": "Value of current link's transfers per second (T/s)",
    ("current_link_width", Form::Width) => "node_pcidevice_current_link_width": "Value of current link's width (number of lanes)",
    ("d3cold_allowed", Form::Switch) => "node_pcidevice_d3cold_allowed": "Whether the PCIe device supports D3cold power state (0/1).",
    ("sriov_drivers_autoprobe", Form::Switch) => "node_pcidevice_sriov_drivers_autoprobe": "Whether SR-IOV drivers autoprobe is enabled for the device (0/1).",
    ("sriov_numvfs", Form::Count) => "node_pcidevice_sriov_numvfs": "Number of Virtual Functions (VFs) currently enabled for SR-IOV.",
    ("sriov_totalvfs", Form::Count) => "node_pcidevice_sriov_totalvfs": "Total number of Virtual Functions (VFs) supported by the device.",
    ("sriov_vf_total_msix", Form::Count) => "node_pcidevice_sriov_vf_total_msix": "Total number of MSI-X vectors for Virtual Functions.",
    ("numa_node", Form::Node) => "node_pcidevice_numa_node": "NUMA node number for the PCI device. -1 indicates unknown or not available.",
};

/// The names of all attributes: [`IDS`], then [`NUMBERS`], then the power state.
pub(crate) fn attributes() -> impl Iterator<Item = &'static str> {
    let numbers = NUMBERS.iter().map(|((attribute, _), _)| *attribute);
    IDS.into_iter().chain(numbers).chain(["power_state"])
}
