//! The log: one line per event on stderr, in logfmt or JSON, as Prometheus' programs write it.
//!
//! It includes messages of guests. Their text stays within its line and its field, and none of their
//! control characters reaches a terminal.

mod line;
mod time;

use std::fmt;
use std::io;
use std::time::SystemTime;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::SetGlobalDefaultError;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

/// Level and format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogConfig {
    /// The least severe level that is logged.
    pub level: tracing::Level,
    /// Format of the lines.
    pub format: LogFormat,
}

/// Format of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `time=... level=INFO msg="..." key=value`.
    Logfmt,
    /// One object per line.
    Json,
}

/// Prefix of the targets of all events of this program.
const OURS: &str = "firepit";

/// Sends every event from now on to stderr.
///
/// # Errors
/// If the process already has a log.
pub fn init(config: &LogConfig) -> Result<(), SetGlobalDefaultError> {
    tracing::subscriber::set_global_default(subscriber(config, io::stderr))
}

/// This program's events of the configured level, and warnings and errors of libraries.
fn subscriber<W>(config: &LogConfig, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let of_libraries = LevelFilter::from(config.level).min(LevelFilter::WARN);
    let filter = Targets::new()
        .with_default(of_libraries)
        .with_target(OURS, config.level);
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Lines(config.format))
        .with_writer(writer)
        // Reporting a closed stderr would write to stderr, and panic.
        .log_internal_errors(false);
    tracing_subscriber::registry().with(filter).with(lines)
}

