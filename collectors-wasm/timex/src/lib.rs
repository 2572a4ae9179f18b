//! The state of the kernel's clock discipline.
//!
//! Calls [adjtimex(2)](https://man7.org/linux/man-pages/man2/adjtimex.2.html), emits the
//! `node_timex_*` families. If the kernel denies the call, there is no data.

use firepit_sdk::clock::{self, Timex};
use firepit_sdk::{Descriptor, Error, Metrics, ResultExt, Scalar, errno, export, families};

/// `TIME_ERROR`: the result of the call if the clock is not synchronised.
const TIME_ERROR: i32 = 5;
/// `STA_NANO`: offsets are in nanoseconds.
const STA_NANO: i32 = 0x2000;

const MICRO: f64 = 1e6;
const NANO: f64 = 1e9;
/// Units of the kernel's frequencies: parts per million with 16 fractional bits.
const PPM16: f64 = 1_000_000.0 * 65_536.0;

/// Parts of a second in the unit of `offset` and `jitter`.
fn divisor(timex: &Timex) -> f64 {
    if timex.status & STA_NANO == 0 {
        MICRO
    } else {
        NANO
    }
}

const FAMILIES: [Scalar<0>; 17] = families! { Scalar[]
    gauge "node_timex_sync_status": "Is clock synchronized to a reliable server (1 = yes, 0 = no).",
    gauge "node_timex_offset_seconds": "Time offset in between local system and reference clock.",
    gauge "node_timex_frequency_adjustment_ratio": "Local clock frequency adjustment.",
    gauge "node_timex_maxerror_seconds": "Maximum error in seconds.",
    gauge "node_timex_estimated_error_seconds": "Estimated error in seconds.",
    gauge "node_timex_status": "Value of the status array bits.",
    gauge "node_timex_loop_time_constant": "Phase-locked loop time constant.",
    gauge "node_timex_tick_seconds": "Seconds between clock ticks.",
    gauge "node_timex_pps_frequency_hertz": "Pulse per second frequency.",
    gauge "node_timex_pps_jitter_seconds": "Pulse per second jitter.",
    gauge "node_timex_pps_shift_seconds": "Pulse per second interval duration.",
    gauge "node_timex_pps_stability_hertz": "Pulse per second stability, average of recent frequency changes.",
    gauge "node_timex_tai_offset_seconds": "International Atomic Time (TAI) offset.",
    counter "node_timex_pps_jitter_total": "Pulse per second count of jitter limit exceeded events.",
    counter "node_timex_pps_calibration_total": "Pulse per second count of calibration intervals.",
    counter "node_timex_pps_error_total": "Pulse per second count of calibration errors.",
    counter "node_timex_pps_stability_exceeded_total": "Pulse per second count of stability limit exceeded events.",
};

export!(
    TimexCollector,
    collect,
    Descriptor::new("timex", "Shows the kernel's clock discipline.")
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let timex = match clock::adjtimex() {
        Err(errno::EPERM | errno::EACCES) => return Err(Error::NoData),
        timex => timex.map_err(errno::text),
    };
    let timex = timex.context("failed to retrieve adjtimex stats")?;
    let values = [
        f64::from(timex.state != TIME_ERROR),
        timex.offset as f64 / divisor(&timex),
        1.0 + timex.freq as f64 / PPM16,
        timex.maxerror as f64 / MICRO,
        timex.esterror as f64 / MICRO,
        f64::from(timex.status),
        timex.constant as f64,
        timex.tick as f64 / MICRO,
        timex.ppsfreq as f64 / PPM16,
        timex.jitter as f64 / divisor(&timex),
        f64::from(timex.shift),
        timex.stabil as f64 / PPM16,
        f64::from(timex.tai),
        timex.jitcnt as f64,
        timex.calcnt as f64,
        timex.errcnt as f64,
        timex.stbcnt as f64,
    ];
    metrics.table(FAMILIES).row([], values);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    const TIMEX: Timex = Timex {
        state: 0,
        status: 0x2001,
        offset: 250_000,
        freq: 65_536,
        maxerror: 16_000_000,
        esterror: 500,
        constant: 7,
        tick: 10_000,
        ppsfreq: 131_072_000_000,
        jitter: 3,
        shift: 2,
        stabil: 0,
        jitcnt: 1,
        calcnt: 2,
        errcnt: 3,
        stbcnt: 4,
        tai: 37,
    };

    fn text(timex: Timex) -> String {
        let out = Host::new().adjtimex(Ok(timex)).run::<TimexCollector>([]);
        assert_eq!(out.result, Ok(()));
        out.text()
    }

    #[test]
    fn shows_every_field_in_base_units() {
        let expected = "node_timex_sync_status 1\nnode_timex_offset_seconds 0.00025\n\
            node_timex_frequency_adjustment_ratio 1.000001\nnode_timex_maxerror_seconds 16\n\
            node_timex_estimated_error_seconds 0.0005\nnode_timex_status 8193\n\
            node_timex_loop_time_constant 7\nnode_timex_tick_seconds 0.01\n\
            node_timex_pps_frequency_hertz 2\nnode_timex_pps_jitter_seconds 0.000000003\n\
            node_timex_pps_shift_seconds 2\nnode_timex_pps_stability_hertz 0\n\
            node_timex_tai_offset_seconds 37\nnode_timex_pps_jitter_total 1\n\
            node_timex_pps_calibration_total 2\nnode_timex_pps_error_total 3\n\
            node_timex_pps_stability_exceeded_total 4\n";
        assert_eq!(text(TIMEX), expected);
    }

    #[test]
    fn without_the_nanosecond_bit_offsets_are_microseconds() {
        let timex = Timex { status: 1, ..TIMEX };
        assert!(text(timex).contains("node_timex_offset_seconds 0.25\n"));
        assert!(text(timex).contains("node_timex_pps_jitter_seconds 0.000003\n"));
    }

    #[test]
    fn unsynchronised_clock_is_shown() {
        let timex = Timex { state: 5, ..TIMEX };
        assert!(text(timex).starts_with("node_timex_sync_status 0\n"));
    }

    #[test]
    fn denied_call_is_no_data_and_other_errors_fail() {
        for number in [errno::EPERM, errno::EACCES] {
            let out = Host::new().adjtimex(Err(number)).run::<TimexCollector>([]);
            assert_eq!(out.result, Err(Error::NoData));
        }
        let out = Host::new().adjtimex(Err(38)).run::<TimexCollector>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(
            error,
            "failed to retrieve adjtimex stats: function not implemented"
        );
    }
}
