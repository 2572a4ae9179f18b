//! `--web.config.file`: every case of the toolkit's own tests by name, against firepit, and against
//! node_exporter where it is installed. Where firepit differs, the case says why.

mod client;
mod folder;
mod ours;
mod rules;
mod server;
mod streams;

use std::io::{Read as _, Write as _};

use firepit_tests::Request;

use self::client::{Client, RSA_AES128, RSA_AES256, hello, suite};
use self::folder::Folder;
use self::server::Program;

/// An answer as text: status, and the body where it is the server's own.
fn plain(answer: &firepit_tests::Answer) -> String {
    match answer.status {
        200 => "200".to_owned(),
        status => format!("{status} {}", answer.text().trim_end()),
    }
}

/// What the toolkit's `TestYAMLFiles` expects, and its cases of `TestServerBehaviour` that do not start.
/// firepit's words where they are not those of the toolkit: none.
const REFUSED: [(&str, &str, &str); 24] = [
    ("web_config_junk.yml", "hahaha", "yaml"),
    (
        "web_config_junk_key.yml",
        "tls_server_config:\n  cert_filse: a\n",
        "yaml",
    ),
    (
        "web_config_noAuth_certPath_empty.bad.yml",
        "tls_server_config:\n  cert_file: ''\n  key_file: server.key\n",
        "missing one of cert or cert_file",
    ),
    (
        "web_config_noAuth_cert_empty.bad.yml",
        "tls_server_config:\n  cert: ''\n  key: x\n",
        "missing one of cert or cert_file",
    ),
    (
        "web_config_noAuth_certPath_keyPath_empty.bad.yml",
        "tls_server_config:\n  cert_file: ''\n  key_file: ''\n  client_auth_type: x\n",
        "missing one of cert or cert_file",
    ),
    (
        "web_config_noAuth_keyPath_empty.bad.yml",
        "tls_server_config:\n  cert_file: server.crt\n  key_file: ''\n",
        "missing one of key or key_file",
    ),
    (
        "web_config_noAuth_key_empty.bad.yml",
        "tls_server_config:\n  cert: x\n  key: ''\n",
        "missing one of key or key_file",
    ),
    (
        "web_config_noAuth_certPath_invalid.bad.yml",
        "tls_server_config:\n  cert_file: somefile\n  key_file: server.key\n",
        "no such file",
    ),
    (
        "web_config_noAuth_keyPath_invalid.bad.yml",
        "tls_server_config:\n  cert_file: server.crt\n  key_file: somefile\n",
        "no such file",
    ),
    (
        "web_config_noAuth_certPath_keyPath_invalid.bad.yml",
        "tls_server_config:\n  cert_file: somefile\n  key_file: somefile\n",
        "no such file",
    ),
    (
        "web_config_noAuth.bad.yml",
        "tls_server_config:\n  PAIR\n  client_ca_file: /dev/null\n",
        "client CA's have been configured without a Client Auth Policy",
    ),
    (
        "web_config_auth_clientCAs_invalid.bad.yml",
        "tls_server_config:\n  PAIR\n  client_ca_file: somefile\n",
        "no such file",
    ),
    (
        "an unknown client_auth_type",
        "tls_server_config:\n  PAIR\n  client_auth_type: x\n",
        "invalid ClientAuth: x",
    ),
    (
        "web_config_auth_user_list_invalid.bad.yml",
        "basic_auth_users:\n  john: doe\n",
        "hashedSecret too short to be a bcrypted password",
    ),
    (
        "web_config_noAuth_inventedCiphers.bad.yml",
        "tls_server_config:\n  PAIR\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA2048]\n",
        "unknown cipher",
    ),
    (
        "web_config_noAuth_inventedCurves.bad.yml",
        "tls_server_config:\n  PAIR\n  curve_preferences: [CurveP257]\n",
        "unknown curve",
    ),
    (
        "web_config_noAuth_wrongTLSVersion.bad.yml",
        "tls_server_config:\n  PAIR\n  min_version: TLS111\n",
        "unknown TLS version",
    ),
    (
        "web_config_noAuth_noHTTP2Cipher.bad.yml",
        "tls_server_config:\n  PAIR\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n",
        "missing an HTTP/2-required",
    ),
    (
        "web_config_headers_content_type_options.bad.yml",
        "http_server_config:\n  headers:\n    X-Content-Type-Options: x\n",
        "invalid value for X-Content-Type-Options",
    ),
    (
        "web_config_headers_frame_options.bad.yml",
        "http_server_config:\n  headers:\n    X-Frame-Options: x\n",
        "invalid value for X-Frame-Options",
    ),
    (
        "web_config_headers_extra_header.bad.yml",
        "http_server_config:\n  headers:\n    Content-Type: x\n",
        "can not be configured",
    ),
    (
        "not the key of the certificate",
        "tls_server_config:\n  cert_file: server.crt\n  key_file: other.key\n",
        "failed to load X509KeyPair",
    ),
    (
        "no key at all",
        "tls_server_config:\n  cert_file: server.crt\n  key_file: server.crt\n",
        "failed to load X509KeyPair",
    ),
    (
        "two keys of one name",
        "rate_limit: {burst: 1}\nrate_limit: {burst: 2}\n",
        "yaml",
    ),
];

