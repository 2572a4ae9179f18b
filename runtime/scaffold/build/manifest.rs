//! Makes the manifest of a package of this workspace standalone: values inherited from the
//! workspace's manifest are inserted, so that the copy cannot drift from the original.
//!
//! It supports only the forms that our manifests use, and rejects others.

/// An unsupported form of inheritance, or an inherited value that does not exist.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ManifestError(String);

impl std::fmt::Display for ManifestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "cannot resolve an inherited value of a manifest: {}",
            self.0
        )
    }
}

impl std::error::Error for ManifestError {}

/// The manifest `package` without inheritance from the manifest `workspace`. The workspace's lints
/// are left out: they are rules for its own code.
pub(crate) fn standalone(package: &str, workspace: &str) -> Result<String, ManifestError> {
    let mut out = String::new();
    let mut table = "";
    for line in package.lines() {
        if line.starts_with('[') {
            table = line;
        }
        if table == "[lints]" {
            continue;
        }
        let from = match table {
            "[package]" => "[workspace.package]",
            _ => "[workspace.dependencies]",
        };
        out.push_str(&resolved(line, from, workspace)?);
        out.push('\n');
    }
    Ok(out.trim_end().to_owned() + "\n")
}

/// One line of a manifest, with the value inherited from a table of `workspace`.
fn resolved(line: &str, table: &str, workspace: &str) -> Result<String, ManifestError> {
    let unknown = || ManifestError(line.to_owned());
    if !line.contains("workspace") || line.starts_with('#') {
        return Ok(line.to_owned());
    }
    if let Some(key) = line.strip_suffix(".workspace = true") {
        let value = value(workspace, table, key).ok_or_else(unknown)?;
        return Ok(format!("{key} = {value}"));
    }
    let (key, rest) = line
        .split_once(" = { workspace = true, ")
        .ok_or_else(unknown)?;
    let value = value(workspace, table, key).ok_or_else(unknown)?;
    let value = match value
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        Some(fields) => fields.trim().to_owned(),
        None => format!("version = {value}"),
    };
    Ok(format!("{key} = {{ {value}, {rest}"))
}

/// The value of a key, which must be on one line of a table.
fn value<'a>(manifest: &'a str, table: &str, key: &str) -> Option<&'a str> {
    manifest
        .lines()
        .skip_while(|line| *line != table)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .find_map(|(name, value)| (name == key).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "\
[workspace.package]
version = \"0.1.0\"

[workspace.dependencies]
plain = \"2.0\"
table = { version = \"0.61\", default-features = false }

[workspace.lints.rust]
other = \"warn\"
";

    #[test]
    fn inherited_fields_are_expanded() {
        let package = "\
[package]
name = \"x\"
version.workspace = true

[dependencies]
plain = { workspace = true, optional = true }
table.workspace = true
own = \"1\"

[lints]
workspace = true
";
        let expected = "\
[package]
name = \"x\"
version = \"0.1.0\"

[dependencies]
plain = { version = \"2.0\", optional = true }
table = { version = \"0.61\", default-features = false }
own = \"1\"
";
        assert_eq!(standalone(package, WORKSPACE).as_deref(), Ok(expected));
    }

    #[test]
    fn features_are_added_to_those_of_a_table() {
        let line = "table = { workspace = true, optional = true }";
        assert_eq!(
            resolved(line, "[workspace.dependencies]", WORKSPACE).as_deref(),
            Ok("table = { version = \"0.61\", default-features = false, optional = true }")
        );
    }

    #[test]
    fn unknown_inheritance_is_rejected() {
        for line in [
            "gone.workspace = true",
            "other.workspace = true",
            "plain = { optional = true, workspace = true }",
            "plain = {workspace=true}",
        ] {
            let refused = resolved(line, "[workspace.dependencies]", WORKSPACE);
            assert_eq!(refused, Err(ManifestError(line.to_owned())));
        }
    }
}
