//! Names of the entries of a subsystem, and the states of controllers.

/// The kind of an entry of a subsystem's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// A controller, `nvme0`.
    Controller,
    /// A namespace, `nvme0n1`.
    Namespace,
}

/// The kind of an entry by its name; `None` for paths of namespaces (`nvme0c0n1`) and other names.
pub(crate) fn member(name: &str) -> Option<Member> {
    let numbers = name.strip_prefix("nvme")?;
    match numbers.split_once('n') {
        None => is_number(numbers).then_some(Member::Controller),
        Some((subsystem, namespace)) => {
            (is_number(subsystem) && is_number(namespace)).then_some(Member::Namespace)
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The state of a controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Connecting,
    Dead,
    Deleting,
    Live,
    New,
    Resetting,
    /// A state of later kernels.
    Unknown,
}

/// The values of the label `state`.
pub(crate) const STATES: [(State, &str); 7] = [
    (State::Connecting, "connecting"),
    (State::Dead, "dead"),
    (State::Deleting, "deleting"),
    (State::Live, "live"),
    (State::New, "new"),
    (State::Resetting, "resetting"),
    (State::Unknown, "unknown"),
];

/// The state of a kernel text.
pub(crate) fn state(text: &str) -> State {
    if text == "deleting (no IO)" {
        return State::Deleting;
    }
    let known = STATES.iter().find(|(_, name)| *name == text);
    known.map_or(State::Unknown, |(state, _)| *state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_by_their_names() {
        for (name, expected) in [
            ("nvme0", Some(Member::Controller)),
            ("nvme12", Some(Member::Controller)),
            ("nvme0n1", Some(Member::Namespace)),
            ("nvme1n23", Some(Member::Namespace)),
            ("nvme0c0n1", None),
            ("nvme0n1p1", None),
            ("nvme-subsys0", None),
            ("nvme", None),
            ("nvme0n", None),
            ("nvmen1", None),
            ("nvme0n1n2", None),
            ("xnvme0", None),
            ("nvme٣", None),
            ("", None),
        ] {
            assert_eq!(member(name), expected, "{name:?}");
        }
        let huge = format!("nvme{}", "1".repeat(1 << 16));
        assert_eq!(member(&huge), Some(Member::Controller));
    }

    #[test]
    fn known_and_unknown_states() {
        for (state_, text) in STATES {
            assert_eq!(state(text), state_);
        }
        assert_eq!(state("deleting (no IO)"), State::Deleting);
        for text in ["", "Live", "live\n", "dying", "\u{fffd}"] {
            assert_eq!(state(text), State::Unknown, "{text:?}");
        }
    }
}
