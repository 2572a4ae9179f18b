//! A child of any behaviour ends in a typed result, and is gone afterwards. The children are shell
//! scripts; the real one is tested from outside.

use std::fs;

use super::*;

/// Starts a script as the compiler, with a large stdin.
fn compiled(script: &str, limits: &CompileLimits) -> Result<Vec<u8>, CompileError> {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]);
    compile_in_child(
        shell,
        limits,
        &vec![b'x'; 1 << 20],
        &UsageCounters::default(),
    )
}

fn outcome(script: &str) -> Result<String, String> {
    let code = compiled(script, &CompileLimits::default());
    code.map(|code| String::from_utf8(code).unwrap())
        .map_err(|error| format!("{}: {error}", error.reason()))
}

fn within(wall: Duration) -> CompileLimits {
    CompileLimits {
        wall,
        ..CompileLimits::default()
    }
}

#[test]
fn child_gets_its_limits_and_no_environment() {
    let told = outcome(r#"echo "+$0 $1 $2 $(pwd)"; env; cat >/dev/null"#).unwrap();
    let mut lines = told.lines();
    assert_eq!(lines.next(), Some("--firepit-compile-child 15 335544320 /"));
    let of_shell = ["PWD=", "OLDPWD=", "SHLVL=", "_="];
    let given: Vec<&str> = lines
        .filter(|line| !of_shell.iter().any(|name| line.starts_with(name)))
        .collect();
    assert_eq!(given, ["RAYON_NUM_THREADS=2"]);
}

#[test]
fn child_receives_the_whole_module() {
    assert_eq!(outcome("printf +; wc -c").unwrap().trim(), "1048576");
}

#[test]
fn output_is_used_only_if_the_child_succeeds() {
    assert_eq!(outcome("printf +code").unwrap(), "code");
    assert_eq!(outcome("printf +").unwrap(), "");
    for (script, error) in [
        ("printf -- '-bad byte'", "compile: bad byte"),
        ("printf '!broken'", "compiler: the compiler failed: broken"),
        (
            "printf code",
            "compiler: the compiler failed: its answer is malformed",
        ),
        (
            "true",
            "compiler: the compiler failed: its answer is malformed",
        ),
        (
            "printf +code; exit 3",
            "compiler: the compiler ended with exit status: 3",
        ),
        (
            "printf +code; kill -SEGV $$",
            "compiler: the compiler ended with signal: 11 (SIGSEGV)",
        ),
        (
            "printf +code; kill -KILL $$",
            "compile-limit: the compiler was killed, probably because memory ran out",
        ),
        (
            "printf +code; kill -ABRT $$",
            "compile-limit: compiling needed more than 320 MiB of memory",
        ),
        (
            "kill -XCPU $$",
            "compile-limit: compiling took more than 15s of CPU time",
        ),
    ] {
        // Otherwise a core file of the shell would remain.
        let script = format!("ulimit -c 0; {script}");
        assert_eq!(outcome(&script).unwrap_err(), error, "{script}");
    }
}

#[test]
fn long_message_is_truncated() {
    let error = outcome("printf -; head -c 100000 /dev/zero | tr '\\0' x").unwrap_err();
    assert_eq!(error.len(), "compile: ".len() + MESSAGE_BYTES);
}

#[test]
fn code_beyond_the_limit_is_not_read() {
    let limits = CompileLimits {
        code_bytes: 1000,
        ..CompileLimits::default()
    };
    assert_eq!(
        compiled("printf +; head -c 1000 /dev/zero", &limits)
            .unwrap()
            .len(),
        1000
    );
    for script in ["printf +; head -c 1001 /dev/zero", "printf +; exec yes"] {
        let error = compiled(script, &limits).unwrap_err();
        assert!(matches!(error, CompileError::Code(1000)), "{error}");
    }
}

/// Also a child that does not read, or that closes its stdout and goes on.
#[test]
fn child_is_killed_at_its_deadline() {
    let file = std::env::temp_dir().join(format!("firepit-compile-{}", std::process::id()));
    for rest in ["", "exec <&-;", "printf +code;", "exec >&-;"] {
        let script = format!("echo $$ >{}; {rest} exec sleep 1000", file.display());
        let limits = within(Duration::from_millis(500));
        let error = compiled(&script, &limits).unwrap_err();
        assert_eq!(error.to_string(), "compiling took longer than 500ms");
        let pid = fs::read_to_string(&file).unwrap();
        assert!(!fs::exists(format!("/proc/{}", pid.trim())).unwrap());
    }
    fs::remove_file(&file).unwrap();
}

#[test]
fn missing_compiler_program_is_an_error() {
    let compiler = Compiler::Child {
        program: "/nowhere/firepit".into(),
        limits: CompileLimits::default(),
    };
    let engine = crate::engine::engine().unwrap();
    let error = compiler
        .compile(&engine, b"", &UsageCounters::default())
        .unwrap_err();
    assert!(matches!(error, CompileError::Start(_)), "{error}");
    assert_eq!(error.reason(), "compiler");
}

/// The cost limit of a file depends on its size, up to a maximum.
#[test]
fn limits_go_by_the_size_of_the_module() {
    let limits = CompileLimits::default();
    let of = |bytes: usize| {
        let scaled = limits.scaled(bytes);
        (scaled.cpu.as_secs(), scaled.memory_bytes / MIB)
    };
    assert_eq!(of(0), (10, 256));
    assert_eq!(of(100_000), (15, 320));
    assert_eq!(of(4 << 20), (30, 512));
    // Python with its interpreter needs 16 and 700.
    assert_eq!(of(18 << 20), (100, 1408));
    assert_eq!(of(128 << 20), (120, 2048));
    assert_eq!(of(usize::MAX), (120, 2048));
    assert_eq!(limits.scaled(0).wall, limits.wall);
}

/// The kernel's account of a child's resources, even of one that had to be killed.
#[test]
fn resource_use_of_the_child_is_counted() {
    let spent = UsageCounters::default();
    let run = |script: &str, limits: &CompileLimits| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        compile_in_child(shell, limits, b"x", &spent)
    };
    run("cat >/dev/null; printf +", &CompileLimits::default()).unwrap();
    let one = spent.total();
    assert_eq!(one.runs, 1);
    assert!(one.peak_bytes > 100_000, "{one:?}");
    run("exec sleep 1000", &within(Duration::from_millis(100))).unwrap_err();
    assert_eq!(spent.total().runs, 2);
}

/// As on kernels that have no file descriptors of processes.
#[test]
fn polling_detects_the_exit_of_a_child() {
    let mut child = Command::new("true").spawn().unwrap();
    let pid = Pid::from_child(&child);
    let late = Instant::now() + Duration::from_secs(3600);
    assert!(wait_by_asking(pid, late).unwrap());
    // It is still there to be reaped.
    assert!(child.wait().unwrap().success());
    assert!(wait_by_asking(pid, late).is_err());
    let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
    let ended = wait_by_asking(Pid::from_child(&child), Instant::now());
    assert!(!ended.unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
}
