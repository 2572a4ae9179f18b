//! Seccomp filters of the tests: programs for the kernel that decide about system calls.

use std::ffi::c_int;
use std::mem::offset_of;
use std::{io, ptr};

use libc::{
    BPF_ABS, BPF_LD, BPF_W, SECCOMP_SET_MODE_FILTER, SYS_seccomp, c_ulong, seccomp_data,
    sock_filter, sock_fprog,
};

/// One instruction of a filter.
pub(crate) fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    }
}

/// The instruction that loads the number of the system call.
pub(crate) fn load_number() -> sock_filter {
    let number = offset_of!(seccomp_data, nr) as u32;
    instruction(BPF_LD | BPF_W | BPF_ABS, 0, 0, number)
}

/// Sets a filter on this thread, and on the processes that it starts. It needs no privileges.
/// Returns what the kernel returns: 0, or a descriptor if `flags` ask for one.
pub(crate) fn set_filter(filter: &mut [sock_filter], flags: c_ulong) -> io::Result<c_int> {
    let program = sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: it takes no pointers, and only drops privileges that this thread does not need.
    let result = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the program and its instructions live until the call returns.
    let result = unsafe {
        libc::syscall(
            SYS_seccomp,
            SECCOMP_SET_MODE_FILTER,
            flags,
            ptr::from_ref(&program),
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result as c_int)
}
