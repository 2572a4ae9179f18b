//! Packets that IPsec dropped, by cause.
//!
//! Reads `/proc/net/xfrm_stat`
//! ([xfrm_proc](https://docs.kernel.org/networking/xfrm/xfrm_proc.html)). Always emits all families
//! of the module `families`: a cause that the kernel does not list is 0. A cause with a malformed
//! number is omitted.

mod families;
mod parse;

use firepit_sdk::{Descriptor, Error, Metrics, export, files};

use families::FAMILIES;

export!(
    Xfrm,
    collect,
    Descriptor::new("xfrm", "Shows packets that IPsec dropped.")
        .disabled_by_default()
        .reads(["/proc/net/xfrm_stat"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/net/xfrm_stat")?;
    let counts = parse::counts(&text);
    for (field, family) in &FAMILIES {
        // The last line of a duplicate field is used, as in node_exporter.
        let count = counts.iter().rfind(|count| count.field == *field);
        let packets = count.map_or(Some(0), |count| count.packets);
        metrics.counter(family).total([], packets);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const TABLE: &str = "\
XfrmInError             \t1
XfrmInNoStates          \t3
XfrmOutPolDead          \t7656
XfrmAcquireError        \t24532
XfrmInIptfsError        \t9
";

    #[test]
    fn shows_all_causes() {
        let out = Host::new()
            .file("/proc/net/xfrm_stat", TABLE)
            .run::<Xfrm>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.families.len(), 28);
        let text = out.text();
        for line in [
            "node_xfrm_in_error_packets_total 1\n",
            "node_xfrm_in_no_states_packets_total 3\n",
            "node_xfrm_out_pol_dead_packets_total 7656\n",
            "node_xfrm_acquire_error_packets_total 24532\n",
        ] {
            assert!(text.contains(line), "{line}");
        }
        let zero = text.lines().filter(|line| line.ends_with(" 0"));
        assert_eq!(zero.count(), 24);
    }

    #[test]
    fn last_line_of_a_duplicate_field_is_used() {
        let out = Host::new()
            .file("/proc/net/xfrm_stat", "XfrmInError 1\nXfrmInError 2\n")
            .run::<Xfrm>([]);
        assert!(out.text().contains("node_xfrm_in_error_packets_total 2\n"));
    }

    #[test]
    fn malformed_number_skips_its_cause() {
        let out = Host::new()
            .file("/proc/net/xfrm_stat", "XfrmInError 1\nXfrmInNoStates x\n")
            .run::<Xfrm>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 27));
        assert!(!out.text().contains("in_no_states"));
        let told = (out.skipped[0].line, &*out.skipped[0].problem);
        assert_eq!(
            told,
            (2, "XfrmInNoStates: expected an integer, found \"x\"")
        );
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule("/proc/net/xfrm_stat", Loss::Everything, "the only source")
            .check::<Xfrm>(&Host::new().file("/proc/net/xfrm_stat", TABLE));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<Xfrm>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/net/xfrm_stat: no such file or directory"
        );
    }
}
