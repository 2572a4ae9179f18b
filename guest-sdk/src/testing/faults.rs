//! Tests that one bad file or line only costs its own values.
//!
//! A collector runs on a sound host, and then repeatedly with one fault: each file and directory
//! that it reads fails with each error that sysfs and procfs return, contains a text that is not a
//! value, or has an unexpected line. The lost lines are compared with a table. Each file is also
//! truncated, garbled and made huge, and removed together with all others. In all these cases, the
//! collector must not panic, an error must name a file, and messages and work must be bounded.
//!
//! ```
//! # use firepit_sdk::{*, skip::OrSkip};
//! # struct Fans;
//! # impl Collector for Fans {
//! #     fn describe() -> Descriptor { Descriptor::new("fans", "") }
//! #     fn configure(_: &Settings) -> Result<Self, String> { Ok(Self) }
//! #     fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
//! #         let mut speed = metrics.gauge(&Gauge::new("fan_speed", "Speed.", ["fan"]));
//! #         for fan in files::list("/sys/fans")? {
//! #             let text = files::read_text(&format!("/sys/fans/{}/speed", fan.name));
//! #             let value = text.map_err(Error::from).and_then(|t| Ok(t.first_line()?.float("speed")?));
//! #             if let Some(value) = value.or_skip() { speed.set([&fan.name], value); }
//! #         }
//! #         Ok(())
//! #     }
//! # }
//! use firepit_sdk::testing::{Faults, Host, Loss};
//!
//! let host = Host::new().file("/sys/fans/a/speed", "900\n").file("/sys/fans/b/speed", "0\n");
//! // A file costs one line unless the table says more.
//! Faults::new()
//!     .rule("/sys/fans", Loss::Everything, "nothing else tells which fans there are")
//!     .check::<Fans>(&host);
//! ```

mod rules;
mod shapes;
mod variants;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Host, Output, World, collect, settings};
use crate::backend::native::replace_world;
use crate::{Collector, Settings};

pub use rules::Loss;
use rules::{Rule, Share};
use variants::Variant;

/// Maximum number of faults that a failing check names.
const TOLD: usize = 40;

/// The table of a collector: which lines it may lose per file.
#[derive(Debug, Default)]
pub struct Faults {
    options: Vec<(&'static str, &'static str)>,
    rules: Vec<Rule>,
    fragile: Vec<(&'static str, &'static str)>,
}

/// The lines of a page in comparable form.
type Lines = BTreeSet<String>;

impl Faults {
    /// An empty table: each file may cost one line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Options of the collector, as in [`Host::run`].
    #[must_use]
    pub fn options(
        mut self,
        options: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        self.options.extend(options);
        self
    }

    /// The allowed loss for files or directories that match a pattern, and the reason. `*`, `?` and
    /// classes match within a segment; `**` as the last segment matches any rest. The first
    /// matching rule counts.
    #[must_use]
    pub fn rule(mut self, pattern: &'static str, loss: Loss, why: &'static str) -> Self {
        self.rules.push(Rule { pattern, loss, why });
        self
    }

    /// Files whose lines are not independent, and the reason: additional lines are not tried in
    /// them.
    #[must_use]
    pub fn fragile(mut self, pattern: &'static str, why: &'static str) -> Self {
        self.fragile.push((pattern, why));
        self
    }

    /// Tries all faults.
    ///
    /// # Panics
    /// A fault costs more than the table allows, or a rule matches no file that the collector
    /// reads. The message names all of them.
    #[track_caller]
    pub fn check<C: Collector>(&self, host: &Host) {
        report::<C>(&self.find::<C>(host));
    }

    /// Like [`Self::check`], for a collector whose output differs from run to run: checks the rules
    /// for all collectors, but not the table.
    ///
    /// # Panics
    /// If the collector panics on a fault, its error names no file, or its messages and work are not bounded.
    #[track_caller]
    pub fn check_files<C: Collector>(&self, host: &Host) {
        let settings = settings::<C>(self.options.iter().copied());
        let (_, after) = run::<C>(&host.world, &settings);
        let judge = |_: &str, _: &Variant, _: &Output| None;
        report::<C>(&tried::<C>(host, &settings, &after.touched, judge));
    }

