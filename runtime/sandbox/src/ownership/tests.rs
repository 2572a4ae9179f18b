//! Modes and owners as numbers; real files are tested with the whole program.

use super::*;

fn check(uid: u32, gid: u32, mode: u32, role: Role) -> Result<(), &'static str> {
    let owner = Owner { uid, gid, mode };
    let is_closed = || gid == 0 || (uid, gid) == (1000, 1000);
    let judged = owner.check(Path::new("/x"), role, 1000, is_closed);
    judged.map_err(|distrust| distrust.reason())
}

#[test]
fn root_and_the_own_user_may_write() {
    for uid in [0, 1000] {
        for mode in [0o644, 0o755, 0o600, 0o4755] {
            assert_eq!(check(uid, 7, mode, Role::Target), Ok(()), "{uid} {mode:o}");
        }
        assert_eq!(check(uid, 0, 0o775, Role::Target), Ok(()), "root's group");
        assert_eq!(check(uid, 7, 0o664, Role::Target), Err("writable"));
        assert_eq!(check(uid, 0, 0o646, Role::Target), Err("writable"));
        assert_eq!(check(uid, 0, 0o777, Role::Parent), Err("writable"));
        assert_eq!(check(uid, 7, 0o775, Role::Parent), Err("writable"));
    }
    assert_eq!(check(65_534, 0, 0o600, Role::Target), Err("owner"));
    assert_eq!(check(1001, 1000, 0o755, Role::Parent), Err("owner"));
}

#[test]
fn private_group_may_have_write_permission() {
    assert_eq!(check(1000, 1000, 0o775, Role::Target), Ok(()));
    assert_eq!(check(0, 1000, 0o775, Role::Target), Err("writable"));
    assert_eq!(check(1000, 1000, 0o777, Role::Target), Err("writable"));
}

#[test]
fn sticky_directory_is_judged_by_its_entries() {
    assert_eq!(check(0, 0, 0o1777, Role::Parent), Ok(()));
    assert_eq!(check(0, 7, 0o1775, Role::Parent), Ok(()));
    assert_eq!(check(0, 0, 0o1777, Role::Target), Err("writable"));
    assert_eq!(check(1001, 0, 0o1777, Role::Parent), Err("owner"));
}

#[test]
fn errors_name_the_remedy() {
    let told = |uid, mode| {
        let owner = Owner { uid, gid: 7, mode };
        let judged = owner.check(Path::new("/m/x.wasm"), Role::Target, 1000, || false);
        judged.unwrap_err().to_string()
    };
    assert_eq!(
        told(0, 0o666),
        "/m/x.wasm can be changed by others than root and firepit's user: every user may write to it \
         (mode 0666); remove that permission with `chmod go-w /m/x.wasm`"
    );
    assert!(told(0, 0o664).contains("group 7 may write to it"));
    assert!(told(0, 0o664).contains("`chmod g-w /m/x.wasm`"));
    assert_eq!(
        told(65_534, 0o600),
        "/m/x.wasm belongs to user 65534, not to root or firepit's user \
         (1000); give it to one of these with `chown`"
    );
}

#[test]
fn every_reason_has_its_name() {
    let [writable, owner, leads_out] = Distrust::REASONS;
    let path = PathBuf::new();
    let target = path.clone();
    assert_eq!(Distrust::LeadsOut { path, target }.reason(), leads_out);
    assert_eq!(check(0, 0, 0o666, Role::Target), Err(writable));
    assert_eq!(check(9, 0, 0o644, Role::Target), Err(owner));
}
