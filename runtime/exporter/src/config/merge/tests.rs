//! What a merge changes in a file, and what it does not.

use super::*;

fn entry() -> EntryText {
    let owned = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
    EntryText {
        name: "smart".to_owned(),
        module: "\"/m/new.wasm\"".to_owned(),
        sha256: "ab".repeat(32),
        reads: owned(&["reads:", "  - \"/proc/a\"", "  # - \"/rootfs/b\""]),
        connects: Vec::new(),
        interfaces: owned(&["interfaces:", "  - metrics"]),
    }
}

fn merged(text: &str) -> Result<String, MergeError> {
    merge(Path::new("/c/f.yaml"), text, &entry())
}

/// The entry as it is written for a new collector.
fn whole(indent: usize) -> String {
    indented(indent, &entry().lines()).join("\n") + "\n"
}

#[test]
fn new_entry_is_appended() {
    for (text, expected) in [
        ("", format!("collectors:\n{}", whole(2))),
        ("# ours\n", format!("# ours\ncollectors:\n{}", whole(2))),
        ("collectors:\n", format!("collectors:\n{}", whole(2))),
        ("collectors:", format!("collectors:\n{}", whole(2))),
        (
            "collectors:   # none\n# yet\n",
            format!("collectors:   # none\n{}# yet\n", whole(2)),
        ),
        (
            "collectors:\n    cpu:   # é\n      enabled: false\n\n# end",
            format!(
                "collectors:\n    cpu:   # é\n      enabled: false\n\n# end\n{}",
                whole(4)
            ),
        ),
        (
            "---\ncollectors:\n  a: {}\n",
            format!("---\ncollectors:\n  a: {{}}\n{}", whole(2)),
        ),
    ] {
        assert_eq!(merged(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn existing_entry_is_updated() {
    let digest = "ab".repeat(32);
    let old = "\
# ours
collectors:
  # before
  smart:   # the disks
    module: old.wasm   # as built
    options: {device-include: 'sd.*'}
    sha256: 0000000000000000000000000000000000000000000000000000000000000000
    grants:
      # looked at
      reads: [
        /proc/old,
      ]
      interfaces:
        - metrics
        - random   # why?
    # of limits
    limits:
      fuel: 5

  # of loadavg
  loadavg:
    enabled: false
";
    let expected = format!(
        "\
# ours
collectors:
  # before
  smart:   # the disks
    module: \"/m/new.wasm\"   # as built
    options: {{device-include: 'sd.*'}}
    sha256: {digest}
    grants:
      # looked at
      reads:
        - \"/proc/a\"
        # - \"/rootfs/b\"
      interfaces:
        - metrics
    # of limits
    limits:
      fuel: 5

  # of loadavg
  loadavg:
    enabled: false
"
    );
    let new = merged(old).unwrap();
    assert_eq!(new, expected);
    assert_eq!(merged(&new).unwrap(), new, "twice is once");
    let windows = old.replace('\n', "\r\n");
    assert_eq!(merged(&windows).unwrap(), expected.replace('\n', "\r\n"));
}

#[test]
fn missing_keys_are_inserted() {
    let digest = "ab".repeat(32);
    let head = format!("module: \"/m/new.wasm\"\n    sha256: {digest}\n");
    let grants = "grants:\n      reads:\n        - \"/proc/a\"\n        # - \"/rootfs/b\"\n      \
                  interfaces:\n        - metrics\n";
    for (old, expected) in [
        (
            "  smart:\n  a: {}\n".to_owned(),
            format!("{}  a: {{}}\n", whole(2)),
        ),
        (
            "  smart:\n    enabled: false\n".to_owned(),
            format!("  smart:\n    {head}    enabled: false\n    {grants}"),
        ),
        (
            "  smart:\n    grants: {reads: [/proc/x],\n       interfaces: []}\n    enabled: true\n"
                .to_owned(),
            format!("  smart:\n    {head}    {grants}    enabled: true\n"),
        ),
        (
            "  smart:\n    grants:\n      interfaces: [log]\n\n  # b\n  b:".to_owned(),
            format!("  smart:\n    {head}    {}\n  # b\n  b:", swapped(grants)),
        ),
    ] {
        let new = merged(&format!("collectors:\n{old}")).unwrap();
        assert_eq!(new, format!("collectors:\n{expected}"), "{old}");
    }
}

#[test]
fn addresses_are_written_only_if_there_are_any() {
    let before = "\
collectors:
  smart:
    grants:
      reads: []
      connects: [tcp:localhost:1]   # ours
      interfaces: []
";
    let kept = merged(before).unwrap();
    assert!(
        kept.contains("      connects: [tcp:localhost:1]   # ours\n"),
        "{kept}"
    );

    let with_addresses = EntryText {
        connects: vec!["connects:".to_owned(), "  - \"unix:/run/x\"".to_owned()],
        ..entry()
    };
    let merged = |text: &str| merge(Path::new("/c/f.yaml"), text, &with_addresses).unwrap();
    let list = "      connects:\n        - \"unix:/run/x\"\n      interfaces:\n";
    for before in [
        before,
        "",
        "collectors:\n  smart:\n    grants: {connects: [], reads: []}\n",
        "collectors:\n  smart:\n    grants:\n      reads: []\n",
    ] {
        let text = merged(before);
        assert!(text.contains(list), "{text}");
        assert_eq!(merged(&text), text, "twice is once");
    }
}

/// With `reads` after `interfaces`.
fn swapped(grants: &str) -> String {
    let (reads, interfaces) = grants.split_once("      interfaces").unwrap();
    let (key, reads) = reads.split_once('\n').unwrap();
    format!("{key}\n      interfaces{interfaces}{reads}")
}

#[test]
fn unsupported_layouts_are_reported() {
    let digest = "0".repeat(64);
    for (text, told) in [
        ("{collectors: {}}", ":1: the file is written in braces"),
        ("collectors: {}", ":1: collectors is written in braces"),
        ("collectors:\n  smart: {}", ":2: smart is written in braces"),
        (
            "collectors: ~",
            ":1: collectors is written as something other than a mapping",
        ),
        (
            "collectors:\n  smart: ~\n",
            ":2: smart is written as something other than a mapping",
        ),
        ("collector:\n", "unknown key \"collector\""),
        (
            "collectors:\n  a: {}\n...\n",
            "cannot be added without changing something else",
        ),
        (
            &format!(
                "collectors:\n  smart:\n    sha256: \"{}\\\n      {}\"\n",
                &digest[..32],
                &digest[32..]
            ),
            ":3: sha256 is written on several lines",
        ),
    ] {
        let error = merged(text).unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
}

/// Text from a module cannot become more than a scalar.
#[test]
fn unquoted_text_cannot_change_other_entries() {
    let mut entry = entry();
    entry.reads = vec![
        "reads:".to_owned(),
        "  - /proc/a\n  cpu: {enabled: false}".to_owned(),
    ];
    let error = merge(Path::new("/c/f.yaml"), "collectors:\n  cpu:\n", &entry).unwrap_err();
    assert!(matches!(error, MergeError::Unsure { .. }), "{error}");
}
