//! The cases, and the reasons for what differs.

/// Whether the programs differ in a case, and why.
#[derive(Debug)]
pub(super) enum Why {
    /// They do not.
    Same,
    /// They do.
    Differs(&'static str),
}

/// What is looked at in metrics.
#[derive(Debug, Clone, Copy)]
pub(super) enum See {
    /// The families of collectors.
    Collectors,
    /// The first words of all names.
    Beginnings,
}

/// A start.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) arguments: &'static [&'static str],
    pub(super) why: Why,
}

/// Requests to a server with the same flags.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) flags: &'static [&'static str],
    /// Content of `{web.yml}`.
    pub(super) web_config: &'static str,
    pub(super) cases: &'static [Request],
}

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    /// Its lines, without the empty one at the end.
    pub(super) request: &'static str,
    pub(super) see: See,
    pub(super) why: Why,
}

const fn start(arguments: &'static [&'static str], why: Why) -> Start {
    Start { arguments, why }
}

const fn get(request: &'static str, why: Why) -> Request {
    Request {
        request,
        see: See::Collectors,
        why,
    }
}

const fn beginnings(request: &'static str, why: Why) -> Request {
    Request {
        request,
        see: See::Beginnings,
        why,
    }
}

use Why::{Differs, Same};

const USAGE: &str =
    "a wrong command line ends with status 2, so that it can be told from a failure of the system";
const EARLY: &str = "found before a port is open, as a wrong command line";
const METHOD: &str = "a success would end HTTP on the connection; firepit is not a proxy";
const OWN: &str = "an endpoint of firepit's own";
const HTTP: &str = "rejected by the HTTP library, before there is a request";
const HOST: &str = "the status is the same, the text says what is missing";
const QUERY: &str = "node_exporter ignores what it cannot parse, and then answers with more than was asked for; firepit says what is wrong";
const NAMES: &str = "node_exporter has name[] in its main branch, and no release with it yet";
const ROOTS: &str =
    "the roots are opened once, at the start; node_exporter fails at each scrape instead";

/// A user with a password, and a header for all answers.
const USERS: &str = "basic_auth_users:\n  dave: $2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n";

/// How the programs start, and how they refuse to.
pub(super) const STARTS: &[Start] = &[
    start(&["--version"], Same),
    start(&["--help"], Same),
    start(&["-h"], Same),
    start(&["--help-long"], Same),
    start(&["--help-man"], Same),
    start(&["--completion-script-bash"], Same),
    start(&["--completion-script-zsh"], Same),
    start(&["--nope"], Differs(USAGE)),
    start(&["-x"], Differs(USAGE)),
    start(&["nope"], Differs(USAGE)),
    start(&["--web.listen-address"], Differs(USAGE)),
    start(&["--web.listen-address=nope"], Differs(EARLY)),
    start(&["--web.listen-address=127.0.0.1:99999"], Differs(EARLY)),
    start(&["--web.listen-address=127.0.0.1:{busy}"], Same),
    start(&["--web.listen-address=192.0.2.1:9100"], Same),
    start(&["--web.listen-address=[127.0.0.1]:0"], Same),
    start(
        &[
            "--web.listen-address=127.0.0.1:0",
            "--web.listen-address=127.0.0.1:0",
        ],
        Same,
    ),
    start(&["--web.listen-address=unix:/nonexistent/s"], Same),
    start(&["--web.listen-address=vsock://host:x"], Differs(EARLY)),
    start(&["--web.systemd-socket"], Same),
    start(&["--no-web.systemd-socket"], Same),
    start(&["--log.level=nope"], Differs(USAGE)),
    start(&["--log.format=nope"], Differs(USAGE)),
    start(&["--log.level=debug"], Same),
    start(
        &["--log.format=json", "--web.listen-address=127.0.0.1:{busy}"],
        Same,
    ),
    start(&["--log.level=info", "--log.level=info"], Differs(USAGE)),
    start(&["--web.max-requests=x"], Differs(USAGE)),
    start(&["--web.max-requests=-1"], Same),
    start(&["--collector.cpu=true"], Differs(USAGE)),
    start(&["--no-collector.cpu", "--collector.cpu"], Differs(USAGE)),
    start(&["--collector.nope"], Differs(USAGE)),
    start(&["--collector.ntp"], Same),
    start(&["--no-collector.ntp"], Same),
    start(&["--collector.arp.device-include=["], Same),
    start(
        &["--collector.arp", "--collector.arp.device-include=["],
        Same,
    ),
    start(
        &[
            "--collector.netdev",
            "--collector.netdev.device-include=a",
            "--collector.netdev.device-exclude=b",
        ],
        Same,
    ),
    start(&["--path.procfs=/nonexistent"], Differs(ROOTS)),
    start(&["--path.rootfs=/nonexistent"], Differs(ROOTS)),
    start(&["--path.udev.data=/nonexistent"], Same),
    start(&["--web.telemetry-path="], Same),
    start(
        &["--web.telemetry-path=metrics"],
        Differs("node_exporter serves, and answers each request for metrics with 404"),
    ),
    start(
        &["--web.telemetry-path=/a b"],
        Differs("no client can ask for this path"),
    ),
    start(&["--web.config.file="], Same),
    start(&["--web.config.file=/nonexistent"], Differs(EARLY)),
    start(&["--runtime.gomaxprocs=2"], Same),
    start(&["@/nonexistent"], Differs(USAGE)),
    start(&["--"], Differs(USAGE)),
];

