//! One directory for each case of node_exporter's unit tests, with all emitted data: types, help
//! texts, samples.

use firepit_sdk::dynamic::{Bucket, Family, HistogramSample, Quantile, Sample, SummarySample};

use super::*;

/// All families except the times: type, name, help, then a short line per sample.
fn shown(out: &Output) -> String {
    assert_eq!(out.result, Ok(()));
    let families = out.families.iter();
    families
        .filter(|family| family.name != "node_textfile_mtime_seconds")
        .map(family_shown)
        .collect()
}

fn family_shown(family: &Family) -> String {
    let (kind, rows): (&str, Vec<String>) = match &family.samples {
        Samples::Counter(rows) => (
            "counter",
            rows.iter().map(|row| plain(family, row)).collect(),
        ),
        Samples::Gauge(rows) => ("gauge", rows.iter().map(|row| plain(family, row)).collect()),
        Samples::Untyped(rows) => (
            "untyped",
            rows.iter().map(|row| plain(family, row)).collect(),
        ),
        Samples::Histogram(rows) => {
            let rows = rows.iter().map(|row| histogram(family, row));
            ("histogram", rows.collect())
        }
        Samples::Summary(rows) => {
            let rows = rows.iter().map(|row| summary(family, row));
            ("summary", rows.collect())
        }
    };
    format!("{kind} {}: {}\n{}", family.name, family.help, rows.concat())
}

fn labels(family: &Family, values: &[String]) -> String {
    let labels = family.label_names.iter().zip(values);
    let labels: Vec<String> = labels
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    labels.join(",")
}

fn plain(family: &Family, row: &Sample) -> String {
    format!(
        "  {{{}}} {}\n",
        labels(family, &row.label_values),
        row.value
    )
}

fn histogram(family: &Family, row: &HistogramSample) -> String {
    let part = |bucket: &Bucket| format!("{}:{}", bucket.upper_bound, bucket.cumulative_count);
    let parts: Vec<String> = row.buckets.iter().map(part).collect();
    let labels = labels(family, &row.label_values);
    format!(
        "  {{{labels}}} {} sum {} count {}\n",
        parts.join(" "),
        row.sum,
        row.count
    )
}

fn summary(family: &Family, row: &SummarySample) -> String {
    let part = |quantile: &Quantile| format!("{}:{}", quantile.quantile, quantile.value);
    let parts: Vec<String> = row.quantiles.iter().map(part).collect();
    let labels = labels(family, &row.label_values);
    format!(
        "  {{{labels}}} {} sum {} count {}\n",
        parts.join(" "),
        row.sum,
        row.count
    )
}

/// The text after the families of the files.
fn end(error: u8) -> String {
    format!(
        "gauge node_textfile_scrape_error: \
         1 if there was an error opening or reading a file, 0 otherwise\n  {{}} {error}\n"
    )
}

fn run(host: &Host, directory: &'static str) -> Output {
    host.run::<TextFile>([("directory", directory)])
}

