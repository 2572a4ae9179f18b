//! Write a firepit collector: a small WebAssembly component that reads a few files of a Linux host
//! and emits Prometheus metrics.
//!
//! # A complete collector
//!
//! ```
//! use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, files};
//!
//! const UPTIME: Gauge<0> = Gauge::new("uptime_seconds", "Seconds since the host started.", []);
//!
//! export!(
//!     Uptime,
//!     collect,
//!     Descriptor::new("uptime", "Shows how long the host is up.").reads(["/proc/uptime"])
//! );
//!
//! fn collect(metrics: &mut Metrics) -> Result<(), Error> {
//!     let text = files::read_text("/proc/uptime")?;
//!     let seconds = text.first_line()?.columns().float("uptime")?;
//!     metrics.gauge(&UPTIME).set([], seconds);
//!     Ok(())
//! }
//! # let out = firepit_sdk::testing::Host::new().file("/proc/uptime", "35.5 70.1\n").run::<Uptime>([]);
//! # assert_eq!(out.text(), "uptime_seconds 35.5\n");
//! ```
//!
//! A collector with options, or with state between scrapes, is a type that implements
//! [`Collector`].
//!
//! Build the code as a crate of type `cdylib` for `wasm32-wasip2`, and you have a module that
//! firepit runs. The same code runs natively with `std::fs` in unit tests and benchmarks: see
//! [`testing`].
//!
//! # Where to look
//!
//! - [`export!`], [`Collector`] and [`Descriptor`]: defining a collector
//! - [`Counter`], [`Gauge`], [`Untyped`], [`Histogram`], [`Summary`] and [`Metrics`]: writing samples;
//!   [`Value`]: types of values; [`Table`]: families with the same labels; [`families!`]: declaring many families;
//!   [`opts`]: families with a namespace, a subsystem and constant labels
//! - [`detailed`]: units, times of creation, exemplars, native histograms, names with other characters
//! - [`ResultExt`]: adding the failed operation to an error
//! - [`skip`]: skipping unavailable values, so that the others are emitted
//! - [`files`]: reading files; [`parse`]: parsing kernel files, with the file and line in every
//!   error
//! - [`filter`]: include and exclude expressions and their options; [`json`]: JSON files;
//!   [`mountinfo`]: mounts
//! - [`net`]: connections to services; [`dbus`]: services on a D-Bus; [`xml`]: the documents of some
//! - [`system`], [`statfs`], [`btrfs`], [`clock`], [`netlink`], [`ethtool`], [`perf`]: other sources of
//!   the kernel; [`errno`]: error numbers by name and as text; [`log`]

#[doc(hidden)]
pub mod backend;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod bindings;
pub mod btrfs;
pub mod clock;
mod collector;
pub mod dbus;
mod descriptor;
pub mod detailed;
pub mod dynamic;
pub mod errno;
pub mod ethtool;
pub mod files;
#[cfg(feature = "filter")]
pub mod filter;
#[cfg(feature = "json")]
pub mod json;
pub mod log;
mod metrics;
pub mod mountinfo;
pub mod net;
pub mod netlink;
pub mod nfs;
pub mod parse;
pub mod perf;
mod settings;
pub mod skip;
pub mod statfs;
pub mod system;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod xml;

pub use collector::{Collector, Error, ResultExt};
pub use descriptor::{Descriptor, OptionDescriptor, OptionKind};
pub use metrics::opts;
pub use metrics::{
    Bucket, Counter, CounterWriter, Gauge, GaugeWriter, Histogram, HistogramWriter, Metrics,
    Quantile, Scalar, ScalarWriter, Summary, SummaryWriter, Table, Untyped, UntypedWriter, Value,
};
pub use settings::{Setting, Settings};

#[doc(hidden)]
pub mod __private {
    #[cfg(target_family = "wasm")]
    pub use crate::backend::component;
    #[cfg(target_family = "wasm")]
    pub use crate::bindings;
}

/// Exports the collector of this module: a function, or a type that implements [`Collector`]. Use it once per
/// crate.
///
/// A collector without options and state is a function. The first argument names the type that the macro defines
/// for it, which tests use:
///
/// ```
/// # use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, files, testing::Host};
/// const ENTROPY: Gauge<0> = Gauge::new("entropy_bits", "Random bits that the kernel has.", []);
///
/// export!(
///     Entropy,
///     collect,
///     Descriptor::new("entropy", "Shows random bits.").reads(["/proc/sys/kernel/random/entropy_avail"])
/// );
///
/// fn collect(metrics: &mut Metrics) -> Result<(), Error> {
///     let [bits] = files::Directory::new("/proc/sys/kernel/random").numbers(["entropy_avail"]);
///     metrics.gauge(&ENTROPY).set([], bits);
///     Ok(())
/// }
///
/// let host = Host::new().file("/proc/sys/kernel/random/entropy_avail", "256\n");
/// assert_eq!(host.run::<Entropy>([]).text(), "entropy_bits 256\n");
/// ```
///
/// For any other collector, write `export!(Entropy);` with the type.
///
/// On a native target, the macro only checks that the type is a [`Collector`].
#[macro_export]
macro_rules! export {
    ($name:ident, $collect:path, $descriptor:expr $(,)?) => {
        /// The collector of this module.
        #[allow(unreachable_pub, reason = "tests define collectors inside functions")]
        #[derive(Debug)]
        pub struct $name;

        impl $crate::Collector for $name {
            fn describe() -> $crate::Descriptor {
                $descriptor
            }

            fn configure(
                _settings: &$crate::Settings,
            ) -> ::std::result::Result<Self, ::std::string::String> {
                ::std::result::Result::Ok(Self)
            }

            fn collect(
                &mut self,
                metrics: &mut $crate::Metrics,
            ) -> ::std::result::Result<(), $crate::Error> {
                $collect(metrics)
            }
        }

        $crate::export!($name);
    };
    ($collector:ty) => {
        const _: fn() = || {
            fn is_a_collector<C: $crate::Collector>() {}
            is_a_collector::<$collector>();
        };

        #[cfg(target_family = "wasm")]
        const _: () = {
            ::std::thread_local! {
                static COLLECTOR: ::std::cell::RefCell<::std::option::Option<$collector>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            struct Component;

            impl $crate::__private::bindings::Guest for Component {
                fn describe() -> $crate::__private::bindings::Descriptor {
                    $crate::__private::component::describe::<$collector>(env!("CARGO_PKG_VERSION"))
                }
                fn configure(
                    settings: ::std::vec::Vec<$crate::__private::bindings::Setting>,
                ) -> ::std::result::Result<(), ::std::string::String> {
                    COLLECTOR.with(|slot| $crate::__private::component::configure(slot, settings))
                }
                fn collect() -> ::std::result::Result<(), $crate::__private::bindings::CollectError>
                {
                    COLLECTOR.with($crate::__private::component::collect)
                }
            }

            $crate::__private::bindings::export_component!(
                Component with_types_in $crate::__private::bindings
            );
        };
    };
}
