//! From the flags of an old command line to today's arguments, and to notes about them.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use super::LegacyError;
use super::collectors::{self, Listed};
use super::flags::{Meaning, Naming, OldFlag};
use super::options::CollectorOption;
use super::read::{self, Item};

/// A translated command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Translation {
    /// Today's arguments, in the order of the old ones.
    pub(in crate::cli) args: Vec<OsString>,
    /// A sentence for each flag that today has another form, or no effect.
    pub(in crate::cli) notes: Vec<String>,
    /// The user of basic authentication.
    pub(in crate::cli) credentials: Option<Credentials>,
    /// What to do instead of serving metrics.
    pub(in crate::cli) action: Option<Action>,
    /// The collectors that ran, by their old names.
    pub(in crate::cli) collectors: Vec<String>,
}

/// What an old flag asks for instead of metrics, and no flag of today does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Action {
    /// Print the names of the collectors.
    PrintCollectors,
}

/// A user's name and password. Its debug output has neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: OsString,
    /// The password.
    pub password: OsString,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Today's flag for the server of the collector ntp.
const NTP_SERVER: &str = "collector.ntp.server";

/// The port of 0.6 and 0.7 without `-listen`.
const FIRST_ADDRESS: &str = ":8080";

/// Translates the arguments, without the program's name.
///
/// # Errors
/// A flag is unknown or has an invalid value, or flags that belong together are incomplete.
pub(in crate::cli) fn translate(args: &[OsString]) -> Result<Translation, LegacyError> {
    let items = read::items(args)?;
    let is_first = uses(&items, Naming::First) && !uses(&items, Naming::Second);
    let items = last_of_each(items);
    let mut translator = Translator {
        listed: listed(&items)?,
        done: Translation::default(),
        user: None,
        password: None,
    };
    for item in &items {
        translator.item(item)?;
    }
    translator.defaults(is_first);
    translator.finish()
}

fn uses(items: &[Item], naming: Naming) -> bool {
    let mut items = items.iter();
    items.any(|item| matches!(item, Item::Old { flag, .. } if flag.naming == naming))
}

/// Of flags that set the same, the last one counts.
fn last_of_each(mut items: Vec<Item>) -> Vec<Item> {
    let mut seen = HashSet::new();
    items.reverse();
    items.retain(|item| key(item).is_none_or(|key| seen.insert(key)));
    items.reverse();
    items
}

/// What a flag sets; `None` for a flag of today, which may be repeatable.
fn key(item: &Item) -> Option<String> {
    match item {
        Item::Today(_) => None,
        Item::Option { option, .. } => Some(option.today.to_string()),
        Item::Old { flag, .. } => Some(match flag.meaning {
            Meaning::Same(today) => today.to_owned(),
            Meaning::LogTarget | Meaning::LogDetail => flag.name.to_owned(),
            meaning => format!("{meaning:?}"),
        }),
    }
}

/// The list of collectors, if there is one.
fn listed(items: &[Item]) -> Result<Option<Listed>, LegacyError> {
    let mut lists = items.iter().filter_map(|item| match item {
        Item::Old {
            flag,
            spelled,
            value,
        } if flag.meaning == Meaning::Collectors => Some((spelled, value)),
        _ => None,
    });
    let only = lists.next();
    only.map(|(spelled, value)| Listed::read(&value.to_string_lossy(), spelled))
        .transpose()
}

struct Translator {
    listed: Option<Listed>,
    done: Translation,
    user: Option<OsString>,
    password: Option<OsString>,
}

impl Translator {
    fn item(&mut self, item: &Item) -> Result<(), LegacyError> {
        match item {
            Item::Today(words) => self.done.args.extend(words.iter().cloned()),
            Item::Option {
                option,
                spelled,
                value,
            } => self.option(option, spelled, value),
            Item::Old {
                flag,
                spelled,
                value,
            } => self.old(flag, spelled, value)?,
        }
        Ok(())
    }

    fn option(&mut self, option: &CollectorOption, spelled: &str, value: &OsStr) {
        if !option.is_switch {
            return self.renamed(&option.today, spelled, value);
        }
        let no = if value == "true" { "" } else { "no-" };
        let today = format!("--{no}{}", option.today);
        self.note(format!("{spelled} is deprecated; today's flag is {today}"));
        self.done.args.push(today.into());
    }

