//! Compiling what a stranger wrote: in the program's own child, within limits that hold.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use firepit_sandbox::module::{
    Cache, CompileError, CompileLimits, Compiler, LoadError, Loader, Module,
};
use firepit_tests::{Directory, program, until};

/// Compiles a module by the program under test.
fn load(wasm: &[u8], limits: CompileLimits) -> Result<Module, LoadError> {
    let place = Directory::new().file("module.wasm", wasm);
    let compiler = Compiler::Child {
        program: program("FIREPIT_BIN"),
        limits,
    };
    let loader = Loader::new(None, compiler).unwrap();
    loader.file(&place.path().join("module.wasm"), None)
}

/// The error of the compiler, and the label.
fn refused(wasm: &[u8], limits: CompileLimits) -> (CompileError, &'static str) {
    let error = load(wasm, limits).unwrap_err();
    let reason = error.reason();
    match error {
        LoadError::Compile { source, .. } => (source, reason),
        error => panic!("{error:?}"),
    }
}

fn collector() -> Vec<u8> {
    crate::components::collector("small", "", "", "")
}

/// A component of one function that takes the compiler many seconds and much memory.
pub(crate) fn expensive() -> Vec<u8> {
    const STEPS: usize = 80_000;
    let mut steps = String::new();
    for step in 0..STEPS {
        let [a, b, c, d] = [1, 2, 3, 4].map(|offset| (step + offset) % 5);
        steps.push_str(&format!(
            "(local.set {a} (i32.add (i32.mul (local.get {b}) (local.get {c})) (i32.const {step})))
             (block (br_if 0 (i32.lt_s (local.get {a}) (local.get {d})))
               (local.set {d} (i32.xor (local.get {a}) (i32.load (local.get {b})))))"
        ));
    }
    let text = format!(
        "(component (core module (memory 1)
           (func (param i32) (result i32) (local i32 i32 i32 i32) {steps} (local.get 1))))"
    );
    wat::parse_str(text).unwrap()
}

