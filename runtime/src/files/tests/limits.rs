//! What a collector may spend.

use super::*;

fn limited(temp: &Temp, limits: Limits) -> Files {
    files(&temp.paths(), &["/sys/**"], &limits)
}

#[test]
fn a_file_may_be_as_long_as_the_limit() {
    let temp = Temp::trees();
    temp.file("sys/fits", vec![b'x'; 50_000]);
    temp.file("sys/over", vec![b'x'; 50_001]);
    let limits = Limits {
        file_bytes: 50_000,
        ..Limits::default()
    };
    let mut files = limited(&temp, limits);
    assert_eq!(files.read("/sys/fits").unwrap().len(), 50_000);
    assert_eq!(files.read("/sys/over"), Err(FileError::TooLarge));
    let both = owned(&["over", "fits"]);
    let answers = files.read_many("/sys", &both).unwrap();
    assert_eq!(answers.first(), Some(&Err(FileError::TooLarge)));
    assert!(matches!(answers.get(1), Some(Ok(content)) if content.len() == 50_000));
}

#[test]
fn a_kernel_file_without_a_size_is_measured_as_it_comes() {
    let limits = Limits {
        file_bytes: 10,
        ..Limits::default()
    };
    let mut files = files(&real(), &["/proc/meminfo"], &limits);
    assert_eq!(files.read("/proc/meminfo"), Err(FileError::TooLarge));
}

#[test]
fn files_run_out() {
    let temp = Temp::trees();
    temp.file("sys/a", "a");
    let limits = Limits {
        files_opened: 4,
        ..Limits::default()
    };
    let mut files = limited(&temp, limits);
    let out = FileError::Exhausted(Exhausted::Files);
    let many = owned(&["a", "a", "a", "a"]);
    assert_eq!(files.read_many("/sys", &many), Err(out));
    assert_eq!(files.read("/sys/a"), Err(out));
    assert_eq!(files.list("/sys"), Err(out));
    assert_eq!(files.stat("/sys/a"), Err(out));
    assert_eq!(files.read_link("/sys/a"), Err(out));
    files.meter_mut().reset();
    assert_eq!(files.read("/sys/a").unwrap(), b"a");
    for _ in 0..3 {
        assert_eq!(files.read("/proc/a"), Err(FileError::NotPermitted));
    }
    assert_eq!(files.read("/proc/a"), Err(out));
    assert_eq!(files.read("/sys/a"), Err(out));
    assert_eq!(
        files.meter().usage(),
        Usage {
            opened: 1,
            bytes: 1,
            denied: 3
        }
    );
}

#[test]
fn bytes_run_out() {
    let temp = Temp::trees();
    temp.file("sys/a", "0123456789");
    let limits = Limits {
        bytes_read: 25,
        ..Limits::default()
    };
    let mut files = limited(&temp, limits);
    let out = FileError::Exhausted(Exhausted::Bytes);
    assert!(files.read("/sys/a").is_ok());
    assert!(files.read("/sys/a").is_ok());
    assert_eq!(files.read("/sys/a"), Err(out));
    files.meter_mut().reset();
    assert_eq!(files.read_many("/sys", &owned(&["a", "a", "a"])), Err(out));
}

#[test]
fn entries_run_out() {
    let temp = Temp::trees();
    for name in ["a", "b", "c"] {
        temp.file(&format!("sys/{name}"), "");
        temp.file(&format!("sys/few/{name}"), "");
    }
    let limits = Limits {
        list_entries: 3,
        ..Limits::default()
    };
    let mut files = limited(&temp, limits);
    assert_eq!(files.list("/sys/few").unwrap().len(), 3);
    assert_eq!(
        files.list("/sys"),
        Err(FileError::Exhausted(Exhausted::Entries))
    );
}