    fn old(&mut self, flag: &OldFlag, spelled: &str, value: &OsStr) -> Result<(), LegacyError> {
        let is_on = value == "true";
        match flag.meaning {
            Meaning::Same(today) => self.renamed(today, spelled, value),
            Meaning::Collectors => self.collectors(spelled),
            Meaning::Config => self.config(spelled, value),
            Meaning::User => self.user = Some(value.to_owned()),
            Meaning::Password => self.password = Some(value.to_owned()),
            Meaning::Print if is_on => {
                self.done.action = Some(Action::PrintCollectors);
                self.note(format!(
                    "{spelled} is deprecated; today's command is `firepit check-config`"
                ));
            }
            Meaning::Version if is_on => self.done.args.push("--version".into()),
            Meaning::Help if is_on => self.done.args.push("--help".into()),
            Meaning::Verbose if is_on => self.renamed("log.level", spelled, OsStr::new("debug")),
            Meaning::Print | Meaning::Version | Meaning::Help | Meaning::Verbose => {}
            Meaning::Verbosity => self.verbosity(spelled, value)?,
            Meaning::LogFormat => self.log_format(spelled, value),
            Meaning::LogThreshold => {
                check_threshold(spelled, value)?;
                self.no_effect(
                    spelled,
                    "firepit logs to stderr only; --log.level=warn logs less",
                );
            }
            Meaning::LogTarget | Meaning::LogDetail => self.no_effect(
                spelled,
                "firepit logs to stderr; --log.level and --log.format control that",
            ),
            Meaning::Profile => self.no_effect(spelled, "firepit writes no memory profiles"),
        }
        Ok(())
    }

    /// Sets a flag of today.
    fn renamed(&mut self, today: &str, spelled: &str, value: &OsStr) {
        let argument = self.set(today, value);
        if spelled != format!("--{today}") {
            self.note(format!(
                "{spelled} is deprecated; today's flag is {argument}"
            ));
            if today == NTP_SERVER {
                self.any_ntp_server(spelled);
            }
        }
    }

    /// Old versions asked any server, with the system's time to live; today's ask one on the same host, with 1.
    fn any_ntp_server(&mut self, spelled: &str) {
        let flags = [
            "--collector.ntp.server-is-local",
            "--collector.ntp.ip-ttl=0",
        ];
        self.note(format!(
            "{spelled}: a server on another host needs {} today",
            flags.join(" and ")
        ));
        self.done.args.extend(flags.map(OsString::from));
    }

    /// Adds an argument in place of an earlier one with the same flag. Returns it as text.
    fn set(&mut self, flag: &str, value: &OsStr) -> String {
        let mut argument = OsString::from(format!("--{flag}="));
        let begin = argument.clone();
        self.done
            .args
            .retain(|earlier| !earlier.as_bytes().starts_with(begin.as_bytes()));
        argument.push(value);
        let text = argument.to_string_lossy().into_owned();
        self.done.args.push(argument);
        text
    }

    fn collectors(&mut self, spelled: &str) {
        let Some(listed) = self.listed.take() else {
            return;
        };
        let flags = listed.flags();
        self.note(format!(
            "{spelled} is deprecated; today's flags are {}",
            flags.join(" ")
        ));
        if !listed.gone.is_empty() {
            self.note(format!(
                "{spelled}: collectors without a successor are left out: {}",
                listed.gone.join(", ")
            ));
        }
        self.done.args.extend(flags.into_iter().map(OsString::from));
        self.listed = Some(listed);
    }

    fn config(&mut self, spelled: &str, value: &OsStr) {
        if value.is_empty() {
            return;
        }
        if self
            .listed
            .as_ref()
            .is_some_and(|listed| !listed.has_attributes())
        {
            let without = "the collector attributes, the only user of that file, is not enabled";
            return self.no_effect(spelled, without);
        }
        self.renamed("config.file", spelled, value);
    }

    fn verbosity(&mut self, spelled: &str, value: &OsStr) -> Result<(), LegacyError> {
        let level = value.to_str().and_then(|text| text.parse::<i32>().ok());
        match level {
            None => Err(invalid(spelled, value, "not a whole number")),
            Some(..=0) => {
                self.no_effect(spelled, "--log.level=debug logs more");
                Ok(())
            }
            Some(_) => {
                self.renamed("log.level", spelled, OsStr::new("debug"));
                Ok(())
            }
        }
    }

