//! Compares patterns with each other, without any path: whether one covers the other, and whether
//! they may have a path in common.
//!
//! Both questions are answered segment by segment, in time of the product of both lengths. If that
//! does not decide the answer, it is the cautious one: not covered, may have a path in common.

use super::pattern::{Pattern, Segment};

impl Pattern {
    /// Whether each path that `other` matches is certainly matched by this pattern too.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.top == other.top
            && align(
                &self.below,
                &other.below,
                is_empty(&other.below),
                |own, other, reach| match (own, other) {
                    (Segment::Deep, _) => reach.past_own || reach.past_other,
                    (_, None) => false,
                    (own, Some(other)) => reach.past_both && covers(own, other),
                },
            )
    }

    /// Whether a path may be matched by both patterns.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.top == other.top
            && align(
                &self.below,
                &other.below,
                may_be_empty(&other.below, |segment| *segment == Segment::Deep),
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

/// For [`align`]: which suffixes of a list are empty.
pub(super) fn is_empty<T>(list: &[T]) -> Vec<bool> {
    let mut ends = vec![false; list.len()];
    ends.insert(0, true);
    ends
}

/// For [`align`]: which suffixes of a list may stand for nothing, because each of their elements
/// may.
pub(super) fn may_be_empty<T>(list: &[T], may: impl Fn(&T) -> bool) -> Vec<bool> {
    let mut open = true;
    let mut ends = vec![true];
    ends.extend(list.iter().rev().map(|element| {
        open &= may(element);
        open
    }));
    ends
}

/// The answers for the rest after a segment of either list, or of both.
pub(super) struct Reach {
    pub(super) past_own: bool,
    pub(super) past_other: bool,
    pub(super) past_both: bool,
}

/// Answers a question about two lists, such as segments, from their ends to their beginnings.
/// `ends` contains the answers for the empty end of `own` and each suffix of `other`, the empty one
/// first.
pub(super) fn align<A, B>(
    own: &[A],
    other: &[B],
    ends: Vec<bool>,
    answer: impl Fn(&A, Option<&B>, Reach) -> bool,
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

/// Whether `own`, a single name, matches each name that `other` matches.
fn covers(own: &Segment, other: &Segment) -> bool {
    match (own, other) {
        (Segment::Deep, _) | (_, Segment::Deep) => false,
        (Segment::Wild(wild), Segment::Literal(name)) => wild.matches(name),
        (Segment::Wild(super::pattern::Wild::Any), _) => true,
        (own, other) => own == other,
    }
}

/// Whether a name may match both.
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
