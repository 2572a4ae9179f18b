//! A rule of a list as a row of steps, to be compared with the segments of a pattern.

use super::super::{is_number, is_process};
use crate::grants::cover::{align, is_empty, may_be_empty};
use crate::grants::pattern::{Segment, Wild};

/// One name of a denied path.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A name of the list.
    Name(Segment),
    /// A name of the list that only a literal segment matches.
    Written(Segment),
    /// Like `Written`, but `**` matches it too.
    Through(Segment),
    /// The directory of a process.
    Process,
    /// Where a wildcard may match a process, and the names after it exist only for processes.
    AnyProcess,
    /// The directory of a process given by number.
    Number,
    /// The directory of a thread.
    Thread,
    /// Any name except these.
    Not(&'static [&'static str]),
    /// Any number of names.
    Deep,
}

/// Whether a pattern may match a path of these steps.
pub(super) fn meet(pattern: &[Segment], steps: &[Step]) -> bool {
    let ends = may_be_empty(steps, |step| matches!(step, Step::Deep));
    align(pattern, steps, ends, |own, step, reach| match (own, step) {
        (Segment::Deep, Some(Step::Written(_))) => reach.past_own,
        (Segment::Deep, _) | (_, Some(Step::Deep)) => reach.past_own || reach.past_other,
        (_, None) => false,
        (own, Some(step)) => reach.past_both && step.may_be(own),
    })
}

/// Whether each path that a pattern matches has these steps.
pub(super) fn cover(steps: &[Step], pattern: &[Segment]) -> bool {
    align(
        steps,
        pattern,
        is_empty(pattern),
        |step, own, reach| match (step, own) {
            (Step::Deep, _) => reach.past_own || reach.past_other,
            (_, None | Some(Segment::Deep)) => false,
            (step, Some(own)) => reach.past_both && step.is(own),
        },
    )
}

impl Step {
    /// Whether a name may match both. `segment` is not `**`.
    fn may_be(&self, segment: &Segment) -> bool {
        match (self, segment) {
            (Self::Written(_) | Self::Through(_), Segment::Wild(_)) => false,
            (Self::Name(own) | Self::Written(own) | Self::Through(own), segment) => {
                meets(own, segment)
            }
            (Self::Process | Self::AnyProcess, Segment::Literal(name)) => is_process(name),
            (Self::Process | Self::AnyProcess, Segment::Wild(wild)) => may_be_process(wild),
            (Self::Number | Self::Thread, Segment::Literal(name)) => is_number(name),
            (Self::Number | Self::Thread, Segment::Wild(wild)) => may_be_number(wild),
            (Self::Not(names), Segment::Literal(name)) => !names.contains(&name.as_str()),
            (Self::Not(_) | Self::Deep, _) | (_, Segment::Deep) => true,
        }
    }

    /// Whether the step matches each name that `segment` matches.
    fn is(&self, segment: &Segment) -> bool {
        match (self, segment) {
            (Self::Name(own) | Self::Written(own) | Self::Through(own), segment) => {
                covers(own, segment)
            }
            (Self::Process | Self::Number, Segment::Wild(Wild::Glob(glob))) => {
                glob.begins_with_digit() && glob.may_be_number()
            }
            (Self::Process | Self::Number, Segment::Wild(Wild::Any)) => false,
            // Below `task` the kernel has only threads.
            (Self::AnyProcess | Self::Process | Self::Number | Self::Thread, segment) => {
                self.may_be(segment)
            }
            (Self::Not(names), Segment::Literal(name)) => !names.contains(&name.as_str()),
            (Self::Not(names), Segment::Wild(wild)) => !names.iter().any(|it| wild.matches(it)),
            (Self::Not(_) | Self::Deep, _) => false,
        }
    }
}

fn may_be_process(wild: &Wild) -> bool {
    may_be_number(wild) || wild.matches("self") || wild.matches("thread-self")
}

fn may_be_number(wild: &Wild) -> bool {
    match wild {
        Wild::Any => true,
        Wild::Glob(glob) => glob.may_be_number(),
    }
}

fn meets(own: &Segment, other: &Segment) -> bool {
    match (own, other) {
        (Segment::Literal(own), Segment::Literal(other)) => own == other,
        (Segment::Wild(wild), Segment::Literal(name))
        | (Segment::Literal(name), Segment::Wild(wild)) => wild.matches(name),
        (Segment::Wild(Wild::Glob(own)), Segment::Wild(Wild::Glob(other))) => {
            own.covers(other) || own.samples().iter().any(|name| other.matches(name))
        }
        _ => true,
    }
}

fn covers(own: &Segment, other: &Segment) -> bool {
    match (own, other) {
        (Segment::Literal(own), Segment::Literal(other)) => own == other,
        (Segment::Wild(wild), Segment::Literal(name)) => wild.matches(name),
        (Segment::Wild(Wild::Any), Segment::Wild(_)) => true,
        (Segment::Wild(Wild::Glob(own)), Segment::Wild(Wild::Glob(other))) => own.covers(other),
        _ => false,
    }
}
