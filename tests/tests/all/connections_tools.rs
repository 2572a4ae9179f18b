//! Connections around the collectors: what `inspect`, `approve`, `run` and `deploy` tell of them, and
//! recordings of them.

mod deploy;
mod recordings;

use std::fs;

use firepit_tests::{Act, Directory, Ended, Firepit, Peer, guest, swap_guest};

use crate::commands_modules::assert_line;

fn module() -> String {
    guest("grant_connect").display().to_string()
}

/// A service that answers each greeting by one line.
fn peer() -> Peer {
    Peer::tcp([
        Act::Hear(b"hello\n".to_vec()),
        Act::say("welcome \"you\"\n"),
    ])
}

fn run(words: &[&str]) -> Ended {
    Firepit::new()
        .flag("--sandbox.deadline=1h")
        .run(&[&["run", &module()], words].concat())
}

fn assert_ended(ended: &Ended, code: i32) {
    let (out, err) = (&ended.stdout, &ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{out}{err}");
}

/// The lines below a heading.
fn below<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = text.lines();
    let lines =
        lines.skip_while(|line| *line != heading && !line.starts_with(&format!("{heading} ")));
    lines
        .skip(1)
        .map_while(|line| line.strip_prefix("  "))
        .collect()
}

#[test]
fn inspect_shows_what_a_stranger_connects_to() {
    let allow = "--collector.untrusted-default=allow";
    let ended = Firepit::new().run(&["inspect", &module(), allow]);
    assert_ended(&ended, 0);
    let first = ended.stdout.lines().next().unwrap();
    let told = "grant_connect 0.1.4 would run: it reads no files; it connects to nothing, and asks for \
                more than it is granted: connections, tcp:{address}, udp:{server}:{port} and 3 more";
    assert_eq!(first, told);
    let connects = below(&ended.stdout, "connects");
    let lacks = below(&ended.stdout, "lacks");
    for address in ["tcp:{address}", "unix:/run/connect-probe/socket"] {
        let why = "not granted: grants.connects does not list it";
        assert_line(&connects, &[address, why]);
        assert_line(&lacks, &[address, why]);
    }
    let why = "not granted: a link-local address, which grants.connects has to name in full";
    assert_line(&connects, &["tcp:169.254.169.254:80", why]);
}

#[test]
fn inspect_shows_the_granted_addresses_of_an_entry() {
    let yaml = "\
collectors:
  grant_connect:
    enabled: true
    grants:
      connects: ['tcp:{address}', 'unix:/var/run/connect-probe/socket', 'udp:127.0.0.1:123']
";
    let ended = Firepit::new().config(yaml).run(&["inspect", &module()]);
    let first = ended.stdout.lines().next().unwrap();
    let told = "it connects to tcp:{address}, unix:/run/connect-probe/socket, and asks for more than \
                it is granted: udp:{server}:{port}, unix:{socket}, tcp:169.254.169.254:80";
    assert!(first.ends_with(told), "{first}");
    let connects = below(&ended.stdout, "connects");
    assert_line(&connects, &["tcp:{address} ", " granted"]);
    assert_line(&connects, &["unix:/run/connect-probe/socket ", " granted"]);
    assert_line(
        &connects,
        &["udp:{server}:{port}", "granted if the option's value"],
    );
    let imports = below(&ended.stdout, "imports");
    assert_line(
        &imports,
        &["firepit:collector/connections@0.1.4 ", "granted"],
    );
}

#[test]
fn inspect_shows_the_addresses_that_a_version_adds() {
    let versions = Directory::new()
        .file("old.wasm", swap_guest("1.0.0", "good"))
        .file("new.wasm", swap_guest("2.0.0", "connects"));
    let [old, new] = ["old.wasm", "new.wasm"].map(|name| versions.path().join(name));
    let ended = Firepit::new().run(&["inspect", old.to_str().unwrap(), new.to_str().unwrap()]);
    let told = "  connects   0 unchanged\n+   tcp:127.0.0.1:9\n";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
}

