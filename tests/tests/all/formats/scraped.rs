//! A real Prometheus scrapes each format, without an error and with the same result.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use firepit_exposition::encode::{Format, encode};
use firepit_exposition::merge::{Part, merge};
use firepit_exposition::record::{
    Bucket, Exemplar, Extra, Family, Histogram, Native, NativeBucket, Sample, Samples,
};
use firepit_exposition::validate::{Bounds, validate};
use firepit_tests::{Firepit, Page, Prometheus};

/// Checks types and help texts of all families; OpenMetrics names counters without their suffix.
fn assert_known(prometheus: &Prometheus, page: &Page, openmetrics: bool) {
    let metadata = prometheus.wait_for("metadata", |prometheus| prometheus.api("metadata"));
    for (name, family) in &page.families {
        let short = name
            .strip_suffix("_total")
            .filter(|_| openmetrics && family.kind == "counter");
        let kind = match family.kind.as_str() {
            "untyped" => "unknown",
            "counter" if openmetrics && short.is_none() => "unknown",
            kind => kind,
        };
        let told = &metadata[short.unwrap_or(name)][0];
        assert_eq!(told["type"], kind, "{name}");
        assert_eq!(told["help"], family.help.as_str(), "{name}");
    }
    let stored = prometheus
        .query("count({job=\"firepit\",__name__=~\"node_.*\"})")
        .unwrap();
    let families = page
        .families
        .iter()
        .filter(|(name, _)| name.starts_with("node_"));
    let on_page: usize = families.map(|(_, family)| family.samples.len()).sum();
    // Devices may come and go between two scrapes, most do not.
    let stored = stored.into_values().next().unwrap();
    assert!(stored >= on_page as f64 * 0.9, "{stored} of {on_page}");
}

/// With native histograms switched on, Prometheus requests protobuf.
#[test]
fn prometheus_scrapes_protobuf() {
    let running = Firepit::new().all_collectors().start();
    let prometheus = Prometheus::with_features(running.address(), &["native-histograms"]);
    prometheus.wait_until_up();
    assert_known(&prometheus, &running.scrape(), false);
    prometheus.assert_quiet();
}

#[test]
fn prometheus_scrapes_openmetrics() {
    let running = Firepit::new()
        .all_collectors()
        .flag("--web.enable-openmetrics")
        .start();
    let prometheus = Prometheus::start(running.address());
    prometheus.wait_until_up();
    assert_known(&prometheus, &running.scrape(), true);
    prometheus.assert_quiet();
}

/// Serves one page for ever.
fn serve(content_type: &'static str, page: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                page.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), &page].concat());
        }
    });
    address
}

/// A histogram in classic and in native buckets, and a counter, both with exemplars.
fn page(format: Format) -> Vec<u8> {
    let now = std::time::SystemTime::now();
    let now = now
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
        .floor();
    let exemplar = |id: &str, value| Exemplar {
        labels: vec![("trace_id".to_owned(), id.to_owned())],
        value,
        timestamp: Some(now),
    };
    let bucket = |index, count| NativeBucket { index, count };
    let classic = |upper_bound, cumulative_count| Bucket {
        upper_bound,
        cumulative_count,
    };
    let histogram = Histogram {
        label_values: vec![],
        buckets: vec![classic(1.0, 3), classic(2.0, 5)],
        sum: 9.5,
        count: 7,
        created: Some(now - 60.0),
        exemplars: vec![exemplar("of_histogram", 1.5)],
        native: Some(Box::new(Native {
            schema: 0,
            zero_threshold: 0.001,
            zero_count: 1,
            positive: vec![bucket(0, 2), bucket(1, 2), bucket(2, 1)],
            negative: vec![bucket(1, 1)],
        })),
    };
    let counter = Sample {
        extra: Some(Box::new(Extra {
            created: Some(now - 60.0),
            exemplar: Some(exemplar("of_counter", 1.0)),
        })),
        ..Sample::new(vec![], 42.0)
    };
    let family = |name: &str, samples| Family {
        name: name.to_owned(),
        help: "Help.".to_owned(),
        unit: "seconds".to_owned(),
        label_names: vec![],
        samples,
    };
    let families = vec![
        family("some_seconds", Samples::Histogram(vec![histogram])),
        family("busy_seconds_total", Samples::Counter(vec![counter])),
    ];
    let (families, problems) = validate(families, &Bounds::default());
    assert_eq!(problems, []);
    let part = Part {
        source: "test".into(),
        exclusive: false,
        families,
    };
    encode(&merge([part]).families, format).unwrap()
}

/// The trace identifiers that Prometheus knows.
fn exemplars(prometheus: &Prometheus) -> Vec<String> {
    let query = "query_exemplars?query={job=\"firepit\"}&start=0&end=9999999999";
    let data = prometheus.wait_for("exemplars", |prometheus| {
        let data = prometheus.api(query)?;
        data.as_array().filter(|all| all.len() == 2).cloned()
    });
    let ids = data
        .iter()
        .map(|series| series["exemplars"][0]["labels"]["trace_id"].as_str());
    let mut ids: Vec<String> = ids.map(|id| id.unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn prometheus_stores_native_histograms_and_exemplars_of_protobuf() {
    let content_type = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    let address = serve(content_type, page(Format::Protobuf));
    let features = ["native-histograms", "exemplar-storage"];
    let prometheus = Prometheus::with_features(address, &features);
    prometheus.wait_until_up();
    let value = |expression: &str| {
        let values = prometheus.query(expression).unwrap_or_default();
        values.into_values().next()
    };
    assert_eq!(value("histogram_count(some_seconds)"), Some(7.0));
    assert_eq!(value("histogram_sum(some_seconds)"), Some(9.5));
    assert_eq!(
        value("histogram_fraction(0,Inf,some_seconds)>0.7"),
        value("histogram_fraction(0,Inf,some_seconds)")
    );
    assert_eq!(value("busy_seconds_total"), Some(42.0));
    assert_eq!(exemplars(&prometheus), ["of_counter", "of_histogram"]);
    prometheus.assert_quiet();
}

#[test]
fn prometheus_stores_units_and_exemplars_of_openmetrics() {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let address = serve(content_type, page(Format::OpenMetrics));
    let prometheus = Prometheus::with_features(address, &["exemplar-storage"]);
    prometheus.wait_until_up();
    assert_eq!(exemplars(&prometheus), ["of_counter", "of_histogram"]);
    let metadata = prometheus.api("metadata").unwrap();
    for name in ["some_seconds", "busy_seconds"] {
        assert_eq!(metadata[name][0]["unit"], "seconds", "{metadata}");
    }
    let buckets = prometheus.query("some_seconds_bucket").unwrap();
    let counts: Vec<f64> = buckets.into_values().collect();
    assert_eq!(counts, [7.0, 3.0, 5.0]);
    prometheus.assert_quiet();
}
