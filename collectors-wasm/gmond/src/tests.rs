//! Documents of gmond: whole, garbled, truncated and too long.

use firepit_sdk::net::Reason;
use firepit_sdk::testing::{Host, Output, Peer};

use super::*;

const ADDRESS: &str = "tcp:127.0.0.1:8649";

/// The beginning of what gmond 3.7 sends.
const HEAD: &str = r#"<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>
<!DOCTYPE GANGLIA_XML [
   <!ELEMENT GANGLIA_XML (GRID|CLUSTER|HOST)*>
      <!ATTLIST GANGLIA_XML VERSION CDATA #REQUIRED>
   <!ELEMENT CLUSTER (HOST | HOSTS | METRICS)*>
]>
<GANGLIA_XML VERSION="3.7.2" SOURCE="gmond">
"#;

fn metric(name: &str, value: &str, kind: &str, help: &str) -> String {
    format!(
        "<METRIC NAME=\"{name}\" VAL=\"{value}\" TYPE=\"{kind}\" UNITS=\" \" TN=\"8\" TMAX=\"70\" \
         DMAX=\"0\" SLOPE=\"both\">\n<EXTRA_DATA>\n<EXTRA_ELEMENT NAME=\"GROUP\" VAL=\"load\"/>\n\
         <EXTRA_ELEMENT NAME=\"DESC\" VAL=\"{help}\"/>\n<EXTRA_ELEMENT NAME=\"TITLE\" VAL=\"T\"/>\n\
         </EXTRA_DATA>\n</METRIC>\n"
    )
}

fn cluster(name: &str, hosts: &[String]) -> String {
    let hosts = hosts.iter().map(|metrics| {
        format!("<HOST NAME=\"h\" IP=\"127.0.0.1\" TAGS=\"\" TN=\"5\" LOCATION=\"unspecified\">\n{metrics}</HOST>\n")
    });
    let hosts: String = hosts.collect();
    format!(
        "<CLUSTER NAME=\"{name}\" LOCALTIME=\"1\" OWNER=\"unspecified\" URL=\"x\">\n{hosts}</CLUSTER>\n"
    )
}

fn document(clusters: &str) -> String {
    format!("{HEAD}{clusters}</GANGLIA_XML>\n")
}

fn run(document: impl Into<Vec<u8>>) -> Output {
    Host::new()
        .peer(ADDRESS, Peer::saying(document))
        .run::<Gmond>([])
}

fn error(document: impl Into<Vec<u8>>) -> String {
    let output = run(document);
    assert_eq!(output.text(), "");
    output.result.unwrap_err().to_string()
}

