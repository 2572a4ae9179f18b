//! Everything that a scrape asks of systemd.

use std::collections::BTreeMap;

use firepit_sdk::dbus::Connection;

use crate::Failed;
use crate::manager::{Manager, Unit};
use crate::options::Options;
use crate::properties::{self, Shown};
use crate::version;

/// The states of units that are always shown.
pub(crate) const STATES: [&str; 5] = ["active", "activating", "deactivating", "inactive", "failed"];

/// What systemd answered.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) version: (f64, String),
    pub(crate) virtualization: String,
    /// Whether the system is running; none if systemd is too old.
    pub(crate) running: Option<Result<bool, String>>,
    pub(crate) units: Result<Units, String>,
    /// Whether start times are shown.
    pub(crate) start_times: bool,
}

/// The units.
#[derive(Debug)]
pub(crate) struct Units {
    /// The number of all units in each state.
    pub(crate) summary: BTreeMap<String, u64>,
    pub(crate) shown: Vec<(Unit, Shown)>,
}

impl Facts {
    /// Asks the manager, and then for the properties of the units that are shown.
    pub(crate) fn ask(systemd: &mut Connection, options: &Options) -> Result<Self, Failed> {
        let manager = Manager::ask(systemd)?;
        let has_state = manager.version.0 >= version::SYSTEM_STATE;
        let units = match manager.units {
            Ok(units) => Ok(Units::ask(systemd, units, options, has_state)?),
            Err(error) => Err(error),
        };
        Ok(Self {
            version: manager.version,
            virtualization: manager.virtualization,
            running: has_state.then_some(manager.running),
            units,
            start_times: options.start_times,
        })
    }
}

impl Units {
    fn ask(
        systemd: &mut Connection,
        units: Vec<Unit>,
        options: &Options,
        has_timers: bool,
    ) -> Result<Self, Failed> {
        let mut summary = BTreeMap::from(STATES.map(|state| (state.to_owned(), 0)));
        for unit in &units {
            match summary.get_mut(&unit.active_state) {
                Some(number) => *number += 1,
                None => drop(summary.insert(unit.active_state.clone(), 1)),
            }
        }
        let passes = |unit: &Unit| unit.is_loaded && options.units.passes(&unit.name);
        let units: Vec<Unit> = units.into_iter().filter(passes).collect();
        let wanted = properties::wanted(options, has_timers);
        let properties = properties::ask(systemd, &units, &wanted)?;
        Ok(Self {
            summary,
            shown: units.into_iter().zip(properties).collect(),
        })
    }
}
