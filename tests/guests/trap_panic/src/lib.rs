//! Panics, as a collector with a bug does; or crashes without a panic, with or without a last line.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Panic {
    how: String,
    calls: u32,
}

impl Collector for Panic {
    fn describe() -> Descriptor {
        Descriptor::new("trap_panic", "Panics.").text(
            "how",
            "panic",
            "panic, index, hostile, line, exit, or earlier: silently, after a call that said something.",
        )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            how: settings.text("how").to_owned(),
            calls: 0,
        })
    }

    #[expect(
        clippy::panic,
        clippy::indexing_slicing,
        reason = "it is what this guest is for"
    )]
    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        self.calls += 1;
        match (self.how.as_str(), self.calls) {
            ("index", calls) => {
                let three = [1, 2, 3];
                drop(three[calls as usize + 6].to_string());
            }
            ("hostile", _) => panic!("{}", "a\x1b[2J\r\u{202e} msg=\"forged\"".repeat(1 << 16)),
            ("line", _) => {
                eprintln!("a line\nValueError: the last line\n");
                core::arch::wasm32::unreachable()
            }
            ("exit", _) => {
                eprint!("no memory for it");
                std::process::exit(3)
            }
            ("earlier", 1) => eprintln!("all is well"),
            ("earlier", _) => core::arch::wasm32::unreachable(),
            _ => panic!("the flux capacitor is empty"),
        }
        Ok(())
    }
}

export!(Panic);
