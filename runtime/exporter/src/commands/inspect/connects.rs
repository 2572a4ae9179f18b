//! What a module connects to, and what it would get of that.

use firepit_sandbox::grants::{Interface, Verdict, WhyNoConnect};

/// Each declared address, with what is granted of it.
pub(super) fn lines(verdict: &Verdict) -> Vec<(String, String)> {
    let granted = verdict.granted_connects.iter();
    let given = given(verdict);
    granted
        .map(|address| (address.clone(), given.to_owned()))
        .chain(lacking(verdict))
        .collect()
}

/// Each declared address that is not granted, with the reason.
pub(super) fn lacking(verdict: &Verdict) -> impl Iterator<Item = (String, String)> {
    let lacking = verdict.lacking_connects.iter();
    lacking.map(|it| (it.address.clone(), why(&it.why)))
}

/// What is granted of an address that the policy allows.
fn given(verdict: &Verdict) -> &'static str {
    if verdict.granted_interfaces.contains(&Interface::Connections) {
        "granted"
    } else if verdict.lacking_interfaces.contains(&Interface::Connections) {
        "not granted: the interface connections is not granted"
    } else {
        "granted, but useless: the module imports nothing that connects"
    }
}

fn why(why: &WhyNoConnect) -> String {
    match why {
        WhyNoConnect::NotAllowed => "not granted: grants.connects does not list it".to_owned(),
        WhyNoConnect::ByValue => "granted if the option's value makes it an address that \
                                  grants.connects lists"
            .to_owned(),
        WhyNoConnect::Never(reason) => {
            format!("not granted: {reason}, which grants.connects has to name in full")
        }
        WhyNoConnect::Malformed(problem) => format!("invalid address: {problem}"),
    }
}
