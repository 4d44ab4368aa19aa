//! Files that are written by a thread of their own.

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use florenetes_io::limits::{LOG_BYTES_WAITING_MAX, LOG_FILES_MAX};
use florenetes_io::{LogCounts, LogFolder};
use support::Folder;

/// Makes the folder "logs" in a folder.
fn made(folder: &Folder) -> PathBuf {
    let path = folder.join("logs");
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn what_was_taken_is_written_before_the_folder_is_gone_for_the_owner_alone() {
    let folder = Folder::new();
    let path = made(&folder);
    let logs = LogFolder::open(&path).unwrap();
    let (mut a, mut b, unused) = (logs.file(), logs.file(), logs.file());
    assert!(a.write(|| "a.log".into(), b"one ".to_vec()));
    assert!(b.write(|| "b.log".into(), b"other".to_vec()));
    assert!(a.write(|| panic!("it has its name"), b"two".to_vec()));
    drop(unused);
    let counts = logs.counts();
    drop((a, logs));
    assert_eq!(fs::read(path.join("a.log")).unwrap(), b"one two");
    assert_eq!(fs::read(path.join("b.log")).unwrap(), b"other");
    assert_eq!(fs::metadata(path.join("a.log")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(counts, LogCounts { files: 2, bytes_lost: 0 });
    assert!(!b.write(String::new, b"late".to_vec()), "there is no folder any more");
}

#[test]
fn nothing_that_is_there_is_written_to() {
    let folder = Folder::new();
    let path = made(&folder);
    fs::write(path.join("a.log"), "mine").unwrap();
    symlink(path.join("elsewhere"), path.join("a-2.log")).unwrap();
    let logs = LogFolder::open(&path).unwrap();
    assert!(logs.file().write(|| "a.log".into(), b"new".to_vec()));
    drop(logs);
    assert_eq!(fs::read(path.join("a.log")).unwrap(), b"mine");
    assert!(!path.join("elsewhere").exists());
    assert_eq!(fs::read(path.join("a-3.log")).unwrap(), b"new");
}

#[test]
fn files_are_so_many_and_what_is_lost_is_counted() {
    let folder = Folder::new();
    let path = made(&folder);
    let logs = LogFolder::open(&path).unwrap();
    let taken =
        (0..LOG_FILES_MAX + 10).filter(|number| logs.file().write(|| format!("{number}.log"), vec![0; 10])).count();
    assert_eq!(taken as u64, LOG_FILES_MAX);
    assert_eq!(logs.counts(), LogCounts { files: LOG_FILES_MAX, bytes_lost: 100 });
    drop(logs);
    assert_eq!(fs::read_dir(&path).unwrap().count() as u64, LOG_FILES_MAX);
}

#[test]
fn bytes_that_wait_are_so_many() {
    let folder = Folder::new();
    let logs = LogFolder::open(&made(&folder)).unwrap();
    let mut file = logs.file();
    assert!(!file.write(|| "a.log".into(), vec![0; LOG_BYTES_WAITING_MAX + 1]));
    assert!(file.write(|| "a.log".into(), vec![0; 10]), "those do not wait any more");
    assert_eq!(logs.counts(), LogCounts { files: 1, bytes_lost: LOG_BYTES_WAITING_MAX as u64 + 1 });
}

#[test]
fn a_folder_that_cannot_be_written_loses_all_and_says_so() {
    let folder = Folder::new();
    let logs = LogFolder::open(&folder.join("missing")).unwrap();
    let mut file = logs.file();
    for _ in 0..3 {
        assert!(file.write(|| "a.log".into(), vec![0; 10]));
    }
    support::until(|| (logs.counts().bytes_lost == 30).then_some(()));
}
