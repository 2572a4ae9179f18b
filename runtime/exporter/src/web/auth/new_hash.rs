//! The hash of a password that moves from the command line into a web config file.

use bcrypt::non_truncating_hash_with_salt;

use crate::web::tls;

/// Binary logarithm of the rounds: Go's default.
const COST: u32 = 10;

/// A bcrypt hash of a password, for `basic_auth_users`.
///
/// # Errors
/// A sentence, if the password has more than 71 bytes or a zero byte, or the system has no random numbers.
pub fn bcrypt_hash(password: &[u8]) -> Result<String, String> {
    // Other programs may end at it.
    if password.contains(&0) {
        return Err("the password has a zero byte, which cannot be hashed".to_owned());
    }
    let mut salt = [0; 16];
    tls::fill_with_random_bytes(&mut salt)?;
    let hash = non_truncating_hash_with_salt(password, COST, salt);
    hash.map(|hash| hash.to_string())
        .map_err(|_| "the password has more than 71 bytes, which cannot be hashed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::auth::Hash;

    #[test]
    fn hash_matches_the_password_with_a_fresh_salt() {
        let [first, second] = [(); 2].map(|()| bcrypt_hash(b"open sesame").unwrap());
        assert_ne!(first, second);
        for hash in [first, second] {
            assert!(bcrypt::verify("open sesame", &hash).unwrap());
            assert!(!bcrypt::verify("open sesam", &hash).unwrap());
            assert!(Hash::parse(&hash).is_ok(), "{hash}");
        }
    }

    #[test]
    fn password_that_bcrypt_would_truncate_is_rejected() {
        assert!(bcrypt_hash(&[b'x'; 71]).is_ok());
        assert!(bcrypt_hash(&[b'x'; 72]).is_err());
        assert!(bcrypt_hash(b"a\0b").is_err());
    }
}
