//! What a module may import, by the names that the imports of a component carry, such as
//! `firepit:collector/files@0.1.0` and `wasi:clocks/wall-clock@0.2.6`.
//!
//! An interface of the contract is granted as a whole, but for `system`: each of its functions is
//! granted by itself, and is an import by itself, such as
//! `firepit:collector/system@0.1.0#page-size`.

/// What an operator grants beside files, or withholds: an interface of the contract, a function of
/// `system`, or a part of WASI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// Handing over metrics. Without it a collector can show nothing.
    Metrics,
    /// Reading files, by the contract's `files` or by `wasi:filesystem`.
    Files,
    /// Lines in the host's log.
    Log,
    /// The host's name and kernel: `get-uname` of `system`.
    Uname,
    /// The size of a page of memory: `page-size` of `system`.
    PageSize,
    /// The unit of many times in `/proc`: `clock-ticks` of `system`.
    ClockTicks,
    /// How full the host's file systems are.
    Statfs,
    /// How the kernel disciplines its clock.
    Adjtimex,
    /// The local time zone.
    TimeZone,
    /// Tables of the kernel's network, dumped by netlink.
    Netlink,
    /// `wasi:clocks`: the time of day, and a clock to measure with.
    Clocks,
    /// `wasi:random`.
    Random,
}

impl Interface {
    /// All of them, in their order.
    pub const ALL: [Self; 12] = [
        Self::Metrics,
        Self::Files,
        Self::Log,
        Self::Uname,
        Self::PageSize,
        Self::ClockTicks,
        Self::Statfs,
        Self::Adjtimex,
        Self::TimeZone,
        Self::Netlink,
        Self::Clocks,
        Self::Random,
    ];

    /// The functions of `system`, which are granted together by that name.
    pub const SYSTEM: [Self; 3] = [Self::Uname, Self::PageSize, Self::ClockTicks];

    /// Its name in the configuration and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Files => "files",
            Self::Log => "log",
            Self::Uname => "uname",
            Self::PageSize => "page-size",
            Self::ClockTicks => "clock-ticks",
            Self::Statfs => "statfs",
            Self::Adjtimex => "adjtimex",
            Self::TimeZone => "time-zone",
            Self::Netlink => "netlink",
            Self::Clocks => "clocks",
            Self::Random => "random",
        }
    }

    /// What is granted by that name: one of these, or all of `system`. Empty for any other name.
    #[must_use]
    pub fn parse(name: &str) -> Vec<Self> {
        let of_name = |own: &Self| own.name() == name || (name == SYSTEM && own.is_of_system());
        Self::ALL.into_iter().filter(of_name).collect()
    }

    /// All names that [`Self::parse`] knows.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        let all = Self::ALL.into_iter().map(Self::name);
        all.chain([SYSTEM]).collect()
    }

    fn is_of_system(&self) -> bool {
        Self::SYSTEM.contains(self)
    }
}

/// The interface of the contract whose functions are granted one by one.
const SYSTEM: &str = "system";

/// What an import asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportClass {
    /// Nothing worth a grant: types, streams, an empty environment, output that goes to the log.
    Nothing,
    /// An interface that is there for those who have it granted.
    Grant(Interface),
    /// The interface `system` as a whole: its functions ask for what they are granted.
    System,
    /// Another part of WASI 0.2, such as sockets. Nobody gets it: a stub that refuses stands in its
    /// place, because language runtimes import more than they use.
    Never,
    /// Nothing that firepit knows, or a version of it that it does not serve.
    Unknown,
}

impl ImportClass {
    /// The class of an import by its full name.
    #[must_use]
    pub fn of(import: &str) -> Self {
        let Some((name, version)) = import.split_once('@') else {
            return Self::Unknown;
        };
        if let Some(name) = name.strip_prefix("firepit:collector/") {
            let (version, function) = match version.split_once('#') {
                Some((version, function)) => (version, Some(function)),
                None => (version, None),
            };
            return match is_patch_of(version, "0.1.") {
                true => function.map_or_else(|| of_contract(name), |it| of_function(name, it)),
                false => Self::Unknown,
            };
        }
        match name.strip_prefix("wasi:").and_then(|n| n.split_once('/')) {
            Some((package, name)) if is_patch_of(version, "0.2.") => of_wasi(package, name),
            _ => Self::Unknown,
        }
    }
}

/// Whether a version is one of a series. Release candidates are not: they keep no promise to those
/// after them.
fn is_patch_of(version: &str, series: &str) -> bool {
    version.strip_prefix(series).is_some_and(|patch| {
        !patch.is_empty() && patch.len() <= 9 && patch.bytes().all(|b| b.is_ascii_digit())
    })
}

fn of_contract(name: &str) -> ImportClass {
    match name {
        "types" => ImportClass::Nothing,
        "metrics" => ImportClass::Grant(Interface::Metrics),
        "files" => ImportClass::Grant(Interface::Files),
        "log" => ImportClass::Grant(Interface::Log),
        SYSTEM => ImportClass::System,
        "statfs" => ImportClass::Grant(Interface::Statfs),
        "adjtimex" => ImportClass::Grant(Interface::Adjtimex),
        "time-zone" => ImportClass::Grant(Interface::TimeZone),
        "netlink" => ImportClass::Grant(Interface::Netlink),
        _ => ImportClass::Unknown,
    }
}

