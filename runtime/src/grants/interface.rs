//! What a module may import, by the names that the imports of a component carry, such as
//! `firepit:collector/files@0.1.0` and `wasi:clocks/wall-clock@0.2.6`.

/// What an operator grants beside files, or withholds: an interface of the contract, or a part of
/// WASI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// Handing over metrics. Without it a collector can show nothing.
    Metrics,
    /// Reading files, by the contract's `files` or by `wasi:filesystem`.
    Files,
    /// Lines in the host's log.
    Log,
    /// The host's name, kernel and page size.
    System,
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
    pub const ALL: [Self; 10] = [
        Self::Metrics,
        Self::Files,
        Self::Log,
        Self::System,
        Self::Statfs,
        Self::Adjtimex,
        Self::TimeZone,
        Self::Netlink,
        Self::Clocks,
        Self::Random,
    ];

    /// Its name in the configuration and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Files => "files",
            Self::Log => "log",
            Self::System => "system",
            Self::Statfs => "statfs",
            Self::Adjtimex => "adjtimex",
            Self::TimeZone => "time-zone",
            Self::Netlink => "netlink",
            Self::Clocks => "clocks",
            Self::Random => "random",
        }
    }

    /// The interface of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.name() == name)
    }
}

/// What an import asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportClass {
    /// Nothing worth a grant: types, streams, an empty environment, output that goes to the log.
    Nothing,
    /// An interface that is there for those who have it granted.
    Grant(Interface),
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
            return match is_patch_of(version, "0.1.") {
                true => of_contract(name),
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
        "system" => ImportClass::Grant(Interface::System),
        "statfs" => ImportClass::Grant(Interface::Statfs),
        "adjtimex" => ImportClass::Grant(Interface::Adjtimex),
        "time-zone" => ImportClass::Grant(Interface::TimeZone),
        "netlink" => ImportClass::Grant(Interface::Netlink),
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
            assert_eq!(Interface::parse(interface.name()), Some(interface));
        }
        for name in ["", "Files", "file", "sockets", "files "] {
            assert_eq!(Interface::parse(name), None, "{name}");
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
            ("firepit:collector/system@0.1.0", Grant(Interface::System)),
            ("firepit:collector/types@0.1.0", Nothing),
            ("firepit:collector/files@0.2.0", Unknown),
            ("firepit:collector/files@0.10.0", Unknown),
            ("firepit:collector/files@0.1", Unknown),
            ("firepit:collector/files@0.1.", Unknown),
            ("firepit:collector/files@0.1.0-rc1", Unknown),
            ("firepit:collector/files", Unknown),
            ("firepit:collector/statfs@0.1.1", Grant(Interface::Statfs)),
            (
                "firepit:collector/adjtimex@0.1.1",
                Grant(Interface::Adjtimex),
            ),
            (
                "firepit:collector/time-zone@0.1.1",
                Grant(Interface::TimeZone),
            ),
            ("firepit:collector/netlink@0.1.1", Grant(Interface::Netlink)),
            ("firepit:collector/time_zone@0.1.1", Unknown),
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
