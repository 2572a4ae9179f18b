//! Options of built-in collectors whose defaults node_exporter takes from environment variables.

use std::ffi::OsString;

use super::SettingsError;
use firepit_sandbox::descriptor::{Descriptor, Setting};
use firepit_sandbox::grants::{Address, AddressProblem};

/// The URL of supervisord.
const SUPERVISORD_URL: &str = "SUPERVISORD_URL";
/// The addresses of the system bus, in the syntax of D-Bus.
const SYSTEM_BUS: &str = "DBUS_SYSTEM_BUS_ADDRESS";

/// The options, by collector and name, and their variables.
const OPTIONS: [(&str, &str, &str); 3] = [
    ("supervisord", "url", SUPERVISORD_URL),
    ("systemd", "bus", SYSTEM_BUS),
    ("logind", "bus", SYSTEM_BUS),
];

/// Values of options from environment variables. They come after those of the command line and of the
/// configuration file, and count as set by the operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvironmentOptions {
    supervisord_url: Option<Result<String, EnvironmentError>>,
    system_bus: Option<Result<String, EnvironmentError>>,
}

/// Why the value of a variable cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotText,
    /// No address of D-Bus in it is one of a Unix socket.
    #[error(
        "it names no Unix socket, as in unix:path=/run/dbus/system_bus_socket or unix:abstract=NAME"
    )]
    NoSocket,
    /// A percent sign without two hexadecimal digits after it.
    #[error("it contains a % without two hexadecimal digits after it")]
    Escape,
    /// The path or the name of a socket is invalid.
    #[error("its socket cannot be connected to: {0}")]
    Address(AddressProblem),
}

