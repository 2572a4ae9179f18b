//! The formats of the output.

/// A format of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus' text format, version 0.0.4.
    #[default]
    Text004,
    /// OpenMetrics text. Versions 0.0.1 and 1.0.0 are written alike.
    OpenMetrics,
    /// Messages `io.prometheus.client.MetricFamily`, each after its length.
    Protobuf,
    /// The same messages in protobuf's readable form, one field per line.
    ProtobufText,
    /// The same messages in protobuf's readable form, one message per line.
    ProtobufCompactText,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [
        Self::Text004,
        Self::OpenMetrics,
        Self::Protobuf,
        Self::ProtobufText,
        Self::ProtobufCompactText,
    ];

    /// Whether this is one of the forms of protobuf that people can read.
    pub(super) fn is_readable_protobuf(self) -> bool {
        matches!(self, Self::ProtobufText | Self::ProtobufCompactText)
    }

    /// The end of the output, after the last family.
    #[must_use]
    pub fn end(self) -> &'static str {
        match self {
            Self::OpenMetrics => "# EOF\n",
            _ => "",
        }
    }
}
