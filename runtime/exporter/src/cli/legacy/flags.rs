//! The flags of node_exporter 0.6.0 to 0.8.1, in both namings, and the few of other versions that were
//! written with one dash.

/// A flag of an old version.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OldFlag {
    /// The name without dashes.
    pub(super) name: &'static str,
    /// What it sets.
    pub(super) meaning: Meaning,
    /// The naming that it belongs to.
    pub(super) naming: Naming,
    /// Whether the flag with two dashes is an old one too, and not one of today.
    pub(super) is_old_with_two_dashes: bool,
}

/// What a flag sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The value of this flag of today.
    Same(&'static str),
    /// The collectors that run.
    Collectors,
    /// Prints the collectors.
    Print,
    /// The JSON file with attributes.
    Config,
    /// The user of basic authentication.
    User,
    /// The password of basic authentication.
    Password,
    /// The file of a memory profile.
    Profile,
    /// Where glog writes to: a switch.
    LogTarget,
    /// How glog writes: a flag with a value.
    LogDetail,
    /// The severity from which glog writes to stderr.
    LogThreshold,
    /// The verbosity of glog.
    Verbosity,
    /// More messages.
    Verbose,
    /// Prints the version.
    Version,
    /// Prints the help.
    Help,
    /// The log's format in versions 0.12 to 0.17, a URI.
    LogFormat,
}

impl Meaning {
    /// Whether the flag takes no value.
    pub(super) fn is_switch(self) -> bool {
        matches!(
            self,
            Self::Print | Self::LogTarget | Self::Verbose | Self::Version | Self::Help
        )
    }
}

/// The versions that a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// 0.6.0 to 0.7.1, which listened on port 8080.
    First,
    /// 0.8.0 and later, which listen on port 9100.
    Second,
    /// Both, or neither.
    Common,
}

use Meaning::{
    Collectors, Config, Help, LogDetail, LogFormat, LogTarget, LogThreshold, Password, Print,
    Profile, Same, User, Verbose, Verbosity, Version,
};
use Naming::{Common, First, Second};

/// All of them.
pub(super) const FLAGS: &[OldFlag] = &[
    old("listen", Same("web.listen-address"), First),
    shared("web.listen-address", Same("web.listen-address"), Second),
    shared("web.telemetry-path", Same("web.telemetry-path"), Second),
    old("enabledCollectors", Collectors, First),
    old("collectors.enabled", Collectors, Second),
    old("printCollectors", Print, First),
    old("collectors.print", Print, Second),
    // With two dashes, a misspelt `--config.file` of today is more likely.
    shared("config", Config, First),
    shared("config.file", Config, Second),
    old("memprofile", Profile, First),
    old("debug.memprofile-file", Profile, Second),
    old("auth.user", User, Common),
    old("auth.pass", Password, Common),
    old(
        "diskstatsIgnoredDevices",
        Same("collector.diskstats.device-exclude"),
        First,
    ),
    old(
        "filesystemIgnoredMountPoints",
        Same("collector.filesystem.mount-points-exclude"),
        First,
    ),
    old("ntpServer", Same("collector.ntp.server"), First),
    old("logtostderr", LogTarget, Common),
    old("alsologtostderr", LogTarget, Common),
    old("log_dir", LogDetail, Common),
    old("vmodule", LogDetail, Common),
    old("log_backtrace_at", LogDetail, Common),
    old("stderrthreshold", LogThreshold, Common),
    shared("v", Verbosity, Common),
    old("verbose", Verbose, Common),
    shared("version", Version, Common),
    shared("help", Help, Common),
    shared("h", Help, Common),
    shared("log.level", Same("log.level"), Second),
    shared("log.format", LogFormat, Second),
];

/// The old flag of this name.
pub(super) fn find(name: &str) -> Option<&'static OldFlag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

/// A flag that is an old one with two dashes too.
const fn old(name: &'static str, meaning: Meaning, naming: Naming) -> OldFlag {
    OldFlag {
        name,
        meaning,
        naming,
        is_old_with_two_dashes: true,
    }
}

/// A flag that is, or may be meant as, one of today if it has two dashes.
const fn shared(name: &'static str, meaning: Meaning, naming: Naming) -> OldFlag {
    OldFlag {
        is_old_with_two_dashes: false,
        ..old(name, meaning, naming)
    }
}
