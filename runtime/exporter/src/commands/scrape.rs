//! `firepit scrape`: prints one metrics response to stdout.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use firepit::cli::Config;
use firepit::collectors::registry::Current;
use firepit::executor::Executor;
use firepit::modules::Catalog;
use firepit::web::{Filters, PageOptions, Scrape as _};

pub(crate) async fn scrape(
    config: &Config,
    executor: Arc<Executor>,
    catalog: &Catalog,
) -> anyhow::Result<ExitCode> {
    let current = Arc::new(Current::new(catalog.registry()));
    let exporter = super::exporter(config, executor, current, None);
    let selection = exporter
        .select(&Filters::default())
        .context("cannot select all collectors")?;
    let page = exporter.scrape(selection, PageOptions::default()).await;
    super::print(&page.body).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}
