//! The list of everything that a guest may import. What is not here does not exist for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use wasmtime::Engine;
use wasmtime::component::types::{self, ComponentItem};
use wasmtime::component::{Component, HasData, HasSelf, InstancePre, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sync};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi_io::bindings::wasi::io;

use super::State;
use super::refuse::{self, refuse};
use crate::contract::firepit::collector;
use crate::grants::{ImportClass, Interface};
use crate::shown::line;
use crate::versions;

/// Why the imports of a module cannot be met.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nothing that any collector can have.
    #[error("it imports {0}, which no collector can have")]
    Unknown(String),
    /// More than any language's runtime imports.
    #[error("its imports have more than {0} functions and types")]
    TooMany(usize),
    /// Something that a later version of the contract may have.
    #[error("it uses {what} of firepit:collector@{version}")]
    Later {
        /// An interface, or an interface and its function.
        what: String,
        /// The version that it names.
        version: String,
    },
    /// An import is of another type than what stands behind it.
    #[error("{0}")]
    Type(String),
}

impl From<wasmtime::Error> for LinkError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Type(said(&error))
    }
}

/// What the engine says, in a bearable length.
pub(crate) fn said(error: &wasmtime::Error) -> String {
    line(MOST_SAID, &format!("{error:#}"))
}

/// Functions and types of all imported interfaces together. All of WASI 0.2 has about 400.
const MOST_ITEMS: usize = 5_000;

/// Characters of a name in a message.
const MOST_NAMED: usize = 200;

/// Characters of what the engine says, which may name things that the guest named.
const MOST_SAID: usize = 500;

/// What guests may import, for each set of granted interfaces that occurred.
pub(crate) struct Linkers {
    engine: Engine,
    by_grants: Mutex<BTreeMap<BTreeSet<Interface>, Linker<State>>>,
}

impl Linkers {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            by_grants: Mutex::default(),
        }
    }

    /// Puts something behind every import of a component: the host's functions where they are
    /// granted, and functions that refuse where not.
    pub(crate) fn link(
        &self,
        component: &Component,
        granted: &BTreeSet<Interface>,
    ) -> Result<InstancePre<State>, LinkError> {
        let imports = component.component_type();
        check(&self.engine, &imports, granted)?;
        let is_refused = |import: &str| !is_linked(import, granted);
        let refuses = imports
            .imports(&self.engine)
            .any(|(name, _)| is_refused(name));
        let mut linkers = self
            .by_grants
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let granting = match linkers.get(granted) {
            Some(linker) => linker,
            None => {
                let linker = linker(&self.engine, granted)?;
                linkers.entry(granted.clone()).or_insert(linker)
            }
        };
        if !refuses {
            return Ok(granting.instantiate_pre(component)?);
        }
        let mut own = granting.clone();
        refuse(&mut own, &imports, is_refused)?;
        Ok(own.instantiate_pre(component)?)
    }
}

/// Looks for what there is no answer to, and tells it better than the engine does.
fn check(
    engine: &Engine,
    imports: &types::Component,
    granted: &BTreeSet<Interface>,
) -> Result<(), LinkError> {
    let mut items = 0;
    for (import, item) in imports.imports(engine) {
        if ImportClass::of(import) == ImportClass::Unknown {
            return Err(unknown(import));
        }
        let ComponentItem::ComponentInstance(interface) = item.ty else {
            continue;
        };
        items += interface.exports(engine).len();
        if items > MOST_ITEMS {
            return Err(LinkError::TooMany(MOST_ITEMS));
        }
        if is_linked(import, granted) {
            nothing_later(engine, import, &interface)?;
        }
    }
    Ok(())
}

fn unknown(import: &str) -> LinkError {
    match versions::later(import) {
        None => LinkError::Unknown(short(import)),
        Some((interface, version)) => LinkError::Later {
            what: short(interface),
            version: short(version),
        },
    }
}

/// Whether an interface of the contract has functions that this version does not.
fn nothing_later(
    engine: &Engine,
    import: &str,
    interface: &types::ComponentInstance,
) -> Result<(), LinkError> {
    let Some((name, version)) = versions::later(import) else {
        return Ok(());
    };
    for (function, item) in interface.exports(engine) {
        let is_function = matches!(item.ty, ComponentItem::ComponentFunc(_));
        if is_function && !versions::has(name, function) {
            return Err(LinkError::Later {
                what: format!("{name} {}", short(function)),
                version: short(version),
            });
        }
    }
    Ok(())
}

/// A guest's text of a bearable length.
fn short(name: &str) -> String {
    line(MOST_NAMED, name)
}

/// Whether the host's own functions stand behind an import.
fn is_linked(import: &str, granted: &BTreeSet<Interface>) -> bool {
    match ImportClass::of(import) {
        ImportClass::Nothing => true,
        ImportClass::Grant(interface) => granted.contains(&interface),
        ImportClass::System => Interface::SYSTEM.iter().any(|it| granted.contains(it)),
        ImportClass::Never | ImportClass::Unknown => false,
    }
}

