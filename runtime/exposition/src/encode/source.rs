//! The families that the encoders write.

use crate::escaping::is_plain_metric;
use crate::merge;
use crate::validate::{self, Kind, Naming, Series};

/// A family to encode: of one source, or merged from several.
pub trait Source {
    /// Metric name.
    fn name(&self) -> &str;

    /// Whether the name needs no quotes.
    fn has_plain_name(&self) -> bool;

    /// Help text, unescaped.
    fn help(&self) -> &str;

    /// Unit; empty if the family has none.
    fn unit(&self) -> &str;

    /// Type of all series.
    fn kind(&self) -> Kind;

    /// The series in output order.
    fn series(&self) -> impl Iterator<Item = Series<'_>>;

    /// Maximum encoded size in bytes, in all formats but the readable forms of protobuf.
    fn max_bytes(&self) -> usize;
}

macro_rules! source {
    ($family:ty) => {
        impl Source for $family {
            fn name(&self) -> &str {
                <$family>::name(self)
            }

            fn has_plain_name(&self) -> bool {
                // Most families know it without a look at the name.
                self.naming() != Naming::Utf8 || is_plain_metric(self.name())
            }

            fn help(&self) -> &str {
                <$family>::help(self)
            }

            fn unit(&self) -> &str {
                <$family>::unit(self)
            }

            fn kind(&self) -> Kind {
                <$family>::kind(self)
            }

            fn series(&self) -> impl Iterator<Item = Series<'_>> {
                <$family>::series(self)
            }

            fn max_bytes(&self) -> usize {
                <$family>::max_bytes(self)
            }
        }
    };
}

source!(validate::Family);
source!(merge::Family);
