//! Unusual events, and messages of problems.

use std::path::Path;

use notify::event::{CreateKind, DataChange, Flag};

use super::super::*;

#[test]
fn ambiguous_events_count_as_changes() {
    let wanted = Mutex::new(Wanted::default());
    lock(&wanted).note(Path::new("/d"), wanted::Names::All);
    let is_a_change = |event| is_change(&event, &wanted);

    assert!(is_a_change(Err(notify::Error::generic("lost"))));
    assert!(is_a_change(Ok(
        Event::new(EventKind::Other).set_flag(Flag::Rescan)
    )));
    assert!(is_a_change(Ok(Event::new(EventKind::Any))), "of no path");
    let of = |kind, path: &str| is_a_change(Ok(Event::new(kind).add_path(path.into())));
    assert!(!of(EventKind::Create(CreateKind::File), "/e/x"));
    for (kind, expected) in [
        (EventKind::Any, true),
        (EventKind::Create(CreateKind::File), true),
        (EventKind::Modify(ModifyKind::Data(DataChange::Any)), true),
        (
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)),
            true,
        ),
        (
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)),
            false,
        ),
        (
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
            true,
        ),
        (
            EventKind::Access(AccessKind::Close(AccessMode::Read)),
            false,
        ),
        (EventKind::Access(AccessKind::Open(AccessMode::Any)), false),
        (EventKind::Access(AccessKind::Read), false),
    ] {
        assert_eq!(of(kind, "/d/x"), expected, "{kind:?}");
        assert_eq!(of(kind, "/d"), expected, "{kind:?}");
    }
}

#[test]
fn problems_name_the_directory_and_the_limit_to_raise() {
    let path = || PathBuf::from("/d");
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let error = notify::Error::io(denied).add_path(path());
    let Some(problem_found @ WatchProblem::Unwatched { .. }) = problem(path(), error) else {
        panic!("it is unwatched");
    };
    assert_eq!(problem_found.to_string(), "cannot watch the directory /d");
    let source = std::error::Error::source(&problem_found).unwrap();
    assert!(!source.to_string().contains("/d"), "{source}");

    let full = notify::Error::new(notify::ErrorKind::MaxFilesWatch);
    let problem_found = problem(path(), full).unwrap().to_string();
    assert!(
        problem_found.contains("fs.inotify.max_user_watches"),
        "{problem_found}"
    );
    let gone = notify::Error::new(notify::ErrorKind::PathNotFound);
    assert!(problem(path(), gone).is_none());
}

#[test]
fn exhausted_descriptors_are_recognized() {
    for errno in [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE] {
        assert!(is_out_of_files(&errno.into()));
    }
    assert!(!is_out_of_files(&rustix::io::Errno::NOSYS.into()));
}
