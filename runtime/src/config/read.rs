//! From a path to the text of a config file.

use std::io::Read as _;
use std::path::Path;

use super::ConfigError;
use crate::ownership::{self, OpenError};

/// The most bytes that a config file may have: a hundred times what a large one needs.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// Reads the file, which only root and firepit's user may be able to change: whoever can, grants
/// what they like.
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
    (file.take(MOST_BYTES as u64 + 1))
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() > MOST_BYTES {
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
