//! The macro that declares many families, one per line.

/// Declares an array of families with the same labels, one per line: metric name and help text.
///
/// ```
/// use firepit_sdk::{Counter, Gauge, Metrics, Scalar, families};
///
/// /// In the order of the columns.
/// const COLUMNS: [Gauge<1>; 2] = families! { Gauge["device"]
///     "node_x_size_bytes": "Size of the device.",
///     "node_x_used_bytes": "How much of it is used.",
/// };
///
/// /// Each family with a key of its own, here the file to read.
/// const FILES: [(&str, Counter<1>); 2] = families! { Counter["device"]
///     "rx" => "node_x_received_total": "Frames received.",
///     "tx" => "node_x_sent_total": "Frames sent.",
/// };
///
/// /// Counters beside gauges.
/// const MIXED: [Scalar<0>; 2] = families! { Scalar[]
///     counter "node_x_errors_total": "Errors.",
///     gauge "node_x_temperature_celsius": "Temperature.",
/// };
///
/// /// Keys and types together.
/// const LINES: [((&str, f64), Scalar<1>); 2] = families! { Scalar["device"]
///     ("dr", 1024.0) => counter "node_x_read_bytes_total": "Bytes read.",
///     ("pe", 1.0) => gauge "node_x_pending": "Requests without an answer.",
/// };
///
/// fn emit(metrics: &mut Metrics, device: &str, columns: [u64; 2]) {
///     metrics.table(COLUMNS).row([device], columns);
/// }
/// # assert_eq!((FILES[1].0, LINES[1].0), ("tx", ("pe", 1.0)));
/// # assert!(format!("{:?}", FILES[1].1).contains("node_x_sent_total"));
/// # assert!(matches!(LINES.map(|(_, family)| family), [Scalar::Counter(_), Scalar::Gauge(_)]));
/// # assert!(matches!(MIXED, [Scalar::Counter(_), Scalar::Gauge(_)]));
/// ```
#[macro_export]
macro_rules! families {
    ($kind:ident $labels:tt $($name:literal: $help:expr),+ $(,)?) => {
        [$($crate::$kind::new($name, $help, $labels)),+]
    };
    ($kind:ident $labels:tt $($way:ident $name:literal: $help:expr),+ $(,)?) => {
        [$($crate::$kind::$way($name, $help, $labels)),+]
    };
    ($kind:ident $labels:tt $($key:expr => $name:literal: $help:expr),+ $(,)?) => {
        [$(($key, $crate::$kind::new($name, $help, $labels))),+]
    };
    ($kind:ident $labels:tt $($key:expr => $way:ident $name:literal: $help:expr),+ $(,)?) => {
        [$(($key, $crate::$kind::$way($name, $help, $labels))),+]
    };
}
