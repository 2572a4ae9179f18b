//! Runs of collectors for the tables of their families. A collector without an entry runs with its
//! defaults.

use firepit_tests::Options;

/// The runs of one collector, and a note on its table.
#[derive(Clone, Copy)]
pub(super) struct Scene {
    name: &'static str,
    /// Options of all runs: they point to the fixtures.
    pub(super) options: Options<'static>,
    /// Options that add families; one additional run each.
    pub(super) more: &'static [Options<'static>],
    /// A sentence about the families.
    pub(super) note: &'static str,
}

impl Scene {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            options: &[],
            more: &[],
            note: "",
        }
    }

    const fn options(mut self, options: Options<'static>) -> Self {
        self.options = options;
        self
    }

    const fn more(mut self, more: &'static [Options<'static>]) -> Self {
        self.more = more;
        self
    }

    const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// The scene of a collector.
    pub(super) fn of(name: &str) -> Self {
        let scene = SCENES.iter().find(|scene| scene.name == name);
        scene.copied().unwrap_or(Self::new(""))
    }
}

const SCENES: &[Scene] = &[
    Scene::new("arp").options(&[("netlink", "false")]),
    Scene::new("bcache").more(&[&[("priorityStats", "true")]]),
    Scene::new("cpu").more(&[
        &[("info", "true")],
        &[("info.flags-include", "^aes$")],
        &[("info.bugs-include", "^mds$")],
    ]),
    Scene::new("ethtool").note(
        "There is a family for each statistic of a driver. The table shows the seven with names \
         of their own, and one example. `--collector.ethtool.metrics-include` selects from them.",
    ),
    Scene::new("gmond").note("There is a family for each metric of gmond that is a number."),
    Scene::new("lnstat").note("The families depend on the kernel's tables."),
    Scene::new("meminfo").note("There is a family for each line of `/proc/meminfo`."),
    Scene::new("meminfo_numa").note("There is a family for each line of the two files."),
    Scene::new("netclass").more(&[
        &[("netlink", "true")],
        &[("netlink", "true"), ("with-stats", "true")],
    ]),
    Scene::new("netdev").more(&[
        &[("enable-detailed-metrics", "true")],
        &[("address-info", "true")],
    ]),
    Scene::new("netstat")
        .note("`--collector.netstat.fields` selects from the counters of the kernel."),
    Scene::new("pcidevice").options(&[("idsfile", "/pci.ids")]),
    Scene::new("perf")
        .options(&[("tracepoint", "sched:sched_process_exec")])
        .note(
            "There is a family for each tracepoint that the option names. The table shows one \
             example.",
        ),
    Scene::new("qdisc").options(&[("fixtures", "/qdisc")]),
    Scene::new("rapl").more(&[&[("enable-zone-label", "true")]]),
    Scene::new("sockstat").note("The families depend on the kernel's protocols."),
    Scene::new("stat").more(&[&[("softirq", "true")]]),
    Scene::new("sysctl")
        .options(&[
            ("include-info", "kernel.seccomp.actions_avail"),
            ("include", "fs.file-nr:total,current,max"),
            ("include", "kernel.threads-max"),
        ])
        .note("The families are named after the parameters. The table shows two examples."),
    Scene::new("systemd").more(&[
        &[("enable-restarts-metrics", "true")],
        &[("enable-start-time-metrics", "true")],
        &[("enable-task-metrics", "true")],
    ]),
    Scene::new("textfile")
        .options(&[("directory", "/textfile")])
        .note(
            "It also shows the families of the files, and for a file that exceeds a limit \
             `node_textfile_left_out` with the labels `file` and `reason`. One file may have 4 MiB \
             and 95,000 series, all files together 16 MiB and 190,000 series. Quoted names are \
             escaped for clients that do not accept UTF-8.",
        ),
    Scene::new("vmstat")
        .note("`--collector.vmstat.fields` selects from the counters of the kernel."),
    Scene::new("wifi").options(&[("fixtures", "/wifi")]),
    Scene::new("zfs").note("There is a family for each number in the files."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_tests::Standard;

    #[test]
    fn every_scene_belongs_to_a_collector() {
        for scene in SCENES {
            assert!(Standard::find(scene.name).is_some(), "{}", scene.name);
            assert_eq!(SCENES.iter().filter(|it| it.name == scene.name).count(), 1);
        }
    }
}
