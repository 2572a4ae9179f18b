//! One bill of materials: drops what does not ship.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The last part of the name of a package that stands for a part of the binary.
pub(super) const STAND_IN: &str = "dist";

/// A library that is linked and not a crate.
#[derive(Clone)]
pub(super) struct Library {
    pub(super) name: &'static str,
    pub(super) version: String,
    pub(super) license: &'static str,
}

/// The bill of an application, from one that lists more crates than the linked ones, and no other
/// libraries. The linked crates are names and versions, with a space between them.
///
/// # Errors
/// It is not a bill in CycloneDX.
pub(super) fn shipped(
    bill: &str,
    name: &str,
    linked: &BTreeSet<String>,
    libraries: &[Library],
) -> Result<String> {
    let mut bill: Value =
        serde_json::from_str(bill).context("the bill of materials is not JSON")?;
    let components = bill.get_mut("components").and_then(Value::as_array_mut);
    let components = components.context("the bill of materials has no components")?;
    components.retain(|crate_| {
        linked.contains(&format!(
            "{} {}",
            text(crate_, "name"),
            text(crate_, "version")
        ))
    });
    let reference = |of: &Value| text(of, "bom-ref").to_owned();
    let mut kept: BTreeSet<String> = components.iter().map(reference).collect();
    components.extend(libraries.iter().map(component));
    let top = bill.pointer_mut("/metadata/component");
    let top = top.and_then(Value::as_object_mut);
    let top = top.context("the bill of materials does not say what it is of")?;
    top.insert("name".to_owned(), json!(name));
    top.insert("type".to_owned(), json!("application"));
    // The only file of the package that stands for it, and its place.
    top.remove("components");
    top.remove("purl");
    let reference = top.get("bom-ref").and_then(Value::as_str);
    kept.extend(reference.map(str::to_owned));
    keep(bill.get_mut("dependencies"), &kept);
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn component(library: &Library) -> Value {
    let Library {
        name,
        version,
        license,
    } = library;
    json!({
        "type": "library",
        "bom-ref": format!("{name}@{version}"),
        "name": name,
        "version": version,
        "scope": "required",
        "licenses": [{"expression": license}],
    })
}

/// Drops dependencies of and on other components.
fn keep(dependencies: Option<&mut Value>, kept: &BTreeSet<String>) {
    let Some(dependencies) = dependencies.and_then(Value::as_array_mut) else {
        return;
    };
    dependencies.retain(|dependency| kept.contains(text(dependency, "ref")));
    for dependency in dependencies {
        let on = dependency
            .get_mut("dependsOn")
            .and_then(Value::as_array_mut);
        if let Some(on) = on {
            on.retain(|on| on.as_str().is_some_and(|on| kept.contains(on)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_(name: &str) -> Value {
        json!({"bom-ref": format!("r#{name}"), "name": name, "version": "1.0.0"})
    }

    #[test]
    fn unlinked_components_are_dropped_everywhere() {
        let bill = json!({
            "metadata": {"component": {"bom-ref": "r#top", "name": "a-dist", "components": [], "purl": "p"}},
            "components": [crate_("kept"), crate_("macro")],
            "dependencies": [
                {"ref": "r#top", "dependsOn": ["r#kept", "r#macro"]},
                {"ref": "r#kept"},
                {"ref": "r#macro", "dependsOn": ["r#kept"]},
            ],
        });
        let linked = BTreeSet::from(["kept 1.0.0".to_owned(), "macro 2.0.0".to_owned()]);
        let libraries = [Library {
            name: "libc",
            version: "2".to_owned(),
            license: "MIT",
        }];
        let text = shipped(&bill.to_string(), "a", &linked, &libraries).unwrap();
        let expected = json!({
            "metadata": {"component": {"bom-ref": "r#top", "name": "a", "type": "application"}},
            "components": [
                crate_("kept"),
                {"type": "library", "bom-ref": "libc@2", "name": "libc", "version": "2",
                 "scope": "required", "licenses": [{"expression": "MIT"}]},
            ],
            "dependencies": [{"ref": "r#top", "dependsOn": ["r#kept"]}, {"ref": "r#kept"}],
        });
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }

    #[test]
    fn other_json_is_an_error() {
        for text in ["", "{}", "[]"] {
            assert!(shipped(text, "a", &BTreeSet::new(), &[]).is_err(), "{text}");
        }
    }
}