    fn find<C: Collector>(&self, host: &Host) -> Vec<String> {
        let settings = settings::<C>(self.options.iter().copied());
        let (sound, after) = run::<C>(&host.world, &settings);
        let mut wrong = Vec::new();
        if sound.result.is_err() || !sound.skipped.is_empty() || lines(&sound).is_empty() {
            let (result, skipped) = (&sound.result, &sound.skipped);
            wrong.push(format!("the sound host is not: {result:?}, {skipped:?}"));
        }
        wrong.extend(self.unused(&after.touched));
        let lines = lines(&sound);
        wrong.extend(tried::<C>(
            host,
            &settings,
            &after.touched,
            |path, variant, out| {
                let is_tried = !variant.is_line() || !rules::any(&self.fragile, path);
                is_tried.then(|| self.judge(path, variant, &lines, out))?
            },
        ));
        wrong
    }

    /// Rules that match nothing: a fault is no longer tried.
    fn unused(&self, touched: &BTreeSet<String>) -> impl Iterator<Item = String> {
        let rules = self.rules.iter().map(|rule| (rule.pattern, rule.why));
        let all = rules.chain(self.fragile.iter().copied());
        all.filter(|(pattern, why)| {
            why.is_empty() || !touched.iter().any(|path| rules::fits(pattern, path))
        })
        .map(|(pattern, _)| format!("{pattern}: the rule fits no file, or has no reason"))
    }

    /// The violation of a run, if any.
    fn judge(&self, path: &str, variant: &Variant, sound: &Lines, out: &Output) -> Option<String> {
        let share = Share::of(&self.rules, path);
        let now = lines(out);
        let lost: Vec<&String> = sound.difference(&now).collect();
        let came: Vec<&String> = now.difference(sound).collect();
        if let Err(error) = &out.result {
            return (!share.is_everything() || variant.is_line())
                .then(|| format!("it fails: {error}"));
        }
        variant
            .too_much(&share, sound.len(), &lost, &came)
            .map(|what| format!("{what}; lost {lost:.4?}, came {came:.4?}"))
            .or_else(|| {
                let silent = variant.is_garbage() && !lost.is_empty() && came.is_empty();
                let silent = silent && out.skipped.is_empty() && !share.is_quiet();
                silent.then(|| format!("it is not reported; lost {lost:?}"))
            })
    }
}

/// Runs a collector with every fault of every file, and returns the violations: of the rules for
/// all collectors, and those that `judge` finds.
fn tried<C: Collector>(
    host: &Host,
    settings: &Settings,
    touched: &BTreeSet<String>,
    judge: impl Fn(&str, &Variant, &Output) -> Option<String>,
) -> Vec<String> {
    let without_files = shapes::without_files::<C>(&host.world, settings, touched);
    let mut wrong: Vec<String> = without_files.into_iter().collect();
    for path in touched {
        for variant in variants::of(&host.world, path) {
            let mut world = host.world.clone();
            world.faults.insert(path.clone(), variant.fault.clone());
            let fault = match attempt::<C>(&world, settings) {
                Some((out, _)) => {
                    judge(path, &variant, &out).or_else(|| shapes::unnamed(&out, touched))
                }
                None => Some(PANIC.to_owned()),
            };
            wrong.extend(fault.map(|fault| format!("{path} {}: {fault}", variant.name)));
        }
        wrong.extend(shapes::find::<C>(&host.world, settings, touched, path));
    }
    wrong
}

/// Fails the test if there are violations.
#[track_caller]
fn report<C: Collector>(wrong: &[String]) {
    let named: Vec<&str> = wrong.iter().take(TOLD).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} faults of {} cost more than themselves:\n{}\n",
        wrong.len(),
        C::describe().name,
        named.join("\n")
    );
}

/// The fault of a collector that panics.
const PANIC: &str = "it panics";

/// Runs a collector once; `None` if it panics.
fn attempt<C: Collector>(world: &World, settings: &Settings) -> Option<(Output, World)> {
    catch_unwind(AssertUnwindSafe(|| run::<C>(world, settings))).ok()
}

fn run<C: Collector>(world: &World, settings: &Settings) -> (Output, World) {
    let before = replace_world(world.clone());
    let collector = C::configure(settings);
    replace_world(before);
    match collector {
        Ok(mut collector) => collect(world, &mut collector),
        Err(message) => {
            let output = Output {
                result: Err(crate::Error::Failed(message)),
                families: Vec::new(),
                detailed: Vec::new(),
                messages: Vec::new(),
                skipped: Vec::new(),
            };
            (output, world.clone())
        }
    }
}

fn lines(out: &Output) -> Lines {
    out.text().lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
