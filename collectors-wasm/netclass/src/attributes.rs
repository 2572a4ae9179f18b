//! The attributes of an interface in the order of reading, and the families of the numbers
//! ([sysfs-class-net](https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-net)).

use firepit_sdk::Scalar;

/// The texts, in the order in which [`crate::parse::interface`] takes them.
const TEXTS: [&str; 5] = ["address", "broadcast", "duplex", "operstate", "ifalias"];

/// In Mbit/s, and therefore converted.
const SPEED: &str = "speed";

/// The names of all attributes: texts, speed, [`NUMBERS`].
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let numbers = NUMBERS.iter().map(|(attribute, _)| *attribute);
    TEXTS.into_iter().chain([SPEED]).chain(numbers)
}

macro_rules! number {
    ($kind:ident $attribute:literal $property:literal) => {
        (
            $attribute,
            Scalar::$kind(
                concat!("node_network_", $property),
                concat!("Network device property: ", $property),
                ["device"],
            ),
        )
    };
}

/// The numbers, which are emitted unchanged, in the order of [`place`].
pub(crate) const NUMBERS: [(&str, Scalar<1>); 16] = [
    number!(gauge "flags" "flags"),
    number!(gauge "addr_assign_type" "address_assign_type"),
    number!(gauge "carrier" "carrier"),
    number!(counter "carrier_changes" "carrier_changes_total"),
    number!(counter "carrier_up_count" "carrier_up_changes_total"),
    number!(counter "carrier_down_count" "carrier_down_changes_total"),
    number!(gauge "dev_id" "device_id"),
    number!(gauge "dormant" "dormant"),
    number!(gauge "ifindex" "iface_id"),
    number!(gauge "iflink" "iface_link"),
    number!(gauge "link_mode" "iface_link_mode"),
    number!(gauge "mtu" "mtu_bytes"),
    number!(gauge "name_assign_type" "name_assign_type"),
    number!(gauge "netdev_group" "net_dev_group"),
    number!(gauge "tx_queue_len" "transmit_queue_length"),
    number!(gauge "type" "protocol_type"),
];

/// Indices of the numbers in [`NUMBERS`].
pub(crate) mod place {
    pub(crate) const FLAGS: usize = 0;
    pub(crate) const ADDR_ASSIGN_TYPE: usize = 1;
    pub(crate) const CARRIER: usize = 2;
    pub(crate) const CARRIER_CHANGES: usize = 3;
    pub(crate) const CARRIER_UP_COUNT: usize = 4;
    pub(crate) const CARRIER_DOWN_COUNT: usize = 5;
    pub(crate) const DEV_ID: usize = 6;
    pub(crate) const DORMANT: usize = 7;
    pub(crate) const IFINDEX: usize = 8;
    pub(crate) const IFLINK: usize = 9;
    pub(crate) const LINK_MODE: usize = 10;
    pub(crate) const MTU: usize = 11;
    pub(crate) const NAME_ASSIGN_TYPE: usize = 12;
    pub(crate) const NETDEV_GROUP: usize = 13;
    pub(crate) const TX_QUEUE_LEN: usize = 14;
    pub(crate) const TYPE: usize = 15;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        use place::*;
        let named = [
            (FLAGS, "flags"),
            (ADDR_ASSIGN_TYPE, "addr_assign_type"),
            (CARRIER, "carrier"),
            (CARRIER_CHANGES, "carrier_changes"),
            (CARRIER_UP_COUNT, "carrier_up_count"),
            (CARRIER_DOWN_COUNT, "carrier_down_count"),
            (DEV_ID, "dev_id"),
            (DORMANT, "dormant"),
            (IFINDEX, "ifindex"),
            (IFLINK, "iflink"),
            (LINK_MODE, "link_mode"),
            (MTU, "mtu"),
            (NAME_ASSIGN_TYPE, "name_assign_type"),
            (NETDEV_GROUP, "netdev_group"),
            (TX_QUEUE_LEN, "tx_queue_len"),
            (TYPE, "type"),
        ];
        for (place, attribute) in named {
            assert_eq!(NUMBERS[place].0, attribute);
        }
    }
}
