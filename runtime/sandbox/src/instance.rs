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
use crate::grants::is_address;
use crate::host::{Access, Accounts, CallReport, Called, Resources, Skips, State};
use crate::limits::Limits;
use crate::watchdog::Watchdog;
use firepit_exposition::record::Family;

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

/// Resources used by one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Fuel, host work included. If the call was interrupted at its deadline in its own code, this
    /// is its whole allowance, because the actual use is unknown then.
    pub fuel: u64,
    /// CPU time of the thread that it ran on, in user mode and in the kernel. Set by the caller,
    /// who also counts other work for the call: creating an instance, checking the output.
    pub cpu: Duration,
    /// Wall time, set by the caller too.
    pub wall: Duration,
    /// Peak of the memory that the host used for the instance during the call: its memories and
    /// tables, its handles, its output.
    pub memory_bytes: u64,
    /// Calls of the host's functions.
    pub host_calls: u64,
    /// Files and directories opened.
    pub files_opened: u64,
    /// Bytes read from files.
    pub bytes_read: u64,
    /// Accesses to paths that are not granted.
    pub denied: u64,
    /// Connections and datagram exchanges begun.
    pub connections: u64,
    /// Bytes sent and received by connections.
    pub connection_bytes: u64,
    /// Connections to addresses that are not granted.
    pub connections_denied: u64,
    /// Values that the collector reported as skipped.
    pub skipped: u64,
    /// Bytes of log messages beyond the limit.
    pub log_bytes_dropped: u64,
}

/// The outcome of one call.
pub struct Outcome<T = ()> {
    /// How the call ended.
    pub result: Result<T, Failure>,
    /// The emitted families, not validated. A failed call may have emitted some too.
    pub families: Vec<Family>,
    /// The memory of the families, and of the data made from them.
    pub held: Hold,
    /// Values that the collector skipped.
    pub skips: Skips,
    /// Resources used.
    pub usage: Usage,
    /// Whether a new instance was created for the call.
    pub is_new_instance: bool,
}

/// Why an instance could not be created, and the resources used until then.
#[derive(Debug)]
pub(crate) struct NoInstance {
    pub(crate) failure: Failure,
    // Boxed because most calls succeed, and the result is moved through all of them.
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
            is_new_instance: true,
        }
    }
}

/// Maximum stored bytes of a collector's error message.
const MAX_MESSAGE: usize = 1024;

/// Fuel and time that a call may use.
#[derive(Clone, Copy)]
pub(crate) struct Allowance<'a> {
    pub(crate) fuel: u64,
    pub(crate) deadline: Instant,
    /// CPU deadline of this thread, if it has one. Checked whenever the watchdog advances the
    /// epoch.
    pub(crate) cpu: Option<CpuEnd>,
    pub(crate) watchdog: &'a Watchdog,
}