#[test]
fn option_of_a_granted_address_has_to_exist() {
    let check = |address: &str| {
        let module = module();
        let yaml = format!(
            "collectors:\n  grant_connect: {{module: {module}, grants: {{connects: ['{address}']}}}}\n"
        );
        Firepit::new().config(&yaml).run(&["check-config"])
    };
    assert_ended(&check("udp:{server}:{port}"), 0);
    let ended = check("udp:{server}:{prot}");
    assert_ended(&ended, 2);
    let told = "no option \"prot\"; it has address, server, port, ";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

#[test]
fn approve_comments_addresses_out() {
    let ended = Firepit::new().run(&["approve", &module()]);
    assert_ended(&ended, 0);
    let told = "      connects: []  # remove the [] if you uncomment a line
        # - \"tcp:{address}\"  # a service; uncomment to grant
        # - \"udp:{server}:{port}\"  # a service; uncomment to grant
        # - \"unix:{socket}\"  # a service; uncomment to grant
        # - \"unix:/run/connect-probe/socket\"  # a service; uncomment to grant
        # - \"tcp:169.254.169.254:80\"  # a link-local address; uncomment to grant
      interfaces:
";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    // With an address its interface is granted.
    assert!(!ended.stdout.contains("- connections"), "{}", ended.stdout);
}

#[test]
fn approval_by_use_keeps_the_addresses_that_were_connected_to() {
    let (peer, place) = (peer(), Directory::new());
    let file = place.path().join("firepit.yaml");
    let address = peer.address();
    let approve = |grants: &[&str]| {
        let address = format!("--option=address={address}");
        let tried = format!("--option=try=tcp:{}", peer.address());
        let write = format!("--write={}", file.display());
        let module = module();
        let words = ["approve", "--used", &module, &address, &tried, &write];
        Firepit::new()
            .flag("--sandbox.deadline=1h")
            .run(&[&words, grants].concat())
    };
    let both = [
        "--grant=tcp:{address}",
        "--grant=unix:/run/connect-probe/socket",
    ];
    assert_ended(&approve(&both), 0);
    let written = fs::read_to_string(&file).unwrap();
    let told = format!(
        "      connects:
        - \"tcp:{{address}}\"  # connected to tcp:{address}
        # - \"udp:{{server}}:{{port}}\"  # a service; uncomment to grant
        # - \"unix:{{socket}}\"  # a service; uncomment to grant
        # - \"unix:/run/connect-probe/socket\"  # not connected to in this run
"
    );
    assert!(written.contains(&told), "{written}");

    // What the operator wrote stays, and so does what an option may stand for.
    let own = format!("tcp:{address}");
    let by_hand = written.replacen(
        "# - \"udp:{server}:{port}\"  # a service; uncomment to grant",
        &format!("- \"{own}\""),
        1,
    );
    fs::write(&file, by_hand).unwrap();
    assert_ended(&approve(&["--grant=unix:/run/connect-probe/socket"]), 0);
    let written = fs::read_to_string(&file).unwrap();
    assert!(
        written.contains("        - \"tcp:{address}\"\n"),
        "{written}"
    );
    assert!(
        written.contains(&format!("        - \"{own}\"\n")),
        "{written}"
    );
}

#[test]
fn run_reports_connections_and_missing_grants() {
    let peer = peer();
    let address = peer.address();
    let closed = Peer::tcp([]);
    let other = closed.address();
    drop(closed);
    let tried = [
        format!("--option=try=tcp:{address}"),
        format!("--option=try=tcp:{other}"),
        "--option=try=unix:/run/connect-probe/socket".to_owned(),
        "--option=try=tcp:169.254.169.254:80".to_owned(),
        "--option=try=tcp:192.0.2.1:1".to_owned(),
        format!("--option=address={address}"),
        "--repeat=3".to_owned(),
    ];
    let tried: Vec<&str> = tried.iter().map(String::as_str).collect();
    let ended = run(&[&tried[..], &["--grant=tcp:{address}"]].concat());
    assert_ended(&ended, 0);
    let connected = format!("    3 times, 18 bytes sent, 42 received  tcp:{address}");
    assert_eq!(below(&ended.stderr, "connected"), [connected]);
    let literal = "pass --grant tcp:169.254.169.254:80 to grant it to this run";
    let denied = [
        format!("tcp:{other}: the module does not declare it"),
        format!("tcp:169.254.169.254:80: {literal}"),
        "tcp:192.0.2.1:1: the module does not declare it".to_owned(),
        "unix:/run/connect-probe/socket: pass --grant unix:/run/connect-probe/socket to grant it to \
         this run"
            .to_owned(),
    ];
    let mut denied = denied.to_vec();
    denied.sort_unstable();
    assert_eq!(below(&ended.stderr, "denied"), denied);
    for line in [
        "connections   1 first, 1 after that",
        "conn. bytes   20 first, 20 after that",
    ] {
        assert!(ended.stderr.contains(line), "{line}: {}", ended.stderr);
    }
    // An option that the module set itself grants nothing.
    let ended = run(&["--option=try=tcp:127.0.0.1:1", "--grant=tcp:{address}"]);
    let told = "tcp:127.0.0.1:1: pass --option address=VALUE --grant tcp:{address} to grant it to this run";
    assert_eq!(below(&ended.stderr, "denied"), [told]);
}

#[test]
fn run_reports_failed_connections() {
    let closed = Peer::tcp([]);
    let address = closed.address();
    drop(closed);
    let option = format!("--option=address={address}");
    let tried = format!("--option=try=tcp:{address}");
    let ended = run(&[&option, &tried, "--grant=tcp:{address}"]);
    let told = format!("tcp:{address}: connection refused");
    assert_eq!(below(&ended.stderr, "failed"), [told]);
    assert!(!ended.stderr.contains("connected"), "{}", ended.stderr);

    let ended = run(&["--option=try=unix:/run/connect-probe/socket"]);
    assert_ended(&ended, 1);
    let told = "pass --grant ADDRESS to grant a connection to this run";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    let ended = run(&["--grant=tcp:127.0.0.1"]);
    assert_ended(&ended, 2);
    let told = "--grant tcp:127.0.0.1: no port from 1 to 65535 after the host";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

#[test]
fn environment_variables_of_node_exporter_name_services() {
    let place = Directory::new();
    let socket = place.path().join("socket");
    for (collector, variable, value) in [
        (
            "supervisord",
            "SUPERVISORD_URL",
            format!("unix://{}", socket.display()),
        ),
        (
            "systemd",
            "DBUS_SYSTEM_BUS_ADDRESS",
            format!("unix:path={}", socket.display()),
        ),
        (
            "logind",
            "DBUS_SYSTEM_BUS_ADDRESS",
            format!("tcp:host=h;unix:path={}", socket.display()),
        ),
    ] {
        let peer = Peer::unix(&socket, []);
        let scrape = |firepit: Firepit| {
            let only = format!("--collector={collector}");
            assert_ended(&firepit.env(variable, &value).run(&["scrape", &only]), 0);
        };
        scrape(Firepit::new());
        assert!(peer.met() > 0, "{collector}");
        // A flag comes first.
        let met = peer.met();
        let option = match collector {
            "supervisord" => "url=unix:///nonexistent",
            _ => "bus=/nonexistent",
        };
        scrape(Firepit::new().flag(format!("--collector.{collector}.{option}")));
        assert_eq!(peer.met(), met, "{collector}");
    }
}

#[test]
fn bus_that_cannot_be_used_is_an_error_of_an_enabled_collector() {
    let check = |flags: &[&str]| {
        let firepit = Firepit::new().env("DBUS_SYSTEM_BUS_ADDRESS", "tcp:host=localhost,port=1");
        firepit.run(&[&["check-config", "--quiet"], flags].concat())
    };
    for collector in ["systemd", "logind"] {
        let ended = check(&[&format!("--collector.{collector}")]);
        assert_ended(&ended, 2);
        let told = format!(
            "DBUS_SYSTEM_BUS_ADDRESS cannot be used for --collector.{collector}.bus: it names no Unix socket"
        );
        assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    }
    assert_ended(&check(&[]), 0);
}
