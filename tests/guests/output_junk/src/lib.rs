//! Bypasses its language: hands the host pointers, lengths, texts and enumerations that are none.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

#[link(wasm_import_module = "firepit:collector/metrics@0.1.4")]
unsafe extern "C" {
    #[link_name = "emit"]
    fn emit(families: *const Family, count: usize);
}

/// A list or a text: address and length.
type Slice = (*const u8, usize);

/// The contract's `family` as it lies in memory.
#[repr(C)]
struct Family {
    name: [usize; 2],
    help: [usize; 2],
    kind: u8,
    label_names: [usize; 2],
    samples: [usize; 2],
}

struct Junk {
    what: String,
}

impl Collector for Junk {
    fn describe() -> Descriptor {
        Descriptor::new("output_junk", "Breaks the calling convention.").text(
            "what",
            "",
            "text, kind, pointer, length or count.",
        )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            what: settings.text("what").to_owned(),
        })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        let of = |slice: Slice| [slice.0 as usize, slice.1];
        let text = |text: &[u8]| of((text.as_ptr(), text.len()));
        let mut family = Family {
            name: text(b"guest_junk"),
            help: text(b"Junk."),
            kind: 1,
            label_names: [4, 0],
            samples: [8, 0],
        };
        let mut count = 1;
        match self.what.as_str() {
            "text" => family.help = text(b"\xff\xfe\xc0\x80"),
            "kind" => family.kind = 77,
            "pointer" => family.help = [0xffff_fff0, 8],
            "length" => family.samples = [8, 0x7fff_ffff],
            "count" => count = 0x7fff_ffff,
            _ => {}
        }
        // SAFETY: the host reads this memory only, and is what this guest is against.
        unsafe { emit(&family, count) };
        Ok(())
    }
}

export!(Junk);
