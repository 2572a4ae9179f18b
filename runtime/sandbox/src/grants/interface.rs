//! What a module may import, by the names of a component's imports, such as
//! `firepit:collector/files@0.1.0` and `wasi:clocks/wall-clock@0.2.6`.
//!
//! An interface of the contract is granted as a whole. The exception is `system`: each of its
//! functions is granted separately, and is a separate import, such as
//! `firepit:collector/system@0.1.0#page-size`.

use crate::contract::table::{PACKAGE, SYSTEM, TYPES, for_each_grant};

macro_rules! is_of_system {
    ([interface $module:ident]) => {
        false
    };
    ([function $function:literal]) => {
        true
    };
}

macro_rules! class_of_interface {
    ($asked:expr, $name:literal, $variant:ident, [interface $module:ident]) => {
        if $asked == $name {
            return ImportClass::Grant(Interface::$variant);
        }
    };
    ($asked:expr, $name:literal, $variant:ident, [function $function:literal]) => {};
}

macro_rules! class_of_function {
    ($asked:expr, $variant:ident, [interface $module:ident]) => {};
    ($asked:expr, $variant:ident, [function $function:literal]) => {
        if $asked == $function {
            return ImportClass::Grant(Interface::$variant);
        }
    };
}

macro_rules! define {
    ($($(#[$doc:meta])* $variant:ident $name:literal $purpose:literal $what:tt,)*) => {
        /// What an operator grants or withholds beside files: an interface of the contract, a
        /// function of `system`, or a part of WASI.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Interface {
            $($(#[$doc])* $variant,)*
            /// `wasi:clocks`: the time of day and a monotonic clock.
            Clocks,
            /// `wasi:random`.
            Random,
        }

        impl Interface {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)* Self::Clocks, Self::Random];

            /// The name in the configuration and in messages.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Clocks => "clocks",
                    Self::Random => "random",
                }
            }

            /// What a collector does with it, as the end of a sentence about the collector.
            #[must_use]
            pub fn purpose(self) -> &'static str {
                match self {
                    $(Self::$variant => $purpose,)*
                    Self::Clocks => "asks for the time",
                    Self::Random => "asks for random numbers",
                }
            }

            /// Whether it is a function of `system`. The name `system` grants all of these.
            #[must_use]
            pub fn is_of_system(self) -> bool {
                match self {
                    $(Self::$variant => is_of_system!($what),)*
                    Self::Clocks | Self::Random => false,
                }
            }
        }

        fn of_contract(name: &str) -> ImportClass {
            $(class_of_interface!(name, $name, $variant, $what);)*
            match name {
                TYPES => ImportClass::Nothing,
                SYSTEM => ImportClass::System,
                _ => ImportClass::Unknown,
            }
        }

        fn of_function(interface: &str, function: &str) -> ImportClass {
            if interface == SYSTEM {
                $(class_of_function!(function, $variant, $what);)*
            }
            ImportClass::Unknown
        }
    };
}

for_each_grant!(define);

impl Interface {
    /// The functions of `system`.
    pub fn system() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|it| it.is_of_system())
    }

    /// The grants of a name: one of these, or all functions of `system`. Empty for unknown names.
    #[must_use]
    pub fn parse(name: &str) -> Vec<Self> {
        let is_named = |it: &Self| it.name() == name || (name == SYSTEM && it.is_of_system());
        Self::ALL.iter().copied().filter(is_named).collect()
    }

    /// The grant that a denied call needs, by the text of
    /// [`Failure::Denied`](crate::failure::Failure::Denied): `INTERFACE FUNCTION`, without a version.
    #[must_use]
    pub fn of_call(call: &str) -> Option<Self> {
        let (interface, function) = call.rsplit_once(' ')?;
        let class = if let Some(name) = interface.strip_prefix(PACKAGE) {
            match of_contract(name) {
                ImportClass::System => of_function(name, function),
                class => class,
            }
        } else {
            let (package, name) = interface.strip_prefix("wasi:")?.split_once('/')?;
            of_wasi(package, name)
        };
        match class {
            ImportClass::Grant(interface) => Some(interface),
            _ => None,
        }
    }

    /// All names that [`Self::parse`] accepts.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        let all = Self::ALL.iter().map(|it| it.name());
        all.chain([SYSTEM]).collect()
    }
}

/// What an import needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportClass {
    /// No grant: types, streams, an empty environment, output that goes to the log.
    Nothing,
    /// An interface that needs a grant.
    Grant(Interface),
    /// The interface `system` as a whole: its functions need grants.
    System,
    /// Another part of WASI 0.2, such as sockets. It cannot be granted. A stub that fails takes its
    /// place, because language runtimes import more than they use.
    Never,
    /// Unknown to firepit, or an unsupported version.
    Unknown,
}

impl ImportClass {
    /// The class of an import by its full name.
    #[must_use]
    pub fn of(import: &str) -> Self {
        let Some((name, version)) = import.split_once('@') else {
            return Self::Unknown;
        };
        if let Some(name) = name.strip_prefix(PACKAGE) {
            let (version, function) = match version.split_once('#') {
                Some((version, function)) => (version, Some(function)),
                None => (version, None),
            };
            if !is_patch_of(version, "0.1.") {
                return Self::Unknown;
            }
            return function.map_or_else(|| of_contract(name), |it| of_function(name, it));
        }
        match name.strip_prefix("wasi:").and_then(|n| n.split_once('/')) {
            Some((package, name)) if is_patch_of(version, "0.2.") => of_wasi(package, name),
            _ => Self::Unknown,
        }
    }
}

/// Whether a version belongs to a series. Release candidates do not: they are not compatible with
/// later versions.
fn is_patch_of(version: &str, series: &str) -> bool {
    version.strip_prefix(series).is_some_and(|patch| {
        !patch.is_empty() && patch.len() <= 9 && patch.bytes().all(|b| b.is_ascii_digit())
    })
}

/// The host links the parts of WASI that are named here. All other parts are denied, in any
/// package.
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
    fn calls_map_to_their_grants() {
        for (call, expected) in [
            ("firepit:collector/system get-uname", Some(Interface::Uname)),
            (
                "firepit:collector/system page-size",
                Some(Interface::PageSize),
            ),
            (
                "firepit:collector/netlink interfaces",
                Some(Interface::Netlink),
            ),
            ("wasi:random/random get-random-u64", Some(Interface::Random)),
            ("wasi:sockets/tcp [method]tcp-socket.bind", None),
            ("firepit:collector/system", None),
            ("firepit:collector/types x", None),
            ("uname", None),
            ("", None),
        ] {
            assert_eq!(Interface::of_call(call), expected, "{call}");
        }
    }

    #[test]
    fn names_map_back_to_their_interfaces() {
        for &interface in Interface::ALL {
            assert_eq!(Interface::parse(interface.name()), [interface]);
        }
        assert!(
            Interface::parse("system")
                .into_iter()
                .eq(Interface::system())
        );
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
                "firepit:collector/system@0.1.4#clock-ticks",
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
            ("firepit:collector/statfs@0.1.4", Grant(Interface::Statfs)),
            (
                "firepit:collector/adjtimex@0.1.4",
                Grant(Interface::Adjtimex),
            ),
            (
                "firepit:collector/time-zone@0.1.4",
                Grant(Interface::TimeZone),
            ),
            ("firepit:collector/netlink@0.1.4", Grant(Interface::Netlink)),
            ("firepit:collector/time_zone@0.1.4", Unknown),
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
