//! Compression of code that need not run in place: zstd, with other code as its dictionary.

use zstd::zstd_safe::{CCtx, CParameter, DCtx, compress_bound, get_frame_content_size};

use super::BundleError;

/// Maximum bytes of a dictionary. More of it saves little.
pub(super) const MAX_DICTIONARY: usize = 3 << 20;

/// Maximum size of a decompressed module: a limit for damaged bundles, far above any collector.
const MAX_UNPACKED: usize = 64 << 20;

/// Where more effort saves little, and takes ten times as long.
const LEVEL: i32 = 12;

/// How far back code is compared, as a power of two: dictionary and module.
const WINDOW: u32 = 23;

/// Compresses code.
pub(super) fn pack(code: &[u8], dictionary: &[u8]) -> Result<Vec<u8>, BundleError> {
    const FAILED: BundleError = BundleError("a module cannot be packed");
    let mut packed = Vec::with_capacity(compress_bound(code.len()));
    let mut context = CCtx::try_create().ok_or(FAILED)?;
    for parameter in [
        CParameter::CompressionLevel(LEVEL),
        CParameter::WindowLog(WINDOW),
    ] {
        context.set_parameter(parameter).map_err(|_| FAILED)?;
    }
    context.ref_prefix(dictionary).map_err(|_| FAILED)?;
    context.compress2(&mut packed, code).map_err(|_| FAILED)?;
    Ok(packed)
}

/// Decompresses code with the dictionary that it was compressed with.
///
/// # Errors
/// If it is damaged.
pub fn unpack(packed: &[u8], dictionary: &[u8]) -> Result<Vec<u8>, BundleError> {
    const DAMAGED: BundleError = BundleError("a packed module cannot be unpacked");
    let size = get_frame_content_size(packed).map_err(|_| DAMAGED)?;
    let size = size.and_then(|size| usize::try_from(size).ok());
    let size = size.filter(|size| *size <= MAX_UNPACKED).ok_or(DAMAGED)?;
    let mut code = Vec::with_capacity(size);
    let mut context = DCtx::try_create().ok_or(DAMAGED)?;
    context.ref_prefix(dictionary).map_err(|_| DAMAGED)?;
    let written = context.decompress(&mut code, packed);
    if written.is_ok_and(|written| written == size) {
        Ok(code)
    } else {
        Err(DAMAGED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_code_is_unpacked_unchanged() {
        for code in [&b""[..], b"code", &[7; 1 << 20]] {
            for dictionary in [&b""[..], b"code and more code", &[7; 1000]] {
                let packed = pack(code, dictionary).unwrap();
                assert_eq!(unpack(&packed, dictionary).unwrap(), code);
            }
        }
    }

    #[test]
    fn damaged_code_is_not_unpacked() {
        let packed = pack(&[7; 1 << 20], &[]).unwrap();
        assert!(packed.len() < 10_000);
        assert!(unpack(&packed[..packed.len() / 2], &[]).is_err());
        assert!(unpack(b"no code", &[]).is_err());
        assert!(unpack(b"", &[]).is_err());
    }

    #[test]
    fn size_is_bounded_before_there_is_memory() {
        let packed = pack(&vec![0; MAX_UNPACKED + 1], &[]).unwrap();
        assert!(unpack(&packed, &[]).is_err());
    }
}