const HISTOGRAM: &str = "\
# HELP size_bytes Sizes.
# TYPE size_bytes histogram
size_bytes_bucket{le=\"100\"} 0
size_bytes_bucket{le=\"1.6384e+06\"} 7
size_bytes_bucket{le=\"+Inf\"} 9
size_bytes_sum 6.7e+11
size_bytes_count 9
";

const SUMMARY: &str = "\
# HELP lag_seconds Lags.
# TYPE lag_seconds summary
lag_seconds{step=\"eval\",quantile=\"0.5\"} 1.073e-06
lag_seconds{step=\"eval\",quantile=\"0.99\"} NaN
lag_seconds_sum{step=\"eval\"} 1.5
lag_seconds_count{step=\"eval\"} 1.492e+09
lag_seconds{step=\"sort\",quantile=\"0.5\"} 2
lag_seconds_sum{step=\"sort\"} 3.25
lag_seconds_count{step=\"sort\"} 4
";

#[test]
fn histogram_and_summary() {
    let host = Host::new()
        .file("/h/metrics.prom", HISTOGRAM)
        .file("/s/metrics.prom", SUMMARY);
    let expected = "histogram size_bytes: Sizes.\n  \
                    {} 100:0 1638400:7 inf:9 sum 670000000000 count 9\n";
    assert_eq!(shown(&run(&host, "/h")), expected.to_owned() + &end(0));
    let expected = "summary lag_seconds: Lags.\n  \
                    {step=eval} 0.5:0.000001073 0.99:NaN sum 1.5 count 1492000000\n  \
                    {step=sort} 0.5:2 sum 3.25 count 4\n";
    assert_eq!(shown(&run(&host, "/s")), expected.to_owned() + &end(0));
}

#[test]
fn different_types_in_one_file() {
    let text = format!(
        "# HELP events_total Events.\n# TYPE events_total counter\n\
         events_total{{foo=\"bar\"}} 10\nevents_total{{foo=\"baz\"}} 20\n\n{SUMMARY}\n{HISTOGRAM}\n\
         # TYPE room gauge\nroom -5\nother +Inf\n"
    );
    let host = Host::new().file("/t/metrics.prom", text);
    let expected = "counter events_total: Events.\n  {foo=bar} 10\n  {foo=baz} 20\n\
        summary lag_seconds: Lags.\n  \
        {step=eval} 0.5:0.000001073 0.99:NaN sum 1.5 count 1492000000\n  \
        {step=sort} 0.5:2 sum 3.25 count 4\n\
        histogram size_bytes: Sizes.\n  \
        {} 100:0 1638400:7 inf:9 sum 670000000000 count 9\n\
        gauge room: Metric read from /t/metrics.prom\n  {} -5\n\
        untyped other: Metric read from /t/metrics.prom\n  {} inf\n";
    assert_eq!(shown(&run(&host, "/t")), expected.to_owned() + &end(0));
}

const HISTOGRAMS: &str = "\
# HELP size_bytes Sizes.
# TYPE size_bytes histogram
size_bytes_bucket{foo=\"bar\",le=\"100\"} 1
size_bytes_bucket{foo=\"bar\",le=\"+Inf\"} 2
size_bytes_sum{foo=\"bar\"} 3
size_bytes_count{foo=\"bar\"} 2
size_bytes_bucket{foo=\"baz\",le=\"100\"} 4
size_bytes_bucket{foo=\"baz\",le=\"+Inf\"} 5
size_bytes_sum{foo=\"baz\"} 6
size_bytes_count{foo=\"baz\"} 5
";

/// One quantile has a label that the others lack: it is a separate distribution.
const SUMMARIES: &str = "\
# HELP lag_seconds Lags.
# TYPE lag_seconds summary
lag_seconds{kind=\"alert\",quantile=\"0.5\", handler=\"foo\"} 0.25
lag_seconds{kind=\"alert\",quantile=\"0.9\"} 0.5
lag_seconds{kind=\"alert\",quantile=\"0.99\"} 0.75
lag_seconds_sum{kind=\"alert\"} 214.5
lag_seconds_count{kind=\"alert\"} 185209
";

const SHOWN_HISTOGRAMS: &str = "histogram size_bytes: Sizes.\n  \
    {foo=bar} 100:1 inf:2 sum 3 count 2\n  \
    {foo=baz} 100:4 inf:5 sum 6 count 5\n";
const SHOWN_SUMMARIES: &str = "summary lag_seconds: Lags.\n  \
    {kind=alert,handler=foo} 0.5:0.25 sum 0 count 0\n  \
    {kind=alert,handler=} 0.9:0.5 0.99:0.75 sum 214.5 count 185209\n";

#[test]
fn distributions_with_more_labels_in_one_directory_and_by_a_pattern() {
    let host = Host::new()
        .file("/t/histogram_extra_dimension/metrics.prom", HISTOGRAMS)
        .file("/t/summary_extra_dimension/metrics.prom", SUMMARIES)
        .file("/t/other/metrics.prom", "x 1\n");
    let out = run(&host, "/t/histogram_extra_dimension");
    assert_eq!(shown(&out), SHOWN_HISTOGRAMS.to_owned() + &end(0));
    let out = run(&host, "/t/summary_extra_dimension");
    assert_eq!(shown(&out), SHOWN_SUMMARIES.to_owned() + &end(0));
    let out = run(&host, "/t/*_extra_dimension");
    assert_eq!(
        shown(&out),
        format!("{SHOWN_HISTOGRAMS}{SHOWN_SUMMARIES}{}", end(0))
    );
    assert_eq!(
        files_with_times(&out),
        [
            "/t/histogram_extra_dimension/metrics.prom",
            "/t/summary_extra_dimension/metrics.prom",
        ]
    );
}

#[test]
fn inconsistent_labels_are_made_equal_for_every_type() {
    let text = "# HELP requests_total Requests.\n# TYPE requests_total counter\n\
                requests_total{code=\"200\",handler=\"alerts\"} 35\n\
                requests_total{code=\"200\", foo=\"bar\"} 325\n\
                requests_total{code=\"503\"} 3\n\
                # HELP threads Threads.\n# TYPE threads gauge\n\
                threads{foo=\"bar\"} 229\nthreads 20\n";
    let host = Host::new().file("/t/metrics.prom", text);
    let expected = "counter requests_total: Requests.\n  \
        {code=200,handler=alerts,foo=} 35\n  \
        {code=200,handler=,foo=bar} 325\n  \
        {code=503,handler=,foo=} 3\n\
        gauge threads: Threads.\n  {foo=bar} 229\n  {foo=} 20\n";
    assert_eq!(shown(&run(&host, "/t")), expected.to_owned() + &end(0));
}

/// Two files of one metric, whose help lines are these.
fn merged(help_a: &str, help_b: &str) -> Output {
    let file = |help: &str, file: &str| {
        format!(
            "{help}# TYPE events_total counter\n\
             events_total{{foo=\"bar\",file=\"{file}\"}} 1\n\
             events_total{{foo=\"baz\",file=\"{file}\"}} 2\n\n"
        )
    };
    let host = Host::new()
        .file("/t/a.prom", file(help_a, "a"))
        .file("/t/b.prom", file(help_b, "b"));
    let out = run(&host, "/t");
    assert_eq!(files_with_times(&out), ["/t/a.prom", "/t/b.prom"]);
    out
}

fn both_files(help: &str) -> String {
    let family = |file: &str| {
        format!(
            "counter events_total: {help}\n  {{foo=bar,file={file}}} 1\n  {{foo=baz,file={file}}} 2\n"
        )
    };
    family("a") + &family("b") + &end(0)
}

#[test]
fn two_files_of_one_metric_with_the_same_help_or_none() {
    let same = "# HELP events_total The same help.\n";
    assert_eq!(shown(&merged(same, same)), both_files("The same help."));
    let generated = both_files("Metric read from /t/a.prom, /t/b.prom");
    assert_eq!(shown(&merged("", "")), generated);
    let empty = "# HELP events_total \n";
    assert_eq!(shown(&merged(empty, empty)), generated);
}

#[test]
fn two_files_of_one_metric_with_different_help() {
    let out = merged(
        "# HELP events_total A nice help message.\n",
        "# HELP events_total A different help message.\n",
    );
    let expected = "counter events_total: A nice help message.\n  \
                    {foo=bar,file=a} 1\n  {foo=baz,file=a} 2\n";
    assert_eq!(shown(&out), expected.to_owned() + &end(1));
    assert_eq!(errors(&out).len(), 1);
}

#[test]
fn directories_without_metrics() {
    let host = Host::new()
        .file("/t/non_matching_file.txt", "This is no metric.\n")
        .file("/stamped/metrics.prom", "old 1 1441205977284\nnew 2\n");
    assert_eq!(shown(&run(&host, "/t")), end(0));
    assert_eq!(shown(&run(&host, "/nonexistent")), end(1));
    let out = run(&host, "/stamped");
    assert_eq!(shown(&out), end(1));
    assert_eq!(files_with_times(&out), [""; 0]);
}

#[test]
fn two_files_of_different_metrics() {
    let host = Host::new()
        .file(
            "/t/one.prom",
            "one_1{foo=\"bar\"} 10\none_2{foo=\"baz\"} 20\n",
        )
        .file("/t/two.prom", "two_1{foo=\"bar\"} 30\n")
        .file(
            "/t/non_matching_file.txt",
            "This file is to be passed over.\n",
        );
    let expected = "untyped one_1: Metric read from /t/one.prom\n  {foo=bar} 10\n\
        untyped one_2: Metric read from /t/one.prom\n  {foo=baz} 20\n\
        untyped two_1: Metric read from /t/two.prom\n  {foo=bar} 30\n";
    assert_eq!(shown(&run(&host, "/t")), expected.to_owned() + &end(0));
}
