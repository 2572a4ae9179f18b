//! What is tried: secrets of processes below every spelling of a process' directory, and the
//! kernel's own.

use std::collections::BTreeSet;

/// Files of a process that tell too much.
const SECRETS: [&str; 27] = [
    "mem",
    "environ",
    "maps",
    "smaps",
    "smaps_rollup",
    "numa_maps",
    "auxv",
    "pagemap",
    "stack",
    "syscall",
    "cmdline",
    "io",
    "personality",
    "wchan",
    "clear_refs",
    "attr/prev",
    "fd",
    "fd/0",
    "fd/1",
    "fdinfo/1",
    "map_files",
    "ns/net",
    "patch_state",
    "exe",
    "cwd",
    "root",
    "root/etc/passwd",
];

/// Other spellings of the one that matters most.
const SPELLINGS: [&str; 14] = [
    "mem/",
    "mem/.",
    "mem//",
    "./mem",
    ".//mem",
    "../self/mem",
    "task/../mem",
    "cwd/../mem",
    "fd/../mem",
    "net/../mem",
    "root/proc/self/mem",
    "cwd/../../../../proc/self/mem",
    "exe/../mem",
    "mem\0",
];

/// What is nobody's, or nobody's business.
const KERNEL: [&str; 36] = [
    "/proc/kcore",
    "/proc/kmsg",
    "/proc/keys",
    "/proc/key-users",
    "/proc/kallsyms",
    "/proc/sysrq-trigger",
    "/proc/vmcore",
    "/proc/kpagecount",
    "/proc/kpageflags",
    "/proc/iomem",
    "/proc/timer_list",
    "/proc/vmallocinfo",
    "/proc/net/../kcore",
    "/proc/./kcore",
    "/proc//kmsg",
    "/sys/kernel/debug",
    "/sys/kernel/debug/tracing/trace",
    "/sys/kernel/tracing",
    "/sys/kernel/tracing/trace",
    "/sys/kernel/security",
    "/sys/firmware/efi/efivars",
    "/sys/fs/bpf",
    "/sys/fs/pstore",
    "/sys/kernel/notes",
    "/rootfs/proc/kcore",
    "/rootfs/sys/kernel/debug",
    "/rootfs/sys/kernel/tracing/trace",
    "/rootfs/dev/mem",
    "/rootfs/etc/shadow",
    "/rootfs/../etc/passwd",
    "/etc/passwd",
    "etc/passwd",
    "/proc/../etc/passwd",
    "/sys/../proc/self/environ",
    "../../etc/passwd",
    "",
];

/// All of it, each once, given the numbers of the host's process and of the thread that this runs
/// on.
pub(crate) fn all(process: &str, thread: &str) -> BTreeSet<String> {
    let of_processes = bases(process, thread).into_iter().flat_map(|base| {
        let names = SECRETS.into_iter().chain(SPELLINGS);
        names
            .map(move |name| format!("{base}/{name}"))
            .collect::<Vec<_>>()
    });
    of_processes.chain(KERNEL.map(str::to_owned)).collect()
}

fn bases(process: &str, thread: &str) -> Vec<String> {
    let mut bases = vec![
        "/proc/self".to_owned(),
        "/proc/thread-self".to_owned(),
        "/proc/thread-self/../..".to_owned(),
        "/proc/1".to_owned(),
        "/proc/1/root/proc/self".to_owned(),
        "/proc/self/root/proc/self".to_owned(),
        "//proc/self".to_owned(),
        "/proc//self".to_owned(),
        "/proc/./self".to_owned(),
        "/proc/self/.".to_owned(),
        "/proc/self/../self".to_owned(),
        "/sys/../proc/self".to_owned(),
        "/rootfs/proc/self".to_owned(),
        "/rootfs/proc/thread-self".to_owned(),
        "/rootfs/../proc/self".to_owned(),
        "/rootfs/dev/fd/../..".to_owned(),
    ];
    bases.extend([
        format!("/proc/{process}"),
        format!("/proc/0{process}"),
        format!("/proc/{thread}"),
        format!("/proc/{process}/task/{thread}"),
        format!("/proc/self/task/{thread}"),
        format!("/proc/self/task/{process}"),
        format!("/rootfs/proc/{process}"),
        format!("/rootfs/proc/{process}/task/{thread}"),
    ]);
    bases
}
