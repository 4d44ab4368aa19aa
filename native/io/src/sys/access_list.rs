//! setxattr(2) of a POSIX access list.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use super::checked;

/// The version of the attribute's format (linux/posix_acl_xattr.h).
const VERSION: u32 = 2;
const READ_AND_WRITE: u16 = 0o6;
/// Stands in an entry that names no user or group.
const NONE: u32 = u32::MAX;
/// Tags of entries, in the order that the kernel requires (linux/posix_acl.h).
const OWNER: u16 = 0x01;
const USER: u16 = 0x02;
const GROUP: u16 = 0x04;
const MASK: u16 = 0x10;
const OTHERS: u16 = 0x20;

/// Lets only a file's owner, its group and one more user read and write it. The descriptor may be opened with O_PATH: its name in /proc changes the
/// descriptor's file, wherever the path may lead by now.
pub(crate) fn admit(file: &File, user: u32) -> io::Result<()> {
    let entries = [
        (OWNER, READ_AND_WRITE, NONE),
        (USER, READ_AND_WRITE, user),
        (GROUP, READ_AND_WRITE, NONE),
        (MASK, READ_AND_WRITE, NONE),
        (OTHERS, 0, NONE),
    ];
    let mut list = VERSION.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(rights.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    let path = format!("/proc/self/fd/{}\0", file.as_raw_fd());
    let name = c"system.posix_acl_access";
    // SAFETY: path and name end with a zero, and the list's length is right. The kernel reads all three and keeps no pointer.
    checked(unsafe { libc::setxattr(path.as_ptr().cast(), name.as_ptr(), list.as_ptr().cast(), list.len(), 0) })?;
    Ok(())
}
