//! Links in directories that an option names by wildcards.

use super::*;

fn tree() -> Temp {
    let temp = Temp::trees();
    for (file, content) in [
        ("srv/a/metrics/own.prom", "own"),
        ("srv/b/metrics/own.prom", "other"),
        ("srv/b/metrics/..data/moved.prom", "moved"),
        ("srv/private/db.conf", "secret"),
        ("srv/private/own.prom", "secret"),
        ("srv/c.prom", "secret"),
        ("srv/metrics/own.prom", "secret"),
    ] {
        temp.file(file, content);
    }
    let secret = temp.text("srv/private/db.conf");
    for (link, target) in [
        ("srv/a/metrics/file.prom", "../../private/db.conf"),
        ("srv/a/metrics/absolute.prom", &secret),
        ("srv/a/metrics/beside.prom", "../../c.prom"),
        ("srv/a/metrics/chain.prom", "second.prom"),
        ("srv/a/metrics/second.prom", "file.prom"),
        ("srv/a/metrics/round.prom", "../../b/../private/own.prom"),
        ("srv/a/metrics/other.prom", "../../b/metrics/own.prom"),
        (
            "srv/a/metrics/deep.prom",
            "../../b/metrics/..data/moved.prom",
        ),
        ("srv/b/metrics/moved.prom", "..data/moved.prom"),
        ("srv/c/metrics", "../private"),
        ("srv/d", "private"),
        ("srv/e", "b"),
        ("srv/f/metrics", "../.."),
        ("srv/g/metrics", "../b/metrics"),
        ("srv/h", "."),
    ] {
        temp.link(link, target);
    }
    temp
}

#[test]
fn name_and_link_target_must_both_match() {
    let temp = tree();
    let mut files = temp.option("srv/*/metrics", &["{directory}/*.prom"]);
    let mut check = |name: &str, wanted: Result<&str, FileError>| {
        let path = temp.text(&format!("srv/{name}"));
        let wanted = wanted.map(|text| text.as_bytes().to_vec());
        assert_eq!(files.read(&path), wanted, "{name}");
        let (directory, file) = path.rsplit_once('/').unwrap();
        let many = files.read_many(directory, &[file.to_owned()]);
        assert_eq!(many.and_then(|mut one| one.remove(0)), wanted, "{name}");
        let stat = files.stat(&path).map(|stat| stat.size);
        assert_eq!(stat, wanted.map(|text| text.len() as u64), "{name}");
    };
    for (name, content) in [
        ("a/metrics/own.prom", "own"),
        ("a/metrics/other.prom", "other"),
        ("a/metrics/deep.prom", "moved"),
        ("b/metrics/moved.prom", "moved"),
        ("e/metrics/own.prom", "other"),
        ("g/metrics/own.prom", "other"),
    ] {
        check(name, Ok(content));
    }
    for name in [
        "a/metrics/file.prom",
        "a/metrics/absolute.prom",
        "a/metrics/beside.prom",
        "a/metrics/chain.prom",
        "a/metrics/round.prom",
        "c/metrics/own.prom",
        "f/metrics/c.prom",
        "h/metrics/own.prom",
    ] {
        check(name, Err(FileError::NotPermitted));
    }
    check("d/metrics/own.prom", Err(FileError::NotFound));
    for directory in ["c/metrics", "f/metrics", "h/metrics"] {
        let listed = files.list(&temp.text(&format!("srv/{directory}")));
        assert_eq!(listed, Err(FileError::NotPermitted), "{directory}");
    }
    let listed = files.list(&temp.text("srv/g/metrics")).unwrap();
    assert_eq!(names(&listed).len(), 2, "{listed:?}");
}

#[test]
fn last_segment_wildcard_matches_only_its_directories() {
    let temp = Temp::trees();
    temp.file("t1/a.prom", "a");
    temp.file("t2/b.prom", "b");
    temp.file("other/key.txt", "secret");
    temp.link("t1/b.prom", "../t2/b.prom");
    temp.link("t1/key.prom", "../other/key.txt");
    temp.link("t3", "other");
    temp.link("t4.prom", "t1/a.prom");
    let mut files = temp.option("t*", &["{directory}/*.prom", "{directory}/*.txt"]);
    let mut read = |name: &str| files.read(&temp.text(name));
    assert_eq!(read("t1/b.prom").unwrap(), b"b");
    for name in ["t1/key.prom", "t3/key.txt"] {
        assert_eq!(read(name), Err(FileError::NotPermitted), "{name}");
    }
    let listed = files.list(&temp.text("t3"));
    assert_eq!(listed, Err(FileError::NotPermitted));
    // Files instead of directories.
    let mut files = temp.option("t*", &["{directory}"]);
    assert_eq!(files.read(&temp.text("t4.prom")).unwrap(), b"a");
}

/// The operator is responsible for directories written in full, also beside directories with
/// wildcards.
#[test]
fn directory_without_wildcards_is_granted_whole() {
    let temp = tree();
    let path = |name: &str| temp.text(&format!("srv/{name}"));
    let files = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| temp.text(value)).collect();
        let values = |name: &str| (name == "directory").then(|| values.clone());
        let grants = Grants::compile(&owned(&["{directory}/*.prom"]), &values).unwrap();
        let roots = Arc::new(Roots::open(&real()).unwrap());
        Files::new(roots, grants, &Limits::default())
    };
    temp.link("srv/b/metrics/deep.prom", "a/b/c");
    temp.file("srv/b/metrics/a/b/c", "deep");
    let mut both = files(&["srv/b/metrics", "srv/*/metrics"]);
    assert_eq!(both.read(&path("b/metrics/deep.prom")).unwrap(), b"deep");
    assert_eq!(
        both.read(&path("a/metrics/file.prom")),
        Err(FileError::NotPermitted)
    );
}
