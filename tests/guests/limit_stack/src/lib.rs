//! Calls itself until the stack ends.

use std::hint::black_box;

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Deep;

/// Lives in locals alone: with a frame in linear memory the guest would leave its own memory
/// before the host's stack ends.
#[inline(never)]
fn descend(depth: u64) -> u64 {
    match depth {
        u64::MAX => 0,
        _ => descend(depth + 1).rotate_left(7) ^ depth,
    }
}

impl Collector for Deep {
    fn describe() -> Descriptor {
        Descriptor::new("limit_stack", "Recurses without end.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        black_box(descend(black_box(0)));
        Ok(())
    }
}

export!(Deep);
