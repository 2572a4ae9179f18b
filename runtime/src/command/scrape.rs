//! `firepit scrape`: one exposition to stdout.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use firepit::cli::Config;
use firepit::crew::Crew;
use firepit::modules::Catalog;
use firepit::registry::Current;
use firepit::web::{Scrape as _, Selection};

pub(crate) async fn scrape(
    config: &Config,
    crew: Arc<Crew>,
    catalog: &Catalog,
) -> anyhow::Result<ExitCode> {
    let current = Arc::new(Current::new(catalog.registry()));
    let exporter = super::exporter(config, crew, current, None);
    let page = exporter.scrape(Selection(None), None, Vec::new()).await;
    super::print(&page.body).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}
