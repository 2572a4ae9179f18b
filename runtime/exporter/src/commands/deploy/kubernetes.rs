//! A manifest of Kubernetes: a DaemonSet with the mounts, the namespaces and the privileges that the
//! enabled collectors need.

use std::fs;
use std::path::{Path, PathBuf};

use firepit::web::ListenAddress;

use super::{DeployError, Plan, comment, list, services};

/// Where the host's trees are mounted, unless a flag says it.
const PROC: &str = "/host/proc";
const SYS: &str = "/host/sys";
const ROOT: &str = "/host/root";
const UDEV: &str = "/host/udev";
/// Where compiled modules are kept, unless a flag says it.
const CACHE: &str = "/cache/modules";

/// A volume and its place in the container.
struct Volume {
    name: String,
    /// The keys of the volume, in YAML's flow form.
    source: String,
    mount: String,
    /// Keys of the mount beside name and path.
    extra: &'static str,
    why: String,
}

const READ_ONLY: &str = ", readOnly: true";
const FOLLOWS_HOST: &str = ", readOnly: true, mountPropagation: HostToContainer";

/// The manifest.
pub(super) fn manifest(plan: &Plan<'_>) -> Result<String, DeployError> {
    let mut args = plan.flags.clone();
    let volumes = volumes(plan, &mut args);
    let mut text = comment(
        "",
        "Printed by `firepit deploy kubernetes` from the flags in args and what the collectors that they \
         enable are granted. Print it anew when flags, config file or modules change.",
    );
    text += SERVICE_ACCOUNT;
    text += &config_map(plan)?;
    text += HEAD;
    text += &namespaces(plan);
    text += POD;
    if plan.config.web_config.is_some() {
        text += "        # The group of the files of the Secret.\n        fsGroup: 65534\n";
    }
    text += CONTAINERS;
    text += "          args:\n";
    for arg in &args {
        text += &format!("            - {}\n", quoted(arg));
    }
    text += &ports(plan);
    text += CONTAINER;
    if volumes.is_empty() {
        return Ok(text);
    }
    text += "          volumeMounts:\n";
    for Volume {
        name,
        mount,
        extra,
        why,
        ..
    } in &volumes
    {
        text += &comment("            ", why);
        text += &format!(
            "            - {{name: {name}, mountPath: {}{extra}}}\n",
            quoted(mount)
        );
    }
    text += "      volumes:\n";
    for Volume { name, source, .. } in &volumes {
        text += &format!("        - {{name: {name}, {source}}}\n");
    }
    Ok(text)
}

const SERVICE_ACCOUNT: &str = "\
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: firepit
  labels: {app.kubernetes.io/name: firepit}
automountServiceAccountToken: false
";

const HEAD: &str = "\
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: firepit
  labels: {app.kubernetes.io/name: firepit}
spec:
  selector:
    matchLabels: {app.kubernetes.io/name: firepit}
  updateStrategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 10%}
  template:
    metadata:
      labels: {app.kubernetes.io/name: firepit}
    spec:
      serviceAccountName: firepit
      automountServiceAccountToken: false
      enableServiceLinks: false
";

const POD: &str = "      securityContext:
        runAsNonRoot: true
        runAsUser: 65534
        runAsGroup: 65534
        seccompProfile: {type: RuntimeDefault}
";

const CONTAINERS: &str = "      tolerations:
        - {operator: Exists}
      nodeSelector: {kubernetes.io/os: linux}
      # Requests in progress may take 10 s to end.
      terminationGracePeriodSeconds: 15
      containers:
        - name: firepit
          image: firepit
";

const CONTAINER: &str = "          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
";

