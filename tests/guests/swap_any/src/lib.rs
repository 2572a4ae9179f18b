//! Any version of a module: what it is and does is said by a marker among its bytes. Tests write
//! another one over it, and so make as many versions as they need without a compiler.

use std::cell::RefCell;
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use firepit_sdk::__private::bindings::firepit::collector::metrics;
use firepit_sdk::__private::{bindings, component};
use firepit_sdk::{Collector, Counter, Descriptor, Error, Gauge, Metrics, Settings, files};

/// Behind the equals sign, apart by spaces: version, manner, name of the collector.
static MARKER: [u8; 80] =
    *b"swap-any-marker=1.0.0 good swapped                                              ";

/// Lines of each page. One that was torn would not have all of them, or those of two versions.
const LINES: u32 = 300;

/// What each instance holds: versions whose memory is not given back soon show.
const BALLAST: usize = 2 << 20;

const LINE: Gauge<2> = Gauge::new("swapped_line", "Its number.", ["version", "line"]);
const SAID: Gauge<1> = Gauge::new("swapped_said", "What the option says.", ["word"]);
const COLLECTIONS: Counter<1> = Counter::new(
    "swapped_collections_total",
    "Collections of this instance.",
    ["version"],
);

struct Marker {
    version: &'static str,
    manner: &'static str,
    name: &'static str,
}

/// The marker as it is in the module's bytes, whatever it was when they were compiled.
fn marker() -> Marker {
    let text = str::from_utf8(black_box(&MARKER)).unwrap_or_default();
    let (_, text) = text.split_once('=').unwrap_or_default();
    let mut words = text.split_whitespace();
    let mut word = || words.next().unwrap_or_default();
    Marker {
        version: word(),
        manner: word(),
        name: word(),
    }
}

struct Swapped {
    word: String,
    collections: u32,
    ballast: Vec<u8>,
}

impl Collector for Swapped {
    fn describe() -> Descriptor {
        let Marker { manner, name, .. } = marker();
        let descriptor = Descriptor::new(name, "Is swapped while firepit runs.")
            .reads(["/proc/swapped"])
            .text("word", "nothing", "A word to say; not `refused`.");
        match manner {
            "asks" => descriptor.reads(["/proc/uptime"]),
            "connects" => descriptor.connects(["tcp:127.0.0.1:9"]),
            _ => descriptor,
        }
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let word = settings.text("word").to_owned();
        if marker().manner == "refuse" || word == "refused" {
            return Err(format!("it does not like to say {word:?}"));
        }
        Ok(Self {
            word,
            collections: 0,
            ballast: vec![black_box(1); BALLAST],
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        self.collections += 1;
        let Marker {
            version,
            manner,
            name,
        } = marker();
        match manner.split_once('-') {
            None => act(manner),
            // The first collection is the trial.
            Some(("late", manner)) if self.collections > 1 => act(manner),
            Some(("later", manner)) if self.collections > 10 => act(manner),
            Some(_) => {}
        }
        if manner == "greedy" {
            greedy(name, &mut self.ballast);
        }
        // The state grows with each collection, by a little.
        self.ballast.extend([1; 64]);
        let mut lines = metrics.gauge(&LINE);
        for line in 0..LINES {
            lines.set([version, &line.to_string()], f64::from(line));
        }
        let collections = f64::from(self.collections);
        metrics.counter(&COLLECTIONS).total([version], collections);
        metrics.gauge(&SAID).set([&self.word], 1.0);
        Ok(())
    }
}

/// Hands over one histogram with so many labels of 4 KiB, in so many buckets.
fn histogram(labels: usize, buckets: u32) {
    let names: Vec<String> = (0..labels).map(|n| format!("l{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let value = "v".repeat(4096);
    let bucket = |number: u32| metrics::Bucket {
        upper_bound: f64::from(number),
        cumulative_count: 1,
    };
    let buckets: Vec<metrics::Bucket> = (0..buckets).map(bucket).collect();
    metrics::emit_histograms(&[metrics::HistogramFamily {
        name: "swapped_histogram",
        help: "",
        label_names: &names,
        samples: &[metrics::HistogramSample {
            label_values: &vec![value.as_str(); labels],
            buckets: &buckets,
            sum: 1.0,
            count: 1,
        }],
    }]);
}

/// Takes 8 MiB more with each collection, and hands over about 4 MiB, until somebody says no.
fn greedy(name: &str, ballast: &mut Vec<u8>) {
    ballast.extend(vec![1; 8 << 20]);
    let text = "v".repeat(4000);
    for number in 0..20 {
        let values: Vec<String> = (0..50).map(|n| format!("{n}{text}")).collect();
        let values: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
        let samples: Vec<metrics::Sample<'_>> = (values.iter())
            .map(|label_values| metrics::Sample {
                label_values,
                value: 1.0,
            })
            .collect();
        metrics::emit(&[metrics::Family {
            name: &format!("{name}_{number}"),
            help: "",
            kind: metrics::Kind::Gauge,
            label_names: &["n"],
            samples: &samples,
        }]);
    }
}

/// What a version does beside showing its lines.
fn act(manner: &str) {
    match manner {
        "trap" => core::arch::wasm32::unreachable(),
        "loop" => loop {
            black_box(manner);
        },
        "hoard" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 1 << 20]);
            }
        }
        "sleep" => thread::sleep(Duration::from_secs(3600)),
        // Far beyond what a collector may write: 60 labels of 4 KiB in 5,000 lines.
        "amplify" => histogram(60, 5_000),
        // Within that, and more than a page of 1 MiB has room for.
        "large" => histogram(10, 50),
        // Whether the file is there does not matter, but when it is opened.
        "read" => drop(files::read("/proc/swapped")),
        _ => {}
    }
}

thread_local! {
    static COLLECTOR: RefCell<Option<Swapped>> = const { RefCell::new(None) };
}

/// What `firepit_sdk::export!` makes, but for the version.
struct Component;

impl bindings::Guest for Component {
    fn describe() -> bindings::Descriptor {
        component::describe::<Swapped>(marker().version)
    }

    fn configure(settings: Vec<bindings::Setting>) -> Result<(), String> {
        COLLECTOR.with(|slot| component::configure(slot, settings))
    }

    fn collect() -> Result<(), bindings::CollectError> {
        COLLECTOR.with(component::collect)
    }
}

bindings::export_component!(Component with_types_in bindings);
