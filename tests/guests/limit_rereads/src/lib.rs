//! Opens one file through std, and reads it over and over: what the host holds for it is copied
//! each time.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const READ: Gauge<0> = Gauge::new("guest_reread_bytes", "Bytes that were read.", []);

struct Rereader {
    count: usize,
}

impl Collector for Rereader {
    fn describe() -> Descriptor {
        Descriptor::new("limit_rereads", "Reads the same again.")
            .reads(["/proc/large"])
            .number("count", 1.0, "How often.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            count: settings.number("count").unwrap_or_default() as usize,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let read = self
            .read()
            .map_err(|error| Error::failed(error.to_string()))?;
        metrics.gauge(&READ).set([], read as f64);
        Ok(())
    }
}

impl Rereader {
    fn read(&self) -> io::Result<usize> {
        let mut file = File::open("/proc/large")?;
        let mut buffer = vec![0; 1 << 20];
        let mut read = 0;
        for _ in 0..self.count {
            file.rewind()?;
            read += file.read(&mut buffer)?;
        }
        Ok(read)
    }
}

export!(Rereader);
