//! Counters with the counts of a test.

use super::WORLD;
use crate::perf::{Count, Event, Reason, Refusal};

/// Open counters: each with its event and CPU, or `None`.
#[derive(Debug)]
pub(crate) struct Counters(Vec<Option<(String, u32)>>);

fn count((event, cpu): &(String, u32)) -> Result<u64, Reason> {
    let key = (event.clone(), *cpu);
    WORLD.with(|world| {
        let world = world.borrow();
        let count = world.counters.get(&key).copied();
        count.unwrap_or(world.other_counters)
    })
}

impl Counters {
    pub(crate) fn open(events: &[Event<'_>], cpus: &[u32]) -> (Self, Vec<Refusal>) {
        let mut refusals = Vec::new();
        let mut counters = Vec::new();
        for &cpu in cpus {
            for (place, event) in events.iter().enumerate() {
                let key = (event.key(), cpu);
                let counted = count(&key);
                if let Err(reason) = counted {
                    refusals.push(Refusal {
                        event: place,
                        cpu,
                        reason,
                    });
                }
                counters.push(counted.is_ok().then_some(key));
            }
        }
        (Self(counters), refusals)
    }

    /// The times are those of a counter that always ran.
    pub(crate) fn read(&self) -> Vec<Option<Count>> {
        let counters = self.0.iter();
        counters
            .map(|key| {
                let value = count(key.as_ref()?).ok()?;
                Some(Count {
                    value,
                    time_enabled: 1,
                    time_running: 1,
                })
            })
            .collect()
    }
}
