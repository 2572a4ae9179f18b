//! Reading from an offset to the end.

use super::*;

#[test]
fn the_rest_of_a_file_begins_at_the_offset() {
    let temp = Temp::trees();
    temp.file("rootfs/log", "0123456789");
    temp.file("proc/stat", "cpu 1\n");
    temp.link("rootfs/link", "log");
    let mut files = temp.files(EVERYTHING);
    for (path, offset, expected) in [
        ("/rootfs/log", 0, "0123456789"),
        ("/rootfs/log", 7, "789"),
        ("/rootfs/log", 10, ""),
        ("/rootfs/log", u64::MAX, ""),
        ("/rootfs/link", 9, "9"),
        ("/proc/stat", 4, "1\n"),
        ("/proc/stat", u64::MAX, ""),
    ] {
        let read = files.read_from(path, offset);
        assert_eq!(read.unwrap(), expected.as_bytes(), "{path} {offset}");
    }
    assert_eq!(files.read_from("/rootfs/none", 1), Err(FileError::NotFound));
    assert_eq!(files.read_from("/rootfs", 1), Err(FileError::NotAFile));
    assert_eq!(
        files.read_from("/rootfs/etc/shadow", 1),
        Err(FileError::NotPermitted)
    );
}

#[test]
fn only_what_is_read_counts() {
    let temp = Temp::trees();
    temp.file("rootfs/log", vec![b'x'; 1000]);
    let limits = Limits {
        file_bytes: 100,
        bytes_read: 150,
        ..Limits::default()
    };
    let mut files = files(&temp.paths(), EVERYTHING, &limits);
    assert_eq!(files.read("/rootfs/log"), Err(FileError::TooLarge));
    assert_eq!(
        files.read_from("/rootfs/log", 899),
        Err(FileError::TooLarge)
    );
    assert_eq!(files.read_from("/rootfs/log", 900).unwrap().len(), 100);
    assert_eq!(files.meter().usage().bytes, 100);
    assert_eq!(
        files.read_from("/rootfs/log", 900),
        Err(Exhausted::Bytes.into())
    );
}

/// The parts that are concealed are found in the whole file only.
#[test]
fn concealed_fields_stay_concealed() {
    let mut files = files(&real(), EVERYTHING, &Limits::default());
    let rest = files.read_from("/proc/self/stat", 1).unwrap();
    let text = String::from_utf8(rest).unwrap();
    let after_name = text.rsplit_once(") ").unwrap().1;
    // Fields 26 to 28: where code and stack begin. The first after the name is field 3.
    let addresses: Vec<&str> = after_name.split(' ').skip(23).take(3).collect();
    assert_eq!(addresses, ["0", "0", "0"]);
}
