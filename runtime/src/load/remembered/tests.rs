//! What failed is remembered as long as nothing changes that it depends on.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::*;

/// A directory of one test, with a module in it that is none.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let name = format!("firepit-remembered-{name}-{}", std::process::id());
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

impl Drop for Place {
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
fn a_failure_outlives_the_program() {
    let place = Place::new("outlives");
    let (wasm, usual) = (place.wasm(b"\x01a"), compiler(3));
    let before = Remembered::new(place.cache());
    assert_eq!(told(before.get(&wasm, &usual)), None);
    let error = CompileError::Cpu(Duration::from_secs(3));
    before.note(&wasm, &usual, Some(&error));
    let after = Remembered::new(place.cache());
    for remembered in [&before, &after] {
        let (reason, message) = told(remembered.get(&wasm, &usual)).unwrap();
        assert_eq!(reason, "compile-limit");
        assert!(message.starts_with("compiling took more than 3s of CPU time (remembered"));
    }
    // Under other limits, and of another file, nothing is known.
    assert_eq!(told(after.get(&wasm, &compiler(4))), None);
    assert_eq!(told(after.get(&place.wasm(b"\x01b"), &usual)), None);
    // One that compiled after all is forgotten.
    after.note(&wasm, &usual, None);
    assert_eq!(told(after.get(&wasm, &usual)), None);
    assert_eq!(
        told(Remembered::new(place.cache()).get(&wasm, &usual)),
        None
    );
}

#[test]
fn without_a_cache_it_lasts_as_long_as_the_program() {
    let place = Place::new("without");
    let (wasm, usual) = (place.wasm(b"\x01a"), compiler(3));
    let remembered = Remembered::new(None);
    let error = CompileError::Rejected("line\nline".to_owned());
    remembered.note(&wasm, &usual, Some(&error));
    let (reason, message) = told(remembered.get(&wasm, &usual)).unwrap();
    assert_eq!(reason, "compile");
    assert!(message.starts_with("line\nline (remembered"), "{message}");
}

/// What says nothing of the module is not remembered of it.
#[test]
fn the_compilers_own_faults_are_not_remembered() {
    let place = Place::new("faults");
    let (wasm, usual) = (place.wasm(b"\x01a"), compiler(3));
    let remembered = Remembered::new(place.cache());
    for error in [
        CompileError::Defect("it panicked".to_owned()),
        CompileError::Start(std::io::Error::other("no processes")),
    ] {
        remembered.note(&wasm, &usual, Some(&error));
        assert_eq!(told(remembered.get(&wasm, &usual)), None);
    }
}

/// A note that somebody changed is none.
#[test]
fn a_note_has_to_be_whole() {
    let place = Place::new("whole");
    let (wasm, usual) = (place.wasm(b"\x01a"), compiler(3));
    let remembered = Remembered::new(place.cache());
    remembered.note(&wasm, &usual, Some(&CompileError::Killed));
    let note = fs::read_dir(place.0.join("cache")).unwrap().next();
    let note = note.unwrap().unwrap().path();
    let mut content = fs::read(&note).unwrap();
    *content.last_mut().unwrap() ^= 1;
    fs::write(&note, content).unwrap();
    let after = Remembered::new(place.cache());
    assert_eq!(told(after.get(&wasm, &usual)), None);
}
