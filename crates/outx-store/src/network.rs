//! Whether a file would be on another machine, where neither locks nor syncs can be relied on.

use crate::error::{StoreError, StoreErrorKind};
use std::path::Path;

/// Refuses a file on a network file system. Between two machines SQLite's log does not work at all, and a sync
/// there may be answered before anything is durable: what was sent could be forgotten.
///
/// A system that cannot be asked is believed to be local.
pub(crate) fn refuse(path: &Path) -> Result<(), StoreError> {
    // The file's own folder may be yet to be made.
    let place = path.ancestors().find(|place| place.exists());
    match place.and_then(magic).and_then(name) {
        Some(FUSE) if place.is_some_and(is_local_fuse) => Ok(()),
        Some(system) => Err(refusal(path, system)),
        None => Ok(()),
    }
}

/// What all file systems of programs have one number for. Which one it is stands in the list of mounts.
const FUSE: &str = "FUSE";

/// Those of them that keep what they are given on this machine: other disks' formats, and encrypted folders.
const LOCAL_FUSE: [&str; 8] = [
    "fuseblk",
    "fuse.ntfs-3g",
    "fuse.exfat",
    "fuse.gocryptfs",
    "fuse.cryfs",
    "fuse.encfs",
    "fuse.securefs",
    "fuse.mergerfs",
];

fn is_local_fuse(place: &Path) -> bool {
    let Ok(place) = place.canonicalize() else { return false };
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    mounted(&mounts, &place).is_some_and(|system| LOCAL_FUSE.contains(&system))
}

/// The file system that a place is on, by a list of mounts as proc(5) describes `mountinfo`: the last one of the
/// longest folder that holds the place.
fn mounted<'a>(mounts: &'a str, place: &Path) -> Option<&'a str> {
    let mount = |line: &'a str| {
        let (before, after) = line.split_once(" - ")?;
        let folder = before.split(' ').nth(4)?;
        // Blanks and the like are written as octal numbers. A folder with one is not found, and so is refused.
        place.starts_with(folder).then_some((folder.len(), after.split(' ').next()?))
    };
    mounts.lines().filter_map(mount).max_by_key(|(length, _)| *length).map(|(_, system)| system)
}

fn refusal(path: &Path, system: &str) -> StoreError {
    let message = format!(
        "the store {} would be on a network file system ({system}), where a write that was answered can still be \
         lost; name a file on a local disk",
        path.display()
    );
    StoreError::new(StoreErrorKind::Network, message)
}

/// The number by which Linux knows the file system that a place is on.
#[cfg(target_os = "linux")]
fn magic(place: &Path) -> Option<u32> {
    let system = rustix::fs::statfs(place).ok()?;
    // Its type has another width and sign on each machine, and the numbers have 32 bits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the low 32 bits are meant")]
    Some(system.f_type as u32)
}

#[cfg(not(target_os = "linux"))]
fn magic(_: &Path) -> Option<u32> {
    None
}

/// The name of a network file system by its number; nothing for any other. The numbers are those of statfs(2) and
/// of the kernel's `magic.h`.
fn name(magic: u32) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "NFS",
        0x517B => "SMB",
        0xFF53_4D42 => "CIFS",
        0xFE53_4D42 => "SMB 2",
        0x0102_1997 => "9p",
        0x6573_5546 => FUSE,
        0x5346_414F | 0x6B41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x00C3_6400 => "Ceph",
        0x0BD0_0BD0 => "Lustre",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_of_other_machines_are_known_by_their_numbers() {
        for (magic, expected) in
            [(0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (0xFE53_4D42, "SMB 2"), (0x6573_5546, "FUSE")]
        {
            assert_eq!(name(magic), Some(expected));
        }
        // ext4, XFS, Btrfs, tmpfs, overlay, ZFS, F2FS.
        for local in [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1, 0xF2F5_2010] {
            assert_eq!(name(local), None, "{local:x}");
        }
    }

    #[test]
    fn a_local_file_system_of_a_program_is_told_from_one_of_another_machine() {
        let mounts = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n\
                      40 22 0:40 / /home/ada rw,nosuid - fuse.gocryptfs /home/ada/.cipher rw\n\
                      41 40 0:41 / /home/ada/far rw shared:5 - fuse.sshfs host:/ rw\n";
        let of = |place| mounted(mounts, Path::new(place));
        assert_eq!(of("/home/ada/.local/share/outx"), Some("fuse.gocryptfs"));
        assert_eq!(of("/home/ada/far/outx"), Some("fuse.sshfs"));
        assert_eq!(of("/home/ada-too/outx"), Some("ext4"), "a name that only begins so is another folder");
        assert!(LOCAL_FUSE.contains(&"fuse.gocryptfs") && !LOCAL_FUSE.contains(&"fuse.sshfs"));
        assert_eq!(mounted("", Path::new("/x")), None);
    }

    #[test]
    fn a_refusal_says_where_why_and_what_to_do() {
        let error = refusal(Path::new("/net/outx.db"), "NFS");
        assert_eq!(error.kind(), StoreErrorKind::Network);
        let text = error.to_string();
        assert!(["/net/outx.db", "NFS", "local disk"].iter().all(|part| text.contains(part)), "{text}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_place_that_is_yet_to_be_made_is_on_the_file_system_of_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        assert!(magic(dir.path()).is_some());
        assert!(refuse(&dir.path().join("not/there/outx.db")).is_ok());
        assert_eq!(magic(Path::new("/proc/self")), Some(0x9FA0));
    }
}
