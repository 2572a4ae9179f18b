//! Link modes: bits of `enum ethtool_link_mode_bit_indices` in the kernel's `linux/ethtool.h`.

/// Bits for ports, and values of a label.
pub(crate) const PORTS: [(u32, &str); 6] = [
    (7, "TP"),
    (8, "AUI"),
    (9, "MII"),
    (10, "FIBRE"),
    (11, "BNC"),
    (16, "Backplane"),
];

/// Bits for features of a link.
pub(crate) const AUTONEGOTIATE: u32 = 6;
pub(crate) const PAUSE: u32 = 13;
pub(crate) const ASYMMETRIC_PAUSE: u32 = 14;

/// A combination of speed, duplex and medium.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    /// Its bit.
    pub(crate) bit: u16,
    /// Mbit/s.
    pub(crate) speed: u32,
    /// `full` or `half`.
    pub(crate) duplex: &'static str,
    /// What follows `base` in its name.
    medium: &'static str,
}

impl Mode {
    /// Its name, such as `1000baseT`.
    pub(crate) fn name(&self) -> String {
        format!("{}base{}", self.speed, self.medium)
    }

    /// Bytes per second.
    pub(crate) fn bytes(&self) -> f64 {
        f64::from(self.speed) * 125_000.0
    }
}

macro_rules! modes {
    ($($bit:literal $speed:literal $medium:literal $duplex:ident)*) => {
        [$(Mode { bit: $bit, speed: $speed, duplex: stringify!($duplex), medium: $medium }),*]
    };
}

/// The modes that node_exporter shows, of those that the request has bits for.
pub(crate) static USUAL: [Mode; 22] = modes! {
    0 10 "T" half
    1 10 "T" full
    2 100 "T" half
    3 100 "T" full
    4 1000 "T" half
    5 1000 "T" full
    12 10000 "T" full
    17 1000 "KX" full
    18 10000 "KX4" full
    19 10000 "KR" full
    20 10000 "R_FEC" full
    21 20000 "MLD2" full
    22 20000 "KR2" full
    23 40000 "KR4" full
    24 40000 "CR4" full
    25 40000 "SR4" full
    26 40000 "LR4" full
    27 56000 "KR4" full
    28 56000 "CR4" full
    29 56000 "SR4" full
    30 56000 "LR4" full
    31 25000 "CR" full
};

/// The other modes, with the names that the kernel gives them.
pub(crate) static OTHER: [Mode; 90] = modes! {
    15 2500 "X" full
    32 25000 "KR" full
    33 25000 "SR" full
    34 50000 "CR2" full
    35 50000 "KR2" full
    36 100000 "KR4" full
    37 100000 "SR4" full
    38 100000 "CR4" full
    39 100000 "LR4_ER4" full
    40 50000 "SR2" full
    41 1000 "X" full
    42 10000 "CR" full
    43 10000 "SR" full
    44 10000 "LR" full
    45 10000 "LRM" full
    46 10000 "ER" full
    47 2500 "T" full
    48 5000 "T" full
    52 50000 "KR" full
    53 50000 "SR" full
    54 50000 "CR" full
    55 50000 "LR_ER_FR" full
    56 50000 "DR" full
    57 100000 "KR2" full
    58 100000 "SR2" full
    59 100000 "CR2" full
    60 100000 "LR2_ER2_FR2" full
    61 100000 "DR2" full
    62 200000 "KR4" full
    63 200000 "SR4" full
    64 200000 "LR4_ER4_FR4" full
    65 200000 "DR4" full
    66 200000 "CR4" full
    67 100 "T1" full
    68 1000 "T1" full
    69 400000 "KR8" full
    70 400000 "SR8" full
    71 400000 "LR8_ER8_FR8" full
    72 400000 "DR8" full
    73 400000 "CR8" full
    75 100000 "KR" full
    76 100000 "SR" full
    77 100000 "LR_ER_FR" full
    78 100000 "CR" full
    79 100000 "DR" full
    80 200000 "KR2" full
    81 200000 "SR2" full
    82 200000 "LR2_ER2_FR2" full
    83 200000 "DR2" full
    84 200000 "CR2" full
    85 400000 "KR4" full
    86 400000 "SR4" full
    87 400000 "LR4_ER4_FR4" full
    88 400000 "DR4" full
    89 400000 "CR4" full
    90 100 "FX" half
    91 100 "FX" full
    92 10 "T1L" full
    93 800000 "CR8" full
    94 800000 "KR8" full
    95 800000 "DR8" full
    96 800000 "DR8_2" full
    97 800000 "SR8" full
    98 800000 "VR8" full
    99 10 "T1S" full
    100 10 "T1S" half
    101 10 "T1S_P2MP" half
    102 10 "T1BRR" full
    103 200000 "CR" full
    104 200000 "KR" full
    105 200000 "DR" full
    106 200000 "DR_2" full
    107 200000 "SR" full
    108 200000 "VR" full
    109 400000 "CR2" full
    110 400000 "KR2" full
    111 400000 "DR2" full
    112 400000 "DR2_2" full
    113 400000 "SR2" full
    114 400000 "VR2" full
    115 800000 "CR4" full
    116 800000 "KR4" full
    117 800000 "DR4" full
    118 800000 "DR4_2" full
    119 800000 "SR4" full
    120 800000 "VR4" full
    121 1600000 "CR8" full
    122 1600000 "KR8" full
    123 1600000 "DR8" full
    124 1600000 "DR8_2" full
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_mode_has_its_own_bit_and_labels() {
        let all = || USUAL.iter().chain(&OTHER);
        let bits: BTreeSet<u16> = all().map(|mode| mode.bit).collect();
        assert_eq!(bits.len(), all().count());
        let labels: BTreeSet<_> = all().map(|mode| (mode.duplex, mode.name())).collect();
        assert_eq!(labels.len(), all().count());
        assert!(USUAL.iter().all(|mode| mode.bit < 32));
    }
}
