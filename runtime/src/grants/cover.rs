//! Patterns held against each other, without any path: whether one gives all that another gives,
//! and whether they may have a path in common.
//!
//! Both questions are answered segment by segment, in time of the product of both lengths. Where
//! the answer is not plain from that, it is the careful one: not covered, may have one in common.

use super::pattern::{Pattern, Segment};

impl Pattern {
    /// Whether each path that `other` matches is surely matched by this pattern as well.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let mut ends = vec![false; other.below.len()];
        ends.insert(0, true);
        self.top == other.top
            && align(
                &self.below,
                &other.below,
                ends,
                |own, other, reach| match (own, other) {
                    (Segment::Deep, _) => reach.past_own || reach.past_other,
                    (_, None) => false,
                    (own, Some(other)) => reach.past_both && covers(own, other),
                },
            )
    }

    /// Whether a path may be matched by both patterns.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let mut open = true;
        let mut ends = vec![true];
        ends.extend(other.below.iter().rev().map(|segment| {
            open &= *segment == Segment::Deep;
            open
        }));
        self.top == other.top
            && align(
                &self.below,
                &other.below,
                ends,
                |own, other, reach| match (own, other) {
                    (Segment::Deep, _) | (_, Some(Segment::Deep)) => {
                        reach.past_own || reach.past_other
                    }
                    (_, None) => false,
                    (own, Some(other)) => reach.past_both && meets(own, other),
                },
            )
    }
}

/// Whether the question is answered with yes for what remains behind a segment of either list, or
/// behind both.
struct Reach {
    past_own: bool,
    past_other: bool,
    past_both: bool,
}

/// Answers a question about two lists of segments from their ends to their beginnings. `ends` has
/// the answers for the empty end of `own` and each end of `other`, the empty one first.
fn align(
    own: &[Segment],
    other: &[Segment],
    ends: Vec<bool>,
    answer: impl Fn(&Segment, Option<&Segment>, Reach) -> bool,
) -> bool {
    let mut behind = ends;
    for own in own.iter().rev() {
        let at_end = Reach {
            past_own: behind.first() == Some(&true),
            past_other: false,
            past_both: false,
        };
        let mut last = answer(own, None, at_end);
        let mut row = vec![last];
        for (other, pair) in other.iter().rev().zip(behind.windows(2)) {
            let reach = Reach {
                past_own: pair.last() == Some(&true),
                past_other: last,
                past_both: pair.first() == Some(&true),
            };
            last = answer(own, Some(other), reach);
            row.push(last);
        }
        behind = row;
    }
    behind.last() == Some(&true)
}

/// Whether `own`, a single name, fits each name that `other` fits.
fn covers(own: &Segment, other: &Segment) -> bool {
    match (own, other) {
        (Segment::Deep, _) | (_, Segment::Deep) => false,
        (Segment::Wild(wild), Segment::Literal(name)) => wild.matches(name),
        (Segment::Wild(super::pattern::Wild::Any), _) => true,
        (own, other) => own == other,
    }
}

/// Whether a name may fit both.
fn meets(own: &Segment, other: &Segment) -> bool {
    match (own, other) {
        (Segment::Wild(wild), Segment::Literal(name))
        | (Segment::Literal(name), Segment::Wild(wild)) => wild.matches(name),
        (Segment::Literal(own), Segment::Literal(other)) => own == other,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