impl EnvironmentOptions {
    /// Reads the variables. As in node_exporter, an empty one is none.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let read = |name: &str| {
            let value = variable(name).filter(|value| !value.is_empty())?;
            let text = value.into_string();
            Some(text.map_err(|_| EnvironmentError::NotText))
        };
        Self {
            supervisord_url: read(SUPERVISORD_URL),
            system_bus: read(SYSTEM_BUS).map(|text| socket(&text?)),
        }
    }

    /// Sets the options of a built-in collector that the operator did not set otherwise.
    ///
    /// # Errors
    /// The collector is enabled, and the value of a variable cannot be used.
    pub(crate) fn apply(
        &self,
        descriptor: &Descriptor,
        is_enabled: bool,
        settings: &mut [Setting],
    ) -> Result<(), SettingsError> {
        for (collector, option, variable) in OPTIONS {
            if collector != descriptor.name {
                continue;
            }
            let mut unset = settings.iter_mut().filter(|it| !it.explicit);
            let setting = unset.find(|setting| setting.name == option);
            let (Some(setting), Some(value)) = (setting, self.value(variable)) else {
                continue;
            };
            match value {
                Ok(value) => {
                    setting.values = vec![value.clone()];
                    setting.explicit = true;
                }
                Err(problem) if is_enabled => {
                    return Err(SettingsError::Environment {
                        collector: collector.to_owned(),
                        option: option.to_owned(),
                        variable,
                        problem: problem.clone(),
                    });
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn value(&self, variable: &str) -> Option<&Result<String, EnvironmentError>> {
        match variable {
            SUPERVISORD_URL => self.supervisord_url.as_ref(),
            _ => self.system_bus.as_ref(),
        }
    }
}

/// The first Unix socket among addresses of D-Bus, as `/PATH` or `@NAME`. By the D-Bus specification,
/// "Server Addresses": `unix:path=/x,guid=0;unix:abstract=y`, with bytes escaped as `%XX`.
fn socket(addresses: &str) -> Result<String, EnvironmentError> {
    for address in addresses.split(';') {
        let Some(keys) = address.strip_prefix("unix:") else {
            continue;
        };
        for key in keys.split(',') {
            let socket = match key.split_once('=') {
                Some(("path", value)) => unescape(value)?,
                Some(("abstract", value)) => format!("@{}", unescape(value)?),
                _ => continue,
            };
            return match Address::parse(&format!("unix:{socket}")) {
                Ok(_) => Ok(socket),
                Err(problem) => Err(EnvironmentError::Address(problem)),
            };
        }
    }
    Err(EnvironmentError::NoSocket)
}

fn unescape(value: &str) -> Result<String, EnvironmentError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let digits = digit(rest.next()).zip(digit(rest.next()));
        let byte = digits.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(byte.ok_or(EnvironmentError::Escape)?);
    }
    String::from_utf8(bytes).map_err(|_| EnvironmentError::NotText)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn addresses_of_dbus_are_translated() {
        for (text, wanted) in [
            (
                "unix:path=/run/dbus/system_bus_socket",
                "/run/dbus/system_bus_socket",
            ),
            ("unix:guid=00,path=/x", "/x"),
            ("unix:abstract=/tmp/dbus-x,guid=00", "@/tmp/dbus-x"),
            ("tcp:host=h,port=1;unix:path=/a%20b;unix:path=/c", "/a b"),
            ("unix:runtime=yes;unix:path=/%c3%A9", "/é"),
        ] {
            assert_eq!(socket(text), Ok(wanted.to_owned()), "{text}");
        }
    }

    #[test]
    fn other_addresses_are_rejected() {
        use EnvironmentError::{Address, Escape, NoSocket, NotText};
        for (text, wanted) in [
            ("tcp:host=h,port=1", NoSocket),
            ("unix:runtime=yes", NoSocket),
            ("unix:", NoSocket),
            ("/run/dbus/system_bus_socket", NoSocket),
            (";;,=%", NoSocket),
            ("unix:path=/a%2", Escape),
            ("unix:path=/a%zz", Escape),
            ("unix:path=/%ff", NotText),
            ("unix:path=x", Address(AddressProblem::Path)),
            ("unix:path=/a/../b", Address(AddressProblem::Path)),
            ("unix:path=", Address(AddressProblem::Path)),
            ("unix:abstract=", Address(AddressProblem::Path)),
            ("unix:path=/a%00", Address(AddressProblem::Control)),
        ] {
            assert_eq!(socket(text), Err(wanted), "{text}");
        }
        let long = format!("unix:path=/{}", "a".repeat(1 << 20));
        assert_eq!(socket(&long), Err(Address(AddressProblem::TooLong)));
    }

    fn applied(variables: &[(&str, &[u8])], is_enabled: bool) -> Result<Vec<Setting>, String> {
        let read = |name: &str| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| OsString::from_vec(value.to_vec()))
        };
        let setting = |name: &str, explicit| Setting {
            name: name.to_owned(),
            values: vec!["own".to_owned()],
            explicit,
        };
        let mut settings = vec![setting("bus", false), setting("url", true)];
        let descriptor = Descriptor {
            name: "systemd".to_owned(),
            about: String::new(),
            version: String::new(),
            enabled_by_default: false,
            reads: Vec::new(),
            connects: Vec::new(),
            options: Vec::new(),
        };
        let environment = EnvironmentOptions::read(read);
        let applied = environment.apply(&descriptor, is_enabled, &mut settings);
        applied
            .map(|()| settings)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn variable_sets_an_option_that_nothing_else_sets() {
        let settings = applied(&[(SYSTEM_BUS, b"unix:path=/x")], true).unwrap();
        let values = settings.iter().map(|it| (it.values.concat(), it.explicit));
        let wanted = [("/x".to_owned(), true), ("own".to_owned(), true)];
        assert_eq!(values.collect::<Vec<_>>(), wanted);
        for variables in [
            &[][..],
            &[(SYSTEM_BUS, &b""[..])],
            &[(SUPERVISORD_URL, b"x")],
        ] {
            let settings = applied(variables, true).unwrap();
            assert_eq!(settings[0].values, ["own"]);
            assert!(!settings[0].explicit);
        }
    }

    #[test]
    fn invalid_variable_matters_only_to_an_enabled_collector() {
        for value in [&b"tcp:host=h"[..], b"\xff"] {
            let error = applied(&[(SYSTEM_BUS, value)], true).unwrap_err();
            let told = "DBUS_SYSTEM_BUS_ADDRESS cannot be used for --collector.systemd.bus: it ";
            assert!(error.starts_with(told), "{error}");
            assert!(applied(&[(SYSTEM_BUS, value)], false).is_ok());
        }
    }
}