#[test]
fn metrics_of_two_clusters() {
    let one = metric("load_one", "0.25", "float", "One minute load average")
        + &metric("disk.free--x/y", "1.5e3", "double", "")
        + &metric(
            "boottime",
            "1700000000",
            "uint32",
            "The last time &amp; more",
        );
    let two =
        metric("load_one", "1", "float", "Another text") + "<METRIC NAME=\"bare\" VAL=\"7\"/>\n";
    let output = run(document(
        &(cluster("a&quot;b", &[one]) + &cluster("c", &[two])),
    ));
    assert_eq!(output.result, Ok(()));
    let expected = "\
ganglia_bare{cluster=\"c\"} 7
ganglia_boottime{cluster=\"a\\\"b\"} 1700000000
ganglia_disk_free__x_y{cluster=\"a\\\"b\"} 1500
ganglia_load_one{cluster=\"a\\\"b\"} 0.25
ganglia_load_one{cluster=\"c\"} 1
";
    assert_eq!(output.text(), expected);
    let help = |name| output.family(name).unwrap().help.as_str();
    assert_eq!(help("ganglia_load_one"), "One minute load average");
    assert_eq!(help("ganglia_boottime"), "The last time & more");
    assert_eq!(help("ganglia_bare"), "");
}

/// gmond escapes no names.
#[test]
fn name_with_an_ampersand() {
    let document = document(&cluster("R&D <2", &[metric("a", "1", "", "")]));
    assert_eq!(run(document).text(), "ganglia_a{cluster=\"R&D <2\"} 1\n");
}

#[test]
fn last_host_of_a_cluster_counts() {
    let host = |value| {
        metric("load_one", value, "float", "Load") + &metric(&format!("m{value}"), value, "", "")
    };
    let output = run(document(&cluster("c", &[host("1"), host("2")])));
    let expected = "ganglia_load_one{cluster=\"c\"} 2\nganglia_m1{cluster=\"c\"} 1\nganglia_m2{cluster=\"c\"} 2\n";
    assert_eq!(
        (output.result.clone(), output.text()),
        (Ok(()), expected.to_owned())
    );
    // Two names that are the same as metric names.
    let same = metric("a.b", "1", "", "") + &metric("a-b", "2", "", "");
    assert_eq!(
        run(document(&cluster("c", &[same]))).text(),
        "ganglia_a_b{cluster=\"c\"} 2\n"
    );
}

#[test]
fn texts_have_no_series_and_malformed_numbers_are_reported() {
    let host = metric("os_name", "Linux", "string", "Operating system name")
        + &metric("numeric_text", "7", "string", "")
        + &metric("broken", "x", "float", "")
        + &metric("good", "1", "float", "")
        + "<METRIC/>\n";
    let output = run(document(&cluster("c", &[host])));
    assert_eq!(
        (output.result.clone(), output.text()),
        (Ok(()), "ganglia_good{cluster=\"c\"} 1\n".to_owned())
    );
    let skipped: Vec<_> = output
        .skipped
        .iter()
        .map(|it| (it.file.as_str(), it.problem.as_str()))
        .collect();
    let expected = [
        (ADDRESS, "broken: expected a number, found \"x\""),
        (ADDRESS, ": expected a number, found \"\""),
    ];
    assert_eq!(skipped, expected);
}

#[test]
fn reports_are_bounded() {
    let host = metric("a", "x", "", "").repeat(101) + &metric("b", "1", "", "");
    let output = run(document(&cluster("c", &[host])));
    assert_eq!(output.text(), "ganglia_b{cluster=\"c\"} 1\n");
    assert_eq!(output.skipped.len(), 100);
}

#[test]
fn empty_cluster_has_no_series() {
    for clusters in [String::new(), cluster("c", &[])] {
        let output = run(document(&clusters));
        assert_eq!(
            (output.result.clone(), output.text()),
            (Ok(()), String::new())
        );
    }
}

#[test]
fn bytes_of_another_encoding_are_replaced() {
    let mut bytes = document(&cluster("Z?", &[metric("a", "1", "", "")])).into_bytes();
    let place = bytes.iter().position(|byte| *byte == b'?').unwrap();
    let place = place
        + bytes[place + 1..]
            .windows(2)
            .position(|two| two == b"Z?")
            .unwrap()
        + 2;
    bytes[place] = 0xfc;
    assert_eq!(run(bytes).text(), "ganglia_a{cluster=\"Z\u{fffd}\"} 1\n");
}

#[test]
fn other_documents() {
    for (document, expected) in [
        (
            "",
            "couldn't parse xml: byte 0: the document ends too early",
        ),
        (
            HEAD,
            "couldn't parse xml: byte 281: the document ends too early",
        ),
        (
            "SSH-2.0\r\n",
            "couldn't parse xml: byte 0: text outside of the document's element",
        ),
        (
            "<html></html>",
            "couldn't parse xml: the document is not of Ganglia: its element is \"html\"",
        ),
        (
            "\u{1f}\u{8b}",
            "couldn't parse xml: byte 0: text outside of the document's element",
        ),
    ] {
        assert_eq!(error(document), expected);
    }
    let compressed = error([0x1f, 0x8b, 8]);
    assert!(
        compressed.ends_with("write gzip_output = no to gmond.conf"),
        "{compressed}"
    );
}

#[test]
fn truncated_documents() {
    let whole = document(&cluster("c", &[metric("a", "1", "float", "A")]));
    for length in 0..whole.trim_end().len() {
        assert!(
            error(&whole[..length]).starts_with("couldn't parse xml: byte "),
            "{length}"
        );
    }
}

#[test]
fn document_is_bounded() {
    let metrics = |number: usize| {
        (0..number)
            .map(|id| metric(&format!("m{id}"), "1", "", ""))
            .collect()
    };
    let most = run(document(&cluster("c", &[metrics(10_000)])));
    assert_eq!(
        (most.result.clone(), most.text().lines().count()),
        (Ok(()), 10_000)
    );
    let more = error(document(&cluster("c", &[metrics(10_001)])));
    assert_eq!(more, "couldn't parse xml: more than 10000 series");
    // The same series of many hosts.
    let hosts = vec![metric("a", "1", "", ""); 30_000];
    let long = document(&cluster("c", &hosts));
    assert!(long.len() < AT_MOST);
    assert_eq!(run(long).text(), "ganglia_a{cluster=\"c\"} 1\n");

    let padded = |bytes: usize| {
        let mut document = document("");
        document += &" ".repeat(bytes - document.len());
        document
    };
    assert_eq!(run(padded(AT_MOST)).result, Ok(()));
    let expected = format!("can't read from gmond: the document is longer than {AT_MOST} bytes");
    assert_eq!(error(padded(AT_MOST + 1)), expected);
}

#[test]
fn service_that_does_not_answer_is_named() {
    let down = Host::new().run::<Gmond>([]).result.unwrap_err().to_string();
    assert_eq!(
        down,
        "can't connect to gmond: tcp:127.0.0.1:8649: connection refused"
    );
    for (reason, expected) in [
        (Reason::TimedOut, "timed out"),
        (Reason::Reset, "connection reset by peer"),
    ] {
        let peer = Peer::saying(HEAD).breaking(reason);
        let output = Host::new().peer(ADDRESS, peer).run::<Gmond>([]);
        let expected = format!("can't read from gmond: tcp:127.0.0.1:8649: {expected}");
        assert_eq!(output.result.unwrap_err().to_string(), expected);
    }
}

#[test]
fn address_is_an_option() {
    let host = Host::new().peer("tcp:[::1]:7", Peer::saying(document("")));
    assert_eq!(host.run::<Gmond>([("address", "[::1]:7")]).result, Ok(()));
    let error = host.configure::<Gmond>([("address", "")]).unwrap_err();
    assert_eq!(error, "address is empty: expected HOST:PORT");
}