/// Namespaces of the host, and what is not shown.
fn namespaces(plan: &Plan<'_>) -> String {
    let needs = &plan.needs;
    let mut text = String::new();
    let asked = services::of_host(&needs.services);
    if !asked.is_empty() {
        let why = format!(
            "Services of the node's own network are asked by {}.",
            list(&asked)
        );
        text += &comment("      ", &why);
    }
    if needs.network.is_empty() && asked.is_empty() {
        text += "      # No collector asks for the network of firepit's own namespace.\n";
    } else {
        if !needs.network.is_empty() {
            let names = list(&needs.network);
            let why = format!("The network of firepit's own namespace is shown by {names}.");
            text += &comment("      ", &why);
        }
        text += "      hostNetwork: true\n";
    }
    text += "      # No hostPID: the host's /proc has the processes of the host.\n";
    for (names, what) in [
        (
            &needs.clock,
            "The runtime's seccomp profile lets only containers with SYS_TIME ask for the clock's state; without it, these show nothing",
        ),
        (
            &needs.counters,
            "The kernel and the runtime's seccomp profile let only containers with PERFMON count events of CPUs; without it, these fail",
        ),
        (
            &needs.privileged,
            "Only root may read the files of these, which show nothing",
        ),
        (
            &needs.partly_privileged,
            "Some files of these are root's, and are omitted",
        ),
    ] {
        if !names.is_empty() {
            text += &comment("      ", &format!("{what}: {}", list(names)));
        }
    }
    text
}

/// The configuration file as a ConfigMap.
fn config_map(plan: &Plan<'_>) -> Result<String, DeployError> {
    let Some(file) = plan.file else {
        return Ok(String::new());
    };
    let content = fs::read_to_string(file).map_err(|source| DeployError::Config {
        path: file.to_owned(),
        source,
    })?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!(
        "---\n\
         apiVersion: v1\n\
         kind: ConfigMap\n\
         metadata:\n\
         \x20 name: firepit\n\
         \x20 labels: {{app.kubernetes.io/name: firepit}}\n\
         data:\n\
         \x20 {}: {}\n",
        quoted(&name),
        block(&content)
    ))
}

/// A text as a value: in lines if YAML keeps them, else quoted.
fn block(text: &str) -> String {
    let is_plain = |c: char| {
        c == '\n' || (!c.is_control() && c != '\u{feff}' && !('\u{2028}'..='\u{2029}').contains(&c))
    };
    let keeps = text.ends_with('\n') && !text.ends_with("\n\n") && text.len() > 1;
    if !keeps || text.starts_with([' ', '\n']) || !text.chars().all(is_plain) {
        return quoted(text);
    }
    let lines = text.lines().map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("\n    {line}"),
    });
    format!("|{}", lines.collect::<String>())
}

