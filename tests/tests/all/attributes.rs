//! The attributes of the host: a family of firepit itself, from the config file.

use std::fs;

use firepit_tests::{Directory, Firepit, Request, until};
use rustix::process::Signal;

const HELP: &str =
    "# HELP node_attributes The node_exporter attributes.\n# TYPE node_attributes gauge\n";

#[test]
fn attributes_are_shown_and_reloaded() {
    let directory =
        Directory::new().file("firepit.yaml", "attributes: {zone: a, rack: \"1\\\"2\"}\n");
    let file = directory.path().join("firepit.yaml");
    let running = Firepit::new()
        .flag(format!("--config.file={}", file.display()))
        .flag("--web.disable-exporter-metrics")
        .start();
    let text = |path: &str| running.ask(&Request::get(path)).text().to_owned();
    let expected = format!("{HELP}node_attributes{{rack=\"1\\\"2\",zone=\"a\"}} 1\n");
    assert_eq!(text("/metrics?name[]=node_attributes"), expected);
    // Like other families of firepit itself, it does not depend on the selected collectors.
    assert!(text("/metrics?collect[]=loadavg").contains(&expected));
    fs::write(&file, "attributes: {zone: b}\n").unwrap();
    running.signal(Signal::HUP);
    let expected = format!("{HELP}node_attributes{{zone=\"b\"}} 1\n");
    until("the new attributes", || {
        text("/metrics").contains(&expected).then_some(())
    });
    // An invalid file keeps the previous ones.
    fs::write(&file, "attributes: {0: b}\n").unwrap();
    running.signal(Signal::HUP);
    let failed = "config reload failed, keeping the previous config";
    let line = running.logs.wait_for("msg", failed);
    assert!(
        line.get("err")
            .unwrap()
            .contains("the name of an attribute"),
        "{line:?}"
    );
    assert!(text("/metrics").contains(&expected));
    fs::write(&file, "attributes:\n").unwrap();
    running.signal(Signal::HUP);
    until("no attributes", || {
        (!text("/metrics").contains("node_attributes")).then_some(())
    });
}