/// A module with so many more bytes, in a section that means nothing.
fn padded(mut module: Vec<u8>, bytes: usize) -> Vec<u8> {
    const CUSTOM: u8 = 0;
    module.push(CUSTOM);
    // The name of the section: none.
    let mut length = bytes + 1;
    while length >= 0x80 {
        module.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    module.push(length as u8);
    module.resize(module.len() + 1 + bytes, 0);
    module
}

#[test]
fn a_collector_is_compiled_by_a_child() {
    let module = load(&collector(), CompileLimits::default()).unwrap();
    assert!(module.imports.is_empty());
    assert_eq!(module.contract(), None);
}

/// `CompileLimits::wall`
#[test]
fn compiling_ends_at_its_deadline() {
    let limits = CompileLimits {
        wall: Duration::from_millis(100),
        ..CompileLimits::default()
    };
    let (error, reason) = refused(&expensive(), limits);
    assert_eq!(error.to_string(), "compiling took longer than 100ms");
    assert_eq!(reason, "compile-limit");
}

/// `CompileLimits::cpu`
#[test]
fn compiling_ends_with_its_cpu_time() {
    let limits = CompileLimits {
        cpu: Duration::from_secs(1),
        wall: Duration::from_secs(3600),
        ..CompileLimits::default()
    };
    // So large that the memory suffices for what a quick machine gets done in a second.
    let module = padded(expensive(), 12 << 20);
    let (error, reason) = refused(&module, limits);
    assert_eq!(error.to_string(), "compiling took more than 1s of CPU time");
    assert_eq!(reason, "compile-limit");
}

/// `CompileLimits::memory_bytes`
#[test]
fn compiling_ends_at_its_memory_limit() {
    let limits = CompileLimits {
        memory_bytes: 100 << 20,
        ..CompileLimits::default()
    };
    let (error, reason) = refused(&expensive(), limits.clone());
    assert_eq!(
        error.to_string(),
        "compiling needed more than 100 MiB of memory"
    );
    assert_eq!(reason, "compile-limit");
    assert!(load(&collector(), limits).is_ok(), "a small one has enough");
}

/// `CompileLimits::code_bytes`
#[test]
fn machine_code_is_bounded() {
    let limits = CompileLimits {
        code_bytes: 1000,
        ..CompileLimits::default()
    };
    let (error, reason) = refused(&collector(), limits);
    assert!(matches!(error, CompileError::Code(1000)), "{error}");
    assert_eq!(reason, "compile-limit");
}

#[test]
fn compile_error_is_reported() {
    let text = r#"(component (core module (func (export "f") (result i32) (i64.const 0))))"#;
    let (error, reason) = refused(&wat::parse_str(text).unwrap(), CompileLimits::default());
    assert!(matches!(error, CompileError::Rejected(_)));
    let told = error.to_string();
    assert!(told.contains("type mismatch"), "{told}");
    assert!(told.len() <= 1024, "{} bytes", told.len());
    assert_eq!(reason, "compile");
}

/// Before it reads a byte, the compiler has given up what it does not need.
#[test]
fn the_compiler_confines_itself() {
    let mut child = Command::new(program("FIREPIT_BIN"))
        .args(["--firepit-compile-child", "7", "1073741824"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let process = format!("/proc/{}", child.id());
    let limits = until("the limits", || {
        let limits = fs::read_to_string(format!("{process}/limits")).unwrap();
        // The last one.
        limits.contains("1073741824").then_some(limits)
    });
    let score = fs::read_to_string(format!("{process}/oom_score_adj")).unwrap();
    assert_eq!(
        score, "1000\n",
        "it is the first to go where memory runs out"
    );
    for (limit, soft, hard) in [
        ("Max cpu time", "7", "8"),
        ("Max file size", "0", "0"),
        ("Max core file size", "0", "0"),
        ("Max open files", "16", "16"),
        ("Max address space", "1073741824", "1073741824"),
    ] {
        let line = limits.lines().find_map(|line| line.strip_prefix(limit));
        let mut values = line.unwrap().split_whitespace();
        assert_eq!(values.next(), Some(soft), "{limit}");
        assert_eq!(values.next(), Some(hard), "{limit}");
    }
    until("a low priority", || {
        let niceness = &stat(child.id())[16];
        (niceness == "10").then_some(())
    });
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"no module").unwrap();
    drop(stdin);
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(ended.stdout.first(), Some(&b'-'), "it was rejected");
}

/// The kernel kills the compiler when the thread that started it ends, as it does with firepit. Its
/// standard input stays open, so nothing else ends it.
#[test]
fn the_compiler_ends_with_its_parent() {
    let started = std::thread::spawn(|| {
        let child = Command::new(program("FIREPIT_BIN"))
            .args(["--firepit-compile-child", "7", "1073741824"])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The last thing that it gives up.
        until("a low priority", || {
            let niceness = &stat(child.id())[16];
            (niceness == "10").then_some(())
        });
        child
    });
    let mut child = started.join().unwrap();
    let stdin = child.stdin.take();
    let status = until("the compiler to end", || child.try_wait().unwrap());
    assert_eq!(status.signal(), Some(9), "{status}");
    drop(stdin);
}

/// The fields of `/proc/PID/stat` behind the name.
fn stat(process: u32) -> Vec<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').map(str::to_owned).collect()
}

/// The argument of a child does nothing for a user.
#[test]
fn hidden_argument_is_not_a_command() {
    for words in [
        &["--firepit-compile-child"][..],
        &["--firepit-compile-child", "1"],
        &["--firepit-compile-child", "a", "b"],
    ] {
        let ended = firepit_tests::Firepit::new().run(words);
        assert!(!ended.status.success(), "{words:?}");
        assert_eq!(ended.stdout, "");
    }
}

/// A pinned digest is that of the file, in either case; another one is told with both.
#[test]
fn file_with_another_digest_is_rejected() {
    let place = Directory::new().file("module.wasm", collector());
    let path = place.path().join("module.wasm");
    let loader = Loader::new(None, Compiler::InProcess).unwrap();
    let own = loader.file(&path, None).unwrap().sha256;
    for pinned in [own.clone(), own.to_uppercase()] {
        assert_eq!(loader.file(&path, Some(&pinned)).unwrap().sha256, own);
    }
    let other = "0".repeat(64);
    // It would not compile: so nobody tried.
    let nowhere = Compiler::Child {
        program: "/nowhere".into(),
        limits: CompileLimits::default(),
    };
    let loader = Loader::new(None, nowhere).unwrap();
    for pinned in [other.as_str(), "", &own[1..]] {
        let error = loader.file(&path, Some(pinned)).unwrap_err();
        assert_eq!(error.reason(), "digest");
        let told = error.to_string();
        assert!(told.contains(&own), "{told}");
        assert!(told.contains(&format!("says {pinned}: ")), "{told}");
        assert!(told.contains("firepit approve"), "{told}");
    }
}

/// What was compiled once is not compiled again.
#[test]
fn compiled_modules_are_kept() {
    let place = Directory::new().file("module.wasm", collector());
    let path = place.path().join("module.wasm");
    let cache = || Cache::open(&place.path().join("cache")).unwrap();
    let by_child = Compiler::Child {
        program: program("FIREPIT_BIN"),
        limits: CompileLimits::default(),
    };
    let nowhere = Compiler::Child {
        program: "/nowhere".into(),
        limits: CompileLimits::default(),
    };
    let without = Loader::new(Some(cache()), nowhere.clone()).unwrap();
    assert_eq!(without.file(&path, None).unwrap_err().reason(), "compiler");
    let loader = Loader::new(Some(cache()), by_child).unwrap();
    loader.file(&path, None).unwrap();
    let again = Loader::new(Some(cache()), nowhere).unwrap();
    again.file(&path, None).unwrap();
}
