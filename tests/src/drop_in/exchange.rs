//! One request, and what a scraper sees of its answer.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use super::cases::{Request, See};
use crate::http::Answer;
use crate::wait::PATIENCE;

/// Sends the request and describes the answer: status, headers that a client acts on, and the kind of the body.
pub(super) fn outcome(address: SocketAddr, case: &Request) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = case.request.replace('\n', "\r\n");
    write!(stream, "{request}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    if stream.read_to_end(&mut answer).is_err() && answer.is_empty() {
        return "connection closed".to_owned();
    }
    let has_body = !case.request.starts_with("HEAD ");
    Answer::parse(&answer, has_body).map_or_else(
        || String::from_utf8_lossy(&answer).into_owned(),
        |answer| describe(&answer, case),
    )
}

fn describe(answer: &Answer, case: &Request) -> String {
    let mut parts = vec![answer.status.to_string()];
    if let Some(kind) = answer.header("content-type") {
        parts.push(kind.to_ascii_lowercase());
    }
    for name in ["content-encoding", "location", "www-authenticate", "allow"] {
        if let Some(value) = answer.header(name) {
            parts.push(format!("{name}: {value}"));
        }
    }
    parts.push(body(answer, case));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

fn body(answer: &Answer, case: &Request) -> String {
    if answer.header("content-encoding").is_some() {
        return String::new();
    }
    if answer.body.is_empty() {
        return "no body".to_owned();
    }
    let kind = answer.header("content-type").unwrap_or_default();
    if kind.contains("protobuf") {
        return "protobuf".to_owned();
    }
    let Ok(text) = str::from_utf8(&answer.body) else {
        return "binary".to_owned();
    };
    let is_error = answer.status >= 400;
    match case.see {
        see if text.starts_with("# ") => families(text, see),
        _ if kind.starts_with("text/html") && !is_error && answer.status != 301 => {
            "a page".to_owned()
        }
        _ => format!("{:?}", text.trim_end()),
    }
}

/// The families of metrics: those of collectors, or the beginnings of all names.
fn families(text: &str, see: See) -> String {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names = types.filter_map(|line| line.split(' ').next());
    let seen: BTreeSet<String> = names
        .filter_map(|name| match see {
            See::Collectors => {
                let is_own = name.starts_with("node_exporter_") || name.starts_with("node_scrape_");
                (name.starts_with("node_") && !is_own).then(|| name.to_owned())
            }
            See::Beginnings => name.split_once('_').map(|(first, _)| format!("{first}_*")),
        })
        .collect();
    match seen.is_empty() {
        true => "no metrics of collectors".to_owned(),
        false => Vec::from_iter(seen).join(" "),
    }
}
