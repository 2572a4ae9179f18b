//! One short text per architecture, and the errors of malformed texts.

use super::*;

fn check(machine: &str, text: &str, check: impl FnOnce(CpuInfo<'_>)) {
    let text = Text::new("cpuinfo", text);
    check(cpuinfo(&text, Dialect::of_machine(machine).unwrap()));
}

#[test]
fn x86() {
    let text = "\nprocessor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 142\n\
        model name\t: Intel(R) CPU @ 1.90GHz: fast\nstepping\t: 10\nmicrocode\t: 0xb4\n\
        cpu MHz\t\t: 799.998\ncache size\t: 8192 KB\nphysical id\t: 0\nsiblings\t: 8\n\
        core id\t\t: 3\ncpu cores\t: 4\ncpuid level\t: 22\nflags\t\t: fpu aes\n\
        bugs\t\t: mds l1tf\nbogomips\t: 4224.00\nclflush size\t: 64\n\
        cache_alignment\t: 64\npower management:\n\n\
        processor\t: 1\nflags\t\t: other\nbugs\t\t:\n\n";
    check("x86_64", text, |info| {
        let first = Cpu {
            number: Some(0),
            package: "0",
            core: "3",
            vendor: "GenuineIntel",
            family: "6",
            model: "142",
            model_name: "Intel(R) CPU @ 1.90GHz: fast",
            stepping: "10",
            microcode: "0xb4",
            cache_size: "8192 KB",
            megahertz: Some(799.998),
        };
        let second = Cpu {
            number: Some(1),
            ..Cpu::default()
        };
        assert_eq!(info.cpus, [first, second]);
        assert_eq!((info.flags, info.bugs), ("fpu aes", "mds l1tf"));
    });
}

#[test]
fn arm_with_one_model_for_all() {
    let text = "Processor\t: ARMv7 rev 2\nprocessor\t: 0\nBogoMIPS\t: 50.52\n\n\
        processor\t: 1\nBogoMIPS\t: 50.52\n\nFeatures\t: swp half\nHardware\t: X\n";
    check("armv7l", text, |info| {
        let names: Vec<_> = (info.cpus.iter())
            .map(|cpu| (cpu.number, cpu.model_name))
            .collect();
        assert_eq!(names, [(Some(0), "ARMv7 rev 2"), (Some(1), "ARMv7 rev 2")]);
        assert_eq!(info.flags, "swp half");
    });
}

#[test]
fn arm_with_only_one_cpu() {
    let text = "Processor\t: ARM926 rev 5\nBogoMIPS\t: 218.72\nFeatures\t: swp\n";
    check("armv5tel", text, |info| {
        let expected = Cpu {
            number: Some(0),
            model_name: "ARM926 rev 5",
            ..Cpu::default()
        };
        assert_eq!(info.cpus, [expected]);
    });
}

#[test]
fn arm_of_64_bits() {
    let text = "processor\t: 0\nBogoMIPS\t: 48.00\nFeatures\t: fp asimd\n\n\
        processor\t: 1\nmodel name\t: A72\n";
    check("aarch64", text, |info| {
        let names: Vec<_> = info.cpus.iter().map(|cpu| cpu.model_name).collect();
        assert_eq!((names, info.flags), (vec!["", "A72"], "fp asimd"));
    });
}

#[test]
fn s390x() {
    let text = "vendor_id       : IBM/S390\n# processors    : 2\nbogomips per cpu: 3033.00\n\
        features\t: esan3 zarch\nprocessor 0: version = FF,  machine = 2964\n\
        processor 1: version = FF,  machine = 2964\n\n\
        cpu number      : 0\nphysical id     : 2\ncore id         : 0\nsiblings        : 8\n\
        cpu cores       : 8\ncpu MHz dynamic : 5000\n\n\
        cpu number      : 1\nphysical id     : 2\ncore id         : 1\n\
        cpu MHz dynamic : 5001 MHz\n";
    check("s390x", text, |info| {
        let cpu = |number, core, megahertz| Cpu {
            number: Some(number),
            package: "2",
            core,
            vendor: "IBM/S390",
            megahertz: Some(megahertz),
            ..Cpu::default()
        };
        assert_eq!(info.cpus, [cpu(0, "0", 5000.0), cpu(1, "1", 5001.0)]);
        assert_eq!(info.flags, "esan3 zarch");
    });
}

#[test]
fn mips_and_loongarch() {
    let text = "system type\t\t: UBNT_E100\nmachine\t: x\nprocessor\t\t: 0\n\
        cpu model\t\t: Octeon+\nBogoMIPS\t\t: 1000.00\n\nprocessor\t: 1\n";
    check("mips64", text, |info| {
        let vendors: Vec<_> = info.cpus.iter().map(|cpu| cpu.vendor).collect();
        assert_eq!(vendors, ["UBNT_E100", "UBNT_E100"]);
        assert_eq!(info.cpus[0].model_name, "Octeon+");
    });
    let text = "system type\t\t: generic\nprocessor\t\t: 0\nCPU Family\t: 64bit\n\
        Model Name\t\t: 3A5000\n";
    check("loongarch64", text, |info| {
        let expected = Cpu {
            number: Some(0),
            vendor: "generic",
            family: "64bit",
            model_name: "3A5000",
            ..Cpu::default()
        };
        assert_eq!(info.cpus, [expected]);
    });
}

#[test]
fn power() {
    let text = "processor\t: 7\ncpu\t\t: POWER7\nclock\t\t: 3550.000000MHz\nrevision\t: 2.1\n";
    check("ppc64le", text, |info| {
        let expected = Cpu {
            number: Some(7),
            vendor: "POWER7",
            megahertz: Some(3550.0),
            ..Cpu::default()
        };
        assert_eq!(info.cpus, [expected]);
    });
}

#[test]
fn risc_v() {
    let text = "processor\t: 0\nhart\t\t: 3\nisa\t\t: rv64imafdc\n";
    check("riscv64", text, |info| {
        let expected = Cpu {
            number: Some(0),
            core: "3",
            model_name: "rv64imafdc",
            ..Cpu::default()
        };
        assert_eq!(info.cpus, [expected]);
    });
}

#[test]
fn malformed_line_skips_only_itself() {
    let text = "tomorrow: ??\nprocessor : 0\ncpu MHz : fast\nsiblings : -1\nmodel : 1\n\n\
                processor : x\nmodel : 2\n\nprocessor : 4294967296\nmodel : 3\n\n\
                processor : 3\ncpu MHz : 1.5\nmodel : 4\n";
    check("x86_64", text, |info| {
        let seen: Vec<_> = (info.cpus.iter())
            .map(|cpu| (cpu.number, cpu.model, cpu.megahertz))
            .collect();
        let expected = [
            (Some(0), "1", None),
            (None, "2", None),
            (None, "3", None),
            (Some(3), "4", Some(1.5)),
        ];
        assert_eq!(seen, expected);
    });
}

#[test]
fn errors_describe_malformed_input() {
    let text = Text::new("cpuinfo", "fast");
    let line = text.first_line().unwrap();
    assert_eq!(
        integer(line).unwrap_err().to_string(),
        "cpuinfo:1: expected an integer, found \"fast\""
    );
    assert_eq!(
        clock(line).unwrap_err().to_string(),
        "cpuinfo:1: clock: expected a number, found \"\""
    );
}

#[test]
fn an_unknown_architecture_has_no_dialect() {
    for machine in ["", "sparc64", "x86"] {
        assert!(Dialect::of_machine(machine).is_none(), "{machine:?}");
    }
}

#[test]
fn block_without_a_cpu_number_is_ignored() {
    let text = "vendor_id : IBM\ncpu number : 0\ncore id : 1\n";
    check("s390x", text, |info| assert_eq!(info.cpus, []));
}

#[test]
fn a_huge_text_gives_all_cpus() {
    let text: String = (0..20_000)
        .map(|cpu| format!("processor\t: {cpu}\nmodel\t\t: 1\nwhat: ever\n\n"))
        .collect();
    check("x86_64", &text, |info| assert_eq!(info.cpus.len(), 20_000));
}