/// Formats events, one line each.
struct Lines(LogFormat);

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = line::Line::new(self.0, SystemTime::now(), *event.metadata().level());
        event.record(&mut line);
        writeln!(writer, "{}", line.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sandbox::host::GuestFields;
    use std::sync::{Arc, Mutex};
    use tracing::Level;

    /// The logged text, shared with the test.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that `events` logs, without their times.
    fn logged(format: LogFormat, level: Level, events: impl FnOnce()) -> Vec<String> {
        let log = Log::default();
        let writer = log.clone();
        let config = LogConfig { level, format };
        tracing::subscriber::with_default(subscriber(&config, move || writer.clone()), events);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        let without_time = |line: &str| match format {
            LogFormat::Logfmt => line.split_once(' ').unwrap().1.to_owned(),
            LogFormat::Json => line.split_once(',').unwrap().1.to_owned(),
        };
        text.lines().map(without_time).collect()
    }

    fn logfmt(events: impl FnOnce()) -> Vec<String> {
        logged(LogFormat::Logfmt, Level::DEBUG, events)
    }

    #[test]
    fn logfmt_has_level_message_and_fields() {
        let lines = logfmt(|| {
            tracing::info!(target: "firepit", "Listening on");
            tracing::warn!(target: "crate::scrape", collector = "cpu", files = 3_u64, left = -1_i64,
                busy = true, seconds = 0.5, "collector failed");
            tracing::error!(target: "firepit", error = %"no such file", empty = "");
        });
        assert_eq!(
            lines,
            [
                r#"level=INFO msg="Listening on""#,
                r#"level=WARN msg="collector failed" collector=cpu files=3 left=-1 busy=true seconds=0.5"#,
                r#"level=ERROR msg="" error="no such file" empty="""#,
            ]
        );
    }

    #[test]
    fn guest_fields_cannot_imitate_host_fields() {
        let fields = [
            ("flag", "^a b$"),
            ("collector", "cpu"),
            ("a=b c\n", "x\ny"),
            ("", ""),
        ];
        let fields = fields.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let fields = GuestFields(fields.to_vec());
        let fields: &(dyn std::error::Error + 'static) = &fields;
        let lines = logfmt(|| {
            tracing::info!(target: "firepit", collector = "evil", fields, "said");
        });
        let wanted = r#"level=INFO msg=said collector=evil flag="^a b$" guest_collector=cpu a_b_c_="x\ny" guest_="""#;
        assert_eq!(lines, [wanted]);
    }

    #[test]
    fn json_is_one_object() {
        let lines = logged(LogFormat::Json, Level::INFO, || {
            tracing::info!(target: "firepit", collector = "a\"b\\", files = 3_u64, nan = f64::NAN,
                busy = false, "say \u{1}\n");
        });
        let wanted = r#""level":"INFO","msg":"say \u0001\n","collector":"a\"b\\","files":3,"nan":"NaN","busy":false}"#;
        assert_eq!(lines, [wanted]);
    }

    #[test]
    fn the_time_comes_first() {
        let moment = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_735_787_045_678);
        for (format, wanted) in [
            (
                LogFormat::Logfmt,
                r#"time=2025-01-02T03:04:05.678Z level=INFO msg="""#,
            ),
            (
                LogFormat::Json,
                r#"{"time":"2025-01-02T03:04:05.678Z","level":"INFO","msg":""}"#,
            ),
        ] {
            assert_eq!(
                line::Line::new(format, moment, Level::INFO).finish(),
                wanted
            );
        }
    }

    #[test]
    fn hostile_message_cannot_leave_its_line_or_field() {
        let attack = "x\nlevel=ERROR msg=\"pwned\"\r\u{1b}[2J\u{7}\u{9b}\0\u{202e}\u{2028}\u{feff}\u{e0001}=";
        for format in [LogFormat::Logfmt, LogFormat::Json] {
            let lines = logged(format, Level::INFO, || {
                tracing::info!(target: "firepit", collector = attack, other = 1_u64, "{attack}");
            });
            let [line] = lines.as_slice() else {
                panic!("{lines:?}")
            };
            assert!(
                line.chars().all(|c| c == ' ' || c.is_ascii_graphic()),
                "{line}"
            );
            let escaped = r#""x\nlevel=ERROR msg=\"pwned\"\r\u001b[2J\u0007\u009b\u0000\u202e\u2028\ufeff\udb40\udc01=""#;
            assert_eq!(line.matches(escaped).count(), 2, "{line}");
        }
    }

    #[test]
    fn values_are_quoted_only_where_they_must_be() {
        let lines = logfmt(|| {
            tracing::info!(target: "firepit", a = "it's", b = "/sys/class", c = "a=b", d = "é", e = "\\");
        });
        assert_eq!(
            lines,
            [r#"level=INFO msg="" a=it's b=/sys/class c="a=b" d=é e="\\""#]
        );
    }

    #[test]
    fn error_is_logged_with_its_sources() {
        #[derive(Debug, thiserror::Error)]
        #[error("the collector cpu cannot be loaded")]
        struct Load(#[source] io::Error);
        let error = Load(io::Error::other("not a component"));
        let lines = logfmt(|| {
            tracing::error!(target: "firepit", error = &error as &dyn std::error::Error, "failed");
        });
        assert_eq!(
            lines,
            [
                r#"level=ERROR msg=failed error="the collector cpu cannot be loaded: not a component""#
            ]
        );
    }

    #[test]
    fn libraries_are_logged_from_level_warn() {
        let both = || {
            tracing::trace!(target: "firepit", "our trace");
            tracing::debug!(target: "firepit", "our debug");
            tracing::warn!(target: "firepit", "our warning");
            tracing::info!(target: "hyper::proto", "their info");
            tracing::warn!(target: "hyper::proto", "their warning");
            tracing::error!(target: "hyper::proto", "their error");
        };
        let messages = |level| {
            let lines = logged(LogFormat::Logfmt, level, both);
            let messages = lines
                .iter()
                .map(|line| line.split('"').nth(1).unwrap().to_owned());
            messages.collect::<Vec<_>>()
        };
        assert_eq!(
            messages(Level::DEBUG),
            ["our debug", "our warning", "their warning", "their error"]
        );
        assert_eq!(messages(Level::ERROR), ["their error"]);
    }
}
