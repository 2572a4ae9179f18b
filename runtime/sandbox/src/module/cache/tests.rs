//! The cache stores what it was given, within its limits, and only in a private directory.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use super::*;

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let name = format!("firepit-cache-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn cached_code_is_returned_until_modified() {
    let directory = Directory::new("kept");
    let cache = Cache::open(&directory.0).unwrap();
    assert_eq!(cache.get("abc"), None);
    cache.put("abc", b"code");
    assert_eq!(cache.get("abc").as_deref(), Some(b"code".as_slice()));
    let path = directory
        .0
        .join(cache.directory().unwrap().name("abc", Kind::Code));
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!(metadata.mode() & 0o777, 0o600);

    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(cache.get("abc"), None, "{length}");
    }
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&path, changed).unwrap();
    assert_eq!(cache.get("abc"), None);
    assert_eq!(
        fs::read_dir(&directory.0).unwrap().count(),
        1,
        "nothing temporary is left"
    );
}

#[test]
fn directory_open_to_others_is_rejected() {
    let directory = Directory::new("open");
    Cache::open(&directory.0).unwrap();
    fs::set_permissions(&directory.0, fs::Permissions::from_mode(0o750)).unwrap();
    let error = Cache::open(&directory.0).unwrap_err();
    assert!(
        matches!(error, CacheError::NotPrivate { mode: 0o750, .. }),
        "{error}"
    );
}

#[test]
fn a_link_to_a_private_directory_is_refused() {
    let directory = Directory::new("target");
    let link = Directory::new("link");
    Cache::open(&directory.0).unwrap();
    std::os::unix::fs::symlink(&directory.0, &link.0).unwrap();
    let error = Cache::open(&link.0).unwrap_err();
    fs::remove_file(&link.0).unwrap();
    assert!(matches!(error, CacheError::Unusable { .. }), "{error}");
}

/// A digest that begins with a number.
fn digest(number: u32) -> String {
    format!("{number:064x}")
}

/// Makes a file of the cache that was used this many seconds ago.
fn age(cache: &Cache, number: u32, seconds: u64) {
    let name = cache.directory().unwrap().name(&digest(number), Kind::Code);
    let file = fs::File::open(cache.path.join(name)).unwrap();
    let time = SystemTime::now() - Duration::from_secs(seconds);
    file.set_modified(time).unwrap();
}

fn kept(cache: &Cache) -> BTreeSet<u32> {
    (0..10)
        .filter(|&number| {
            let name = cache.directory().unwrap().name(&digest(number), Kind::Code);
            cache.path.join(name).exists()
        })
        .collect()
}

#[test]
fn least_recently_used_code_is_evicted_first() {
    let directory = Directory::new("bound");
    let mut cache = Cache::open(&directory.0).unwrap();
    cache.bound.files = 3;
    for number in 0..3 {
        cache.put(&digest(number), b"code");
        age(&cache, number, 1000 - u64::from(number));
    }
    assert!(cache.get(&digest(0)).is_some(), "this one is used");
    cache.put(&digest(3), b"code");
    assert_eq!(kept(&cache), BTreeSet::from([0, 2, 3]));
}

#[test]
fn large_file_evicts_others_but_not_itself() {
    let directory = Directory::new("bytes");
    let mut cache = Cache::open(&directory.0).unwrap();
    cache.bound.bytes = 1000;
    for number in 0..3 {
        cache.put(&digest(number), &[0; 200]);
        age(&cache, number, 1000 - u64::from(number));
    }
    cache.put(&digest(3), &[0; 400]);
    assert_eq!(kept(&cache), BTreeSet::from([1, 2, 3]));
    age(&cache, 3, 10);
    cache.put(&digest(4), &[0; 4000]);
    assert_eq!(kept(&cache), BTreeSet::from([4]));
}

