//! Resolves the names of hosts, without blocking on a name server that does not answer.
//!
//! The system's resolver cannot be interrupted, so each lookup has a thread of its own, at most
//! [`MAX_THREADS`]. A thread that was given up leaves its name marked until the resolver returns: meanwhile
//! the same name fails at once, and no second thread waits for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use super::ConnectionError;
use super::wait::Wait;

/// Maximum number of lookups at a time, including given-up ones.
const MAX_THREADS: usize = 8;
/// Maximum number of them for third-party modules, so that these leave some to the built-in collectors.
const MAX_THREADS_THIRD_PARTY: usize = MAX_THREADS / 2;
/// Stack size of a thread in bytes: the resolver keeps its buffers there.
const STACK: usize = 512 << 10;
/// Maximum number of addresses of a name that are tried.
const MAX_IPS: usize = 8;

/// The name of the host itself, which RFC 6761 keeps from name servers.
const LOCALHOST: &str = "localhost";

type Lookup = fn(&str) -> io::Result<Vec<IpAddr>>;

/// Resolves names. Clones share the threads.
#[derive(Debug, Clone)]
pub(super) struct Names {
    lookups: Arc<Mutex<Lookups>>,
    lookup: Lookup,
}

#[derive(Debug, Default)]
struct Lookups {
    threads: usize,
    /// Those of `threads` that work for third-party modules.
    third_party: usize,
    /// Names of given-up threads.
    stuck: Vec<String>,
}

impl Lookups {
    fn has_room(&self, is_third_party: bool) -> bool {
        self.threads < MAX_THREADS
            && (!is_third_party || self.third_party < MAX_THREADS_THIRD_PARTY)
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::with(of_system)
    }
}

/// Asks the system: `/etc/hosts` and the name servers.
fn of_system(name: &str) -> io::Result<Vec<IpAddr>> {
    let found = (name, 0).to_socket_addrs()?;
    Ok(found.map(|address| address.ip()).collect())
}

impl Names {
    fn with(lookup: Lookup) -> Self {
        Self {
            lookups: Arc::default(),
            lookup,
        }
    }

    /// The addresses of a name, IPv4-mapped ones as IPv4.
    pub(super) fn resolve(
        &self,
        name: &str,
        is_third_party: bool,
        wait: &Wait<'_>,
    ) -> Result<Vec<IpAddr>, ConnectionError> {
        if name == LOCALHOST {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let found = self.look_up(name, is_third_party, wait)?;
        let mut ips: Vec<IpAddr> = found.iter().map(IpAddr::to_canonical).collect();
        ips.dedup();
        ips.truncate(MAX_IPS);
        if ips.is_empty() {
            return Err(ConnectionError::NotFound);
        }
        Ok(ips)
    }

    fn look_up(
        &self,
        name: &str,
        is_third_party: bool,
        wait: &Wait<'_>,
    ) -> Result<Vec<IpAddr>, ConnectionError> {
        let left = wait.left()?;
        let mut lookups = self.lock();
        if lookups.stuck.iter().any(|stuck| stuck == name) {
            return Err(ConnectionError::TimedOut);
        }
        if !lookups.has_room(is_third_party) {
            return Err(ConnectionError::TooMany);
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let (own, asked) = (self.clone(), name.to_owned());
        let thread = thread::Builder::new()
            .name("resolve".to_owned())
            .stack_size(STACK)
            .spawn(move || own.run(&asked, is_third_party, &answer));
        if thread.is_err() {
            return Err(ConnectionError::TooMany);
        }
        lookups.threads += 1;
        lookups.third_party += usize::from(is_third_party);
        drop(lookups);
        match answered.recv_timeout(left) {
            Ok(found) => found.map_err(|_| ConnectionError::NotFound),
            // The thread panicked.
            Err(RecvTimeoutError::Disconnected) => Err(ConnectionError::NotFound),
            Err(RecvTimeoutError::Timeout) => {
                let mut lookups = self.lock();
                // It may have answered by now.
                if let Ok(found) = answered.try_recv() {
                    return found.map_err(|_| ConnectionError::NotFound);
                }
                lookups.stuck.push(name.to_owned());
                Err(ConnectionError::TimedOut)
            }
        }
    }

    /// Main function of a thread.
    fn run(
        &self,
        name: &str,
        is_third_party: bool,
        answer: &mpsc::SyncSender<io::Result<Vec<IpAddr>>>,
    ) {
        struct End<'a>(&'a Names, &'a str, bool);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                let mut lookups = self.0.lock();
                lookups.threads -= 1;
                lookups.third_party -= usize::from(self.2);
                lookups.stuck.retain(|stuck| stuck != self.1);
            }
        }
        let _end = End(self, name, is_third_party);
        // Under the lock, so that the thread that waits sees either the answer or its own mark.
        let found = (self.lookup)(name);
        let _lookups = self.lock();
        let _ = answer.try_send(found);
    }