type Add = fn(&mut Linker<State>) -> wasmtime::Result<()>;

/// The interface whose functions are granted one by one.
const SYSTEM: &str = "firepit:collector/system@0.1.2";

/// Every interface that the host has. What of it a guest gets, its class says.
const INTERFACES: [(&str, Add); 29] = [
    ("firepit:collector/types@0.1.2", |l| {
        collector::types::add_to_linker::<State, HasSelf<State>>(l, |state| state)
    }),
    ("firepit:collector/metrics@0.1.2", |l| {
        collector::metrics::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Metrics)
        })
    }),
    ("firepit:collector/files@0.1.2", |l| {
        collector::files::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Files)
        })
    }),
    (SYSTEM, |l| {
        collector::system::add_to_linker::<State, HasSelf<State>>(l, |state| state)
    }),
    ("firepit:collector/statfs@0.1.2", |l| {
        collector::statfs::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Statfs)
        })
    }),
    ("firepit:collector/adjtimex@0.1.2", |l| {
        collector::adjtimex::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Adjtimex)
        })
    }),
    ("firepit:collector/time-zone@0.1.2", |l| {
        collector::time_zone::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::TimeZone)
        })
    }),
    ("firepit:collector/netlink@0.1.2", |l| {
        collector::netlink::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Netlink)
        })
    }),
    ("firepit:collector/log@0.1.2", |l| {
        collector::log::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Log)
        })
    }),
    ("wasi:filesystem/types@0.2.0", |l| {
        sync::filesystem::types::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Files)
        })
    }),
    ("wasi:filesystem/preopens@0.2.0", |l| {
        filesystem::preopens::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Files)
        })
    }),
    ("wasi:io/error@0.2.0", |l| {
        io::error::add_to_linker::<State, Streams>(l, State::resources)
    }),
    ("wasi:io/poll@0.2.0", |l| {
        sync::io::poll::add_to_linker::<State, HasSelf<State>>(l, |state| state)
    }),
    ("wasi:io/streams@0.2.0", |l| {
        sync::io::streams::add_to_linker::<State, Streams>(l, State::resources)
    }),
    ("wasi:clocks/wall-clock@0.2.0", |l| {
        clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, |state| {
            State::clocks(state.using(Interface::Clocks))
        })
    }),
    ("wasi:clocks/monotonic-clock@0.2.0", |l| {
        clocks::monotonic_clock::add_to_linker::<State, HasSelf<State>>(l, |state| {
            state.using(Interface::Clocks)
        })
    }),
    ("wasi:random/random@0.2.0", |l| {
        random::random::add_to_linker::<State, WasiRandom>(l, |state| {
            State::random(state.using(Interface::Random))
        })
    }),
    ("wasi:random/insecure@0.2.0", |l| {
        random::insecure::add_to_linker::<State, WasiRandom>(l, |state| {
            State::random(state.using(Interface::Random))
        })
    }),
    ("wasi:random/insecure-seed@0.2.0", |l| {
        random::insecure_seed::add_to_linker::<State, WasiRandom>(l, |state| {
            State::random(state.using(Interface::Random))
        })
    }),
    ("wasi:cli/exit@0.2.0", |l| {
        cli::exit::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/environment@0.2.0", |l| {
        cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/stdin@0.2.0", |l| {
        cli::stdin::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/stdout@0.2.0", |l| {
        cli::stdout::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/stderr@0.2.0", |l| {
        cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-input@0.2.0", |l| {
        cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-output@0.2.0", |l| {
        cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-stdin@0.2.0", |l| {
        cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-stdout@0.2.0", |l| {
        cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
    ("wasi:cli/terminal-stderr@0.2.0", |l| {
        cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)
    }),
];

struct Streams;

impl HasData for Streams {
    type Data<'a> = &'a mut ResourceTable;
}

/// A linker with what is granted, and nothing else.
fn linker(engine: &Engine, granted: &BTreeSet<Interface>) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    for (interface, add) in INTERFACES {
        if is_linked(interface, granted) {
            add(&mut linker)?;
        }
    }
    if is_linked(SYSTEM, granted) {
        refuse_rest_of_system(&mut linker, granted)?;
    }
    Ok(linker)
}

/// Puts functions that refuse before those of `system` that are not granted, where one of it is.
fn refuse_rest_of_system(
    linker: &mut Linker<State>,
    granted: &BTreeSet<Interface>,
) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    for function in versions::functions("system") {
        if !is_linked(&format!("{SYSTEM}#{function}"), granted) {
            refuse::function(linker, SYSTEM, function)?;
        }
    }
    linker.allow_shadowing(false);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_the_host_has_can_be_granted() {
        let all = BTreeSet::from(Interface::ALL);
        for (interface, _) in INTERFACES {
            assert!(is_linked(interface, &all), "{interface}");
        }
    }
}
