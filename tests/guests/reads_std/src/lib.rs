//! Tells what `std::fs` answers about paths that options name: each in every way that it can be asked
//! about.

use std::fs::{self, File};
use std::io;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const ANSWER: Gauge<3> = Gauge::new(
    "guest_std_answer",
    "What was answered: the kind of the error, or what is there.",
    ["path", "way", "answer"],
);

struct Reader {
    paths: Vec<String>,
}

impl Collector for Reader {
    fn describe() -> Descriptor {
        Descriptor::new("reads_std", "Reads by std::fs.")
            .reads(["/proc/given/file", "/proc/some/*/stat", "/sys/all/**"])
            .repeated("path", "Paths to ask about.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let paths = settings.texts("path");
        Ok(Self {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut answers = metrics.gauge(&ANSWER);
        for path in &self.paths {
            let told = |answer: io::Result<String>| {
                answer.unwrap_or_else(|error| format!("{:?}", error.kind()))
            };
            let read = fs::read(path).map(|content| format!("{} bytes", content.len()));
            let open = File::open(path).map(|_| "opened".to_owned());
            let metadata = fs::metadata(path).map(|metadata| match metadata.is_dir() {
                true => "directory".to_owned(),
                false => "file".to_owned(),
            });
            let list = fs::read_dir(path).and_then(|mut entries| {
                let number = entries.try_fold(0, |number, entry| entry.map(|_| number + 1));
                number.map(|number| format!("{number} entries"))
            });
            for (way, answer) in [
                ("read", read),
                ("open", open),
                ("metadata", metadata),
                ("read_dir", list),
            ] {
                answers.set([path, way, &told(answer)], 1.0);
            }
        }
        Ok(())
    }
}

export!(Reader);