    /// Versions 0.12 to 0.17 had a URI such as `logger:stderr?json=true`.
    fn log_format(&mut self, spelled: &str, value: &OsStr) {
        let uri = value.to_str().and_then(|text| text.strip_prefix("logger:"));
        match uri {
            None => self.renamed("log.format", spelled, value),
            Some(uri) => {
                let is_json = uri.contains("json=true");
                let format = if is_json { "json" } else { "logfmt" };
                self.set("log.format", OsStr::new(format));
                self.note(format!(
                    "{spelled} has another form today: --log.format={format}"
                ));
            }
        }
    }

    fn no_effect(&mut self, spelled: &str, why: &str) {
        self.note(format!("{spelled} has no effect: {why}"));
    }

    fn note(&mut self, note: String) {
        self.done.notes.push(note);
    }

    /// Applies defaults of the old version that differ from today's. `is_first` says whether all names are
    /// of 0.6 and 0.7.
    fn defaults(&mut self, is_first: bool) {
        let has = |args: &[OsString], begin: &str| {
            let mut args = args.iter();
            args.any(|arg| arg.as_bytes().starts_with(begin.as_bytes()))
        };
        if is_first && !has(&self.done.args, "--web.listen-address=") {
            let argument = self.set("web.listen-address", OsStr::new(FIRST_ADDRESS));
            self.note(format!(
                "-listen is not given: node_exporter 0.6 and 0.7 listened on {FIRST_ADDRESS}, which is \
                 {argument} today"
            ));
        }
        let attributes = self.listed.as_ref().is_none_or(Listed::has_attributes);
        if is_first && attributes && !has(&self.done.args, "--config.file=") {
            self.note(
                "-config is not given: node_exporter 0.6 and 0.7 read node_exporter.conf in the working \
                 directory, firepit does not; name the file with --config.file"
                    .to_owned(),
            );
        }
        if self.listed.is_none() {
            self.note(
                "-collectors.enabled is not given: today's default collectors run, which include those \
                 of the old version"
                    .to_owned(),
            );
        }
    }

    fn finish(mut self) -> Result<Translation, LegacyError> {
        self.done.credentials = self.credentials()?;
        if self.done.credentials.is_some() {
            let is_web_config = |arg: &OsString| arg.as_bytes().starts_with(b"--web.config.file");
            if self.done.args.iter().any(is_web_config) {
                return Err(LegacyError::TwoAuthentications);
            }
            self.note(
                "-auth.user and -auth.pass are deprecated; today's form is basic_auth_users in the file \
                 of --web.config.file. Every path requires them; the old version protected the metrics \
                 only"
                    .to_owned(),
            );
        }
        self.done.collectors = match self.listed {
            Some(listed) => listed.old,
            None => collectors::DEFAULT.map(str::to_owned).into(),
        };
        Ok(self.done)
    }

    fn credentials(&mut self) -> Result<Option<Credentials>, LegacyError> {
        let (user_flag, password_flag) = ("-auth.user", "-auth.pass");
        let half = |given, missing| Err(LegacyError::HalfAuthentication { given, missing });
        match (self.user.take(), self.password.take()) {
            (None, None) => Ok(None),
            (None, Some(_)) => half(password_flag, user_flag),
            (Some(_), None) => half(user_flag, password_flag),
            (Some(user), Some(password)) if user.is_empty() || password.is_empty() => {
                half(user_flag, password_flag)
            }
            (Some(user), Some(_)) if user.as_bytes().contains(&b':') => {
                Err(LegacyError::UserWithColon)
            }
            (Some(user), Some(password)) => Ok(Some(Credentials { user, password })),
        }
    }
}

/// glog's severities: names, or numbers.
fn check_threshold(spelled: &str, value: &OsStr) -> Result<(), LegacyError> {
    let text = value.to_str().unwrap_or_default();
    let names = ["INFO", "WARNING", "ERROR", "FATAL"];
    let is_known = names.iter().any(|name| name.eq_ignore_ascii_case(text));
    if is_known || text.parse::<i32>().is_ok() {
        return Ok(());
    }
    Err(invalid(
        spelled,
        value,
        "write INFO, WARNING, ERROR or FATAL",
    ))
}

fn invalid(spelled: &str, value: &OsStr, expected: &'static str) -> LegacyError {
    LegacyError::Value {
        flag: spelled.to_owned(),
        value: value.to_string_lossy().into_owned(),
        expected,
    }
}
