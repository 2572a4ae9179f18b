//! What all modules and all pages together hold of memory.

use super::single;
use crate::record::{Family, Samples};
use crate::room::Room;

/// The families about the memory that all share.
pub(crate) fn room_families(room: &Room) -> Vec<Family> {
    let gauge = |name, help, bytes: usize| single(name, help, Samples::Gauge, &[], bytes as f64);
    vec![
        gauge(
            "firepit_modules_memory_bytes",
            "Bytes of memory that are held for all collectors that are not built in: memories and \
             tables of their instances, what their handles hold, what they emitted.",
            room.modules_bytes(),
        ),
        gauge(
            "firepit_pages_in_flight_bytes",
            "Bytes of memory of all pages that are being made, or that clients have not read yet.",
            room.pages_bytes(),
        ),
    ]
}
