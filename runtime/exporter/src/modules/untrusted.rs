//! The policy for unapproved modules.

/// Policy for modules that are not in the configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Untrusted {
    /// Run with what they declare below `/proc` and `/sys`.
    Allow,
    /// Described, but not run until the file approves them.
    #[default]
    Ask,
    /// Not loaded.
    Deny,
}
