//! The pools: each is a directory with `io`, one `objset-*` per data set, and `state`.

use firepit_sdk::files::Directory;
use firepit_sdk::parse::Text;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Gauge, Metrics};

use crate::TOP;
use crate::parse::{self, STATES};
use crate::series::{Naming, Series};

const STATE: Gauge<2> = Gauge::new(
    "node_zfs_zpool_state",
    "kstat.zfs.misc.state",
    ["state", "zpool"],
);

/// The readable files of one pool; none if the directory is not a pool.
struct Pool<'a> {
    name: &'a str,
    transfers: Option<Text>,
    datasets: Vec<Text>,
    state: Option<Text>,
}

/// Emits the pools with these names: first all transfers, then all data sets, then all states.
pub(crate) fn emit(metrics: &mut Metrics, names: &[String]) {
    let pools: Vec<Pool<'_>> = names.iter().map(|name| pool(name)).collect();
    emit_transfers(metrics, &pools);
    emit_datasets(metrics, &pools);
    let mut writer = metrics.gauge(&STATE);
    for pool in &pools {
        let Some(current) = pool.state.as_ref().and_then(parse::state) else {
            continue;
        };
        for (index, state) in STATES.into_iter().enumerate() {
            writer.set([state, pool.name], current == Some(index));
        }
    }
}

fn pool(name: &str) -> Pool<'_> {
    let directory = Directory::new(format!("{TOP}/{name}"));
    let entries = directory.list().or_skip().unwrap_or_default();
    let files: Vec<&str> = (entries.iter().map(|entry| entry.name.as_str()))
        .filter(|file| matches!(*file, "io" | "state") || file.starts_with("objset-"))
        .collect();
    let mut pool = Pool {
        name,
        transfers: None,
        datasets: Vec::new(),
        state: None,
    };
    if files.is_empty() {
        return pool;
    }
    // A pool may be exported during a scrape.
    let contents = directory.read_all(&files).or_skip().unwrap_or_default();
    for (file, content) in files.into_iter().zip(contents) {
        let Some(content) = content.or_skip() else {
            continue;
        };
        let text = directory.text(file, content);
        match file {
            "io" => pool.transfers = Some(text),
            "state" => pool.state = Some(text),
            _ => pool.datasets.push(text),
        }
    }
    pool
}

fn emit_transfers(metrics: &mut Metrics, pools: &[Pool<'_>]) {
    let mut series = Series::new();
    for pool in pools {
        let Some(text) = &pool.transfers else {
            continue;
        };
        series.begin();
        parse::transfers(text, |number, value| {
            series.add(number, [pool.name], value);
        });
    }
    let mut naming = Naming::default();
    naming.begin("node_zfs_zpool_", "io");
    series.emit(metrics, &mut naming, ["zpool"]);
}

fn emit_datasets(metrics: &mut Metrics, pools: &[Pool<'_>]) {
    let mut series = Series::new();
    for pool in pools {
        for text in &pool.datasets {
            series.begin();
            parse::dataset(text, |dataset, number, value| {
                series.add(number, [dataset, pool.name], value);
            });
        }
    }
    let mut naming = Naming::default();
    naming.begin("node_zfs_zpool_dataset_", "objset");
    series.emit(metrics, &mut naming, ["dataset", "zpool"]);
}
