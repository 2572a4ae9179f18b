//! The landing page. Names, descriptions, states and paths are untrusted, so all text is escaped for HTML,
//! and against control characters in browsers and terminals.

use std::fmt::{self, Display, Write};

use super::{CollectorRow, ProblemRow, ServerConfig};
use firepit_exposition::escape::is_plain;

/// Maximum characters of one text.
const MAX_SHOWN: usize = 1000;

/// Forbids everything: the page has no script, style, image or form.
pub(super) const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page. Its links are relative, so that they work behind a proxy's prefix.
pub(super) fn render(
    config: &ServerConfig,
    collectors: &[CollectorRow],
    problems: &[ProblemRow],
) -> String {
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n\
         <head><meta charset=\"utf-8\"><title>firepit</title></head>\n\
         <body>\n\
         <h1>firepit</h1>\n\
         <p>Prometheus exporter with sandboxed collectors</p>\n\
         <p>Version: (version={version}, branch={branch}, revision={revision})</p>\n\
         <ul>\n\
         <li><a href=\"./{metrics}\">Metrics</a></li>\n\
         <li><a href=\"./{own}\">Metrics about firepit itself</a>, \
         including those that Metrics omits</li>\n\
         <li><a href=\"./-/healthy\">Healthy</a></li>\n\
         <li><a href=\"./-/ready\">Ready</a></li>\n\
         </ul>\n\
         <h2>Collectors</h2>\n\
         <table>\n\
         <tr><th>Name</th><th>Enabled</th><th>State</th><th>Version</th><th>About</th>\
         <th>Source</th><th>SHA-256</th></tr>\n\
         {rows}\
         </table>\n\
         {problems}\
         </body>\n\
         </html>\n",
        version = Escaped(&config.version),
        branch = Escaped(&config.branch),
        revision = Escaped(&config.revision),
        metrics = Escaped(config.telemetry_path.trim_start_matches('/')),
        own = Escaped(config.own_path().trim_start_matches('/')),
        rows = Rows(collectors),
        problems = Problems(problems),
    )
}

struct Rows<'a>(&'a [CollectorRow]);

impl Display for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.0 {
            writeln!(
                f,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
                 <td><code>{}</code></td></tr>",
                Escaped(&row.name),
                if row.enabled { "yes" } else { "no" },
                Escaped(&row.state),
                Escaped(&row.version),
                Escaped(&row.about),
                Escaped(&row.source),
                Escaped(&row.sha256),
            )?;
        }
        Ok(())
    }
}

/// The table of modules with problems, if there are any.
struct Problems<'a>(&'a [ProblemRow]);

impl Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "<h2>Modules with problems</h2>\n<table>\n\
             <tr><th>Module</th><th>Runs instead</th><th>Reason</th><th>Detail</th></tr>"
        )?;
        for row in self.0 {
            writeln!(
                f,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                Escaped(&row.path),
                Escaped(row.running.as_deref().unwrap_or("nothing")),
                Escaped(row.reason),
                Escaped(&row.detail),
            )?;
        }
        writeln!(f, "</table>")
    }
}

/// Text between tags or inside a quoted attribute. It is one line, truncated if it is very long, and
/// escaped as in the log: control characters, line breaks and bidirectional marks.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, character) in self.0.chars().enumerate() {
            match character {
                _ if number == MAX_SHOWN => return f.write_char('…'),
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                plain if is_plain(plain) => f.write_char(plain)?,
                // Letters, digits, braces and backslashes.
                other => write!(f, "{}", other.escape_debug())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::HttpLimits;

    fn config(telemetry_path: &str) -> ServerConfig {
        ServerConfig {
            open_health_endpoints: false,
            telemetry_path: telemetry_path.into(),
            max_requests: 0,
            openmetrics: false,
            lifecycle: false,
            user: None,
            limits: HttpLimits::default(),
            version: "1<2".into(),
            branch: "a&b".into(),
            revision: "'\"".into(),
        }
    }

    #[test]
    fn external_text_is_escaped_as_html() {
        let hostile = "<script>alert('1')</script>\" onload=\"&amp;";
        let row = CollectorRow {
            name: hostile.into(),
            about: hostile.into(),
            version: hostile.into(),
            source: hostile.into(),
            sha256: String::new(),
            enabled: true,
            state: hostile.into(),
        };
        let problem = ProblemRow {
            path: hostile.into(),
            running: Some(hostile.into()),
            reason: "compile",
            detail: hostile.into(),
        };
        let page = render(&config("/m\"><script>"), &[row], &[problem]);
        assert!(!page.contains("<script"), "{page}");
        let escaped =
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; onload=&quot;&amp;amp;";
        assert_eq!(page.matches(escaped).count(), 8, "{page}");
        assert!(page.contains("(version=1&lt;2, branch=a&amp;b, revision=&#39;&quot;)"));
        assert!(page.contains("href=\"./m&quot;&gt;&lt;script&gt;\""));
    }

    #[test]
    fn control_characters_of_external_text_are_escaped() {
        let hostile = "a\x1b[2J\r\n\u{202e}b\u{2028}\0\u{85}é \\ <";
        let row = CollectorRow {
            name: hostile.into(),
            about: hostile.into(),
            version: hostile.into(),
            source: hostile.into(),
            sha256: hostile.into(),
            enabled: true,
            state: hostile.into(),
        };
        let problem = ProblemRow {
            path: hostile.into(),
            running: Some(hostile.into()),
            reason: "compile",
            detail: hostile.into(),
        };
        let page = render(&config("/m"), &[row], &[problem]);
        let escaped = "a\\u{1b}[2J\\r\\n\\u{202e}b\\u{2028}\\0\\u{85}é \\ &lt;";
        assert_eq!(page.matches(escaped).count(), 9, "{page}");
        let plain = |character| character == '\n' || is_plain(character);
        assert!(page.chars().all(plain), "{page}");
    }

    #[test]
    fn long_text_is_truncated() {
        let long = "\x1b".repeat(1 << 20);
        let problem = ProblemRow {
            path: long.clone(),
            running: None,
            reason: "compile",
            detail: long,
        };
        let page = render(&config("/m"), &[], &[problem]);
        assert!(page.len() < 20_000, "{}", page.len());
        assert_eq!(page.matches('…').count(), 2);
    }

    #[test]
    fn a_link_stays_on_this_server() {
        for path in ["//elsewhere.example/x", "/javascript:alert(1)"] {
            let page = render(&config(path), &[], &[]);
            let target = path.trim_start_matches('/');
            assert!(page.contains(&format!("href=\"./{target}\"")), "{page}");
        }
    }

    #[test]
    fn every_collector_has_its_row() {
        let row = |name: &str, enabled| CollectorRow {
            name: name.into(),
            about: "Load".into(),
            version: "0.1.0".into(),
            source: "built-in".into(),
            sha256: "abc".into(),
            enabled,
            state: "never run".into(),
        };
        let page = render(&config("/metrics"), &[row("a", true), row("b", false)], &[]);
        assert!(!page.contains("with problems"), "{page}");
        for (name, enabled) in [("a", "yes"), ("b", "no")] {
            let cells = format!("<tr><td>{name}</td><td>{enabled}</td><td>never run</td>");
            assert!(page.contains(&cells), "{page}");
        }
    }
}
