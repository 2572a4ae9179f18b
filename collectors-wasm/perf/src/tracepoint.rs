//! The option `tracepoint`: subsystem and event, such as `sched:sched_process_exec`.

use firepit_sdk::perf::Event;

/// A tracepoint and its family.
#[derive(Debug, PartialEq)]
pub(crate) struct Tracepoint {
    /// The text of the option.
    pub(crate) name: String,
    /// Length of the subsystem's name, at the beginning of [`Self::name`].
    subsystem: usize,
    pub(crate) family: String,
    pub(crate) help: String,
}

impl Tracepoint {
    fn parse(name: &str) -> Option<Self> {
        let (subsystem, event) = name.split_once(':')?;
        if subsystem.is_empty() || event.is_empty() || event.contains(':') {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            subsystem: subsystem.len(),
            family: format!("node_perf_{subsystem}_{event}"),
            help: format!("Perf tracepoint {name}"),
        })
    }

    pub(crate) fn event(&self) -> Event<'_> {
        let (subsystem, event) = self.name.split_at(self.subsystem);
        Event::Tracepoint {
            subsystem,
            event: event.trim_start_matches(':'),
        }
    }
}

/// The tracepoints of the option, each once.
///
/// # Errors
/// A text is not of the form `subsystem:event`.
pub(crate) fn parse_all(names: &[String]) -> Result<Vec<Tracepoint>, String> {
    let mut tracepoints: Vec<Tracepoint> = Vec::new();
    for name in names {
        let tracepoint = Tracepoint::parse(name);
        let tracepoint = tracepoint.ok_or_else(|| format!("invalid tracepoint config {name}"))?;
        if !tracepoints.contains(&tracepoint) {
            tracepoints.push(tracepoint);
        }
    }
    Ok(tracepoints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracepoint_is_a_subsystem_and_an_event() {
        let names = ["sched:sched_process_exec", "irq:softirq_entry"].map(str::to_owned);
        let repeated = [names.as_slice(), names.as_slice()].concat();
        let found = parse_all(&repeated).unwrap();
        assert_eq!(found, parse_all(&names).unwrap());
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].family, "node_perf_sched_sched_process_exec");
        assert_eq!(found[0].help, "Perf tracepoint sched:sched_process_exec");
        let event = Event::Tracepoint {
            subsystem: "sched",
            event: "sched_process_exec",
        };
        assert_eq!(found[0].event(), event);
    }

    #[test]
    fn other_texts_are_rejected() {
        for name in ["", "foo", ":", "a:", ":b", "a:b:c", "a::b"] {
            let error = parse_all(&[name.to_owned()]).unwrap_err();
            assert_eq!(error, format!("invalid tracepoint config {name}"));
        }
    }
}
