//! `firepit migrate`: today's command line to stdout, with the metrics that have another name; notes to
//! stderr.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::cli::{Credentials, MetricNames, Migration, shell_quoted};
use firepit::migration::metrics_table;
use firepit::web::bcrypt_hash;
use firepit_exposition::escape::escaped;

/// The web config file in the printed command line, if the old one has a user.
const WEB_CONFIG: &str = "/etc/firepit/web.yml";

pub(crate) fn migrate(migration: &Migration) -> anyhow::Result<ExitCode> {
    let mut arguments = migration.args.clone();
    if migration.user.is_some() {
        arguments.push(format!("--web.config.file={WEB_CONFIG}").into());
    }
    let mut text = command_line(&arguments);
    if let MetricNames::Old(collectors) = &migration.metrics {
        for line in metrics_table(collectors).lines() {
            let line = format!("# {line}");
            text.extend_from_slice(line.trim_end().as_bytes());
            text.push(b'\n');
        }
    }
    super::print(&text).context("cannot write to stdout")?;
    for note in &migration.notes {
        eprintln!("firepit: note: {}", escaped(note));
    }
    if matches!(migration.metrics, MetricNames::Old(_)) {
        eprintln!(
            "firepit: note: --metrics.compat=0.8 exposes metrics under their old names as well, for \
             dashboards that still use them"
        );
    }
    if let Some(user) = &migration.user {
        eprint!("{}", web_config(user));
    }
    Ok(ExitCode::SUCCESS)
}

/// One argument a line, for a shell.
fn command_line(arguments: &[OsString]) -> Vec<u8> {
    let mut text = b"firepit".to_vec();
    for argument in arguments {
        text.extend(b" \\\n  ");
        text.extend(shell_quoted(argument));
    }
    text.push(b'\n');
    text
}

/// The web config file with the user.
fn web_config(user: &Credentials) -> String {
    match bcrypt_hash(user.password.as_bytes()) {
        Ok(hash) => {
            let name = escaped(&user.user.to_string_lossy()).replace('\'', "''");
            format!(
                "firepit: note: write {WEB_CONFIG}, readable by firepit's user only:\n  \
                 basic_auth_users:\n    '{name}': {hash}\n"
            )
        }
        Err(cause) => format!("firepit: note: {cause}: choose another for {WEB_CONFIG}\n"),
    }
}
