//! Reads the text of a config file.

use std::io::Read as _;
use std::path::Path;

use super::ConfigError;
use firepit_sandbox::ownership::{self, OpenError};

/// Maximum size of a config file in bytes: a hundred times what a large one needs.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// Reads the file. Only root and firepit's user may be able to change it, because it grants access.
pub(super) fn text(path: &Path) -> Result<String, ConfigError> {
    let failed = |source| ConfigError::Read {
        path: path.to_owned(),
        source,
    };
    let (file, metadata) = ownership::open(path, None).map_err(|error| match error {
        OpenError::Io(source) => failed(source),
        OpenError::Distrust(distrust) => ConfigError::Distrusted(distrust),
    })?;
    if !metadata.is_file() {
        return Err(ConfigError::NotAFile(path.to_owned()));
    }
    let mut content = Vec::new();
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() > MAX_BYTES {
        return Err(ConfigError::TooLarge(path.to_owned()));
    }
    String::from_utf8(content).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(good);
        ConfigError::NotText {
            path: path.to_owned(),
            line: 1 + before.filter(|&&byte| byte == b'\n').count(),
        }
    })
}
