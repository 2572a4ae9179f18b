//! Options of built-in collectors whose default depends on whether another collector runs, which a
//! collector cannot see.

use super::CliOverrides;
use crate::config::ConfigFile;
use firepit_sandbox::descriptor::Setting;

/// A switch that is on by default if another collector runs.
struct Follower {
    collector: &'static str,
    option: &'static str,
    /// The other collector, which is enabled by default.
    followed: &'static str,
}

/// As in node_exporter, `cpu` shows the frequencies of `/proc/cpuinfo` only beside `cpufreq`.
const FOLLOWERS: [Follower; 1] = [Follower {
    collector: "cpu",
    option: "info.frequency",
    followed: "cpufreq",
}];

/// Sets the defaults of a built-in collector that depend on other collectors. A selection of
/// collectors for one scrape does not change them.
pub(crate) fn follow(
    collector: &str,
    settings: &mut [Setting],
    choices: &CliOverrides,
    config: &ConfigFile,
) {
    let followers = FOLLOWERS.iter().filter(|own| own.collector == collector);
    for follower in followers {
        let mut settings = settings.iter_mut();
        let setting = settings.find(|it| it.name == follower.option && !it.explicit);
        if let Some(setting) = setting {
            let entry = config.entry(follower.followed);
            let runs = choices.enables(follower.followed, true, entry);
            setting.values = vec![runs.to_string()];
        }
    }
}
