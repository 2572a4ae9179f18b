//! Metrics of [Ganglia](https://github.com/ganglia/monitor-core)'s monitoring daemon, as node_exporter 0.6 to 0.14
//! showed them.
//!
//! Connects to `--collector.gmond.address`, where gmond sends one XML document and closes:
//! `GANGLIA_XML > CLUSTER > HOST > METRIC > EXTRA_DATA > EXTRA_ELEMENT`. Emits a gauge `ganglia_<name>` by cluster for
//! each metric with a number; characters that metric names do not have become `_`. Its help text is the description
//! that gmond has.
//!
//! - gmond knows all hosts of its cluster, but the series have no label for the host: the last host in the document
//!   counts. Run gmond with `deaf = yes`, or a gmond of its own for each host, to see this host.
//! - Texts, such as the name of the operating system, have no series. They made the old collector fail.
//! - The old collector kept the series of metrics that gmond forgot; this one does not.

mod document;

use std::time::Duration;

use firepit_sdk::dynamic::{Kind, Plain};
use firepit_sdk::net::TcpStream;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, ResultExt, Settings, export};

use document::Document;

/// As long as the old collector waited. The deadline of a collection is usually shorter.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Maximum bytes of a document: some 500 hosts with gmond's default metrics. Reading one is well within the host's
/// limits of fuel and of bytes of all connections, so that the collector itself can tell that it is too long.
const AT_MOST: usize = 12 << 20;

/// Bytes of one call of the host.
const CHUNK: usize = 256 << 10;

/// The collector.
#[derive(Debug)]
pub struct Gmond {
    address: String,
}

impl Collector for Gmond {
    fn describe() -> Descriptor {
        Descriptor::new("gmond", "Shows metrics of Ganglia's monitoring daemon.")
            .disabled_by_default()
            .connects(["tcp:{address}"])
            .text("address", "127.0.0.1:8649", "Address of gmond, HOST:PORT.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let address = settings.text("address").to_owned();
        if address.is_empty() {
            return Err("address is empty: expected HOST:PORT".to_owned());
        }
        Ok(Self { address })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let bytes = self.read()?;
        let source = format!("tcp:{}", self.address);
        let document = Document::parse(&bytes, &source).context("couldn't parse xml")?;
        for (name, family) in &document.families {
            let mut rows = metrics.rows(Plain {
                kind: Kind::Gauge,
                name,
                help: &family.help,
                label_names: &["cluster"],
            });
            for (cluster, value) in &family.clusters {
                rows.push(&[cluster], *value);
            }
        }
        Ok(())
    }
}

export!(Gmond);

impl Gmond {
    fn read(&self) -> Result<Vec<u8>, Error> {
        let stream = TcpStream::connect_timeout(&self.address, TIMEOUT);
        let stream = stream.context("can't connect to gmond")?;
        let mut document = Vec::new();
        loop {
            let chunk = stream
                .receive(CHUNK, CHUNK)
                .context("can't read from gmond")?;
            if document.len() + chunk.len() > AT_MOST {
                let message = "can't read from gmond: the document is longer than";
                return Err(Error::failed(format!("{message} {AT_MOST} bytes")));
            }
            document.extend_from_slice(&chunk);
            // A shorter answer is the last one.
            if chunk.len() < CHUNK {
                return Ok(document);
            }
        }
    }
}

#[cfg(test)]
mod tests;
