//! The services of the simulated host.

use firepit_sdk::testing::{Host, Peer};

/// A process that is up, as supervisord reports it.
const PROCESSES: &str = "<methodResponse><params><param><value><array><data><value><struct>\
    <member><name>name</name><value><string>web</string></value></member>\
    <member><name>group</name><value><string>site</string></value></member>\
    <member><name>start</name><value><int>1700000000</int></value></member>\
    <member><name>state</name><value><int>20</int></value></member>\
    <member><name>exitstatus</name><value><int>0</int></value></member>\
    </struct></value></data></array></value></param></params></methodResponse>";

/// A metric of a host, as gmond sends it.
const METRICS: &str = "<GANGLIA_XML><CLUSTER NAME=\"a\"><HOST NAME=\"b\">\
    <METRIC NAME=\"load_one\" VAL=\"0.5\" TYPE=\"float\"><EXTRA_DATA>\
    <EXTRA_ELEMENT NAME=\"DESC\" VAL=\"One minute load average\"/></EXTRA_DATA></METRIC>\
    </HOST></CLUSTER></GANGLIA_XML>";

/// Adds them to a host.
pub(super) fn answers(host: Host) -> Host {
    let length = PROCESSES.len();
    let processes = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{PROCESSES}");
    let supervisord = Peer::answering(move |_| processes.clone().into_bytes());
    host.peer("tcp:localhost:9001", supervisord)
        .peer("tcp:127.0.0.1:8649", Peer::saying(METRICS))
        .peer("udp:127.0.0.1:123", Peer::answering(time))
}

/// A server's reply to a request for the time.
fn time(request: &[u8]) -> Vec<u8> {
    let mut reply = vec![0x24, 1];
    reply.resize(24, 0);
    reply.extend(request.iter().skip(40).take(8));
    reply.resize(48, 1);
    reply
}
