//! Logs a thousand messages of 100 bytes each time, by each of the three ways into the host's log;
//! or a few that would forge lines or steer a terminal.

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
            "messages, stdout, stderr or forged.",
        )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            how: settings.text("how").to_owned(),
        })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        if self.how == "forged" {
            log::warn(FORGED, &[("device", FORGED), ("x\" msg=forged y=\"", "z")]);
            println!("{FORGED}");
            return Ok(());
        }
        let line = "x".repeat(99);
        for _ in 0..1000 {
            match self.how.as_str() {
                "stdout" => println!("{line}"),
                "stderr" => eprintln!("{line}"),
                _ => log::warn(&line, &[("n", "")]),
            }
        }
        Ok(())
    }
}

export!(Talker);
