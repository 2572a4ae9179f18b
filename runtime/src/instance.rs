//! One running instance of a collector: a store, and the calls into it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::InstancePre;
use wasmtime::{CallHook, Store, StoreContextMut, Trap, UpdateDeadline};

use crate::budget::Hold;
use crate::contract::{self, CollectError, CollectorPre};
use crate::cpu::CpuEnd;
use crate::descriptor::{Descriptor, OptionDescriptor, OptionKind, Setting};
use crate::failure::{Failure, Stop};
use crate::files::Files;
use crate::host::{Accounts, Called, Means, Remains, Skips, State};
use crate::limits::Limits;
use crate::record::Family;
use crate::watchdog::Watchdog;

/// A collector in its sandbox.
pub(crate) struct Instance {
    store: Store<State>,
    exports: contract::Collector,
    collections: u64,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").finish_non_exhaustive()
    }
}

/// What one call into an instance used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Fuel, host work included. All that the call was given where it was ended at its deadline in
    /// the middle of its own code: nobody knows then how much of it was spent.
    pub fuel: u64,
    /// CPU time of the thread that it ran on, in user mode and in the kernel. Set by whoever has
    /// the call made, who knows what else belongs to it: a new instance, checking what came of it.
    pub cpu: Duration,
    /// Wall time, set as the CPU time is.
    pub wall: Duration,
    /// The most bytes at a time that the host held for the instance during the call: its memories
    /// and tables, what its handles hold, what it emitted.
    pub memory_bytes: u64,
    /// Calls of the host's functions.
    pub host_calls: u64,
    /// Files and directories opened.
    pub files_opened: u64,
    /// Bytes read from files.
    pub bytes_read: u64,
    /// Paths asked for that were not granted.
    pub denied: u64,
    /// Values left out that the collector told of.
    pub skipped: u64,
    /// Bytes of log messages beyond the cap.
    pub log_bytes_dropped: u64,
}

/// What came of one call.
pub(crate) struct Outcome<T> {
    pub(crate) result: Result<T, Failure>,
    pub(crate) families: Vec<Family>,
    /// The memory of the families, and of what is made of them.
    pub(crate) held: Hold,
    /// What the collector left out.
    pub(crate) skips: Skips,
    pub(crate) usage: Usage,
}

/// Why there is no instance, and what was spent before that was known.
#[derive(Debug)]
pub(crate) struct NoInstance {
    pub(crate) failure: Failure,
    // In a box: most calls give an instance, and all of them hand on the result.
    pub(crate) usage: Box<Usage>,
}

impl From<NoInstance> for Outcome<()> {
    fn from(NoInstance { failure, usage }: NoInstance) -> Self {
        Self {
            result: Err(failure),
            families: Vec::new(),
            held: Hold::default(),
            skips: Skips::default(),
            usage: *usage,
        }
    }
}

/// Bytes of what a collector says about its failure that are kept, for the log and elsewhere.
const MOST_SAID: usize = 1024;

/// What a call may use of fuel and time.
#[derive(Clone, Copy)]
pub(crate) struct Allowance<'a> {
    pub(crate) fuel: u64,
    pub(crate) deadline: Instant,
    /// When the CPU time of this thread is over, where that has a bound. Looked at whenever the
    /// watchdog looks.
    pub(crate) cpu: Option<CpuEnd>,
    pub(crate) watchdog: &'a Watchdog,
}

impl Instance {
    /// Instantiates a collector. Its initialisation runs within the allowance, and its memory counts
    /// in the budget.
    pub(crate) fn new(
        pre: &CollectorPre<State>,
        name: &Arc<str>,
        limits: &Arc<Limits>,
        files: Files,
        means: &Arc<Means>,
        accounts: Accounts,
        allowance: Allowance<'_>,
    ) -> Result<Self, NoInstance> {
        let state = State::new(name, limits, files, means, accounts);
        let mut store = Store::new(pre.engine(), state);
        store.limiter(|state| state.memory_limiter());
        store.set_hostcall_fuel(limits.hostcall_bytes);
        store.set_max_component_handles(limits.handles);
        store.epoch_deadline_callback(|mut store| {
            if store.data().is_out_of_cpu_time() {
                store.data_mut().interrupt();
                return Err(Stop(Failure::CpuBudget { cut: true }).into());
            }
            if Instant::now() < store.data().deadline() {
                return Ok(UpdateDeadline::Continue(1));
            }
            store.data_mut().interrupt();
            Ok(UpdateDeadline::Interrupt)
        });
        store.call_hook(|store, hook| match hook {
            CallHook::CallingHost => {
                store.data().allow(store.get_fuel()?);
                Ok(())
            }
            CallHook::ReturningFromHost => return_from_host(store),
            _ => Ok(()),
        });
        let outcome = call(&mut store, allowance, false, |store| pre.instantiate(store));
        // Beside what the guest's own initialisation does, an instance fails where the host has no
        // memory for it.
        let exports = outcome.result.map_err(|failure| NoInstance {
            failure: match failure {
                Failure::Contract(message) => Failure::Host(message),
                failure => failure,
            },
            usage: Box::new(outcome.usage),
        })?;
        Ok(Self {
            store,
            exports,
            collections: 0,
        })
    }

    /// Asks the collector what it is.
    pub(crate) fn describe(&mut self, allowance: Allowance<'_>) -> Result<Descriptor, Failure> {
        let exports = &self.exports;
        let outcome = call(&mut self.store, allowance, false, |store| {
            exports.call_describe(store)
        });
        outcome.result.map(descriptor)
    }

