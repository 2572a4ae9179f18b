//! Modules that are put in, replaced and taken away while firepit runs.

mod awaited;
mod config;
mod flight;

mod names;
mod reload;
mod rollback;
mod trials;
mod writers;

use std::fs;
use std::path::{Path, PathBuf};

use firepit_tests::{
    Answer, Directory, Firepit, GuestOnPage, Page, Request, Running, SWAP_GUEST, sha256,
    swap_guest, until_or,
};

use crate::baseline::procfs;

/// What the configuration file says where nothing else is wanted: a module that comes later has no
/// flag of its own, which could switch it on.
const ENABLED: &str = "collectors:\n  swapped:\n    enabled: true\n";

/// A running firepit with a directory of modules and a configuration file.
struct Site {
    running: Running,
    root: PathBuf,
}

impl Site {
    /// With one module, version 1.0.0.
    fn new() -> Self {
        Self::with(Firepit::new(), Some(&swap_guest("1.0.0", "good")))
    }

    /// With other flags, and with or without a module at the start.
    fn with(firepit: Firepit, module: Option<&[u8]>) -> Self {
        let root = Directory::new().file("firepit.yaml", ENABLED);
        let path = root.path().to_owned();
        fs::create_dir(path.join("modules")).unwrap();
        if let Some(module) = module {
            fs::write(path.join("modules/x.wasm"), module).unwrap();
        }
        let proc = procfs().file("swapped", "").file("uptime", "35.5 70.1\n");
        let running = firepit
            .flag(format!(
                "--config.file={}",
                path.join("firepit.yaml").display()
            ))
            .flag(format!(
                "--collector.directory={}",
                path.join("modules").display()
            ))
            .flag("--web.enable-lifecycle")
            .procfs(proc.path())
            .keep(proc)
            .keep(root)
            .start();
        Self {
            running,
            root: path,
        }
    }

    fn modules(&self) -> PathBuf {
        self.root.join("modules")
    }

    fn module(&self) -> PathBuf {
        self.root.join("modules/x.wasm")
    }

    /// Puts a module there in one step.
    fn put(&self, module: &[u8]) {
        firepit_tests::Writer::Rename.write(&self.module(), module);
    }

    fn configure(&self, config: &str) {
        firepit_tests::Writer::Rename.write(&self.root.join("firepit.yaml"), config.as_bytes());
    }

    fn page(&self) -> (Page, GuestOnPage) {
        let page = self.running.scrape();
        let shown = GuestOnPage::on(&page).unwrap();
        crate::baseline::assert_complete(&page);
        (page, shown)
    }

    /// Scrapes until a page is as it shall be.
    fn until(&self, what: &str, is_so: impl Fn(&Page, &GuestOnPage) -> bool) -> Page {
        let ask = || {
            let (page, shown) = self.page();
            is_so(&page, &shown).then_some(page)
        };
        until_or(ask, || format!("{what}: {:#?}", self.running.logs.raw()))
    }

    /// Scrapes until a page shows the lines of a version, or none.
    fn until_lines(&self, version: Option<&str>) -> Page {
        let what = format!("the lines of {version:?}");
        self.until(&what, |_, shown| shown.lines.as_deref() == version)
    }

    /// Scrapes until a counter has a value.
    fn until_value(&self, name: &str, labels: &[(&str, &str)], value: f64) -> Page {
        let what = format!("{value} of {name}{labels:?}");
        self.until(&what, |page, _| page.value(name, labels) == Some(value))
    }

    fn until_failures(&self, reason: &str, value: f64) -> Page {
        let name = "firepit_collector_load_failures_total";
        self.until_value(name, &[("reason", reason)], value)
    }

    fn post(&self, path: &str) -> Answer {
        self.running.ask(&Request::of("POST", path))
    }

    fn reload(&self) {
        let answer = self.post("/-/reload");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The status page.
    fn status(&self) -> String {
        let answer = self.running.ask(&Request::get("/"));
        assert_eq!(answer.status, 200);
        answer.text().to_owned()
    }

    /// Waits until there are so many lines of the log with a message.
    fn until_logged(&self, message: &str, times: usize) {
        until_or(
            || (self.told(message) >= times).then_some(()),
            || format!("{times} times {message:?}: {:#?}", self.running.logs.raw()),
        );
        assert_eq!(self.told(message), times, "{:#?}", self.running.logs.raw());
    }

    /// Lines of the log with a message.
    fn told(&self, message: &str) -> usize {
        self.running.logs.with("msg", message).len()
    }
}

/// Sum of the samples of a counter.
fn sum(page: &Page, name: &str) -> f64 {
    page.samples(name).map(|sample| sample.value).sum()
}

fn swaps(page: &Page) -> Option<f64> {
    page.value(
        "firepit_collector_swaps_total",
        &[("collector", SWAP_GUEST)],
    )
}

fn rollbacks(page: &Page) -> Option<f64> {
    page.value(
        "firepit_collector_rollbacks_total",
        &[("collector", SWAP_GUEST)],
    )
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

/// The newest file runs, and the page says which it is.
#[test]
fn newer_version_takes_over_and_is_shown() {
    let site = Site::new();
    let (page, shown) = site.page();
    let old = swap_guest("1.0.0", "good");
    assert_eq!(shown.lines.as_deref(), Some("1.0.0"));
    assert_eq!(shown.info, Some(("1.0.0".to_owned(), sha256(&old))));
    assert_eq!((swaps(&page), rollbacks(&page)), (Some(0.0), Some(0.0)));

    let new = swap_guest("2.0.0", "good");
    site.put(&new);
    let page = site.until_lines(Some("2.0.0"));
    let shown = GuestOnPage::on(&page).unwrap();
    assert_eq!(shown.info, Some(("2.0.0".to_owned(), sha256(&new))));
    assert_eq!((swaps(&page), rollbacks(&page)), (Some(1.0), Some(0.0)));
    assert_eq!(sum(&page, "firepit_collector_load_failures_total"), 0.0);
    let line = site.running.logs.wait_for("msg", "collector replaced");
    assert_eq!(line.get("from"), Some("1.0.0"));
    assert_eq!(line.get("version"), Some("2.0.0"));
    assert_eq!(line.get("sha256"), Some(sha256(&new).as_str()));
    let source = site.module().display().to_string();
    let info = page.samples("firepit_collector_info");
    assert!(
        info.into_iter()
            .any(|sample| sample.labels["source"] == source)
    );
    assert!(site.status().contains(&sha256(&new)));

    // The same content once more is no new version.
    site.put(&new);
    site.reload();
    assert_eq!(swaps(&site.page().0), Some(1.0));
    site.until_logged("collector replaced", 1);
}
