//! The addresses of an entry's grants. By default none is granted.

use std::collections::BTreeSet;

use firepit_sandbox::grants::{WhyNoConnect, options_of};

use super::Judge;
use super::lines::{Line, quoted};

impl Judge<'_> {
    pub(super) fn connects(&self) -> Vec<Line> {
        let declared = &self.loaded.descriptor.connects;
        let mut unique = BTreeSet::new();
        let mut lines: Vec<Line> = (declared.iter())
            .filter(|address| unique.insert(*address))
            .map(|address| self.connect(address))
            .collect();
        let has_option = |address: &String| options_of(address).next().is_some();
        if let Some((before, _)) = &self.before
            && declared.iter().any(has_option)
        {
            // What an option may stand for.
            let own = before.connects.iter().flatten();
            let others = own.filter(|address| !declared.contains(address));
            lines.extend(others.map(|address| Line::granted(quoted(address), None)));
        }
        lines
    }

    fn connect(&self, address: &String) -> Line {
        let mut lacking = self.given.lacking_connects.iter();
        let why = lacking.find(|it| it.address == *address).map(|it| &it.why);
        if let Some(WhyNoConnect::Malformed(problem)) = why {
            return Line::never(address, &problem.to_string());
        }
        let text = quoted(address);
        if let Some((before, verdict)) = &self.before
            && before.connects.is_some()
        {
            let was_granted = verdict.granted_connects.contains(address);
            // The run says nothing about what it did not try.
            if was_granted && (self.evidence.is_none() || why.is_some()) {
                return Line::granted(text, None);
            }
            if why.is_none() && !was_granted && before.withholds(address) {
                return Line::out(text, "commented out before");
            }
        }
        match why {
            Some(WhyNoConnect::Never(reason)) => {
                Line::out(text, &format!("{reason}; uncomment to grant"))
            }
            Some(_) => Line::out(text, "a service; uncomment to grant"),
            None => self.granted_connect(address),
        }
    }

    fn granted_connect(&self, address: &String) -> Line {
        let text = quoted(address);
        let Some(run) = self.evidence else {
            return Line::granted(text, None);
        };
        let used = run.address_uses.iter().find(|it| it.address == *address);
        match used.map(|it| it.reached.as_slice()) {
            None | Some([]) => Line::out(text, "not connected to in this run"),
            Some([one]) if one == address => Line::granted(text, None),
            Some(reached) => {
                let note = format!("connected to {}", reached.join(" "));
                Line::granted(text, Some(note))
            }
        }
    }
}