    /// Gives the collector its options.
    pub(crate) fn configure(
        &mut self,
        settings: &[Setting],
        allowance: Allowance<'_>,
    ) -> Result<(), NoInstance> {
        let settings: Vec<contract::Setting> = (settings.iter())
            .map(|setting| contract::Setting {
                name: setting.name.clone(),
                values: setting.values.clone(),
                explicit: setting.explicit,
            })
            .collect();
        let exports = &self.exports;
        let outcome = call(&mut self.store, allowance, false, |store| {
            exports.call_configure(store, &settings)
        });
        let said = (outcome.result)
            .and_then(|said| said.map_err(|message| Failure::Collector(cut(message))));
        said.map_err(|failure| NoInstance {
            failure,
            usage: Box::new(outcome.usage),
        })
    }

    /// How often it collected.
    pub(crate) fn collections(&self) -> u64 {
        self.collections
    }

    /// The interfaces of which it called functions so far.
    pub(crate) fn called(&self) -> Called {
        self.store.data().called()
    }

    /// Collects once.
    pub(crate) fn collect(&mut self, allowance: Allowance<'_>) -> Outcome<()> {
        self.collections += 1;
        let exports = &self.exports;
        let outcome = call(&mut self.store, allowance, true, |store| {
            exports.call_collect(store)
        });
        let result = outcome.result.and_then(|result| {
            result.map_err(|error| match error {
                CollectError::NoData => Failure::NoData,
                CollectError::Failed(message) => Failure::Collector(cut(message)),
            })
        });
        Outcome {
            result,
            families: outcome.families,
            held: outcome.held,
            skips: outcome.skips,
            usage: outcome.usage,
        }
    }
}

/// Makes one call under an allowance.
fn call<T>(
    store: &mut Store<State>,
    allowance: Allowance<'_>,
    collecting: bool,
    call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> Outcome<T> {
    let Allowance {
        fuel,
        deadline,
        cpu,
        watchdog,
    } = allowance;
    store.data_mut().begin(deadline, cpu, collecting);
    store.set_epoch_deadline(1);
    let result = store.set_fuel(fuel).and_then(|()| {
        let _watch = watchdog.watch(deadline);
        call(store)
    });
    let owed = store.data_mut().take_owed();
    let left = match store.data().is_interrupted() {
        // Compiled code keeps its count in a register until it calls or returns, and what ends it in
        // between never sees that. So all of it counts as spent, which is the most it can have been.
        true => 0,
        false => store.get_fuel().unwrap_or(0).saturating_sub(owed),
    };
    let remains = store.data_mut().end();
    let usage = usage(fuel - left.min(fuel), &remains);
    Outcome {
        result: result.map_err(|error| Failure::after(error, remains.last_words)),
        usage,
        families: remains.families,
        held: remains.held,
        skips: remains.skips,
    }
}

fn usage(fuel: u64, remains: &Remains) -> Usage {
    Usage {
        fuel,
        cpu: Duration::ZERO,
        wall: Duration::ZERO,
        memory_bytes: remains.memory_bytes as u64,
        host_calls: remains.host_calls,
        files_opened: remains.files_opened,
        bytes_read: remains.bytes_read,
        denied: remains.denied,
        skipped: remains.skips.number,
        log_bytes_dropped: remains.log_bytes_dropped as u64,
    }
}

/// A guest's text of a bearable length.
fn cut(mut text: String) -> String {
    if text.len() > MOST_SAID {
        text.truncate(text.floor_char_boundary(MOST_SAID));
        text.push('…');
    }
    text
}

/// Counts the call, and takes what the host function put on the bill from the guest's fuel.
fn return_from_host(mut store: StoreContextMut<'_, State>) -> wasmtime::Result<()> {
    store.data_mut().count_call();
    // A guest that slept until its deadline must not get to say that all went well.
    if store.data().overslept() {
        return Err(Trap::Interrupt.into());
    }
    let owed = store.data_mut().take_owed();
    if owed == 0 {
        return Ok(());
    }
    let left = store.get_fuel()?;
    store.set_fuel(left.saturating_sub(owed))?;
    match owed <= left {
        true => Ok(()),
        false => Err(Trap::OutOfFuel.into()),
    }
}

fn descriptor(descriptor: contract::Descriptor) -> Descriptor {
    use contract::firepit::collector::types;
    let option = |option: types::OptionDescriptor| OptionDescriptor {
        name: option.name,
        help: option.help,
        kind: match option.kind {
            types::OptionKind::Flag => OptionKind::Flag,
            types::OptionKind::Text => OptionKind::Text,
            types::OptionKind::Number => OptionKind::Number,
            types::OptionKind::RepeatedText => OptionKind::RepeatedText,
        },
        default: option.default,
        hidden: option.hidden,
    };
    Descriptor {
        name: descriptor.name,
        about: descriptor.about,
        version: descriptor.version,
        enabled_by_default: descriptor.enabled_by_default,
        reads: descriptor.reads,
        options: descriptor.options.into_iter().map(option).collect(),
    }
}

/// Checks that a component has the exports of a collector.
pub(crate) fn prepare(pre: InstancePre<State>) -> wasmtime::Result<CollectorPre<State>> {
    CollectorPre::new(pre)
}
