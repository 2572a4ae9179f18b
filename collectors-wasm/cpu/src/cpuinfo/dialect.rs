//! The keys of each architecture in `/proc/cpuinfo`.

use Field::*;

/// The keys of one architecture.
#[derive(Debug)]
pub(crate) struct Dialect {
    fields: &'static [(&'static str, Field)],
}

/// The meaning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// A new CPU begins; the value is its number.
    Processor,
    /// As [`Self::Processor`], but the number follows in the key: `processor 3: version = FF`.
    NumberedProcessor,
    /// Lines about the first CPU follow; at the second occurrence, lines about the second CPU, and
    /// so on.
    Block,
    Package,
    Core,
    Vendor,
    Family,
    Model,
    ModelName,
    Stepping,
    Microcode,
    CacheSize,
    /// The frequency as a plain number.
    Megahertz,
    /// The frequency with its unit.
    Clock,
    /// Flags of this CPU. Only the flags of the first CPU are used.
    FirstFlags,
    /// As [`Self::FirstFlags`].
    FirstBugs,
    /// Flags of all CPUs, at any position.
    CommonFlags,
    /// Implies a CPU: old kernels write no line `processor` if there is only one CPU.
    OneCpu,
}

const X86: Dialect = Dialect {
    fields: &[
        ("processor", Processor),
        ("vendor", Vendor),
        ("vendor_id", Vendor),
        ("cpu family", Family),
        ("model", Model),
        ("model name", ModelName),
        ("stepping", Stepping),
        ("microcode", Microcode),
        ("cpu MHz", Megahertz),
        ("cache size", CacheSize),
        ("physical id", Package),
        ("core id", Core),
        ("flags", FirstFlags),
        ("bugs", FirstBugs),
    ],
};

const ARM: Dialect = Dialect {
    fields: &[
        ("processor", Processor),
        ("Processor", ModelName),
        ("model name", ModelName),
        ("BogoMIPS", OneCpu),
        ("Features", CommonFlags),
    ],
};

const S390X: Dialect = Dialect {
    fields: &[
        ("processor", NumberedProcessor),
        ("vendor_id", Vendor),
        ("features", CommonFlags),
        ("cpu number", Block),
        ("cpu MHz dynamic", Clock),
        ("physical id", Package),
        ("core id", Core),
    ],
};

/// MIPS and LoongArch.
const MIPS: Dialect = Dialect {
    fields: &[
        ("system type", Vendor),
        ("processor", Processor),
        ("cpu model", ModelName),
        ("CPU Family", Family),
        ("Model Name", ModelName),
    ],
};

const POWER: Dialect = Dialect {
    fields: &[("processor", Processor), ("cpu", Vendor), ("clock", Clock)],
};

const RISC_V: Dialect = Dialect {
    fields: &[("processor", Processor), ("hart", Core), ("isa", ModelName)],
};

impl Dialect {
    /// The dialect of an architecture as uname(2) calls it.
    pub(crate) fn of_machine(machine: &str) -> Option<&'static Self> {
        match machine {
            "x86_64" | "i386" | "i486" | "i586" | "i686" => Some(&X86),
            "s390" | "s390x" => Some(&S390X),
            name if name.starts_with("arm") || name.starts_with("aarch64") => Some(&ARM),
            name if name.starts_with("mips") || name.starts_with("loongarch") => Some(&MIPS),
            name if name.starts_with("ppc") => Some(&POWER),
            name if name.starts_with("riscv") => Some(&RISC_V),
            _ => None,
        }
    }

    /// The meaning of a line with this key, and the part of the key that is not the field's name.
    pub(super) fn field<'k>(&self, key: &'k str) -> Option<(Field, &'k str)> {
        self.fields.iter().find_map(|&(name, field)| {
            let rest = key.strip_prefix(name)?;
            let fits = match field {
                NumberedProcessor => rest.starts_with(|c: char| c.is_ascii_whitespace()),
                _ => rest.is_empty(),
            };
            fits.then_some((field, rest.trim_ascii()))
        })
    }
}