/// Files that an interrupted firepit left are removed too; other programs' files never are.
#[test]
fn other_files_are_not_removed() {
    let directory = Directory::new("others");
    let mut cache = Cache::open(&directory.0).unwrap();
    cache.bound.files = 1;
    let left = format!("{}-engine.123.0.tmp", digest(9));
    for name in ["id_rsa", "a-b", &digest(8), &left] {
        let file = fs::File::create(directory.0.join(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
    fs::create_dir(directory.0.join(format!("{}-x", digest(7)))).unwrap();
    cache.put(&digest(0), b"code");
    let names: BTreeSet<String> = fs::read_dir(&directory.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(!names.contains(&left));
}

/// An upgrade of firepit with another engine, and a roll back: each finds what it left itself.
#[test]
fn what_another_engine_left_stays() {
    let directory = Directory::new("engines");
    let mut other = Cache::open(&directory.0).unwrap();
    let opened = other.directory.get_mut().unwrap().as_mut().unwrap();
    opened.engine = "another-engine".to_owned();
    let cache = Cache::open(&directory.0).unwrap();
    other.put("abc", b"its code");
    other.put_failure("def", "its failure");
    assert_eq!(cache.get("abc"), None);
    assert_eq!(cache.failure("def"), None);

    cache.put("abc", b"code");
    cache.put_failure("def", "failure");
    cache.remove_failure("def");
    assert_eq!(other.get("abc").as_deref(), Some(b"its code".as_slice()));
    assert_eq!(other.failure("def").as_deref(), Some("its failure"));
    assert_eq!(cache.get("abc").as_deref(), Some(b"code".as_slice()));
}

/// The checked directory is used, even if it is replaced later.
#[test]
fn replaced_directory_is_not_used() {
    let directory = Directory::new("checked");
    let moved = Directory::new("moved");
    let cache = Cache::open(&directory.0).unwrap();
    cache.put("abc", b"code");
    fs::rename(&directory.0, &moved.0).unwrap();
    fs::create_dir(&directory.0).unwrap();
    assert_eq!(cache.get("abc").as_deref(), Some(b"code".as_slice()));
    cache.put("def", b"code");
    assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 0);
}

#[test]
fn cache_directory_is_created_on_first_use() {
    let directory = Directory::new("lazy");
    let cache = Cache::at(&directory.0.join("below"));
    assert!(!directory.0.exists());
    cache.put("abc", b"code");
    assert_eq!(cache.get("abc").as_deref(), Some(b"code".as_slice()));
    let unusable = Cache::at(Path::new("/dev/null/cache"));
    unusable.put("abc", b"code");
    assert_eq!(unusable.get("abc"), None);
}

#[test]
fn default_path_is_that_of_the_service_or_of_the_user() {
    let place = |variables: &[(&str, &str)]| {
        let found = Cache::default_path(|name| {
            let (_, value) = variables.iter().find(|(own, _)| *own == name)?;
            Some(value.into())
        });
        found.map(|path| path.into_os_string().into_string().unwrap())
    };
    let home = ("HOME", "/u");
    let xdg = ("XDG_CACHE_HOME", "/cache");
    let service = ("CACHE_DIRECTORY", "/var/cache/firepit:/var/cache/b");
    for (variables, expected) in [
        (&[service, xdg, home][..], "/var/cache/firepit/modules"),
        (&[xdg, home], "/cache/firepit"),
        (&[home], "/u/.cache/firepit"),
        (&[("XDG_CACHE_HOME", ""), home], "/u/.cache/firepit"),
        (&[("XDG_CACHE_HOME", "a"), home], "/u/.cache/firepit"),
        (&[("CACHE_DIRECTORY", ""), xdg], "/cache/firepit"),
        (&[("CACHE_DIRECTORY", "a"), xdg], "/cache/firepit"),
    ] {
        assert_eq!(place(variables).as_deref(), Some(expected));
    }
    for nowhere in [&[][..], &[("HOME", "")], &[("HOME", "relative")]] {
        assert_eq!(place(nowhere), None);
    }
}
