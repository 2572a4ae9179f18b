//! Old command lines, and today's for them.

use super::*;

fn words(text: &str) -> Vec<OsString> {
    text.split_whitespace().map(OsString::from).collect()
}

fn translated(line: &str) -> Translation {
    translate(&words(line)).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn args(line: &str) -> String {
    let args = translated(line).args;
    let args: Vec<_> = args.iter().map(|arg| arg.to_str().unwrap()).collect();
    args.join(" ")
}

fn error(line: &str) -> String {
    translate(&words(line)).unwrap_err().to_string()
}

#[test]
fn old_command_lines_are_recognized() {
    for line in [
        "-listen=:8080",
        "-web.listen-address :9100",
        "-collectors.enabled=stat",
        "--enabledCollectors=stat",
        "--web.listen-address=:9100 --collectors.enabled=stat",
        "--auth.user=a --auth.pass=b",
        "-logtostderr",
        "-v=1",
        "-v 1",
        "-version",
        "-verbose",
        "-help",
        "-unknown",
        "-collector.textfile.directory=/x",
        "--log.level=debug -listen :8080",
    ] {
        assert!(is_old(&words(line)), "{line}");
    }
    for line in [
        "",
        "-h",
        "--help",
        "--version",
        "--web.listen-address=:9100 --web.telemetry-path=/metrics",
        "--config.file=x",
        "--config=x",
        "--collector.textfile.directory=/x --collector.diskstats.ignored-devices=^$",
        "scrape -listen=:80",
        "-",
        "--log.level=info -- -listen",
    ] {
        assert!(!is_old(&words(line)), "{line}");
    }
}

#[test]
fn every_old_flag_is_translated() {
    for (line, expected) in [
        ("-web.listen-address=:9200", "--web.listen-address=:9200"),
        ("-web.listen-address :9200", "--web.listen-address=:9200"),
        ("--web.listen-address=:1 -v=0", "--web.listen-address=:1"),
        ("-listen localhost:81", "--web.listen-address=localhost:81"),
        ("-web.telemetry-path=/m", "--web.telemetry-path=/m"),
        (
            "-collectors.enabled=netstat,netdev",
            "--collector.disable-defaults --collector.netstat --collector.netdev",
        ),
        (
            "--collectors.enabled stat,loadavg,attributes",
            "--collector.disable-defaults --collector.cpu --collector.stat --collector.loadavg",
        ),
        (
            "-collectors.enabled=ntp,runit,tcpstat,bonding,interrupts",
            "--collector.disable-defaults --collector.ntp --collector.runit --collector.tcpstat \
             --collector.bonding --collector.interrupts",
        ),
        (
            "-collectors.enabled=conntrack,vmstat,uname",
            "--collector.disable-defaults --collector.conntrack --collector.vmstat --collector.uname",
        ),
        (
            "-collectors.enabled=lastlogin",
            "--collector.disable-defaults --collector.lastlogin",
        ),
        (
            "-collectors.enabled=gmond",
            "--collector.disable-defaults --collector.gmond",
        ),
        (
            "-collectors.enabled=megacli",
            "--collector.disable-defaults",
        ),
        ("-config.file=/etc/n.conf", "--config.file=/etc/n.conf"),
        ("-config.file=", ""),
        (
            "-collectors.enabled=stat -config.file=x",
            "--collector.disable-defaults --collector.cpu --collector.stat",
        ),
        (
            "-collector.diskstats.ignored-devices=^ram",
            "--collector.diskstats.device-exclude=^ram",
        ),
        (
            "-collector.filesystem.ignored-mount-points=^/sys",
            "--collector.filesystem.mount-points-exclude=^/sys",
        ),
        (
            "-collector.ntp.server=pool",
            "--collector.ntp.server=pool --collector.ntp.server-is-local --collector.ntp.ip-ttl=0",
        ),
        (
            "-collector.textfile.directory /a=b",
            "--collector.textfile.directory=/a=b",
        ),
        ("-debug.memprofile-file=/tmp/x", ""),
        ("-logtostderr -alsologtostderr=false -log_dir=/tmp", ""),
        ("-stderrthreshold=ERROR -vmodule=a=1", ""),
        ("-log_backtrace_at=a.go:1", ""),
        ("-v=2", "--log.level=debug"),
        ("-v 0", ""),
        ("-verbose", "--log.level=debug"),
        ("-verbose=false", ""),
        ("-verbose -v=1 -log.level=warn", "--log.level=warn"),
        ("-version", "--version"),
        ("-version=0", ""),
        ("-help", "--help"),
        ("-collectors.print", ""),
        ("-auth.user=a -auth.pass=b", ""),
        // 0.9 to 0.14.
        (
            "-collector.filesystem.ignored-fs-types=^x$ -collector.procfs=/host/proc",
            "--collector.filesystem.fs-types-exclude=^x$ --path.procfs=/host/proc",
        ),
        (
            "-collector.systemd.private -collector.systemd.unit-whitelist=a",
            "--collector.systemd.private --collector.systemd.unit-include=a",
        ),
        (
            "-collector.systemd.private=false",
            "--no-collector.systemd.private",
        ),
        (
            "-log.level info -log.format=logger:stderr?json=true",
            "--log.level=info --log.format=json",
        ),
        ("-log.format=logger:stdout", "--log.format=logfmt"),
        // Flags of today among them.
        (
            "-v=0 --path.procfs=/host/proc --path.sysfs /host/sys --no-collector.cpu",
            "--path.procfs=/host/proc --path.sysfs /host/sys --no-collector.cpu",
        ),
        (
            "-v=0 --collector.netdev.ignored-devices=x",
            "--collector.netdev.device-exclude=x",
        ),
    ] {
        assert_eq!(args(line), expected, "{line}");
    }
}

/// The naming of 0.6 and 0.7 has their port, unless a flag belongs to 0.8.
#[test]
fn flag_names_of_0_6_and_0_7_imply_port_8080() {
    for (line, expected) in [
        (
            "-enabledCollectors=time",
            "--collector.disable-defaults --collector.time --web.listen-address=:8080",
        ),
        (
            "--enabledCollectors time",
            "--collector.disable-defaults --collector.time --web.listen-address=:8080",
        ),
        (
            "-config=n.conf",
            "--config.file=n.conf --web.listen-address=:8080",
        ),
        ("-memprofile=x", "--web.listen-address=:8080"),
        (
            "-ntpServer=x",
            "--collector.ntp.server=x --collector.ntp.server-is-local --collector.ntp.ip-ttl=0 \
             --web.listen-address=:8080",
        ),
        (
            "-diskstatsIgnoredDevices=^ram -filesystemIgnoredMountPoints=^/sys",
            "--collector.diskstats.device-exclude=^ram --collector.filesystem.mount-points-exclude=^/sys \
             --web.listen-address=:8080",
        ),
        (
            "-enabledCollectors=time -listen=:1",
            "--collector.disable-defaults --collector.time --web.listen-address=:1",
        ),
        (
            "-enabledCollectors=time -web.telemetry-path=/m",
            "--collector.disable-defaults --collector.time --web.telemetry-path=/m",
        ),
    ] {
        assert_eq!(args(line), expected, "{line}");
    }
}

#[test]
fn last_repeated_flag_is_used() {
    assert_eq!(
        args("-listen=:1 -web.listen-address=:2 -v=0"),
        "--web.listen-address=:2"
    );
    assert_eq!(
        args("-collectors.enabled=cpu -v=0 -enabledCollectors=time"),
        "--collector.disable-defaults --collector.time"
    );
    assert_eq!(
        args("-diskstatsIgnoredDevices=a -collector.diskstats.ignored-devices=b -listen=:1"),
        "--collector.diskstats.device-exclude=b --web.listen-address=:1"
    );
}

#[test]
fn every_note_names_the_current_flag() {
    let with_list = |line: &str| translated(&format!("{line} -collectors.enabled=time")).notes;
    for (line, expected) in [
        (
            "-listen=:1",
            "-listen is deprecated; today's flag is --web.listen-address=:1",
        ),
        (
            "-web.telemetry-path /m",
            "-web.telemetry-path is deprecated; today's flag is --web.telemetry-path=/m",
        ),
        (
            "-v=3",
            "-v is deprecated; today's flag is --log.level=debug",
        ),
        ("-v=0", "-v has no effect: --log.level=debug logs more"),
        (
            "-logtostderr",
            "-logtostderr has no effect: firepit logs to stderr; --log.level and --log.format control that",
        ),
        (
            "-stderrthreshold=1",
            "-stderrthreshold has no effect: firepit logs to stderr only; --log.level=warn logs less",
        ),
        (
            "-debug.memprofile-file=x",
            "-debug.memprofile-file has no effect: firepit writes no memory profiles",
        ),
        (
            "-config.file=x",
            "-config.file has no effect: the collector attributes, the only user of that file, is not enabled",
        ),
        (
            "-collectors.print",
            "-collectors.print is deprecated; today's command is `firepit check-config`",
        ),
        (
            "-log.format=logger:stderr",
            "-log.format has another form today: --log.format=logfmt",
        ),
    ] {
        let notes = with_list(line);
        assert_eq!(notes.first().map(String::as_str), Some(expected), "{line}");
        assert_eq!(notes.len(), 2, "{notes:?}");
    }
    assert_eq!(
        with_list("--web.listen-address=:1 --config.file="),
        [
            "-collectors.enabled is deprecated; today's flags are --collector.disable-defaults --collector.time"
        ]
    );
}

#[test]
fn implied_defaults_are_noted() {
    let notes = translated("-memprofile=x").notes;
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(notes[1].contains("--web.listen-address=:8080"), "{notes:?}");
    assert!(notes[2].contains("node_exporter.conf"), "{notes:?}");
    assert!(
        notes[3].starts_with("-collectors.enabled is not given"),
        "{notes:?}"
    );
}

#[test]
fn collectors_without_a_successor_are_named_in_one_note() {
    let done = translated("-collectors.enabled=megacli,time,gmond,lastlogin,time");
    assert_eq!(
        done.notes[1],
        "-collectors.enabled: collectors without a successor are left out: megacli"
    );
    assert_eq!(done.collectors, ["megacli", "time", "gmond", "lastlogin"]);
    assert_eq!(translated("-v=0").collectors, collectors::DEFAULT);
}

#[test]
fn errors_name_the_remedy() {
    for (line, expected) in [
        (
            "-listn=:1",
            "unknown flag -listn: neither a flag of node_exporter 0.6 to 0.8 nor one of firepit, whose flags have two dashes; did you mean -listen?",
        ),
        (
            "-frobnicate=secret",
            "unknown flag -frobnicate: neither a flag of node_exporter 0.6 to 0.8 nor one of firepit, whose flags have two dashes",
        ),
        ("-listen", "-listen needs a value: -listen=VALUE"),
        (
            "-logtostderr=maybe",
            "invalid value \"maybe\" of -logtostderr: write true or false",
        ),
        ("-v=x", "invalid value \"x\" of -v: not a whole number"),
        (
            "-stderrthreshold=LOUD",
            "invalid value \"LOUD\" of -stderrthreshold: write INFO, WARNING, ERROR or FATAL",
        ),
        (
            "-logtostderr true",
            "the argument after -logtostderr is neither a flag nor a value of one; a flag without a value is set with \"=\", such as -logtostderr=true",
        ),
        (
            "-auth.user=u",
            "-auth.user needs -auth.pass as well, and neither may be empty; nothing is served without the authentication that a flag asks for",
        ),
        (
            "-auth.pass=p",
            "-auth.pass needs -auth.user as well, and neither may be empty; nothing is served without the authentication that a flag asks for",
        ),
        (
            "-auth.user= -auth.pass=",
            "-auth.user needs -auth.pass as well, and neither may be empty; nothing is served without the authentication that a flag asks for",
        ),
        (
            "-auth.user=a:b -auth.pass=p",
            "the value of -auth.user contains a colon, which no client can send in a user's name",
        ),
        (
            "-auth.user=a -auth.pass=p --web.config.file=x",
            "-auth.user and --web.config.file cannot be used together; put the user into basic_auth_users of that file",
        ),
    ] {
        assert_eq!(error(line), expected, "{line}");
    }
    let unknown = error("-collectors.enabled=time,tiem");
    assert!(
        unknown.starts_with(
            "-collectors.enabled: no such collector: \"tiem\"; the collectors are arp, attributes, "
        ),
        "{unknown}"
    );
    assert!(error("-collectors.enabled=").contains("no such collector: \"\""));
}

/// No text of the translation repeats a password.
#[test]
fn passwords_stay_secret() {
    let done = translated("-auth.user=alice -auth.pass=hunter2");
    let credentials = done.credentials.clone().unwrap();
    assert_eq!(
        (credentials.user, credentials.password),
        ("alice".into(), "hunter2".into())
    );
    assert!(!format!("{done:?}").contains("hunter2"));
    for line in [
        "-auth.user=a:b -auth.pass=hunter2",
        "-auth.pass=hunter2",
        "-auth.user=a -auth.pass=x hunter2",
        "-auth.pas=hunter2",
    ] {
        assert!(!error(line).contains("hunter2"), "{line}");
    }
}

#[test]
fn values_may_be_non_utf8() {
    use std::os::unix::ffi::OsStringExt as _;
    let path = OsString::from_vec(b"/\xff".to_vec());
    let done = translate(&["-collector.procfs".into(), path]).unwrap();
    assert_eq!(
        done.args,
        [OsString::from_vec(b"--path.procfs=/\xff".to_vec())]
    );
    let odd = OsString::from_vec(b"-\xff".to_vec());
    assert!(translate(&[odd]).is_err());
}
