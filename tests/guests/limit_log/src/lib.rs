//! Logs a thousand messages of 100 bytes each time, by each of the three ways into the host's log;
//! or a few that would forge lines or steer a terminal; or fails with a message of a megabyte.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export, log};

struct Talker {
    how: String,
}

const FORGED: &str = "a\ntime=2020-01-01T00:00:00.000Z level=ERROR msg=forged\r\x1b[2J\u{202e}\0";

impl Collector for Talker {
    fn describe() -> Descriptor {
        Descriptor::new("limit_log", "Talks too much.").text(
            "how",
            "messages",
            "messages, fields, empty, lines, stdout, stderr, forged or error.",
        )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            how: settings.text("how").to_owned(),
        })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        match self.how.as_str() {
            "forged" => {
                log::warn(FORGED, &[("device", FORGED), ("x\" msg=forged y=\"", "z")]);
                println!("{FORGED}");
            }
            "fields" => {
                let value = "x".repeat(1 << 20);
                (0..100).for_each(|_| log::warn("", &[("value", &value)]));
            }
            "empty" => (0..10_000).for_each(|_| log::warn("", &[])),
            "lines" => (0..10_000).for_each(|_| println!("x")),
            "error" => return Err(Error::failed(FORGED.repeat(20_000))),
            _ => self.flood(),
        }
        Ok(())
    }
}

impl Talker {
    fn flood(&self) {
        let line = "x".repeat(99);
        for _ in 0..1000 {
            match self.how.as_str() {
                "stdout" => println!("{line}"),
                "stderr" => eprintln!("{line}"),
                _ => log::warn(&line, &[("n", "")]),
            }
        }
    }
}

export!(Talker);