    fn lock(&self) -> MutexGuard<'_, Lookups> {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::files::Meter;
    use crate::grants::Weight;
    use crate::limits::Limits;

    fn meter() -> Meter {
        Meter::new(&Limits::default(), Weight::default())
    }

    fn resolve(
        names: &Names,
        name: &str,
        timeout: Duration,
    ) -> Result<Vec<IpAddr>, ConnectionError> {
        let meter = meter();
        let far = Instant::now() + Duration::from_secs(3600);
        let wait = Wait::new(timeout, far, &meter).unwrap();
        names.resolve(name, false, &wait)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn localhost_needs_no_name_server() {
        let names = Names::with(|_| panic!("must not be asked"));
        let found = resolve(&names, "localhost", LONG).unwrap();
        assert_eq!(
            found,
            ["127.0.0.1", "::1"].map(|it| it.parse::<IpAddr>().unwrap())
        );
    }

    #[test]
    fn mapped_addresses_are_resolved_to_what_they_are() {
        let names = Names::with(|_| Ok(vec!["::ffff:169.254.169.254".parse().unwrap()]));
        let found = resolve(&names, "x", LONG).unwrap();
        assert_eq!(found, ["169.254.169.254".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn few_addresses_of_a_name_are_tried() {
        let names = Names::with(|_| Ok((1..100).map(|it| [127, 0, 0, it].into()).collect()));
        assert_eq!(resolve(&names, "x", LONG).unwrap().len(), MAX_IPS);
    }

    #[test]
    fn unknown_names_are_not_found() {
        let names = Names::with(|_| Err(io::ErrorKind::NotFound.into()));
        assert_eq!(resolve(&names, "x", LONG), Err(ConnectionError::NotFound));
        let names = Names::with(|_| Ok(Vec::new()));
        assert_eq!(resolve(&names, "x", LONG), Err(ConnectionError::NotFound));
        let names = Names::with(|_| panic!("a defect"));
        assert_eq!(resolve(&names, "x", LONG), Err(ConnectionError::NotFound));
        while names.lock().threads > 0 {
            thread::yield_now();
        }
    }

    #[test]
    fn hung_lookups_of_third_party_modules_leave_threads_to_others() {
        let names = Names::with(|name| {
            if name.starts_with("hung") {
                thread::sleep(Duration::from_secs(2));
            }
            Ok(vec![Ipv4Addr::LOCALHOST.into()])
        });
        let meter = meter();
        let far = Instant::now() + LONG;
        let ask = |name: &str, is_third_party, timeout| {
            let wait = Wait::new(timeout, far, &meter).unwrap();
            names.resolve(name, is_third_party, &wait)
        };
        for number in 0..MAX_THREADS_THIRD_PARTY {
            let hung = ask(&format!("hung{number}"), true, Duration::from_millis(5));
            assert_eq!(hung, Err(ConnectionError::TimedOut));
        }
        assert_eq!(ask("other", true, LONG), Err(ConnectionError::TooMany));
        assert!(ask("other", false, LONG).is_ok());
        while names.lock().threads > 0 {
            thread::yield_now();
        }
        assert!(ask("other", true, LONG).is_ok());
    }

    #[test]
    fn hung_lookups_are_bounded_and_marked() {
        let names = Names::with(|_| {
            thread::sleep(Duration::from_secs(2));
            Ok(Vec::new())
        });
        let soon = Duration::from_millis(5);
        for number in 0..MAX_THREADS {
            let name = format!("n{number}");
            assert_eq!(resolve(&names, &name, soon), Err(ConnectionError::TimedOut));
        }
        assert_eq!(resolve(&names, "n0", LONG), Err(ConnectionError::TimedOut));
        assert_eq!(
            resolve(&names, "other", LONG),
            Err(ConnectionError::TooMany)
        );
        while names.lock().threads > 0 {
            thread::yield_now();
        }
        assert!(names.lock().stuck.is_empty());
        assert_eq!(resolve(&names, "n0", LONG), Err(ConnectionError::NotFound));
    }
}