#[test]
fn files_that_the_toolkit_rejects_are_rejected_with_its_message() {
    let folder = Folder::new();
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    std::fs::write(folder.path().join("other.key"), other).unwrap();
    for program in Program::all() {
        for (name, text, expected) in REFUSED {
            let path = folder.write("web.yml", text);
            let refusal = program.refusal(&path);
            let refusal = refusal.replace("\\\"", "\"");
            assert!(refusal.contains(expected), "{program:?} {name}: {refusal}");
        }
        let missing = folder.path().join("somefile.yml").display().to_string();
        let refusal = program.refusal(&missing);
        assert!(refusal.contains("no such file"), "{program:?}: {refusal}");
    }
}

/// A file, the client, and what it gets. The last field is what firepit does where it differs.
struct Case {
    file: &'static str,
    text: &'static str,
    client: &'static str,
    expected: &'static str,
}

const CASES: [Case; 22] = [
    case("web_config_empty.yml", "", "plain", "200"),
    case("web_config_empty.yml", "", "tls", "not TLS"),
    case(
        "web_config_noAuth.good.yml",
        "tls_server_config:\n  PAIR\n  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: tls-ca-chain.pem\n",
        "plain",
        "400 Client sent an HTTP request to an HTTPS server.",
    ),
    case(
        "web_config_noAuth.good.yml",
        "tls_server_config:\n  PAIR\n  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: tls-ca-chain.pem\n",
        "tls",
        "200",
    ),
    case(
        "web_config_noAuth.good.yml",
        "tls_server_config:\n  PAIR\n",
        "tls11",
        "alert 70",
    ),
    case(
        "web_config_noAuth_tlsInline.good.yml",
        "tls_server_config:\n  cert: INLINE_CERT\n  key: INLINE_KEY\n",
        "tls",
        "200",
    ),
    case(
        "web_config_noAuth_allCiphers.good.yml",
        ALL_CIPHERS,
        "tls",
        "200",
    ),
    case(
        "web_config_noAuth_someCiphers.good.yml",
        SOME_CIPHERS,
        "aes128",
        "200",
    ),
    case(
        "web_config_noAuth_someCiphers.good.yml",
        SOME_CIPHERS,
        "cbc",
        "alert 40",
    ),
    case(
        "web_config_noAuth_someCiphers.good.yml",
        SOME_CIPHERS,
        "aes256 and aes128",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    ),
    case(
        "web_config_noAuth_someCiphers_noOrder.good.yml",
        "tls_server_config:\n  PAIR\n  max_version: TLS12\n  prefer_server_cipher_suites: false\n  \
         cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n",
        "aes256 and aes128",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    ),
    case(
        "web_config_noAuth_allCurves.good.yml",
        "tls_server_config:\n  PAIR\n  curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]\n",
        "tls",
        "200",
    ),
    case(
        "web_config_noAuth_noHTTP2.good.yml",
        "tls_server_config:\n  PAIR\n  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n\
         http_server_config:\n  http2: false\n",
        "tls12",
        "200",
    ),
    case(
        "tls_config_noAuth.requireanyclientcert.good.yml",
        ANY_CERT,
        "client",
        "200",
    ),
    case(
        "tls_config_noAuth.requireanyclientcert.good.yml",
        ANY_CERT,
        "tls",
        "CertificateRequired",
    ),
    case(
        "tls_config_noAuth.requireandverifyclientcert.good.yml",
        VERIFIED,
        "client",
        "200",
    ),
    case(
        "tls_config_noAuth.requireandverifyclientcert.good.yml",
        VERIFIED,
        "client2",
        "refused",
    ),
    case(
        "tls_config_noAuth.requestclientcert",
        "tls_server_config:\n  PAIR\n  client_auth_type: RequestClientCert\n",
        "tls",
        "200",
    ),
    case(
        "web_config_auth_client_san.good.yaml",
        "tls_server_config:\n  PAIR\n  client_auth_type: RequireAndVerifyClientCert\n  \
         client_ca_file: client2_selfsigned.pem\n  client_allowed_sans: [one, test3, two]\n",
        "client2",
        "200",
    ),
    case(
        "web_config_auth_client_san, URI",
        "tls_server_config:\n  PAIR\n  client_auth_type: RequireAnyClientCert\n  \
         client_allowed_sans: [\"spiffe://example.org/prometheus\"]\n",
        "client2",
        "200",
    ),
    case(
        "web_config_auth_client_san, address",
        "tls_server_config:\n  PAIR\n  client_auth_type: RequireAnyClientCert\n  \
         client_allowed_sans: [\"2001:db8::7\"]\n",
        "client2",
        "200",
    ),
    case(
        "web_config_auth_client_san.bad.yaml",
        "tls_server_config:\n  PAIR\n  client_auth_type: RequireAndVerifyClientCert\n  \
         client_ca_file: client2_selfsigned.pem\n  client_allowed_sans: [bad]\n",
        "client2",
        "BadCertificate",
    ),
];

