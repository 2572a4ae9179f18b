//! Command lines of old versions that are not accepted.

/// Why a command line of an old version is rejected. No text contains a value that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum LegacyError {
    #[error(
        "unknown flag {flag}: neither a flag of node_exporter 0.6 to 0.8 nor one of firepit, whose flags \
         have two dashes{hint}"
    )]
    Unknown { flag: String, hint: String },
    #[error("{0} needs a value: {0}=VALUE")]
    NoValue(String),
    #[error("invalid value {value:?} of {flag}: {expected}")]
    Value {
        flag: String,
        value: String,
        expected: &'static str,
    },
    #[error(
        "the argument after {after} is neither a flag nor a value of one; a flag without a value is set \
         with \"=\", such as -logtostderr=true"
    )]
    Operand { after: String },
    #[error(
        "{given} needs {missing} as well, and neither may be empty; nothing is served without the \
         authentication that a flag asks for"
    )]
    HalfAuthentication {
        given: &'static str,
        missing: &'static str,
    },
    #[error("the value of -auth.user contains a colon, which no client can send in a user's name")]
    UserWithColon,
    #[error(
        "-auth.user and --web.config.file cannot be used together; put the user into basic_auth_users of \
         that file"
    )]
    TwoAuthentications,
    #[error("{flag}: no such collector: {name:?}; the collectors are {known}")]
    NoSuchCollector {
        flag: String,
        name: String,
        known: String,
    },
    #[error(
        "nothing to migrate; write the old command line: firepit migrate -collectors.enabled=stat ..."
    )]
    NothingToMigrate,
}
