//! The frequencies of `/proc/cpuinfo`, which `cpu` shows beside `cpufreq` only.

use firepit_tests::{Directory, Firepit, Page};

const CPUINFO: &str = "processor\t: 0\nvendor_id\t: X\ncpu family\t: 6\nmodel\t\t: 1\nmodel name\t: Y\n\
                       stepping\t: 1\ncpu MHz\t\t: 1900.5\ncache size\t: 1 KB\nphysical id\t: 0\n\
                       core id\t\t: 0\nflags\t\t: aes\nbugs\t\t:\n";

fn shown(flags: &[&str]) -> Page {
    let proc = Directory::new()
        .file(
            "stat",
            "cpu  1 1 1 1 1 1 1 1 1 1\ncpu0 1 1 1 1 1 1 1 1 1 1\n",
        )
        .file("cpuinfo", CPUINFO);
    let sys = Directory::new()
        .file("devices/system/cpu/offline", "\n")
        .file("devices/system/cpu/cpu0/cpufreq/cpuinfo_cur_freq", "5000\n");
    let firepit = Firepit::new()
        .procfs(proc.path())
        .flag(format!("--path.sysfs={}", sys.path().display()));
    let firepit = flags.iter().fold(firepit, |it, flag| it.flag(*flag));
    let ended = firepit.run(&["scrape"]);
    assert!(ended.status.success(), "{}", ended.stderr);
    Page::parse(&ended.stdout).unwrap()
}

const FAMILY: &str = "node_cpu_frequency_hertz";

/// The frequency of `cpu`, and that of `cpufreq`.
fn frequencies(page: &Page) -> [Option<f64>; 2] {
    let of_cpu = [("core", "0"), ("cpu", "0"), ("package", "0")];
    [
        page.value(FAMILY, &of_cpu),
        page.value(FAMILY, &[("cpu", "0")]),
    ]
}

const ONLY: &str = "--collector.disable-defaults";
const CPU: &str = "--collector.cpu";
const CPUFREQ: &str = "--collector.cpufreq";
const INFO: &str = "--collector.cpu.info";

#[test]
#[cfg(target_arch = "x86_64")]
fn frequencies_of_cpu_are_shown_beside_cpufreq() {
    let of_cpu = Some(1_900_500_000.0);
    let of_cpufreq = Some(5_000_000.0);
    for (flags, expected) in [
        (&[ONLY, CPU, INFO][..], [None, None]),
        (&[ONLY, CPU, CPUFREQ], [None, of_cpufreq]),
        // Their help texts differ, and `cpu` comes first.
        (&[ONLY, CPU, CPUFREQ, INFO], [of_cpu, None]),
        (
            &[ONLY, CPU, INFO, "--collector.cpu.info.frequency"],
            [of_cpu, None],
        ),
        (
            &[
                ONLY,
                CPU,
                CPUFREQ,
                INFO,
                "--no-collector.cpu.info.frequency",
            ],
            [None, of_cpufreq],
        ),
    ] {
        let page = shown(flags);
        assert_eq!(frequencies(&page), expected, "{flags:?}");
        let info = page.samples("node_cpu_info").count();
        assert_eq!(info, usize::from(flags.contains(&INFO)), "{flags:?}");
    }
}
