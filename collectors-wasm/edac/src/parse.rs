//! Numbers in names of directories and files, and the labels of memory modules.

use firepit_sdk::parse::attribute;

/// The files of a channel.
pub(crate) fn channel_files(channel: &str) -> [String; 3] {
    ["ce_count", "ue_count", "dimm_label"].map(|file| format!("ch{channel}_{file}"))
}

/// The digits after a prefix; empty if there are none.
pub(crate) fn number_after<'a>(name: &'a str, prefix: &str) -> &'a str {
    let rest = name.strip_prefix(prefix).unwrap_or_default();
    let end = rest.find(|c: char| !c.is_ascii_digit());
    end.and_then(|end| rest.get(..end)).unwrap_or(rest)
}

/// The channel `N` of a file `chN_ce_count`.
pub(crate) fn channel(file: &str) -> Option<&str> {
    let number = file.strip_prefix("ch")?.strip_suffix("_ce_count")?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(number)
}

/// The label of a memory module: `mc#0csrow#2channel#1`, which drivers write if no label was set,
/// becomes `mc0_csrow2_channel1`.
pub(crate) fn dimm_label(content: Option<&[u8]>) -> String {
    let Some(content) = content else {
        return "unknown".to_owned();
    };
    let label = attribute(content).replace('#', "");
    label
        .replace("csrow", "_csrow")
        .replace("channel", "_channel")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number_after("mc0", "mc"), "0");
        assert_eq!(number_after("csrow12", "csrow"), "12");
        assert_eq!(number_after("mc1\u{e9}", "mc"), "1");
        for name in ["", "mc", "mcx1", "csrow1"] {
            assert_eq!(number_after(name, "mc"), "", "{name:?}");
        }
    }

    #[test]
    fn channels() {
        assert_eq!(channel("ch0_ce_count"), Some("0"));
        assert_eq!(channel("ch11_ce_count"), Some("11"));
        for file in [
            "",
            "ch_ce_count",
            "chx_ce_count",
            "ch0_ue_count",
            "ce_count",
            "ch0_ce_counts",
        ] {
            assert_eq!(channel(file), None, "{file:?}");
        }
    }

    #[test]
    fn labels() {
        let cases: [(Option<&[u8]>, &str); 6] = [
            (None, "unknown"),
            (Some(b""), ""),
            (Some(b"mc#0csrow#2channel#1\n"), "mc0_csrow2_channel1"),
            (
                Some(b"CPU_SrcID#0_MC#1_Chan#0_DIMM#0\n"),
                "CPU_SrcID0_MC1_Chan0_DIMM0",
            ),
            (Some(b" DIMM A1 \n"), "DIMM A1"),
            (Some(b"\xff\xffcsrow"), "\u{fffd}_csrow"),
        ];
        for (content, expected) in cases {
            assert_eq!(dimm_label(content), expected, "{content:?}");
        }
        assert_eq!(dimm_label(Some(&b"#x".repeat(1 << 20))).len(), 64);
    }
}
