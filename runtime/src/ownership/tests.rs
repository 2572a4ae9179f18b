//! Modes and owners as numbers; what the kernel tells of real files is tested with the whole program.

use super::*;

fn judge(uid: u32, gid: u32, mode: u32, role: Role) -> Result<(), &'static str> {
    let owner = Owner { uid, gid, mode };
    let is_closed = || gid == 0 || (uid, gid) == (1000, 1000);
    let judged = owner.judge(Path::new("/x"), role, 1000, is_closed);
    judged.map_err(|distrust| distrust.reason())
}

#[test]
fn root_and_the_own_user_may_write() {
    for uid in [0, 1000] {
        for mode in [0o644, 0o755, 0o600, 0o4755] {
            assert_eq!(judge(uid, 7, mode, Role::Itself), Ok(()), "{uid} {mode:o}");
        }
        assert_eq!(judge(uid, 0, 0o775, Role::Itself), Ok(()), "root's group");
        assert_eq!(judge(uid, 7, 0o664, Role::Itself), Err("writable"));
        assert_eq!(judge(uid, 0, 0o646, Role::Itself), Err("writable"));
        assert_eq!(judge(uid, 0, 0o777, Role::Above), Err("writable"));
        assert_eq!(judge(uid, 7, 0o775, Role::Above), Err("writable"));
    }
    assert_eq!(judge(65_534, 0, 0o600, Role::Itself), Err("owner"));
    assert_eq!(judge(1001, 1000, 0o755, Role::Above), Err("owner"));
}

#[test]
fn a_group_of_ones_own_lets_nobody_in() {
    assert_eq!(judge(1000, 1000, 0o775, Role::Itself), Ok(()));
    assert_eq!(judge(0, 1000, 0o775, Role::Itself), Err("writable"));
    assert_eq!(judge(1000, 1000, 0o777, Role::Itself), Err("writable"));
}

#[test]
fn where_a_directory_is_sticky_its_entries_decide() {
    assert_eq!(judge(0, 0, 0o1777, Role::Above), Ok(()));
    assert_eq!(judge(0, 7, 0o1775, Role::Above), Ok(()));
    assert_eq!(judge(0, 0, 0o1777, Role::Itself), Err("writable"));
    assert_eq!(judge(1001, 0, 0o1777, Role::Above), Err("owner"));
}

#[test]
fn what_is_told_says_what_to_do() {
    let told = |uid, mode| {
        let owner = Owner { uid, gid: 7, mode };
        let judged = owner.judge(Path::new("/m/x.wasm"), Role::Itself, 1000, || false);
        judged.unwrap_err().to_string()
    };
    assert_eq!(
        told(0, 0o666),
        "/m/x.wasm can be changed by others than root and firepit's user: everybody may write to it \
         (mode 0666); take that away by `chmod go-w /m/x.wasm`"
    );
    assert!(told(0, 0o664).contains("the group with the number 7 may write to it"));
    assert!(told(0, 0o664).contains("`chmod g-w /m/x.wasm`"));
    assert_eq!(
        told(65_534, 0o600),
        "/m/x.wasm belongs to the user with the number 65534, and not to root or firepit's user \
         (1000); give it to one of these by `chown`"
    );
}

#[test]
fn every_reason_has_its_name() {
    let [writable, owner, leads_out] = Distrust::REASONS;
    let path = PathBuf::new();
    let target = path.clone();
    assert_eq!(Distrust::LeadsOut { path, target }.reason(), leads_out);
    assert_eq!(judge(0, 0, 0o666, Role::Itself), Err(writable));
    assert_eq!(judge(9, 0, 0o644, Role::Itself), Err(owner));
}
