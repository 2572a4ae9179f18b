//! What logind is asked.

use firepit_sdk::dbus::{Answer, Call, Connection, Malformed, Reader};
use firepit_sdk::log;

use crate::Failed;

const LOGIND: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";

/// The answers of logind.
#[derive(Debug)]
pub(crate) struct Logind {
    pub(crate) seats: Vec<String>,
    pub(crate) sessions: Vec<Session>,
}

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    /// Empty for remote sessions.
    pub(crate) seat: String,
    pub(crate) is_remote: bool,
    pub(crate) kind: String,
    pub(crate) class: String,
}

impl Logind {
    /// Asks for the seats and the sessions, and then for properties of all sessions.
    pub(crate) fn ask(logind: &mut Connection) -> Result<Self, Failed> {
        const SEATS: &str = "unable to get seats";
        const SESSIONS: &str = "unable to get sessions";

        let list = |member| Call::new(LOGIND, PATH, MANAGER, member);
        let answers = logind.call_many(&[list("ListSeats"), list("ListSessions")]);
        let mut answers = answers.map_err(Failed::because(SEATS))?.into_iter();
        let (mut seats, mut sessions) = (Vec::new(), Vec::new());
        if let Some(answer) = answers.next() {
            let reply = answer.map_err(Failed::because(SEATS))?;
            seats = (reply.body().array(|seats| seats.structure(seat)))
                .map_err(Failed::because(SEATS))?;
        }
        if let Some(answer) = answers.next() {
            let reply = answer.map_err(Failed::because(SESSIONS))?;
            sessions = (reply.body().array(|sessions| sessions.structure(session)))
                .map_err(Failed::because(SESSIONS))?;
        }
        let property = |path, name| Call::get(LOGIND, path, SESSION, name);
        let calls: Vec<Call<'_>> = (sessions.iter())
            .flat_map(|(_, path)| ["Remote", "Type", "Class"].map(|name| property(path, name)))
            .collect();
        let answers = logind
            .call_many(&calls)
            .map_err(Failed::because(SESSIONS))?;
        let sessions = sessions.iter().zip(answers.chunks(3));
        Ok(Self {
            seats,
            sessions: sessions
                .filter_map(|((seat, _), answers)| known(seat, answers))
                .collect(),
        })
    }
}

/// `(so)`: identifier and object path.
fn seat(seat: &mut Reader<'_>) -> Result<String, Malformed> {
    seat.string().map(str::to_owned)
}

/// `(susso)`: identifier, user's number and name, seat, object path. Returns the last two.
fn session(session: &mut Reader<'_>) -> Result<(String, String), Malformed> {
    session.string()?;
    session.u32()?;
    session.string()?;
    Ok((session.string()?.to_owned(), session.path()?.to_owned()))
}

/// The session, if all properties are known.
fn known(seat: &str, answers: &[Answer]) -> Option<Session> {
    let [remote, kind, class] = answers else {
        return None;
    };
    Some(Session {
        seat: seat.to_owned(),
        is_remote: property(remote, Reader::boolean)?,
        kind: property(kind, Reader::string)?.to_owned(),
        class: property(class, Reader::string)?.to_owned(),
    })
}

fn property<'a, T>(
    answer: &'a Answer,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Option<T> {
    let value = match answer {
        Ok(reply) => reply
            .property(read)
            .map_err(|malformed| malformed.to_string()),
        Err(failure) => Err(failure.to_string()),
    };
    let skip = |error: &String| log::debug("session is not counted", &[("err", error)]);
    value.inspect_err(skip).ok()
}
