//! Where a guest's random numbers come from.

use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::random::Deterministic;

/// The source of an instance's random numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Random {
    /// The system.
    #[default]
    Fresh,
    /// A constant seed: each instance gets the same numbers. For recordings, which a guest could not
    /// replay if its requests differed.
    Constant,
}

/// The constant seed.
const SEED: u64 = 0x6669_7265_7069_7421;

/// Numbers until they repeat.
const PERIOD: usize = 512;

impl Random {
    /// Sets the source.
    pub(super) fn apply(self, builder: &mut WasiCtxBuilder) {
        if self == Self::Constant {
            builder
                .secure_random(Deterministic::new(bytes(SEED)))
                .insecure_random(Deterministic::new(bytes(!SEED)))
                .insecure_random_seed(SEED.into());
        }
    }
}

/// Bytes by the generator SplitMix64 of Steele, Lea and Flood (2014).
fn bytes(seed: u64) -> Vec<u8> {
    let numbers = std::iter::successors(Some(seed), |state| Some(step(*state)));
    let mixed = numbers.skip(1).take(PERIOD).map(mix);
    mixed.flat_map(u64::to_le_bytes).collect()
}

fn step(state: u64) -> u64 {
    state.wrapping_add(0x9e37_79b9_7f4a_7c15)
}

fn mix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_splitmix64() {
        // The first results for this seed in the literature.
        let wanted: [u64; 2] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        let bytes = bytes(1_234_567);
        assert_eq!(bytes.len(), PERIOD * size_of::<u64>());
        assert_eq!(bytes[..16], wanted.map(u64::to_le_bytes).concat());
    }
}
