//! Groups with a single user: where each user has a private group, new files are often writable for
//! that group, which admits no other user.

use std::fs::File;
use std::io::Read as _;

/// Maximum bytes of `/etc/passwd` and `/etc/group`.
const MAX_BYTES: u64 = 4 << 20;

/// Whether a group contains only one user, according to `/etc/passwd` and `/etc/group`.
pub(super) fn is_private(gid: u32, uid: u32) -> bool {
    let read = |path: &str| {
        let mut text = String::new();
        let file = File::open(path).ok()?;
        let length = file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
        ((length as u64) < MAX_BYTES).then_some(text)
    };
    match (read("/etc/passwd"), read("/etc/group")) {
        (Some(passwd), Some(group)) => is_private_in(&passwd, &group, gid, uid),
        _ => false,
    }
}

fn is_private_in(passwd: &str, group: &str, gid: u32, uid: u32) -> bool {
    let number = |field: Option<&&str>| field.and_then(|field| field.parse::<u32>().ok());
    let mut own_name = None;
    for line in passwd.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        if number(fields.get(3)) != Some(gid) {
            continue;
        }
        match number(fields.get(2)) {
            Some(user) if user == uid => own_name = fields.first().copied(),
            Some(0) => {}
            _ => return false,
        }
    }
    let Some(own_name) = own_name else {
        return false;
    };
    let mut exists = false;
    for line in group.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        if number(fields.get(2)) != Some(gid) {
            continue;
        }
        exists = true;
        let mut members = fields.get(3).unwrap_or(&"").split(',');
        if !members.all(|member| ["", "root", own_name].contains(&member.trim())) {
            return false;
        }
    }
    exists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_without_other_members_is_private() {
        let passwd = "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\n\
                      bob:x:1001:1001::/:/bin/sh\neve:x:1002:100::/:/bin/sh\n";
        let group = "root:x:0:\nusers:x:100:\nann:x:1000:\nbob:x:1001:root,eve\n";
        let is_private = |gid, uid| is_private_in(passwd, group, gid, uid);
        assert!(is_private(1000, 1000));
        assert!(!is_private(1000, 1001), "another's");
        assert!(!is_private(1001, 1001), "with a member");
        assert!(!is_private(100, 1000), "another's first group");
        assert!(!is_private(4242, 1000), "unknown");
        let shared = format!("{passwd}joe:x:1003:1000::/:/bin/sh\n");
        assert!(
            !is_private_in(&shared, group, 1000, 1000),
            "another's first group too"
        );
        let open = group.replace("ann:x:1000:", "ann:x:1000:ann,root");
        assert!(is_private_in(passwd, &open, 1000, 1000));
        for garbage in ["", ":::", "ann:x:1000", "\u{0}", "ann:x:99999999999:1000"] {
            assert!(!is_private_in(garbage, garbage, 1000, 1000), "{garbage}");
        }
    }
}
