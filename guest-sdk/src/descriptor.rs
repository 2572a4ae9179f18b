//! The description of a collector.

/// Name, purpose, files and options of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) enabled_by_default: bool,
    pub(crate) reads: Vec<String>,
    pub(crate) options: Vec<OptionDescriptor>,
}

/// One option: a flag `--collector.<collector>.<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionDescriptor {
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) kind: OptionKind,
    pub(crate) default: Vec<String>,
    pub(crate) hidden: bool,
}

/// The type of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// On or off.
    Flag,
    /// One text.
    Text,
    /// One decimal number.
    Number,
    /// Several texts.
    RepeatedText,
}

impl Descriptor {
    /// A collector that is on by default, reads nothing and has no options.
    ///
    /// The name follows `--collector.` in flags and is the value of the label `collector`:
    /// `[a-z][a-z0-9_]*`. `about` is one sentence that describes the metrics.
    pub fn new(name: impl Into<String>, about: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            about: about.into(),
            enabled_by_default: true,
            reads: Vec::new(),
            options: Vec::new(),
        }
    }

    /// The collector's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Disables the collector by default.
    #[must_use]
    pub fn disabled_by_default(mut self) -> Self {
        self.enabled_by_default = false;
        self
    }

    /// Adds patterns of the paths that the collector reads: `/sys/class/net/*/mtu`, or
    /// `{directory}/*.prom` for a directory that is the value of the option `directory`.
    #[must_use]
    pub fn reads<I>(mut self, patterns: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.reads.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Adds addresses that the collector connects to: `tcp:HOST:PORT`, `udp:HOST:PORT`, `unix:/PATH` or
    /// `unix:@NAME`. An option in braces stands for its value: `tcp:{address}`, `udp:{server}:{port}`,
    /// `unix:{socket}`. `url:{option}` is the service of a URL: `http`, `https`, or `unix` with a path.
    #[must_use]
    pub fn connects<I>(self, addresses: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        // The contract has one list for both; the addresses differ by their beginnings.
        self.reads(addresses)
    }

    /// Adds a flag: `--collector.<collector>.<name>` and `--no-collector.<collector>.<name>`.
    #[must_use]
    pub fn flag(self, name: &str, default: bool, help: &str) -> Self {
        self.option(name, OptionKind::Flag, vec![default.to_string()], help)
    }

    /// Adds an option that takes one text.
    #[must_use]
    pub fn text(self, name: &str, default: &str, help: &str) -> Self {
        self.option(name, OptionKind::Text, vec![default.to_owned()], help)
    }

    /// Adds an option that takes one number.
    #[must_use]
    pub fn number(self, name: &str, default: f64, help: &str) -> Self {
        self.option(name, OptionKind::Number, vec![default.to_string()], help)
    }

    /// Adds an option that takes one whole number: [`Self::number`] without the code that writes fractions.
    #[must_use]
    pub fn whole_number(self, name: &str, default: i64, help: &str) -> Self {
        self.option(name, OptionKind::Number, vec![default.to_string()], help)
    }

    /// Adds an option that may be repeated.
    #[must_use]
    pub fn repeated(self, name: &str, help: &str) -> Self {
        self.option(name, OptionKind::RepeatedText, Vec::new(), help)
    }

    /// Hides the most recently added option from `--help`: an old name that still works.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        if let Some(option) = self.options.last_mut() {
            option.hidden = true;
        }
        self
    }

    fn option(mut self, name: &str, kind: OptionKind, default: Vec<String>, help: &str) -> Self {
        self.options.push(OptionDescriptor {
            name: name.to_owned(),
            help: help.to_owned(),
            kind,
            default,
            hidden: false,
        });
        self
    }
}