/// What they answer.
pub(super) const REQUESTS: &[Group] = &[
    Group {
        title: "Paths and methods",
        flags: &["--collector.loadavg", "--collector.filefd"],
        web_config: "",
        cases: &[
            get("GET / HTTP/1.0", Same),
            get("GET /metrics HTTP/1.0", Same),
            get("GET /nope HTTP/1.0", Same),
            get("GET //metrics HTTP/1.0", Same),
            get("GET /metrics/ HTTP/1.0", Same),
            get("GET /./metrics HTTP/1.0", Same),
            get("GET /a/../metrics?x=1 HTTP/1.0", Same),
            get("GET /%2e/metrics HTTP/1.0", Same),
            get("GET //nope HTTP/1.0", Same),
            get("GET /a%2Fb//c HTTP/1.0", Same),
            get("GET //%5Cexample.org HTTP/1.0", Same),
            get("GET /%6Detrics HTTP/1.0", Same),
            get("GET /%zz HTTP/1.0", Same),
            get("GET http://any.example/metrics HTTP/1.0", Same),
            get(
                "GET /debug/pprof/ HTTP/1.0",
                Differs("there is no profiler: what is open to every client only reads"),
            ),
            get("GET /-/healthy HTTP/1.0", Differs(OWN)),
            get("GET /-/ready HTTP/1.0", Differs(OWN)),
            get("POST /-/reload HTTP/1.0", Differs(OWN)),
            get("GET /metrics/self HTTP/1.0", Differs(OWN)),
            get("HEAD /metrics HTTP/1.0", Same),
            get("HEAD /nope HTTP/1.0", Same),
            get("POST /metrics HTTP/1.0", Same),
            get("POST / HTTP/1.0", Same),
            get("POST /nope HTTP/1.0", Same),
            get("POST //metrics HTTP/1.0", Same),
            get("HEAD //metrics HTTP/1.0", Same),
            get("POST /metrics HTTP/1.0\nContent-Length: 0", Same),
            get("PUT /metrics HTTP/1.0", Same),
            get("DELETE /metrics HTTP/1.0", Same),
            get("OPTIONS /metrics HTTP/1.0", Same),
            get(
                "OPTIONS * HTTP/1.0",
                Differs("firepit has no answer for the server as a whole"),
            ),
            get("TRACE /metrics HTTP/1.0", Same),
            get("BREW /metrics HTTP/1.0", Same),
            get("CONNECT /metrics HTTP/1.0", Differs(METHOD)),
            get("CONNECT //metrics HTTP/1.0", Differs(METHOD)),
            get("GET /metrics HTTP/1.1\nConnection: close", Differs(HOST)),
            get(
                "GET /nope HTTP/1.1\nHost: a\nHost: b\nConnection: close",
                Differs(HOST),
            ),
            get("GET /metrics HTTP/2.0\nConnection: close", Differs(HTTP)),
            get("GET /metrics", Differs(HTTP)),
            get("GARBAGE", Differs(HTTP)),
        ],
    },
    Group {
        title: "Accept",
        flags: &["--collector.loadavg"],
        web_config: "",
        cases: &[
            get("GET /metrics HTTP/1.0\nAccept: */*", Same),
            get(
                "GET /metrics HTTP/1.0\nAccept: text/plain;version=0.0.4",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: text/plain;version=1.0.0",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: application/openmetrics-text; version=1.0.0",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=compact-text",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.1,text/plain;q=0.2",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: text/plain;escaping=dots",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: text/plain;escaping=values",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept: text/plain;escaping=nope",
                Same,
            ),
            get("GET /metrics HTTP/1.0\nAccept: application/json", Same),
            get("GET /metrics HTTP/1.0\nAccept: text/html", Same),
            get("GET /metrics HTTP/1.0\nAccept: nonsense", Same),
            get("GET /metrics HTTP/1.0\nAccept: ", Same),
            get(
                "GET /metrics HTTP/1.0\nAccept: application/json\nAccept: text/plain;escaping=dots",
                Same,
            ),
        ],
    },
    Group {
        title: "Accept-Encoding",
        flags: &["--collector.loadavg"],
        web_config: "",
        cases: &[
            get("GET /metrics HTTP/1.0\nAccept-Encoding: gzip", Same),
            get(
                "GET /metrics HTTP/1.0\nAccept-Encoding: gzip, deflate",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept-Encoding: deflate, gzip;q=1.0, *;q=0.5",
                Same,
            ),
            get("GET /metrics HTTP/1.0\nAccept-Encoding: identity", Same),
            get("GET /metrics HTTP/1.0\nAccept-Encoding: *", Same),
            get("GET /metrics HTTP/1.0\nAccept-Encoding: gzip;q=0", Same),
            get(
                "GET /metrics HTTP/1.0\nAccept-Encoding: gzip;q=0.5, identity",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept-Encoding: gzip, identity;q=0.5",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept-Encoding: identity;q=0, gzip",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAccept-Encoding: zstd",
                Differs("node_exporter is built without zstd"),
            ),
            get("GET /metrics HTTP/1.0\nAccept-Encoding: zstd, gzip", Same),
            get("GET /metrics HTTP/1.0\nAccept-Encoding: br", Same),
            get("GET /metrics HTTP/1.0\nAccept-Encoding: GZIP", Same),
            get("GET /metrics HTTP/1.0\nAccept-Encoding: x-gzip", Same),
            get("GET /metrics HTTP/1.0\nAccept-Encoding: ", Same),
            get("GET /nope HTTP/1.0\nAccept-Encoding: gzip", Same),
            get("GET / HTTP/1.0\nAccept-Encoding: gzip", Same),
            get(
                "GET /metrics HTTP/1.0\nAccept-Encoding: br\nAccept-Encoding: gzip",
                Same,
            ),
        ],
    },
    Group {
        title: "Filters",
        flags: &["--collector.loadavg", "--collector.filefd"],
        web_config: "",
        cases: &[
            get("GET /metrics?collect[]=loadavg HTTP/1.0", Same),
            get(
                "GET /metrics?collect[]=loadavg&collect[]=filefd HTTP/1.0",
                Same,
            ),
            get("GET /metrics?collect%5B%5D=loadavg HTTP/1.0", Same),
            get("GET /metrics?collect[]=nope HTTP/1.0", Same),
            get("GET /metrics?collect[]=cpu HTTP/1.0", Same),
            get("GET /metrics?collect[]= HTTP/1.0", Same),
            get("GET /metrics?collect[] HTTP/1.0", Same),
            get("GET /metrics?collect=filefd HTTP/1.0", Same),
            get("GET /metrics?collect[]=ntp HTTP/1.0", Same),
            get(
                "GET /metrics?collect[]=loadavg&collect[]=nope HTTP/1.0",
                Same,
            ),
            get("GET /metrics?exclude[]=loadavg HTTP/1.0", Same),
            get("GET /metrics?exclude[]=nope HTTP/1.0", Same),
            get("GET /metrics?exclude[]=cpu HTTP/1.0", Same),
            get(
                "GET /metrics?exclude[]=loadavg&exclude[]=filefd HTTP/1.0",
                Same,
            ),
            get(
                "GET /metrics?collect[]=loadavg&exclude[]=filefd HTTP/1.0",
                Same,
            ),
            get("GET /metrics?collect[]=&exclude[]= HTTP/1.0", Same),
            get("GET /metrics?name[]=node_load1 HTTP/1.0", Differs(NAMES)),
            get("GET /metrics?name[]=nope HTTP/1.0", Differs(NAMES)),
            get(
                "GET /metrics?collect[]=loadavg&name[]=node_load5 HTTP/1.0",
                Differs(NAMES),
            ),
            get("GET /metrics?%zz HTTP/1.0", Differs(QUERY)),
            get("GET /metrics?collect[]=%zz HTTP/1.0", Differs(QUERY)),
            get("GET /metrics?a;b HTTP/1.0", Same),
            get("GET /metrics?collect[]=loadavg;a HTTP/1.0", Differs(QUERY)),
            get(
                "GET /metrics?collect[]=%FF HTTP/1.0",
                Differs("the status is the same, the text repeats no bytes that are not text"),
            ),
            get("GET /metrics?x=1&&y HTTP/1.0", Same),
            get("POST /metrics?collect[]=loadavg HTTP/1.0", Same),
        ],
    },
    Group {
        title: "Metrics of the exporter itself",
        flags: &["--collector.loadavg"],
        web_config: "",
        cases: &[beginnings(
            "GET /metrics HTTP/1.0",
            Differs("there is no Go runtime; firepit_* are about the sandbox and the collectors"),
        )],
    },
    Group {
        title: "Without these metrics",
        flags: &["--web.disable-exporter-metrics", "--collector.loadavg"],
        web_config: "",
        cases: &[beginnings("GET /metrics HTTP/1.0", Same)],
    },
    Group {
        title: "Another path",
        flags: &["--web.telemetry-path=/m", "--collector.loadavg"],
        web_config: "",
        cases: &[
            get("GET /m HTTP/1.0", Same),
            get("GET /metrics HTTP/1.0", Same),
            get("GET / HTTP/1.0", Same),
        ],
    },
    Group {
        title: "The root as path",
        flags: &["--web.telemetry-path=/", "--collector.loadavg"],
        web_config: "",
        cases: &[
            get("GET / HTTP/1.0", Same),
            get(
                "GET /metrics HTTP/1.0",
                Differs(
                    "firepit serves metrics at the path itself, node_exporter at every path below it",
                ),
            ),
        ],
    },
    Group {
        title: "No collectors",
        flags: &[],
        web_config: "",
        cases: &[
            get("GET /metrics HTTP/1.0", Same),
            get("GET /metrics?collect[]=loadavg HTTP/1.0", Same),
        ],
    },
    Group {
        title: "No limit of scrapes",
        flags: &["--web.max-requests=0", "--collector.loadavg"],
        web_config: "",
        cases: &[get("GET /metrics HTTP/1.0", Same)],
    },
    Group {
        title: "A web configuration with users",
        flags: &["--web.config.file={web.yml}", "--collector.loadavg"],
        web_config: USERS,
        cases: &[
            get("GET /metrics HTTP/1.0", Same),
            get("GET / HTTP/1.0", Same),
            get("GET /nope HTTP/1.0", Same),
            get("GET //metrics HTTP/1.0", Same),
            get(
                "GET /metrics HTTP/1.0\nAuthorization: Basic ZGF2ZTpkYXZlMTIz",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAuthorization: Basic ZGF2ZTp3cm9uZw==",
                Same,
            ),
            get(
                "GET /metrics HTTP/1.0\nAuthorization: Basic bm9ib2R5OmRhdmUxMjM=",
                Same,
            ),
            get("GET /metrics HTTP/1.0\nAuthorization: Bearer x", Same),
            get("GET /metrics HTTP/1.0\nAuthorization: Basic !", Same),
        ],
    },
];
