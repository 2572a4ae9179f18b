//! Writes, creates, removes, renames and links below what it may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const WORKED: Gauge<1> = Gauge::new("guest_worked", "Whether it worked.", ["what"]);

struct Writer {
    directory: String,
}

impl Collector for Writer {
    fn describe() -> Descriptor {
        Descriptor::new("escape_write", "Writes.")
            .reads(["/proc/**", "/sys/**", "/rootfs/**", "/udev/**"])
            .text("directory", "/proc", "Where.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            directory: settings.text("directory").to_owned(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let at = |name: &str| format!("{}/{name}", self.directory);
        let mut worked = metrics.gauge(&WORKED);
        let mut note = |what: &str, yes: bool| worked.set([what], yes);
        note(
            "read",
            fs::read(at("file")).is_ok_and(|content| content == b"content"),
        );
        note("write", fs::write(at("file"), "x").is_ok());
        note("create", File::create_new(at("new")).is_ok());
        note("append", append(&at("file")).is_ok());
        note("write-through", write_through(&at("file")).is_ok());
        note("truncate", truncate(&at("file")).is_ok());
        note("remove", fs::remove_file(at("file")).is_ok());
        note("remove-directory", fs::remove_dir(at("directory")).is_ok());
        note("make-directory", fs::create_dir(at("new")).is_ok());
        note("rename", fs::rename(at("file"), at("new")).is_ok());
        note("link", fs::hard_link(at("file"), at("new")).is_ok());
        Ok(())
    }
}

fn append(path: &str) -> io::Result<()> {
    OpenOptions::new().append(true).open(path)?.write_all(b"x")
}

/// Opens for reading, which is granted, and writes all the same.
fn write_through(path: &str) -> io::Result<()> {
    File::open(path)?.write_all(b"x")
}

fn truncate(path: &str) -> io::Result<()> {
    File::open(path)?.set_len(0)
}

export!(Writer);
