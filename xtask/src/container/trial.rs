//! Starts the image as docs/container.md says, without any privilege, and scrapes it.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use super::Images;
use crate::{apt, cmd, workspace::Workspace};

/// What every host has.
const COLLECTORS: [&str; 8] = [
    "cpu",
    "filesystem",
    "loadavg",
    "meminfo",
    "netdev",
    "stat",
    "timex",
    "uname",
];

/// Name of the container.
const NAME: &str = "firepit-trial";

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Builds the image for this machine, and starts it. Returns why that is not possible, if it is not.
///
/// # Errors
/// A build fails, or the container does not do what it should.
pub(crate) fn trial(workspace: &Workspace) -> Result<Option<&'static str>> {
    let images = Images::of(workspace)?;
    let Some(here) = Images::here().filter(|here| images.has(here)) else {
        return Ok(Some("target/dist has no program for this machine"));
    };
    if cmd::in_path("podman").is_none() || cmd::in_path("runc").is_none() {
        apt::install(&["podman", "runc"]).context("podman starts containers")?;
    }
    let tag = images.build(here)?;
    let first = container(&images, &["run", "--rm"], &tag, &["--version"])?;
    match first.status.code() {
        Some(0) => {}
        // Of podman itself, and of the runtime.
        Some(125 | 126) => {
            eprint!("{}", String::from_utf8_lossy(&first.stderr));
            return Ok(Some("podman cannot start a container on this machine"));
        }
        _ => bail!("the image does not run: {first:?}"),
    }
    let running = Running::start(&images, &tag)?;
    running.check()?;
    Ok(None)
}

/// Runs podman with an image, as docs/container.md says.
fn container(images: &Images, how: &[&str], tag: &str, flags: &[&str]) -> Result<Output> {
    let mut podman = podman(images);
    podman.args(how);
    podman.args(["--network=host", "--read-only", "--cap-drop=all"]);
    podman.args([
        "--security-opt=no-new-privileges",
        "--volume=/:/host:ro,rslave",
    ]);
    // systemd would start it, which a container or a chroot lacks; it is called below.
    podman.arg("--no-healthcheck");
    // Lower than those of this process, which it may not have the right to raise.
    podman.args(["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]);
    podman.arg(tag).args(flags);
    podman.output().context("cannot start podman")
}

/// podman with a runtime that needs no systemd.
fn podman(images: &Images) -> Command {
    let mut podman = images.tool("podman");
    podman.args(["--runtime=runc", "--cgroup-manager=cgroupfs"]);
    podman
}

/// The container, until it is dropped.
struct Running<'a> {
    images: &'a Images,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut remove = podman(self.images);
        cmd::succeeds(remove.args(["rm", "--force", "--time=1", NAME]));
    }
}

impl<'a> Running<'a> {
    fn start(images: &'a Images, tag: &str) -> Result<Self> {
        // Left by a run that was killed.
        drop(Self { images });
        let flags = [
            "--web.listen-address=127.0.0.1:0",
            "--path.procfs=/host/proc",
            "--path.sysfs=/host/sys",
            "--path.rootfs=/host",
            "--path.udev.data=/host/run/udev/data",
        ];
        let how = ["run", "--detach", "--name", NAME];
        let started = container(images, &how, tag, &flags)?;
        ensure!(started.status.success(), "podman run: {started:?}");
        Ok(Self { images })
    }

    fn podman(&self, arguments: &[&str]) -> Result<String> {
        let output = podman(self.images).args(arguments).output()?;
        ensure!(output.status.success(), "podman {arguments:?}: {output:?}");
        let text = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }

    /// Where it listens, according to its log.
    fn address(&self) -> Result<String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let log = self.podman(&["logs", NAME])?;
            let mut lines = log.lines().filter(|line| line.contains("Listening on"));
            if let Some((_, address)) = lines.next().and_then(|line| line.split_once("address=")) {
                return Ok(address.trim_matches('"').to_owned());
            }
            ensure!(Instant::now() < end, "it does not listen:\n{log}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn check(&self) -> Result<()> {
        let address = self.address()?;
        let page = get(&address, "/metrics")?;
        for collector in COLLECTORS {
            let line = format!("node_scrape_collector_success{{collector=\"{collector}\"}} 1");
            ensure!(page.contains(&line), "no {collector} in:\n{page}");
        }
        let process = self.podman(&["inspect", "--format={{.State.Pid}}", NAME])?;
        check_privileges(&Path::new("/proc").join(process))?;
        let url = format!("http://{address}/-/healthy");
        self.podman(&["exec", NAME, "/usr/bin/firepit", "health", &url])?;
        Ok(())
    }
}

/// Checks that a process is nobody, and may do nothing more.
fn check_privileges(process: &Path) -> Result<()> {
    let status = fs::read_to_string(process.join("status"))?;
    for (name, value) in [
        ("Uid:", "65534\t65534\t65534\t65534"),
        ("CapEff:", "0000000000000000"),
        ("CapBnd:", "0000000000000000"),
        ("NoNewPrivs:", "1"),
        ("Seccomp:", "2"),
    ] {
        let line = format!("{name}\t{value}");
        ensure!(
            status.lines().any(|it| it == line),
            "no {line} in:\n{status}"
        );
    }
    let mounts = fs::read_to_string(process.join("mountinfo"))?;
    let mut options = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(4);
        (fields.next() == Some("/")).then(|| fields.next())?
    });
    let is_read_only = options.any(|options| options.split(',').any(|option| option == "ro"));
    ensure!(is_read_only, "its root can be written:\n{mounts}");
    Ok(())
}

/// The body of an answer with status 200.
fn get(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    ensure!(head.contains(" 200 "), "{path}: {head}");
    Ok(body.to_owned())
}
