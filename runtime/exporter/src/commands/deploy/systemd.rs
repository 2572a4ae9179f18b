//! A unit of systemd. Its walls are those of the packaged unit, as far as the enabled collectors see
//! through them.

use std::path::Path;

use firepit::web::ListenAddress;

use super::{Plan, comment, list, services};

/// Where packages install the program.
const PROGRAM: &str = "/usr/bin/firepit";
/// The cache directory of `CacheDirectory=firepit`.
const CACHE: &str = "/var/cache/firepit";
/// The runtime directory of `RuntimeDirectory=firepit`.
const RUNTIME: &str = "/run/firepit";
/// The first port that every process may open.
const FIRST_FREE_PORT: u16 = 1024;

/// The unit.
pub(super) fn unit(plan: &Plan<'_>) -> String {
    let flags: Vec<String> = plan.flags.iter().map(|flag| word(flag)).collect();
    let flags = flags.iter().map(|flag| format!(" \\\n    {flag}"));
    let flags: String = flags.collect();
    let mut unit = comment(
        "",
        "Printed by `firepit deploy systemd` from the flags in ExecStart= and what the collectors that \
         they enable are granted. Print it anew when flags, config file or modules change.",
    );
    unit += &format!(
        "\n[Unit]\n\
         Description=Prometheus exporter with sandboxed collectors\n\
         Documentation=man:firepit(1)\n\
         After=network.target\n\
         StartLimitIntervalSec=0\n\
         \n[Service]\n\
         Type=notify\n\
         User=firepit\n\
         ExecStart={PROGRAM}{flags}\n\
         ExecReload=/bin/sh -c '{PROGRAM} check-config --quiet \"$@\" || test $? = 1' sh{flags}\n\
         ExecReload=/bin/sh -c 'kill -HUP $MAINPID'\n\
         Restart=on-failure\n\
         RestartSec=5s\n\
         TimeoutStopSec=20s\n\
         WatchdogSec=60s\n\
         OOMPolicy=continue\n\
         UMask=0077\n"
    );
    for part in [
        read(plan),
        written(plan),
        privileges(plan),
        files(plan),
        calls(plan),
    ] {
        unit.push('\n');
        unit += &part;
    }
    unit + "\n[Install]\nWantedBy=multi-user.target\n"
}

