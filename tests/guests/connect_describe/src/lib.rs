//! Connects before anybody could have granted it anything.

use firepit_sdk::net::Stream;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Early;

impl Collector for Early {
    fn describe() -> Descriptor {
        let _ = Stream::connect("tcp:127.0.0.1:80");
        Descriptor::new("connect_describe", "Connects too early.").connects(["tcp:127.0.0.1:80"])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        Ok(())
    }
}

export!(Early);
