//! The sockets of a dump, counted by state.

use firepit_sdk::netlink::{Malformed, messages};

/// Size of `struct inet_diag_msg`.
const INET_DIAG_MSG: usize = 72;

/// The names of the states, by their numbers in the kernel; 0 for states without a name.
const STATES: [&str; 12] = [
    "unknown",
    "established",
    "syn_sent",
    "syn_recv",
    "fin_wait1",
    "fin_wait2",
    "time_wait",
    "close",
    "close_wait",
    "last_ack",
    "listen",
    "closing",
];

/// Sums over sockets.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    /// As [`STATES`].
    counts: [u64; STATES.len()],
    received: u64,
    to_transmit: u64,
}

impl Sockets {
    /// Adds the sockets of a dump.
    pub(crate) fn add(&mut self, dump: &[u8]) -> Result<(), Malformed> {
        for message in messages(dump) {
            let (socket, _attributes) = message?.parts(INET_DIAG_MSG)?;
            let state = usize::from(socket.u8_at(1)?);
            let known = if state < STATES.len() { state } else { 0 };
            if let Some(count) = self.counts.get_mut(known) {
                *count += 1;
            }
            self.received += u64::from(socket.u32_at(56)?);
            self.to_transmit += u64::from(socket.u32_at(60)?);
        }
        Ok(())
    }

    /// The label values with their numbers. States without sockets are omitted; without sockets the
    /// list is empty.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let states = STATES.into_iter().zip(self.counts);
        let any = self.counts.iter().any(|&count| count > 0);
        let bytes = [
            ("rx_queued_bytes", self.received),
            ("tx_queued_bytes", self.to_transmit),
        ];
        (states.filter(|(_, count)| *count > 0)).chain(bytes.into_iter().filter(move |_| any))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::netlink::{hex, message};

    /// A listening socket of Linux 6.18, with one connection waiting to be accepted.
    const RECORDED: &str = "\
        7c00000014000200010000001a170000020a000088bd00007f000001000000000000000000000000 \
        00000000000000000000000000000000000000000f00000000000000000000000100000005000000 \
        0000000018b43700050008000000000008000f00000000000c001500010000000000000006001600 \
        52000000";

    fn socket(state: u8, received: u32, to_transmit: u32) -> Vec<u8> {
        let mut bytes = vec![0; INET_DIAG_MSG];
        bytes[1] = state;
        bytes[56..60].copy_from_slice(&received.to_ne_bytes());
        bytes[60..64].copy_from_slice(&to_transmit.to_ne_bytes());
        message(20, &bytes, b"")
    }

    fn values(dump: &[u8]) -> Vec<(&'static str, u64)> {
        let mut sockets = Sockets::default();
        sockets.add(dump).unwrap();
        sockets.values().collect()
    }

    #[test]
    fn counts_by_state() {
        let dump = [
            socket(1, u32::MAX, 1),
            socket(1, 1, 2),
            socket(11, 0, 0),
            socket(0, 0, 0),
            socket(12, 0, 0),
            socket(255, 0, 0),
        ];
        let expected = [
            ("unknown", 3),
            ("established", 2),
            ("closing", 1),
            ("rx_queued_bytes", 1 << 32),
            ("tx_queued_bytes", 3),
        ];
        assert_eq!(values(&dump.concat()), expected);
    }

    #[test]
    fn without_sockets_no_values_are_shown() {
        assert_eq!(values(&[]), []);
        let expected = [
            ("time_wait", 1),
            ("rx_queued_bytes", 0),
            ("tx_queued_bytes", 0),
        ];
        assert_eq!(values(&socket(6, 0, 0)), expected);
    }

    #[test]
    fn a_recorded_socket() {
        let expected = [
            ("listen", 1),
            ("rx_queued_bytes", 1),
            ("tx_queued_bytes", 5),
        ];
        assert_eq!(values(&hex(RECORDED)), expected);
    }

    #[test]
    fn a_huge_dump() {
        let dump = socket(1, u32::MAX, u32::MAX).repeat(1 << 16);
        assert_eq!(values(&dump)[0], ("established", 1 << 16));
        let mut sockets = Sockets::default();
        assert_eq!(sockets.add(&dump[..100]), Err(Malformed::Message));
    }
}