impl Instance {
    /// Instantiates a collector. Its initialisation runs within the allowance, and its memory
    /// counts in the budget.
    pub(crate) fn new(
        pre: &CollectorPre<State>,
        name: &Arc<str>,
        limits: &Arc<Limits>,
        access: Access,
        resources: &Arc<Resources>,
        accounts: Accounts,
        allowance: Allowance<'_>,
    ) -> Result<Self, NoInstance> {
        let state = State::new(name, limits, access, resources, accounts);
        let mut store = Store::new(pre.engine(), state);
        store.limiter(|state| state.memory_limiter());
        store.set_hostcall_fuel(limits.hostcall_bytes);
        store.set_max_component_handles(limits.handles);
        store.epoch_deadline_callback(|mut store| {
            if store.data().is_out_of_cpu_time() {
                store.data_mut().interrupt();
                return Err(Stop(Failure::CpuBudget { interrupted: true }).into());
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
        // An instance fails by its own initialisation, or because the host cannot allocate memory
        // for it.
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

    /// Calls `describe`.
    pub(crate) fn describe(&mut self, allowance: Allowance<'_>) -> Result<Descriptor, Failure> {
        let exports = &self.exports;
        let outcome = call(&mut self.store, allowance, false, |store| {
            exports.call_describe(store)
        });
        outcome.result.map(descriptor)
    }

    /// Calls `configure`.
    pub(crate) fn configure(
        &mut self,
        settings: &[Setting],
        allowance: Allowance<'_>,
    ) -> Result<(), NoInstance> {
        let settings: Vec<contract::Setting> = settings
            .iter()
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
        let configured = outcome
            .result
            .and_then(|result| result.map_err(|message| Failure::Collector(truncate(message))));
        configured.map_err(|failure| NoInstance {
            failure,
            usage: Box::new(outcome.usage),
        })
    }

    /// Number of `collect` calls so far.
    pub(crate) fn collections(&self) -> u64 {
        self.collections
    }

    /// Interfaces whose functions it has called so far.
    pub(crate) fn called(&self) -> Called {
        self.store.data().called()
    }

    /// Calls `collect`.
    pub(crate) fn collect(&mut self, allowance: Allowance<'_>) -> Outcome<()> {
        self.collections += 1;
        let exports = &self.exports;
        let outcome = call(&mut self.store, allowance, true, |store| {
            exports.call_collect(store)
        });
        let result = outcome.result.and_then(|result| {
            result.map_err(|error| match error {
                CollectError::NoData => Failure::NoData,
                CollectError::Failed(message) => Failure::Collector(truncate(message)),
            })
        });
        Outcome {
            result,
            families: outcome.families,
            held: outcome.held,
            skips: outcome.skips,
            usage: outcome.usage,
            is_new_instance: false,
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
    let charges = store.data_mut().take_charges();
    let left = if store.data().is_interrupted() {
        // Compiled code keeps its fuel counter in a register until it calls or returns, and an
        // interrupt in between does not save it. So all fuel counts as used, which is the maximum
        // that the call can have used.
        0
    } else {
        store.get_fuel().unwrap_or(0).saturating_sub(charges)
    };
    let report = store.data_mut().end();
    let usage = usage(fuel - left.min(fuel), &report);
    Outcome {
        result: result.map_err(|error| Failure::after(error, report.last_stderr_line)),
        usage,
        families: report.families,
        held: report.held,
        skips: report.skips,
        is_new_instance: false,
    }
}

fn usage(fuel: u64, report: &CallReport) -> Usage {
    Usage {
        fuel,
        cpu: Duration::ZERO,
        wall: Duration::ZERO,
        memory_bytes: report.memory_bytes as u64,
        host_calls: report.host_calls,
        files_opened: report.files_opened,
        bytes_read: report.bytes_read,
        denied: report.denied,
        connections: report.connections.opened,
        connection_bytes: report.connections.bytes,
        connections_denied: report.connections.denied,
        skipped: report.skips.number,
        log_bytes_dropped: report.log_bytes_dropped as u64,
    }
}

/// Truncates a message of the guest.
fn truncate(mut text: String) -> String {
    if text.len() > MAX_MESSAGE {
        text.truncate(text.floor_char_boundary(MAX_MESSAGE));
        text.push('…');
    }
    text
}

/// Counts the call, and subtracts the charges of the host function from the guest's fuel.
fn return_from_host(mut store: StoreContextMut<'_, State>) -> wasmtime::Result<()> {
    store.data_mut().count_call();
    // A guest that slept until its deadline must not report success.
    if store.data().overslept() {
        return Err(Trap::Interrupt.into());
    }
    let charges = store.data_mut().take_charges();
    if charges == 0 {
        return Ok(());
    }
    let left = store.get_fuel()?;
    store.set_fuel(left.saturating_sub(charges))?;
    if charges <= left {
        Ok(())
    } else {
        Err(Trap::OutOfFuel.into())
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
    let (connects, reads) = (descriptor.reads.into_iter()).partition(|entry| is_address(entry));
    Descriptor {
        name: descriptor.name,
        about: descriptor.about,
        version: descriptor.version,
        enabled_by_default: descriptor.enabled_by_default,
        reads,
        connects,
        options: descriptor.options.into_iter().map(option).collect(),
    }
}

/// Checks that a component has the exports of a collector.
pub(crate) fn prepare(pre: InstancePre<State>) -> wasmtime::Result<CollectorPre<State>> {
    CollectorPre::new(pre)
}
