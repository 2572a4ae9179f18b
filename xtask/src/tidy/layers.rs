//! Which crates and modules may use a name: rules of ARCHITECTURE.md that the compiler does not
//! check.

use super::tree::{Tree, code};

/// A name that only some files may use.
struct Restricted {
    /// The name in code.
    names: &'static [&'static str],
    /// The directory of the rule.
    below: &'static str,
    /// Exceptions: prefixes of paths.
    except: &'static [&'static str],
    /// The reason.
    why: &'static str,
}

const RESTRICTED: [Restricted; 6] = [
    Restricted {
        names: &[
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "std::env",
            "std::os",
            "Instant",
            "SystemTime",
        ],
        below: "runtime/exposition/src/",
        except: &[],
        why: "this crate does no input or output and has no clock",
    },
    Restricted {
        names: &["wasmtime::", "wasmtime_wasi"],
        below: "runtime/",
        except: &["runtime/sandbox/"],
        why: "only the sandbox names wasmtime",
    },
    Restricted {
        names: &[
            "\"--sandbox.",
            "\"--path.",
            "\"--collector.",
            "\"--web.",
            "clap::",
            "hyper::",
        ],
        below: "runtime/sandbox/",
        except: &[],
        why: "the sandbox knows no flags and no HTTP",
    },
    Restricted {
        names: &["clap::"],
        below: "runtime/exporter/src/",
        except: &["runtime/exporter/src/cli", "runtime/exporter/src/app.rs"],
        why: "only `cli` names clap, and `app` its error",
    },
    Restricted {
        names: &["hyper::", "hyper_util::", "http_body_util::"],
        below: "runtime/exporter/src/",
        except: &["runtime/exporter/src/web"],
        why: "only `web` names hyper",
    },
    Restricted {
        names: &["rustls::", "tokio_rustls::", "x509_cert::"],
        below: "runtime/exporter/src/",
        except: &["runtime/exporter/src/web/tls"],
        why: "only `web/tls` names rustls",
    },
];

/// Finds violations.
pub(super) fn names_stay_in_their_layer(tree: &Tree) -> Vec<String> {
    RESTRICTED
        .iter()
        .flat_map(|rule| {
            tree.below(rule.below)
                .filter(|file| file.extension() == Some("rs") && !is_test(&file.path))
                .filter(|file| {
                    !rule
                        .except
                        .iter()
                        .any(|except| file.path.starts_with(except))
                })
                .filter_map(|file| Some((file, named(rule, file.text.as_deref()?)?)))
                .map(|(file, name)| format!("{}: names {name:?}: {}", file.path, rule.why))
        })
        .collect()
}

fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

/// The first of the names in code, outside of comments and unit tests.
fn named(rule: &Restricted, text: &str) -> Option<&'static str> {
    let mut lines = code(text)
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"));
    lines.find_map(|line| {
        rule.names
            .iter()
            .find(|name| line.contains(**name))
            .copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::tree;

    #[test]
    fn a_name_is_found_in_code_alone() {
        let clock = |path: &str, text: &str| names_stay_in_their_layer(&tree(&[(path, text)]));
        let path = "runtime/exposition/src/merge.rs";
        assert_eq!(
            clock(path, "let now = Instant::now();"),
            [format!(
                "{path}: names \"Instant\": this crate does no input or output and has no clock"
            )]
        );
        assert!(clock(path, "// Instant\n").is_empty());
        assert!(clock(path, "#[cfg(test)]\nmod tests {\n use std::fs;\n}").is_empty());
        assert!(clock("runtime/exposition/src/merge/tests.rs", "use std::fs;").is_empty());
        assert!(clock("runtime/exporter/src/x.rs", "use std::fs;").is_empty());
    }

    #[test]
    fn layer_exceptions_are_paths() {
        let hyper = |path: &str| names_stay_in_their_layer(&tree(&[(path, "use hyper::body;")]));
        assert!(hyper("runtime/exporter/src/web/server.rs").is_empty());
        assert_eq!(hyper("runtime/exporter/src/scrape.rs").len(), 1);
    }
}
