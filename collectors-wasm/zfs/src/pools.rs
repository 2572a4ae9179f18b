//! The pools: each is a directory with `io`, one `objset-*` per data set, and `state`.

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::Text;
use firepit_sdk::{Error, Gauge, Metrics, log};

use crate::parse::{self, STATES};
use crate::series::{Naming, Series};
use crate::{TOP, is_closed, text};

const STATE: Gauge<2> = Gauge::new(
    "node_zfs_zpool_state",
    "kstat.zfs.misc.state",
    ["state", "zpool"],
);

/// The files of one pool; none where the directory is something else.
struct Pool<'a> {
    name: &'a str,
    transfers: Option<Text>,
    datasets: Vec<Text>,
    state: Option<Text>,
}

/// Shows the pools of these names: first the transfers of all, then the data sets, then the states.
/// An error ends it, after what came before is handed over.
pub(crate) fn emit(metrics: &mut Metrics, names: &[String]) -> Result<(), Error> {
    let pools = (names.iter().map(|name| pool(name))).collect::<Result<Vec<_>, _>>()?;
    emit_transfers(metrics, &pools)?;
    emit_datasets(metrics, &pools)?;
    let mut writer = metrics.gauge(&STATE);
    for pool in &pools {
        let Some(text) = &pool.state else { continue };
        let current = parse::state(text);
        for (index, state) in STATES.into_iter().enumerate() {
            writer.set([state, pool.name], f64::from(current == Some(index)));
        }
    }
    Ok(())
}

fn pool(name: &str) -> Result<Pool<'_>, Error> {
    let directory = Directory::new(format!("{TOP}/{name}"));
    let entries = directory.list().unwrap_or_default();
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
        return Ok(pool);
    }
    let contents = directory.read_all(&files).map_err(gone)?;
    for (file, content) in files.into_iter().zip(contents) {
        let text = text(
            &format!("{}/{file}", directory.path()),
            content.map_err(gone)?,
        );
        match file {
            "io" => pool.transfers = Some(text),
            "state" => pool.state = Some(text),
            _ => pool.datasets.push(text),
        }
    }
    Ok(pool)
}

/// A pool may be exported while somebody looks at it.
fn gone(error: files::Error) -> Error {
    if !is_closed(error.reason) {
        return error.into();
    }
    let path = files::display_path(&error.path);
    log::debug("Cannot open file for reading", &[("path", &path)]);
    Error::failed("ZFS / ZFS statistics are not available")
}

fn emit_transfers(metrics: &mut Metrics, pools: &[Pool<'_>]) -> Result<(), Error> {
    let mut series = Series::new();
    let result = pools.iter().try_for_each(|pool| {
        series.begin();
        let Some(text) = &pool.transfers else {
            return Ok(());
        };
        parse::transfers(text, |number, value| {
            series.add(number, [pool.name], value);
        })
    });
    let mut naming = Naming::default();
    naming.begin("node_zfs_zpool_", "io");
    series.emit(metrics, &mut naming, ["zpool"]);
    Ok(result?)
}

fn emit_datasets(metrics: &mut Metrics, pools: &[Pool<'_>]) -> Result<(), Error> {
    let mut series = Series::new();
    let files = pools.iter().flat_map(|pool| {
        let name = pool.name;
        pool.datasets.iter().map(move |text| (name, text))
    });
    let result = { files }.try_for_each(|(pool, text)| {
        series.begin();
        parse::dataset(text, |dataset, number, value| {
            series.add(number, [dataset, pool], value);
        })
    });
    let mut naming = Naming::default();
    naming.begin("node_zfs_zpool_dataset_", "objset");
    series.emit(metrics, &mut naming, ["dataset", "zpool"]);
    Ok(result?)
}
