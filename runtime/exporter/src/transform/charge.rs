//! Charges what labels and a longer namespace add to a collector's output, before it is added.

use firepit_exposition::record::{Family, Size};
use firepit_sandbox::budget::Hold;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::limits::Limits;

use super::Transform;

impl Transform {
    /// Whether the output is larger than what the sandbox has charged.
    fn adds(&self) -> bool {
        !self.labels.is_empty() || self.moved.is_some()
    }

    /// Checks the size of the output against the limits of the collector. Families beyond a limit are
    /// dropped.
    pub(super) fn charge(
        &self,
        families: &mut Vec<Family>,
        limits: &Limits,
        held: &mut Hold,
    ) -> Result<(), Failure> {
        if !self.adds() {
            return Ok(());
        }
        let mut left = limits.output_bytes;
        let mut exceeded = None;
        let within = families.iter().take_while(|family| {
            exceeded = self.charge_one(family, &mut left, held).err();
            exceeded.is_none()
        });
        let within = within.count();
        families.truncate(within);
        exceeded.map_or(Ok(()), Err)
    }

    fn charge_one(
        &self,
        family: &Family,
        left: &mut usize,
        held: &mut Hold,
    ) -> Result<(), Failure> {
        let added = self.labels.cost(family);
        let text = Size::of(family).text.saturating_add(added.text);
        *left = left.checked_sub(text).ok_or(Failure::Output("text"))?;
        held.grow(added.memory).map_err(|_| Failure::TotalMemory)
    }
}