fn of_function(interface: &str, function: &str) -> ImportClass {
    match (interface, function) {
        (SYSTEM, "get-uname") => ImportClass::Grant(Interface::Uname),
        (SYSTEM, "page-size") => ImportClass::Grant(Interface::PageSize),
        (SYSTEM, "clock-ticks") => ImportClass::Grant(Interface::ClockTicks),
        _ => ImportClass::Unknown,
    }
}

/// What is named here is what the host links; the rest of WASI is refused, of whatever package.
fn of_wasi(package: &str, name: &str) -> ImportClass {
    match (package, name) {
        ("io", "error" | "poll" | "streams")
        | ("cli", "environment" | "exit" | "stdin" | "stdout" | "stderr")
        | (
            "cli",
            "terminal-input" | "terminal-output" | "terminal-stdin" | "terminal-stdout"
            | "terminal-stderr",
        ) => ImportClass::Nothing,
        ("filesystem", "types" | "preopens") => ImportClass::Grant(Interface::Files),
        ("clocks", "wall-clock" | "monotonic-clock") => ImportClass::Grant(Interface::Clocks),
        ("random", "random" | "insecure" | "insecure-seed") => {
            ImportClass::Grant(Interface::Random)
        }
        _ => ImportClass::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_interfaces() {
        for interface in Interface::ALL {
            assert_eq!(Interface::parse(interface.name()), [interface]);
        }
        assert_eq!(Interface::parse("system"), Interface::SYSTEM);
        for name in ["", "Files", "file", "sockets", "files ", "get-uname"] {
            assert_eq!(Interface::parse(name), [], "{name}");
        }
        for name in Interface::names() {
            assert!(!Interface::parse(name).is_empty(), "{name}");
        }
        assert!(Interface::ALL.is_sorted());
    }

    #[test]
    fn imports_are_classed_by_name() {
        use ImportClass::{Grant, Never, Nothing, Unknown};
        for (import, class) in [
            ("firepit:collector/files@0.1.0", Grant(Interface::Files)),
            ("firepit:collector/metrics@0.1.7", Grant(Interface::Metrics)),
            ("firepit:collector/log@0.1.0", Grant(Interface::Log)),
            ("firepit:collector/system@0.1.0", ImportClass::System),
            (
                "firepit:collector/system@0.1.0#get-uname",
                Grant(Interface::Uname),
            ),
            (
                "firepit:collector/system@0.1.7#page-size",
                Grant(Interface::PageSize),
            ),
            (
                "firepit:collector/system@0.1.2#clock-ticks",
                Grant(Interface::ClockTicks),
            ),
            ("firepit:collector/system@0.1.0#reboot", Unknown),
            ("firepit:collector/system@0.1.0#", Unknown),
            ("firepit:collector/system@0.2.0#page-size", Unknown),
            ("firepit:collector/files@0.1.0#page-size", Unknown),
            ("firepit:collector/files@0.1.0#read", Unknown),
            ("firepit:collector/types@0.1.0", Nothing),
            ("firepit:collector/files@0.2.0", Unknown),
            ("firepit:collector/files@0.10.0", Unknown),
            ("firepit:collector/files@0.1", Unknown),
            ("firepit:collector/files@0.1.", Unknown),
            ("firepit:collector/files@0.1.0-rc1", Unknown),
            ("firepit:collector/files", Unknown),
            ("firepit:collector/statfs@0.1.2", Grant(Interface::Statfs)),
            (
                "firepit:collector/adjtimex@0.1.2",
                Grant(Interface::Adjtimex),
            ),
            (
                "firepit:collector/time-zone@0.1.2",
                Grant(Interface::TimeZone),
            ),
            ("firepit:collector/netlink@0.1.2", Grant(Interface::Netlink)),
            ("firepit:collector/time_zone@0.1.2", Unknown),
            ("firepit:collector/shell@0.1.0", Unknown),
            ("wasi:filesystem/types@0.2.3", Grant(Interface::Files)),
            ("wasi:filesystem/preopens@0.2.0", Grant(Interface::Files)),
            ("wasi:clocks/wall-clock@0.2.6", Grant(Interface::Clocks)),
            (
                "wasi:clocks/monotonic-clock@0.2.6",
                Grant(Interface::Clocks),
            ),
            ("wasi:clocks/timezone@0.2.6", Never),
            ("wasi:random/insecure-seed@0.2.6", Grant(Interface::Random)),
            ("wasi:io/streams@0.2.0", Nothing),
            ("wasi:cli/environment@0.2.0", Nothing),
            ("wasi:cli/terminal-stdout@0.2.0", Nothing),
            ("wasi:cli/run@0.2.0", Never),
            ("wasi:sockets/tcp@0.2.0", Never),
            ("wasi:http/outgoing-handler@0.2.0", Never),
            ("wasi:sockets/tcp@0.2.0-rc-2023-11-10", Unknown),
            ("wasi:sockets/tcp@0.3.0", Unknown),
            ("wasi:clocks/wall-clock@0.3.0", Unknown),
            ("wasi:clocks@0.2.0", Unknown),
            ("wasi_snapshot_preview1", Unknown),
            ("files", Unknown),
            ("", Unknown),
            ("@0.2.0", Unknown),
            ("evil:wasi/wasi:io/streams@0.2.0", Unknown),
        ] {
            assert_eq!(ImportClass::of(import), class, "{import}");
        }
    }
}
