//! A failure is cached until something changes that it depends on.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::*;

/// A directory of one test, with an invalid module.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let name = format!("firepit-failures-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn wasm(&self, section: &[u8]) -> Wasm {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        bytes.extend([0, u8::try_from(section.len()).unwrap()]);
        bytes.extend(section);
        let path = self.0.join("x.wasm");
        fs::write(&path, bytes).unwrap();
        Wasm::read(&path, None).unwrap()
    }

    fn cache(&self) -> Option<Arc<Cache>> {
        Some(Arc::new(Cache::open(&self.0.join("cache")).unwrap()))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn compiler(cpu: u64) -> Compiler {
    Compiler::Child {
        program: "/nowhere".into(),
        limits: CompileLimits {
            cpu: Duration::from_secs(cpu),
            ..CompileLimits::default()
        },
    }
}

fn told(known: Option<CompileError>) -> Option<(&'static str, String)> {
    known.map(|error| (error.reason(), error.to_string()))
}

#[test]
fn cached_failure_survives_a_restart() {
    let directory = Directory::new("outlives");
    let (wasm, usual) = (directory.wasm(b"\x01a"), compiler(3));
    let before = FailureCache::new(directory.cache());
    assert_eq!(told(before.get(&wasm, &usual)), None);
    let error = CompileError::Cpu(Duration::from_secs(3));
    before.record(&wasm, &usual, Some(&error));
    let after = FailureCache::new(directory.cache());
    for failures in [&before, &after] {
        let (reason, message) = told(failures.get(&wasm, &usual)).unwrap();
        assert_eq!(reason, "compile-limit");
        assert!(message.starts_with("compiling took more than 3s of CPU time (cached"));
    }
    // Under other limits, and for another file, there is no record.
    assert_eq!(told(after.get(&wasm, &compiler(4))), None);
    assert_eq!(told(after.get(&directory.wasm(b"\x01b"), &usual)), None);
    // The record of a module that compiled after all is removed.
    after.record(&wasm, &usual, None);
    assert_eq!(told(after.get(&wasm, &usual)), None);
    assert_eq!(
        told(FailureCache::new(directory.cache()).get(&wasm, &usual)),
        None
    );
}

#[test]
fn without_a_cache_failures_last_until_exit() {
    let directory = Directory::new("without");
    let (wasm, usual) = (directory.wasm(b"\x01a"), compiler(3));
    let failures = FailureCache::new(None);
    let error = CompileError::Rejected("line\nline".to_owned());
    failures.record(&wasm, &usual, Some(&error));
    let (reason, message) = told(failures.get(&wasm, &usual)).unwrap();
    assert_eq!(reason, "compile");
    assert!(message.starts_with("line\nline (cached"), "{message}");
}

/// Failures of the compiler are not recorded.
#[test]
fn internal_compiler_errors_are_not_cached() {
    let directory = Directory::new("faults");
    let (wasm, usual) = (directory.wasm(b"\x01a"), compiler(3));
    let failures = FailureCache::new(directory.cache());
    for error in [
        CompileError::Defect("it panicked".to_owned()),
        CompileError::Start(std::io::Error::other("no processes")),
    ] {
        failures.record(&wasm, &usual, Some(&error));
        assert_eq!(told(failures.get(&wasm, &usual)), None);
    }
}

/// A modified record is ignored.
#[test]
fn modified_record_is_ignored() {
    let directory = Directory::new("whole");
    let (wasm, usual) = (directory.wasm(b"\x01a"), compiler(3));
    let failures = FailureCache::new(directory.cache());
    failures.record(&wasm, &usual, Some(&CompileError::Killed));
    let record = fs::read_dir(directory.0.join("cache")).unwrap().next();
    let record = record.unwrap().unwrap().path();
    let mut content = fs::read(&record).unwrap();
    *content.last_mut().unwrap() ^= 1;
    fs::write(&record, content).unwrap();
    let after = FailureCache::new(directory.cache());
    assert_eq!(told(after.get(&wasm, &usual)), None);
}