const ALL_CIPHERS: &str = "tls_server_config:\n  PAIR\n  cipher_suites:\n  \
    - TLS_AES_128_GCM_SHA256\n  - TLS_AES_256_GCM_SHA384\n  - TLS_CHACHA20_POLY1305_SHA256\n  \
    - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n  \
    - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256\n  - TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA\n  \
    - TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA\n  - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n  \
    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n  - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\n  \
    - TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\n  - TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\n";

const SOME_CIPHERS: &str = "tls_server_config:\n  PAIR\n  max_version: TLS12\n  \
    cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n";

const ANY_CERT: &str = "tls_server_config:\n  PAIR\n  client_auth_type: RequireAnyClientCert\n";

const VERIFIED: &str = "tls_server_config:\n  PAIR\n  client_auth_type: RequireAndVerifyClientCert\n  \
    client_ca_file: client_selfsigned.pem\n";

const fn case(
    file: &'static str,
    text: &'static str,
    client: &'static str,
    expected: &'static str,
) -> Case {
    Case {
        file,
        text,
        client,
        expected,
    }
}

fn outcome(folder: &Folder, address: std::net::SocketAddr, client: &str) -> String {
    let page = Request::get("/metrics");
    let alert = |(kind, alert): (u8, Option<u8>)| match alert {
        Some(number) => format!("alert {number}"),
        None => format!("record {kind}"),
    };
    let none = Client::default();
    let client = match client {
        "plain" => {
            // The answer to a plain request has no headers.
            let mut stream = client::tcp(address).unwrap();
            stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let status = head.split(' ').nth(1).unwrap();
            return match status {
                "200" => status.to_owned(),
                _ => format!("{status} {}", body.trim_end()),
            };
        }
        "tls11" => return alert(hello(address, [3, 2], [0xc0, 0x2f])),
        "cbc" => return alert(hello(address, [3, 3], [0xc0, 0x14])),
        "aes256 and aes128" => {
            let suites = [RSA_AES256, RSA_AES128];
            let client = Client {
                suites: &suites,
                ..none
            };
            let stream = client.connect(folder, address).unwrap();
            return format!("{:?}", suite(&stream));
        }
        "aes128" => Client {
            suites: &[RSA_AES128],
            ..none
        },
        "tls12" => Client {
            version: Some(&rustls::version::TLS12),
            ..none
        },
        "client" => Client {
            identity: Some(&folder.client),
            ..none
        },
        "client2" => Client {
            identity: Some(&folder.client2),
            ..none
        },
        _ => none,
    };
    match client.ask(folder, address, &page) {
        Ok(answer) => plain(&answer),
        Err(error) => match error.to_string() {
            text if text.contains("CertificateRequired") => "CertificateRequired".to_owned(),
            text if text.contains("BadCertificate") => "BadCertificate".to_owned(),
            text if text.contains("corrupt message") => "not TLS".to_owned(),
            _ => "refused".to_owned(),
        },
    }
}

#[test]
fn connections_end_as_with_the_toolkit() {
    let folder = Folder::new();
    for program in Program::all() {
        for case in &CASES {
            let path = folder.write("web.yml", case.text);
            let server = program.start(&path);
            let found = outcome(&folder, server.address(), case.client);
            let (file, client) = (case.file, case.client);
            // An unknown authority and the like: rustls and Go name some reasons differently.
            if case.expected == "refused" {
                assert!(
                    !found.starts_with('2'),
                    "{program:?} {file} {client}: {found}"
                );
            } else {
                assert_eq!(found, case.expected, "{program:?} {file} {client}");
            }
        }
    }
}
