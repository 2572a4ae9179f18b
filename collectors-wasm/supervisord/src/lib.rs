//! Processes of [supervisord](http://supervisord.org/).
//!
//! Calls the method `supervisor.getAllProcessInfo` by [XML-RPC](http://xmlrpc.com/spec.md), at the URL of
//! `--collector.supervisord.url`: by TCP, or through a Unix socket with `unix:///PATH`. A user and a password in
//! the URL become basic authentication. Emits `node_supervisord_up`, `_state`, `_exit_status`, and
//! `_start_time_seconds` while a process is up.
//!
//! As in node_exporter, a process without one of the members that are used has the value of the process before it
//! in the answer; no supervisord omits one. A member of another type, which ends node_exporter, is an error here.
//! TLS is not available.

mod process;
mod rpc;

use std::time::Duration;

use firepit_sdk::net::http::{Request, Url};
use firepit_sdk::{
    Collector, Descriptor, Error, Metrics, ResultExt, Scalar, Settings, export, families, log,
};

use process::Process;

const FAMILIES: [Scalar<2>; 4] = families! { Scalar["name", "group"]
    gauge "node_supervisord_up": "Process Up",
    gauge "node_supervisord_state": "Process State",
    gauge "node_supervisord_exit_status": "Process Exit Status",
    counter "node_supervisord_start_time_seconds": "Process start time",
};

const CALL: &str = "<?xml version=\"1.0\"?>\n<methodCall>\
    <methodName>supervisor.getAllProcessInfo</methodName><params></params></methodCall>";

/// As long as node_exporter waits. The deadline of a collection is usually shorter.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum bytes of an answer. A process has about 1,200.
const AT_MOST: usize = 4 << 20;

/// The collector.
#[derive(Debug)]
pub struct Supervisord {
    url: Url,
}

impl Collector for Supervisord {
    fn describe() -> Descriptor {
        Descriptor::new("supervisord", "Shows the processes of supervisord.")
            .disabled_by_default()
            .connects(["url:{url}"])
            .text("url", "http://localhost:9001/RPC2", "XML RPC endpoint.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        log::warn(
            "This collector is deprecated and will be removed in the next major version release.",
            &[],
        );
        let url = Url::parse(settings.text("url")).map_err(|error| format!("url: {error}"))?;
        let is_socket = url.address().starts_with("unix:");
        Ok(Self {
            url: if is_socket {
                url.with_target("/RPC2")
            } else {
                url
            },
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let processes = self.call().context("unable to call supervisord")?;
        let mut table = metrics.table(FAMILIES);
        for process in processes {
            let is_up = process.is_up();
            table.row(
                [&process.name, &process.group],
                [
                    Some(i64::from(is_up)),
                    Some(process.state),
                    Some(process.exit_status),
                    is_up.then_some(process.start),
                ],
            );
        }
        Ok(())
    }
}

export!(Supervisord);

impl Supervisord {
    fn call(&self) -> Result<Vec<Process>, Error> {
        let request = Request::post(&self.url, "text/xml", CALL.as_bytes());
        let answer = request.timeout(TIMEOUT).at_most(AT_MOST).send();
        let answer = answer.map_err(|error| Error::failed(error.to_string()))?;
        let processes = rpc::answer(&answer).and_then(Process::list);
        processes.context(self.url.address())
    }
}

#[cfg(test)]
mod tests;
