//! The interfaces of the contract, one line each. Every other table derives from this one: what can
//! be granted ([`crate::grants::Interface`]), what is linked (`host/link`), and which functions
//! exist ([`super::versions`]).
//!
//! An interface is granted as a whole. Only the functions of `system` are granted one by one, so
//! each has its own line.

use std::borrow::Cow;

/// Calls a macro with all lines. A line has the documentation, the name in Rust, the name of the
/// grant, what a collector does with it, and in brackets the module of the bindings or the function
/// of `system`.
macro_rules! for_each_grant {
    ($then:ident) => {
        $then! {
            /// Emitting metrics. A collector without it has no output.
            Metrics "metrics" "emits metrics" [interface metrics],
            /// Reading files, through the contract's `files` or `wasi:filesystem`.
            Files "files" "reads files" [interface files],
            /// Writing lines to the host's log.
            Log "log" "writes to firepit's log" [interface log],
            /// The host's name and kernel: `get-uname` of `system`.
            Uname "uname" "asks for the host's name and kernel" [function "get-uname"],
            /// The size of a memory page: `page-size` of `system`.
            PageSize "page-size" "asks for the size of a memory page" [function "page-size"],
            /// The unit of many durations in `/proc`: `clock-ticks` of `system`.
            ClockTicks "clock-ticks" "asks for the length of a clock tick" [function "clock-ticks"],
            /// Usage of the host's file systems.
            Statfs "statfs" "asks for the usage of file systems" [interface statfs],
            /// State of the kernel's clock discipline.
            Adjtimex "adjtimex" "asks how the kernel disciplines its clock" [interface adjtimex],
            /// The local time zone.
            TimeZone "time-zone" "asks for the local time zone" [interface time_zone],
            /// The kernel's network tables, dumped by netlink.
            Netlink "netlink" "asks for interfaces, addresses, routes and connections" [interface netlink],
            /// Connections to the addresses that are granted.
            Connections "connections" "talks to services" [interface connections],
            /// Performance counters of CPUs.
            Perf "perf" "counts events of CPUs" [interface perf],
            /// Link settings, drivers and statistics of network devices.
            Ethtool "ethtool" "asks the drivers of network devices" [interface ethtool],
            /// Devices of mounted Btrfs file systems.
            Btrfs "btrfs" "asks for the devices of Btrfs file systems" [interface btrfs],
        }
    };
}
pub(crate) use for_each_grant;

/// Prefix of the contract's interface names.
pub(crate) const PACKAGE: &str = "firepit:collector/";

/// The interface whose functions are granted one by one.
pub(crate) const SYSTEM: &str = "system";

/// The interface that has only types and no functions.
pub(crate) const TYPES: &str = "types";

/// An interface of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interface {
    /// Its name, such as `files`.
    pub(crate) name: &'static str,
    /// The text of its WIT file.
    wit: &'static str,
}

macro_rules! row {
    ($name:literal [interface $module:ident]) => {
        Some(Interface {
            name: $name,
            wit: include_str!(concat!("../../../../wit/", $name, ".wit")),
        })
    };
    ($name:literal [function $function:literal]) => {
        None
    };
}

macro_rules! rows {
    ($($(#[$doc:meta])* $variant:ident $name:literal $purpose:literal $what:tt,)*) => {
        [$(row!($name $what),)*]
    };
}

/// All interfaces of the contract that have functions.
pub(crate) fn interfaces() -> impl Iterator<Item = Interface> {
    let system = Interface {
        name: SYSTEM,
        wit: include_str!("../../../../wit/system.wit"),
    };
    for_each_grant!(rows).into_iter().flatten().chain([system])
}

impl Interface {
    /// Its functions, by their names in an import: `get`, and `[method]stream.read` of a resource.
    pub(crate) fn functions(self) -> impl Iterator<Item = Cow<'static, str>> {
        let mut resource = None;
        self.wit.lines().map(str::trim).filter_map(move |line| {
            let named = |text: &'static str| text.trim().trim_start_matches('%');
            if let Some(rest) = line.strip_prefix("resource ") {
                resource = rest.strip_suffix('{').map(named);
            } else if line == "}" {
                resource = None;
            }
            let (name, declared) = line.split_once(':')?;
            let name = named(name);
            let kind = match declared.trim_start().split_once("func(")?.0 {
                "" => "method",
                "static " => "static",
                _ => return None,
            };
            Some(match resource {
                None => Cow::Borrowed(name),
                Some(resource) => Cow::Owned(format!("[{kind}]{resource}.{name}")),
            })
        })
    }

    /// The version in the `package` line of its file.
    #[cfg(test)]
    pub(crate) fn version(self) -> Option<&'static str> {
        let package = self.wit.lines().find(|line| line.starts_with("package "))?;
        Some(package.split_once('@')?.1.trim_end_matches(';'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_contract_with_functions_is_an_interface() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if path.extension().is_some_and(|it| it == "wit")
                && name != "world"
                && text.contains("func(")
            {
                found.push(name);
            }
        }
        found.sort();
        let mut names: Vec<&str> = interfaces().map(|interface| interface.name).collect();
        names.sort_unstable();
        assert_eq!(names, found);
    }

    #[test]
    fn functions_are_read_from_the_contract() {
        let system = interfaces()
            .find(|interface| interface.name == SYSTEM)
            .unwrap();
        let functions: Vec<_> = system.functions().collect();
        assert_eq!(functions, ["get-uname", "page-size", "clock-ticks"]);
        let connections = interfaces().find(|interface| interface.name == "connections");
        let functions: Vec<_> = connections.unwrap().functions().collect();
        let wanted = [
            "[static]stream.connect",
            "[method]stream.read",
            "[method]stream.write",
            "[method]stream.exchange",
            "exchange-datagram",
        ];
        assert_eq!(functions, wanted);
        for interface in interfaces() {
            assert_ne!(interface.functions().count(), 0, "{}", interface.name);
        }
    }
}
