//! The content coding of a page, by the client's `Accept-Encoding`: gzip or none.

use std::io::{self, Write};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use tokio::sync::Semaphore;

use super::negotiation::quality;

/// Measured on pages like node_exporter's, with 60 kB: level 1 makes 8.5 kB in 60 us of CPU, level
/// 2 7.0 kB in 100 us, level 3 6.4 kB in 140 us, level 6 (zlib's default) 6.1 kB in 340 us. A
/// scrape costs a few milliseconds, so higher levels cost too much for each byte saved.
const LEVEL: Compression = Compression::new(2);

/// Pages up to this size are compressed on the thread of the connections, in at most a millisecond.
/// For a larger one, delaying the other connections costs more than handing it to another thread.
const IN_PLACE_BYTES: usize = 256 * 1024;

/// Whether the client prefers gzip to no coding. The values are those of all its `Accept-Encoding`
/// headers.
///
/// No coding is used on a tie, and for a client that rejects all codings. A client that does not
/// mention `identity` prefers every coding that it mentions.
pub(super) fn prefers_gzip<'a>(values: impl Iterator<Item = &'a str>) -> bool {
    let (mut gzip, mut identity, mut others) = (None, None, None);
    for item in values.flat_map(|value| value.split(',')) {
        let Some((coding, quality)) = weighted(item) else {
            continue;
        };
        let weight = match coding.to_ascii_lowercase().as_str() {
            "gzip" => &mut gzip,
            "identity" => &mut identity,
            "*" => &mut others,
            _ => continue,
        };
        *weight = Some(weight.map_or(quality, |known: f32| known.max(quality)));
    }
    let gzip = gzip.or(others).unwrap_or(0.0);
    let identity = identity.or(others).unwrap_or(0.0);
    gzip > identity
}

/// One item, such as `gzip;q=0.5`; `None` if its weight is malformed.
fn weighted(item: &str) -> Option<(&str, f32)> {
    let Some((coding, weight)) = item.split_once(';') else {
        return Some((item.trim(), 1.0));
    };
    let (key, value) = weight.split_once('=')?;
    if !key.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    Some((coding.trim(), quality(value.trim())?))
}

/// Compresses pages; at most one large page per CPU at a time. Others wait: any client can request
/// a large page, and each of them would occupy a thread.
pub(super) struct Gzip {
    large: Arc<Semaphore>,
}

impl Gzip {
    /// Sized for this machine.
    pub(super) fn new() -> Self {
        let cpus = available_parallelism().map_or(1, NonZero::get);
        Self {
            large: Arc::new(Semaphore::new(cpus)),
        }
    }

    /// Compresses a page.
    pub(super) async fn compress(&self, page: Bytes) -> io::Result<Bytes> {
        if page.len() <= IN_PLACE_BYTES {
            return compressed(&page);
        }
        let large = Arc::clone(&self.large);
        let turn = large.acquire_owned().await.map_err(io::Error::other)?;
        tokio::task::spawn_blocking(move || {
            // Held until the work is done, even if the client disconnects.
            let _turn = turn;
            compressed(&page)
        })
        .await?
    }
}

fn compressed(page: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 6), LEVEL);
    encoder.write_all(page)?;
    encoder.finish().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiation() {
        let table: &[(&[&str], bool)] = &[
            (&[], false),
            (&[""], false),
            (&["gzip"], true),
            (&["GZip"], true),
            (&[" gzip ; q = 0.001 "], true),
            (&["gzip;Q=1"], true),
            (&["gzip, deflate, br"], true),
            (&["deflate", "gzip"], true),
            (&["br;q=1, gzip;q=0.1"], true),
            (&["identity"], false),
            (&["*"], false),
            (&["*;q=0"], false),
            (&["gzip;q=0"], false),
            (&["gzip;q=0, *"], false),
            (&["gzip;q=0.000"], false),
            (&["identity;q=0"], false),
            (&["identity;q=0, gzip;q=0"], false),
            (&["identity;q=0, *"], true),
            (&["identity;q=0, *;q=0.1"], true),
            (&["gzip, identity"], false),
            (&["gzip;q=0.5, identity;q=0.5"], false),
            (&["gzip;q=0.5, identity;q=0.6"], false),
            (&["gzip;q=0.6, identity;q=0.5"], true),
            (&["gzip, *;q=0.1"], true),
            (&["gzip;q=0.1, *"], false),
            (&["*;q=0.1, identity;q=0"], true),
            (&["gzip;q=0, gzip"], true),
            (&["gzip;q=2"], false),
            (&["gzip;q=NaN"], false),
            (&["gzip;q=-1"], false),
            (&["gzip;q="], false),
            (&["gzip;"], false),
            (&["gzip;level=9"], false),
            (&["gzipped"], false),
            (&["no-gzip"], false),
            (&["x;q=gzip"], false),
            (&[",,;;==,gzip,"], true),
        ];
        for (values, expected) in table {
            assert_eq!(
                prefers_gzip(values.iter().copied()),
                *expected,
                "{values:?}"
            );
        }
    }

    #[test]
    fn compression_is_undone_by_any_gunzip() {
        use std::io::Read;

        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let gzip = Gzip::new();
        for size in [0, 1, 60_000, IN_PLACE_BYTES, IN_PLACE_BYTES + 1] {
            let page: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let compressed = runtime
                .block_on(gzip.compress(page.clone().into()))
                .unwrap();
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&compressed[..])
                .read_to_end(&mut unpacked)
                .unwrap();
            assert_eq!(unpacked, page);
        }
    }
}
