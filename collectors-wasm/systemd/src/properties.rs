//! Properties of single units.

use firepit_sdk::dbus::{Answer, Call, Connection, Error, Reader, Reply};
use firepit_sdk::log;

use crate::manager::{SYSTEMD, Unit, read};
use crate::options::Options;

/// What is known of a unit that is shown. Missing values are `None`, and the type is empty.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) kind: String,
    pub(crate) restarts: Option<u64>,
    /// Microseconds.
    pub(crate) started: Option<u64>,
    pub(crate) tasks_current: Option<u64>,
    pub(crate) tasks_max: Option<u64>,
    /// Microseconds.
    pub(crate) last_trigger: Option<u64>,
    pub(crate) accepted: Option<u64>,
    pub(crate) connections: Option<u64>,
    pub(crate) refused: Option<u64>,
}

/// A property of one kind of unit.
#[derive(Debug)]
pub(crate) struct Property {
    /// The ending of the names of units that have it.
    of: &'static str,
    interface: &'static str,
    name: &'static str,
    store: Store,
}

#[derive(Debug, Clone, Copy)]
enum Store {
    Text(fn(&mut Shown) -> &mut String),
    Number(fn(&mut Shown) -> &mut Option<u64>),
}

macro_rules! property {
    ($of:literal, $interface:literal, $name:literal, $store:ident $field:ident) => {
        Property {
            of: $of,
            interface: concat!("org.freedesktop.systemd1.", $interface),
            name: $name,
            store: Store::$store(|shown| &mut shown.$field),
        }
    };
}

const KINDS: [Property; 2] = [
    property!(".service", "Service", "Type", Text kind),
    property!(".mount", "Mount", "Type", Text kind),
];
const RESTARTS: Property = property!(".service", "Service", "NRestarts", Number restarts);
const STARTED: Property = property!("", "Unit", "ActiveEnterTimestamp", Number started);
const TASKS: [Property; 2] = [
    property!(".service", "Service", "TasksCurrent", Number tasks_current),
    property!(".service", "Service", "TasksMax", Number tasks_max),
];
const TIMERS: Property = property!(".timer", "Timer", "LastTriggerUSec", Number last_trigger);
const SOCKETS: [Property; 3] = [
    property!(".socket", "Socket", "NAccepted", Number accepted),
    property!(".socket", "Socket", "NConnections", Number connections),
    property!(".socket", "Socket", "NRefused", Number refused),
];

/// The properties that are asked for.
pub(crate) fn wanted(options: &Options, has_timers: bool) -> Vec<&'static Property> {
    let mut wanted: Vec<_> = KINDS.iter().chain(&SOCKETS).collect();
    let optional = [
        (options.restarts, std::slice::from_ref(&RESTARTS)),
        (options.start_times, std::slice::from_ref(&STARTED)),
        (options.tasks, &TASKS),
        (has_timers, std::slice::from_ref(&TIMERS)),
    ];
    for (is_wanted, properties) in optional {
        wanted.extend(properties.iter().filter(|_| is_wanted));
    }
    wanted
}

/// Asks for the properties of all units, and returns what is known in the order of the units.
pub(crate) fn ask(
    systemd: &mut Connection,
    units: &[Unit],
    wanted: &[&'static Property],
) -> Result<Vec<Shown>, Error> {
    let (mut calls, mut places) = (Vec::new(), Vec::new());
    for (place, unit) in units.iter().enumerate() {
        for property in wanted.iter().filter(|property| property.is_of(unit)) {
            calls.push(Call::get(
                SYSTEMD,
                &unit.path,
                property.interface,
                property.name,
            ));
            places.push((place, *property));
        }
    }
    let mut shown: Vec<Shown> = units.iter().map(|_| Shown::default()).collect();
    let answers = systemd.call_many(&calls)?;
    for ((place, property), answer) in places.into_iter().zip(answers) {
        if let (Some(shown), Some(unit)) = (shown.get_mut(place), units.get(place)) {
            property.take(shown, unit, answer);
        }
    }
    Ok(shown)
}

impl Property {
    fn is_of(&self, unit: &Unit) -> bool {
        // Only active units have started.
        unit.name.ends_with(self.of) && (!self.of.is_empty() || unit.active_state == "active")
    }

    fn take(&self, shown: &mut Shown, unit: &Unit, answer: Answer) {
        let result = match self.store {
            Store::Text(field) => read(answer, |reply| {
                reply.property(|value| value.string().map(str::to_owned))
            })
            .map(|text| *field(shown) = text),
            Store::Number(field) => read(answer, number).map(|number| *field(shown) = Some(number)),
        };
        if let Err(error) = result {
            let message = format!("couldn't get unit {}", self.name);
            log::debug(&message, &[("unit", &unit.name), ("err", &error)]);
        }
    }
}

/// A number of 32 or 64 bits.
fn number(reply: &Reply) -> Result<u64, firepit_sdk::dbus::Malformed> {
    let read = |value: &mut Reader<'_>| match value.signature() {
        "t" => value.u64(),
        _ => value.u32().map(u64::from),
    };
    reply.property(read)
}
