//! A bcrypt hash from a web config file. Its rules and error texts are those of Go's bcrypt.

/// Length of a hash: version, cost, 22 characters of salt, 31 of the checksum.
const LENGTH: usize = 60;
/// The costs that bcrypt allows.
const COSTS: std::ops::RangeInclusive<u32> = 4..=31;

/// A hash whose version and cost are valid.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::web) struct Hash {
    /// With the version `2b`: all versions are checked alike, as by Go.
    text: String,
    cost: u32,
}

impl Hash {
    /// Reads a hash.
    ///
    /// # Errors
    /// It does not begin as a bcrypt hash does, or is too short. The text contains no part of it but its
    /// first character, its version or its cost.
    pub(in crate::web) fn parse(text: &str) -> Result<Self, String> {
        if text.len() < LENGTH {
            return Err("hashedSecret too short to be a bcrypted password".to_owned());
        }
        let Some(rest) = text.strip_prefix('$') else {
            return Err("bcrypt hashes must start with '$'".to_owned());
        };
        let Some(rest) = rest.strip_prefix('2') else {
            return Err(
                "bcrypt algorithm version requested is not the current version '2'".to_owned(),
            );
        };
        // One letter, which may be missing, then the cost.
        let mut parts = rest.splitn(3, '$');
        let minor = parts.next().filter(|minor| minor.len() <= 1);
        let cost = minor.and(parts.next()).filter(|cost| cost.len() == 2);
        let rest = cost.and(parts.next());
        let cost = cost.and_then(|cost| cost.parse::<u32>().ok());
        let (Some(cost), Some(rest)) = (cost, rest) else {
            return Err("bcrypt hash without version and cost".to_owned());
        };
        if !COSTS.contains(&cost) {
            return Err(format!(
                "cost {cost} is outside allowed inclusive range 4..31"
            ));
        }
        Ok(Self {
            text: format!("$2b${cost:02}${rest}"),
            cost,
        })
    }

    /// The text to verify against.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The binary logarithm of the number of its rounds.
    pub(super) fn cost(&self) -> u32 {
        self.cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";

    #[test]
    fn all_bcrypt_versions_are_equivalent() {
        for version in ["2a", "2b", "2x", "2y"] {
            let hash = Hash::parse(&format!("${version}{REST}")).unwrap();
            assert_eq!((hash.cost(), hash.text()), (10, &*format!("$2b{REST}")));
        }
    }

    #[test]
    fn invalid_hash_errors_match_go() {
        let long = |begin: &str| format!("{begin}{}", "x".repeat(LENGTH));
        for (text, expected) in [
            (
                "doe".to_owned(),
                "hashedSecret too short to be a bcrypted password",
            ),
            (
                String::new(),
                "hashedSecret too short to be a bcrypted password",
            ),
            (long("doe"), "bcrypt hashes must start with '$'"),
            (
                long("$5$10$"),
                "bcrypt algorithm version requested is not the current version '2'",
            ),
            (long("$2bb$10$"), "bcrypt hash without version and cost"),
            (long("$2b$1$"), "bcrypt hash without version and cost"),
            (
                long("$2b$+1$"),
                "cost 1 is outside allowed inclusive range 4..31",
            ),
            (long("$2b$xy$"), "bcrypt hash without version and cost"),
            (long("$2b$"), "bcrypt hash without version and cost"),
            (
                long("$2b$03$"),
                "cost 3 is outside allowed inclusive range 4..31",
            ),
            (
                long("$2b$32$"),
                "cost 32 is outside allowed inclusive range 4..31",
            ),
        ] {
            assert_eq!(
                Hash::parse(&text).err().as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }
}
