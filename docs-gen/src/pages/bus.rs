//! The D-Bus of the simulated host, with a systemd and a logind.

use firepit_sdk::dbus::{Body, Failure};
use firepit_sdk::testing::bus::{self, Received};
use firepit_sdk::testing::{Host, Peer};

/// A unit of each kind that has properties.
const UNITS: [&str; 4] = ["a.service", "a.socket", "a.timer", "a.mount"];

/// Adds it to a host.
pub(super) fn answers(host: Host) -> Host {
    let bus: Peer = bus::peer(answer);
    host.peer("unix:/run/dbus/system_bus_socket", bus)
}

fn answer(call: &Received) -> Result<Body, Failure> {
    if let Some((_, property)) = call.property() {
        return Ok(value(property));
    }
    match call.member.as_str() {
        "ListUnits" => Ok(Body::new().array("(ssssssouso)", |units| {
            UNITS.iter().fold(units, |units, name| {
                units.structure(|unit| {
                    let unit = unit.string(name).string("").string("loaded");
                    let unit = unit.string("active").string("").string("");
                    unit.path("/a").u32(0).string("").path("/")
                })
            })
        })),
        "ListSeats" => Ok(Body::new().array("(so)", |seats| {
            seats.structure(|seat| seat.string("seat0").path("/a"))
        })),
        "ListSessions" => Ok(Body::new().array("(susso)", |sessions| {
            sessions.structure(|session| {
                let session = session.string("1").u32(0).string("root");
                session.string("seat0").path("/a")
            })
        })),
        other => Err(bus::failure(
            "org.freedesktop.DBus.Error.UnknownMethod",
            other,
        )),
    }
}

/// A value of a property, of its type.
fn value(property: &str) -> Body {
    let text = |text: &'static str| Body::new().variant("s", |value| value.string(text));
    match property {
        "Version" => text("252"),
        "SystemState" => text("running"),
        "Type" => text("simple"),
        "Class" => text("user"),
        "Virtualization" => text("kvm"),
        "Remote" => Body::new().variant("b", |value| value.boolean(false)),
        "NRestarts" | "NAccepted" | "NConnections" | "NRefused" => {
            Body::new().variant("u", |value| value.u32(1))
        }
        _ => Body::new().variant("t", |value| value.u64(1)),
    }
}
