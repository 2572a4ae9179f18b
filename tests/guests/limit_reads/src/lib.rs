//! Reads more than it may: too many files, too many bytes, too large a file, too long a directory.

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const READ: Gauge<1> = Gauge::new("guest_read", "What came of reading.", ["result"]);

struct Reader {
    what: String,
    count: usize,
}

impl Collector for Reader {
    fn describe() -> Descriptor {
        Descriptor::new("limit_reads", "Reads too much.")
            .reads(["/proc/**"])
            .text(
                "what",
                "small",
                "What is read: a file of that name, or the directory many.",
            )
            .number("count", 1e9, "How often.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            what: settings.text("what").to_owned(),
            count: settings.number("count").unwrap_or_default() as usize,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let path = format!("/proc/{}", self.what);
        let mut result = Ok(0);
        for _ in 0..self.count {
            result = match self.what.as_str() {
                "many" => files::list(&path).map(|entries| entries.len()),
                _ => files::read(&path).map(|content| content.len()),
            };
        }
        let (result, value) = match result {
            Ok(size) => ("ok".to_owned(), size as f64),
            Err(error) => (error.reason.to_string(), -1.0),
        };
        metrics.gauge(&READ).set([&result], value);
        Ok(())
    }
}

export!(Reader);