/// A word of ExecStart=: `%` and `$` stand for themselves.
fn word(flag: &str) -> String {
    let text = flag.replace('%', "%%").replace('$', "$$");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+^$[](){}|*?".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted += "\\n",
            c if c.is_control() => quoted += &format!("\\x{:02x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A path as the value of a setting.
fn path(path: &Path) -> String {
    word(&path.display().to_string())
}

/// What is read: nothing of it needs a line, because nothing of it is hidden.
fn read(plan: &Plan<'_>) -> String {
    let needs = &plan.needs;
    let paths = &plan.config.paths;
    let mut text = String::from("# What is read:\n");
    for (path, names) in [
        (&paths.procfs, &needs.proc),
        (&paths.sysfs, &needs.sys),
        (&paths.udev_data, &needs.udev),
        (&paths.rootfs, &needs.rootfs),
    ] {
        if !names.is_empty() {
            text += &comment("", &format!("- {}: {}", path.display(), list(names)));
        }
    }
    for (path, what) in &needs.paths {
        text += &comment("", &format!("- {}: {what}", path.display()));
    }
    for (address, names) in &needs.services {
        let names = list(names);
        text += &comment("", &format!("- the service at {address}: {names}"));
    }
    if !needs.sizes.is_empty() {
        let names = list(&needs.sizes);
        text += &comment(
            "",
            &format!("- the sizes of all mounted file systems: {names}"),
        );
    }
    text
}

/// What is written.
fn written(plan: &Plan<'_>) -> String {
    let mut text = String::new();
    let writes = &plan.needs.writes;
    let is_default = !plan.has_flag("collector.cache-directory");
    if is_default || writes.contains_key(Path::new(CACHE)) {
        text += "# Compiled modules.\nCacheDirectory=firepit\nCacheDirectoryMode=0700\n";
    }
    for (directory, what) in writes {
        match directory.to_str() {
            Some(CACHE) => {}
            Some(RUNTIME) => {
                text += &comment("", what);
                text += "RuntimeDirectory=firepit\nRuntimeDirectoryMode=0755\n";
            }
            _ => {
                text += &comment("", what);
                text += &format!("ReadWritePaths={}\n", path(directory));
            }
        }
    }
    text
}

/// Capabilities: none, unless what was asked for shows nothing without one.
fn privileges(plan: &Plan<'_>) -> String {
    let needs = &plan.needs;
    let mut text = String::new();
    let mut capabilities = Vec::new();
    let roots: Vec<&String> = needs.privileged.union(&needs.tracepoints).collect();
    if !roots.is_empty() {
        let names = list(roots);
        text += &comment(
            "",
            &format!("CAP_DAC_READ_SEARCH: only root may read the files of {names}."),
        );
        capabilities.push("CAP_DAC_READ_SEARCH");
    }
    if !needs.counters.is_empty() {
        let names = list(&needs.counters);
        let note = format!(
            "CAP_PERFMON: {names} may count events of whole CPUs. It is not needed if \
             kernel.perf_event_paranoid is 0 or less."
        );
        text += &comment("", &note);
        capabilities.push("CAP_PERFMON");
    }
    let mut ports = plan
        .config
        .listen
        .iter()
        .filter_map(|address| match address {
            ListenAddress::Tcp { port, .. } if (1..FIRST_FREE_PORT).contains(port) => Some(port),
            _ => None,
        });
    if let Some(port) = ports.next().filter(|_| !plan.config.systemd_socket) {
        text += &format!("# CAP_NET_BIND_SERVICE: only root may open port {port}.\n");
        capabilities.push("CAP_NET_BIND_SERVICE");
    }
    if capabilities.is_empty() {
        text += "# No privileges: firepit omits what its user may not read.\n";
    }
    if !needs.partly_privileged.is_empty() {
        let names = list(&needs.partly_privileged);
        let note = format!(
            "Some files of {names} are root's, and are omitted. CAP_DAC_READ_SEARCH would show them, and \
             every file of the host to firepit."
        );
        text += &comment("", &note);
    }
    let all = capabilities.join(" ");
    text += &format!("CapabilityBoundingSet={all}\nAmbientCapabilities={all}\n");
    text += "NoNewPrivileges=yes\nRestrictSUIDSGID=yes\n";
    if capabilities.is_empty() {
        text += "PrivateUsers=yes\n";
    } else {
        text += "# In a user namespace of its own, firepit's capabilities would mean nothing.\nPrivateUsers=no\n";
    }
    text + "KeyringMode=private\n"
}

/// Views of files.
fn files(plan: &Plan<'_>) -> String {
    let needs = &plan.needs;
    let mut text = String::from("ProtectSystem=strict\n");
    let sees_all: Vec<&String> = needs.sizes.union(&needs.rootfs).collect();
    if sees_all.is_empty() {
        text += hidden_homes(plan);
        text += &hidden(plan);
    } else {
        let names = list(sees_all);
        text += &comment(
            "",
            &format!("All of the host is visible, homes too: {names}."),
        );
        text += "ProtectHome=read-only\n";
    }
    text += "PrivateTmp=yes\nPrivateMounts=yes\n";
    text += &bound(plan);
    if needs.processes.is_empty() {
        text += "# No collector reads files of other processes.\nProtectProc=invisible\n";
    } else {
        let names = list(&needs.processes);
        text += &comment("", &format!("Files of other processes: {names}."));
        text += "ProtectProc=default\n";
    }
    text + "PrivateDevices=yes\n\
            DevicePolicy=closed\n\
            ProtectKernelTunables=yes\n\
            ProtectKernelModules=yes\n\
            ProtectKernelLogs=yes\n\
            ProtectControlGroups=yes\n\
            RemoveIPC=yes\n"
}

/// Directories that ProtectHome= hides.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];
/// Directories that PrivateTmp= replaces.
const TEMPORARY: [&str; 2] = ["/tmp", "/var/tmp"];

fn is_below(path: &Path, tops: &[&str]) -> bool {
    tops.iter().any(|top| path.starts_with(top))
}

fn hidden_homes(plan: &Plan<'_>) -> &'static str {
    if needed(plan).any(|path| is_below(path, &HOMES)) {
        "# Of the homes, only what is bound below.\nProtectHome=tmpfs\n"
    } else {
        "ProtectHome=yes\n"
    }
}

/// Paths that flags name.
fn needed<'a>(plan: &'a Plan<'_>) -> impl Iterator<Item = &'a Path> {
    let needs = &plan.needs;
    let paths = &plan.config.paths;
    let trees = [&paths.procfs, &paths.sysfs, &paths.udev_data];
    let all = needs.paths.keys().chain(needs.writes.keys()).chain(trees);
    all.map(|path| path.as_path())
}

/// Directories that no collector looks into, and that no flag names.
fn hidden(plan: &Plan<'_>) -> String {
    let tops = ["/boot", "/media", "/mnt", "/opt", "/srv"];
    let hidden = tops
        .into_iter()
        .filter(|top| !needed(plan).any(|path| path.starts_with(top)));
    let hidden: Vec<String> = hidden.map(|top| format!("-{top}")).collect();
    format!(
        "# No collector looks into them, and no flag names them.\nInaccessiblePaths={}\n",
        hidden.join(" ")
    )
}

/// What flags name below directories that are hidden otherwise.
fn bound(plan: &Plan<'_>) -> String {
    let needs = &plan.needs;
    let read = needs.paths.iter().map(|it| ("BindReadOnlyPaths", it));
    let written = needs.writes.iter().map(|it| ("BindPaths", it));
    let hides_homes = needs.sizes.is_empty() && needs.rootfs.is_empty();
    let mut text = String::new();
    for (setting, (bound, what)) in read.chain(written) {
        let is_hidden = hides_homes && is_below(bound, &HOMES);
        if is_hidden || is_below(bound, &TEMPORARY) {
            text += &comment("", what);
            text += &format!("{setting}={}\n", path(bound));
        }
    }
    text
}

/// System calls and sockets.
fn calls(plan: &Plan<'_>) -> String {
    let needs = &plan.needs;
    let mut text = String::from(
        "# No MemoryDenyWriteExecute=: firepit writes machine code and then makes it executable.\n\
         SystemCallArchitectures=native\n\
         SystemCallFilter=@system-service\n\
         SystemCallFilter=~@privileged @resources\n",
    );
    if needs.clock.is_empty() {
        text += "# No collector asks for the state of the clock.\nProtectClock=yes\n";
    } else {
        let names = list(&needs.clock);
        let note = format!(
            "The state of the clock, which is only read: {names}. ProtectClock= would forbid it."
        );
        text += &comment("", &note);
        text += "SystemCallFilter=adjtimex clock_adjtime\n";
    }
    if !needs.counters.is_empty() {
        let names = list(&needs.counters);
        text += &comment("", &format!("Performance counters: {names}."));
        text += "SystemCallFilter=perf_event_open\n";
    }
    text += "SystemCallErrorNumber=EPERM\n";
    let (families, reasons) = families(plan);
    text += &comment("", &reasons.join("; "));
    text += &format!("RestrictAddressFamilies={}\n", families.join(" "));
    if !needs.network.is_empty() {
        let names = list(&needs.network);
        text += &comment(
            "",
            &format!("No PrivateNetwork=: the host's network is shown by {names}."),
        );
    }
    text + "RestrictNamespaces=yes\nRestrictRealtime=yes\nLockPersonality=yes\n"
}

/// Families of sockets that firepit opens, and what for.
fn families(plan: &Plan<'_>) -> (Vec<&'static str>, Vec<String>) {
    let config = plan.config;
    let mut families = vec!["AF_UNIX"];
    let mut reasons = vec!["AF_UNIX: systemd is told the state".to_owned()];
    let mut add = |new: &[&'static str], why: String| {
        if new.iter().any(|family| !families.contains(family)) {
            families.extend(new);
            reasons.push(format!("{}: {why}", new.join(" ")));
        }
    };
    for address in config.listen.iter().filter(|_| !config.systemd_socket) {
        match address {
            ListenAddress::Tcp { .. } => add(&["AF_INET", "AF_INET6"], address.to_string()),
            ListenAddress::Vsock { .. } => add(&["AF_VSOCK"], address.to_string()),
            ListenAddress::Unix(_) => {}
        }
    }
    let connected = services::by_internet(&plan.needs.services);
    if !connected.is_empty() {
        let why = format!("services that {} asks", list(&connected));
        add(&["AF_INET", "AF_INET6"], why);
    }
    if !plan.needs.netlink.is_empty() {
        add(&["AF_NETLINK"], list(&plan.needs.netlink));
    }
    let in_order = ["AF_INET", "AF_INET6", "AF_UNIX", "AF_VSOCK", "AF_NETLINK"].into_iter();
    let families = in_order
        .filter(|family| families.contains(family))
        .collect();
    (families, reasons)
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn arguments_keep_their_value_in_a_unit() {
        for (flag, expected) in [
            ("--path.procfs=/proc", "--path.procfs=/proc"),
            ("--x=^(a|b)$", "--x=^(a|b)$$"),
            ("--x=%d", "--x=%%d"),
            ("--x=a b", "\"--x=a b\""),
            ("--x=\"\\", "\"--x=\\\"\\\\\""),
            ("--x='", "\"--x='\""),
            ("--x=;", "\"--x=;\""),
            ("--x=a\nb", "\"--x=a\\nb\""),
            ("", "\"\""),
        ] {
            assert_eq!(word(flag), expected, "{flag}");
        }
    }
}