/// A string of YAML, in the form of JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted += "\\n",
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}') => {
                quoted += &format!("\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Ports and probes.
fn ports(plan: &Plan<'_>) -> String {
    let port = plan.config.listen.iter().find_map(|address| match address {
        ListenAddress::Tcp { port, .. } => Some(port),
        _ => None,
    });
    let Some(port) = port else {
        return String::new();
    };
    let mut text = format!(
        "          ports:\n            - {{name: metrics, containerPort: {port}, protocol: TCP}}\n"
    );
    for (probe, path) in [
        ("livenessProbe", "/-/healthy"),
        ("readinessProbe", "/-/ready"),
    ] {
        let action = match plan.config.web_config {
            // It may ask for a certificate or a password.
            Some(_) => "tcpSocket: {port: metrics}".to_owned(),
            None => format!("httpGet: {{path: {path}, port: metrics}}"),
        };
        text += &format!(
            "          {probe}:\n            {action}\n            periodSeconds: 10\n            timeoutSeconds: 1\n"
        );
    }
    text
}

/// The volumes. Adds flags for those that no flag has a place for.
fn volumes(plan: &Plan<'_>, args: &mut Vec<String>) -> Vec<Volume> {
    let mut volumes = trees(plan, args);
    let host = |number: usize, path: &Path, why: &str| Volume {
        name: format!("path-{number}"),
        source: host_path(path),
        mount: path.display().to_string(),
        extra: READ_ONLY,
        why: why.to_owned(),
    };
    let config = plan.file.and_then(Path::parent);
    let web = plan.config.web_config.as_deref().and_then(Path::parent);
    for (number, (path, why)) in plan.needs.paths.iter().enumerate() {
        volumes.push(match path {
            path if config == Some(path) => Volume {
                name: "config".to_owned(),
                source: "configMap: {name: firepit}".to_owned(),
                ..host(number, path, why)
            },
            path if web == Some(path) => Volume {
                name: "web".to_owned(),
                source: "secret: {secretName: firepit-web, defaultMode: 0440}".to_owned(),
                ..host(number, path, &format!("{why}, and the files that it names"))
            },
            path => host(number, path, why),
        });
    }
    let is_cached = plan.has_flag("collector.cache-directory");
    if plan.needs.compiles && !is_cached {
        args.push(format!("--collector.cache-directory={CACHE}"));
    }
    let mut written: Vec<(PathBuf, String)> = plan.needs.writes.clone().into_iter().collect();
    if plan.needs.compiles && !is_cached {
        written.push((CACHE.into(), "Compiled modules".to_owned()));
    }
    for (number, (path, why)) in written.into_iter().enumerate() {
        // An emptyDir is open to all users of the pod. firepit makes a directory in it that is not.
        let mount = match path.parent() {
            Some(parent) if !is_socket(plan, &path) && parent != Path::new("/") => parent,
            _ => &path,
        };
        volumes.push(Volume {
            name: format!("written-{number}"),
            source: "emptyDir: {}".to_owned(),
            mount: mount.display().to_string(),
            extra: "",
            why,
        });
    }
    volumes
}

/// Whether a directory is that of a socket.
fn is_socket(plan: &Plan<'_>, directory: &Path) -> bool {
    plan.config.listen.iter().any(|address| match address {
        ListenAddress::Unix(path) => path.parent() == Some(directory),
        _ => false,
    })
}

/// The host's trees.
fn trees(plan: &Plan<'_>, args: &mut Vec<String>) -> Vec<Volume> {
    let needs = &plan.needs;
    let paths = &plan.config.paths;
    let mut place = |flag: &str, given: &Path, otherwise: &str| {
        if plan.has_flag(flag) {
            return given.display().to_string();
        }
        args.push(format!("--{flag}={otherwise}"));
        otherwise.to_owned()
    };
    let mut volumes = Vec::new();
    let mut add = |name: &str, path: &str, mount: String, extra, why: String| {
        volumes.push(Volume {
            name: name.to_owned(),
            source: host_path(Path::new(path)),
            mount,
            extra,
            why,
        });
    };
    if !needs.proc.is_empty() {
        let mount = place("path.procfs", &paths.procfs, PROC);
        add("proc", "/proc", mount, READ_ONLY, list(&needs.proc));
    }
    if !needs.sys.is_empty() {
        let mount = place("path.sysfs", &paths.sysfs, SYS);
        add("sys", "/sys", mount, READ_ONLY, list(&needs.sys));
    }
    let sees_all: Vec<&String> = needs.sizes.union(&needs.rootfs).collect();
    let mut udev = UDEV.to_owned();
    if !sees_all.is_empty() {
        let mount = place("path.rootfs", &paths.rootfs, ROOT);
        udev = format!("{}/run/udev/data", mount.trim_end_matches('/'));
        add("root", "/", mount, FOLLOWS_HOST, list(sees_all));
    }
    if !needs.udev.is_empty() {
        let has_root = udev != UDEV;
        let mount = place("path.udev.data", &paths.udev_data, &udev);
        if !has_root || mount != udev {
            add(
                "udev",
                "/run/udev/data",
                mount,
                READ_ONLY,
                list(&needs.udev),
            );
        }
    }
    volumes
}

fn host_path(path: &Path) -> String {
    format!(
        "hostPath: {{path: {}}}",
        quoted(&path.display().to_string())
    )
}

#[cfg(test)]
mod tests {
    use super::{block, quoted};

    #[test]
    fn texts_keep_their_value_in_yaml() {
        assert_eq!(quoted("a\"b\\c\nd\u{7}"), r#""a\"b\\c\nd\u0007""#);
        assert_eq!(block("a: 1\n\nb: 2\n"), "|\n    a: 1\n\n    b: 2");
        assert_eq!(block(" a\n"), "\" a\\n\"");
        assert_eq!(block("a"), "\"a\"");
    }
}
