//! Tests of parsing: shapes, keys and values. The toolkit's own cases run against the whole program.

use super::document::parse;
use super::schema::{Document, Material, Rate};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn read(text: &str) -> Document {
    parse(Path::new("/etc/f/web.yml"), text).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    let error = parse(Path::new("web.yml"), text).unwrap_err();
    error.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn an_empty_file_sets_nothing() {
    for text in [
        "",
        "# nothing\n",
        "{}",
        "null",
        "tls_server_config:\nbasic_auth_users:\n",
    ] {
        let document = read(text);
        assert!(
            !document.tls.is_on() && document.users.is_empty(),
            "{text:?}"
        );
        assert_eq!(document.rate_limit, Rate::default());
    }
}

#[test]
fn relative_paths_start_at_the_file_and_files_win() {
    let document = read(
        "tls_server_config:\n  cert_file: a.pem\n  cert: inline\n  key: |\n    text\n  client_ca_file: /b.pem\n",
    );
    let tls = document.tls;
    assert_eq!(
        tls.cert,
        Some(Material::File(PathBuf::from("/etc/f/a.pem")))
    );
    assert_eq!(tls.key, Some(Material::Inline("text\n".to_owned())));
    assert_eq!(tls.client_ca, Some(Material::File(PathBuf::from("/b.pem"))));
}

#[test]
fn keys_that_enable_tls() {
    for key in [
        "cert",
        "cert_file",
        "key",
        "key_file",
        "client_ca",
        "client_ca_file",
        "client_auth_type",
    ] {
        assert!(
            read(&format!("tls_server_config: {{{key}: x}}"))
                .tls
                .is_on(),
            "{key}"
        );
        assert!(
            !read(&format!("tls_server_config: {{{key}: ''}}"))
                .tls
                .is_on(),
            "{key}"
        );
    }
    for other in [
        "min_version: TLS13",
        "max_version: TLS13",
        "cipher_suites: [TLS_AES_128_GCM_SHA256]",
        "curve_preferences: [X25519MLKEM768]",
        "client_allowed_sans: [a]",
        "prefer_server_cipher_suites: false",
    ] {
        assert!(
            !read(&format!("tls_server_config: {{{other}}}")).tls.is_on(),
            "{other}"
        );
    }
}

#[test]
fn booleans_follow_yaml_1_1() {
    for (text, off) in [
        ("false", true),
        ("no", true),
        ("Off", true),
        ("yes", false),
        ("~", false),
    ] {
        let document = read(&format!("http_server_config: {{http2: {text}}}"));
        assert_eq!(document.no_http2, off, "{text}");
    }
    for (text, millis) in [
        ("1s", 1_000),
        ("1m0.5s", 60_500),
        ("2000000", 2),
        ("0", 0),
        ("-5s", 0),
        ("-5", 0),
        ("~", 0),
    ] {
        let document = read(&format!("rate_limit: {{interval: {text}, burst: 3}}"));
        let interval = Duration::from_millis(millis);
        assert_eq!(document.rate_limit, Rate { interval, burst: 3 }, "{text}");
    }
    let document =
        read("http_server_config: {headers: {X-XSS-Protection: 1, X-Frame-Options: ''}}");
    let [(name, value)] = &document.headers[..] else {
        panic!("{:?}", document.headers);
    };
    assert_eq!(
        (name.as_str(), value.to_str().unwrap()),
        ("x-xss-protection", "1")
    );
}

#[test]
fn all_problems_are_reported_with_their_lines() {
    let found = problems(
        "tls_server_config:\n  cert_filse: a\n  min_version: TLS111\n  cipher_suites: [X]\n  \
         curve_preferences: [CurveP257]\nhttp_server_config:\n  headers:\n    Content-Type: x\n    \
         X-Frame-Options: never\n  http2: maybe\nrate_limit:\n  interval: soon\n  burst: 1.5\nwhat: 1\n\
         basic_auth_users:\n  a: x\n  a: y\n",
    );
    let expected = [
        "web.yml:2: invalid yaml: tls_server_config: unknown key \"cert_filse\"; did you mean",
        "web.yml:3: invalid yaml: tls_server_config.min_version: unknown TLS version: TLS111; one of TLS10",
        "web.yml:4: invalid yaml: tls_server_config.cipher_suites: unknown cipher: X; one of",
        "web.yml:5: invalid yaml: tls_server_config.curve_preferences: unknown curve: CurveP257; one of",
        "web.yml:8: invalid yaml: http_server_config.headers.Content-Type: HTTP header \"Content-Type\" can \
         not be configured",
        "web.yml:9: invalid yaml: http_server_config.headers.X-Frame-Options: invalid value for \
         X-Frame-Options. Expected one of: [deny sameorigin], but got: \"never\"",
        "web.yml:10: invalid yaml: http_server_config.http2: expected true or false, found \"maybe\"",
        "web.yml:12: invalid yaml: rate_limit.interval: \"soon\": not a duration",
        "web.yml:13: invalid yaml: rate_limit.burst: expected a whole number",
        "web.yml:14: invalid yaml: unknown key \"what\"; the keys here are",
        "web.yml:17: invalid yaml: basic_auth_users: duplicate key \"a\", first on line 16",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn no_error_repeats_a_secret() {
    let secret = "hunter2";
    for text in [
        "hunter2",
        "- hunter2",
        "basic_auth_users: hunter2",
        "basic_auth_users: [hunter2]",
        "basic_auth_users: {a: [hunter2]}",
        "basic_auth_users: {a: {hunter2: b}}",
        "tls_server_config: hunter2",
        "tls_server_config: {key: [hunter2]}",
        "tls_server_config: {key: {hunter2: a}}",
        "tls_server_config: {key: *hunter2}",
        "basic_auth_users:\n  a: hunter2\n b: c\n",
        "tls_server_config:\n  key: \"hunter2\n",
    ] {
        let found = problems(text).join("\n");
        assert!(!found.contains(secret), "{text:?}: {found}");
        assert!(found.contains("yaml"), "{found}");
    }
    let document = read("basic_auth_users: {a: hunter2}\ntls_server_config: {key: hunter2}");
    assert!(!format!("{document:?}").contains(secret));
}
