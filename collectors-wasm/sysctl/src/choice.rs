//! One value of the options: a parameter, and keys for its numbers.

use firepit_sdk::Error;

/// `NAME` or `NAME:key,key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    name: String,
    keys: Vec<String>,
    path: String,
    metric: String,
    help: String,
}

impl Choice {
    /// Parses a value of an option.
    pub(crate) fn new(text: &str) -> Self {
        let (name, keys) = match text.split_once(':') {
            Some((name, keys)) => (name, keys.split(',').map(str::to_owned).collect()),
            None => (text, Vec::new()),
        };
        Self {
            name: name.to_owned(),
            keys,
            path: path(name),
            metric: format!("node_sysctl_{}", sanitised(name)),
            help: format!("sysctl {name}"),
        }
    }

    /// The parameter as the operator wrote it: `fs.file-nr`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Keys for the numbers; may be empty.
    pub(crate) fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The file of the parameter.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The name of its family.
    pub(crate) fn metric(&self) -> &str {
        &self.metric
    }

    /// The help text of its family.
    pub(crate) fn help(&self) -> &str {
        &self.help
    }

    /// Checks that the number of values matches the number of keys.
    ///
    /// # Errors
    /// The numbers differ. The text is node_exporter's.
    pub(crate) fn check(&self, values: usize) -> Result<(), Error> {
        let Self { name, keys, .. } = self;
        let message = match (values, keys.len()) {
            (0, _) => format!("sysctl {name} has no values"),
            (1, 0) => return Ok(()),
            (1, _) => {
                let keys = keys.join(" ");
                format!("sysctl {name} has only one value, but expected [{keys}]")
            }
            (_, 0) => return Ok(()),
            (values, keys) if values == keys => return Ok(()),
            (values, keys) => {
                format!("sysctl {name} has {values} keys but only {keys} defined in f lag")
            }
        };
        Err(Error::Failed(message))
    }
}

/// Dots and slashes separate directories. A name cannot lead out of the directory.
fn path(name: &str) -> String {
    let segments = name.split(['.', '/']).filter(|segment| !segment.is_empty());
    segments.fold("/proc/sys".to_owned(), |path, segment| path + "/" + segment)
}

/// Every run of characters other than letters, digits and underscores, together with adjacent
/// underscores, becomes one underscore.
fn sanitised(name: &str) -> String {
    let other = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(start) = rest.find(other) {
        let (kept, run) = rest.split_at_checked(start).unwrap_or((rest, ""));
        text.push_str(kept.trim_end_matches('_'));
        text.push('_');
        rest = run.trim_start_matches(other).trim_start_matches('_');
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_with_and_without_keys() {
        let choice = Choice::new("fs.file-nr:total,current,max");
        assert_eq!(choice.name(), "fs.file-nr");
        assert_eq!(choice.keys(), ["total", "current", "max"]);
        assert_eq!(choice.path(), "/proc/sys/fs/file-nr");
        assert_eq!(choice.metric(), "node_sysctl_fs_file_nr");
        assert_eq!(choice.help(), "sysctl fs.file-nr");
        assert_eq!(Choice::new("a").keys(), [""; 0]);
        assert_eq!(Choice::new("a:").keys(), [""]);
        assert_eq!(Choice::new("a:b:c").keys(), ["b:c"]);
    }

    #[test]
    fn names_cannot_leave_the_directory() {
        for (name, path) in [
            ("kernel/threads-max", "/proc/sys/kernel/threads-max"),
            ("kernel..threads-max.", "/proc/sys/kernel/threads-max"),
            ("/kernel/../../threads-max", "/proc/sys/kernel/threads-max"),
            ("../../etc/shadow", "/proc/sys/etc/shadow"),
            ("", "/proc/sys"),
        ] {
            assert_eq!(Choice::new(name).path(), path, "{name:?}");
        }
    }

    #[test]
    fn names_of_metrics() {
        for (name, expected) in [
            ("a.b", "a_b"),
            ("a_-_b", "a_b"),
            ("a-_-b", "a__b"),
            ("_-.", "_"),
            ("__a.__", "__a_"),
            ("a__b", "a__b"),
            ("_a_", "_a_"),
            ("net.ipv4.ip_forward", "net_ipv4_ip_forward"),
            ("é", "_"),
            ("a:é.b-", "a_b_"),
            ("", ""),
        ] {
            assert_eq!(sanitised(name), expected, "{name:?}");
        }
        assert_eq!(sanitised(&"-a".repeat(1 << 18)), "_a".repeat(1 << 18));
    }
}
