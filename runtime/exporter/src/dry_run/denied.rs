//! Why a connection of a dry run was denied, and what grants it to a run.

use super::{DryRun, SeenConnections};
use firepit_sandbox::grants::{Address, Addresses, Host, OptionValues, never_connect, options_of};
use firepit_sandbox::session::SessionConfig;

impl DryRun<'_> {
    /// Each denied address with the reason and the remedy.
    pub(super) fn denied_connections(&self, seen: &SeenConnections) -> Vec<(String, String)> {
        let (config, declared) = (self.session.config(), &self.plan.descriptor.connects);
        let denied = seen.denied.known.keys();
        denied
            .map(|address| (address.clone(), explain(address, declared, config)))
            .collect()
    }
}

fn explain(text: &str, declared: &[String], config: &SessionConfig) -> String {
    let Ok(address) = Address::parse(text) else {
        return "not an address".to_owned();
    };
    // With the values of all options, also of those that grant nothing because the module set them.
    let values = |name: &str| {
        let setting = config
            .settings
            .iter()
            .find(|setting| setting.name == name)?;
        Some(OptionValues {
            values: setting.values.clone(),
            explicit: setting.explicit,
        })
    };
    let includes = |addresses: &Addresses| addresses.iter().any(|own| *own == address);
    let is_it = |text: &&String| {
        let compiled = Addresses::compile(std::slice::from_ref(*text), &values, false);
        compiled.is_ok_and(|addresses| includes(&addresses))
    };
    let Some(declared) = declared.iter().find(is_it) else {
        return "the module does not declare it".to_owned();
    };
    let granted = config.addresses(std::slice::from_ref(declared));
    if granted.is_ok_and(|addresses| includes(&addresses)) {
        return refused(&address);
    }
    let is_default = |name: &&str| {
        let mut settings = config.settings.iter();
        config.policy.guarded && settings.any(|it| it.name == *name && !it.explicit)
    };
    let options = options_of(declared).filter(is_default);
    let options = options.map(|name| format!("--option {name}=VALUE "));
    let options: String = options.collect();
    format!("pass {options}--grant {declared} to grant it to this run")
}

/// Why an address is denied that the grants include.
fn refused(address: &Address) -> String {
    match address {
        Address::Tcp(Host::Ip(ip), _) | Address::Udp(Host::Ip(ip), _) => {
            let reason = never_connect(*ip).unwrap_or("firepit itself");
            format!("{reason}; pass --grant {address} to grant it to this run")
        }
        Address::Tcp(Host::Name(_), _) | Address::Udp(Host::Name(_), _) => {
            "the name leads to an address that only its own grant includes".to_owned()
        }
        Address::Unix(_) | Address::Abstract(_) => {
            "it leads out of what is granted, or to firepit itself".to_owned()
        }
    }
}
