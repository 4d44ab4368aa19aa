//! Log files of a folder, written by a thread of their own, so that a slow disk delays nobody.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use crate::limits::{LOG_BYTES_MAX, LOG_BYTES_WAITING_MAX, LOG_FILES_MAX};
use crate::sys::signals::block_in_this_thread;

const MODE: u32 = 0o600;
/// How many names are tried for a file.
const NAMES_MAX: u32 = 9;

/// The folder, and the thread that writes there. Dropping it waits until all accepted bytes are written.
pub struct LogFolder {
    orders: Sender<Order>,
    counts: Arc<Counts>,
    thread: Option<JoinHandle<()>>,
}

/// A file of the folder, which is made with its first bytes. Dropping it closes it.
pub struct LogFile {
    orders: Sender<Order>,
    counts: Arc<Counts>,
    place: Place,
}

/// Counts of a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// Files that were begun.
    pub files: u64,
    /// Bytes that were not written, because there were too many files or bytes, or the disk was full or slow.
    pub bytes_lost: u64,
}

#[derive(Clone, Copy)]
enum Place {
    Unused,
    Number(u64),
    /// The folder has too many files or bytes already.
    None,
}

#[derive(Default)]
struct Counts {
    files: AtomicU64,
    /// Bytes accepted for all files.
    bytes_taken: AtomicU64,
    bytes_waiting: AtomicUsize,
    bytes_lost: AtomicU64,
}

enum Order {
    Open { file: u64, name: String },
    Write { file: u64, bytes: Vec<u8> },
    Close { file: u64 },
    Stop,
}

impl LogFolder {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system has no thread left.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let (orders, receiver) = channel();
        let counts = Arc::new(Counts::default());
        let (folder, shared) = (folder.to_path_buf(), Arc::clone(&counts));
        let thread = thread::Builder::new().name("logs".into()).spawn(move || {
            if block_in_this_thread().is_ok() {
                write_all(&folder, &receiver, &shared);
            }
        })?;
        Ok(Self { orders, counts, thread: Some(thread) })
    }

    /// A handle for a new file, which is made with its first bytes.
    #[must_use]
    pub fn file(&self) -> LogFile {
        LogFile { orders: self.orders.clone(), counts: Arc::clone(&self.counts), place: Place::Unused }
    }

    /// The present counts.
    #[must_use]
    pub fn counts(&self) -> LogCounts {
        LogCounts { files: self.counts.files.load(Relaxed), bytes_lost: self.counts.bytes_lost.load(Relaxed) }
    }
}

impl Drop for LogFolder {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        self.thread.take().map(JoinHandle::join);
    }
}

impl LogFile {
    /// Appends bytes. `name` gives the file's name, and is called for the first bytes only. False: the bytes are lost.
    pub fn write(&mut self, name: impl FnOnce() -> String, bytes: Vec<u8>) -> bool {
        let length = bytes.len();
        let has_room = self.counts.bytes_waiting.fetch_add(length, Relaxed) + length <= LOG_BYTES_WAITING_MAX;
        let is_taken = has_room && self.order(name, bytes);
        if !is_taken {
            self.counts.bytes_waiting.fetch_sub(length, Relaxed);
            self.counts.bytes_lost.fetch_add(length as u64, Relaxed);
        }
        is_taken
    }

    fn order(&mut self, name: impl FnOnce() -> String, bytes: Vec<u8>) -> bool {
        let sum = |taken: u64| Some(taken + bytes.len() as u64).filter(|sum| *sum <= LOG_BYTES_MAX);
        let bytes_taken = &self.counts.bytes_taken;
        if let Place::Unused = self.place {
            let next = |files: u64| (files < LOG_FILES_MAX).then_some(files + 1);
            let has_room = sum(bytes_taken.load(Relaxed)).is_some();
            let number = has_room.then(|| self.counts.files.fetch_update(Relaxed, Relaxed, next).ok()).flatten();
            self.place = number.map_or(Place::None, Place::Number);
            if let Place::Number(file) = self.place {
                // If the folder is gone, the order to write fails below.
                let _ = self.orders.send(Order::Open { file, name: name() });
            }
        }
        let Place::Number(file) = self.place else { return false };
        bytes_taken.fetch_update(Relaxed, Relaxed, sum).is_ok()
            && self.orders.send(Order::Write { file, bytes }).is_ok()
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        if let Place::Number(file) = self.place {
            // The folder may be gone.
            let _ = self.orders.send(Order::Close { file });
        }
    }
}

fn write_all(folder: &Path, orders: &Receiver<Order>, counts: &Counts) {
    // The open files, without files that could not be made or written.
    let mut files: HashMap<u64, File> = HashMap::new();
    while let Ok(order) = orders.recv() {
        match order {
            Order::Open { file, name } => drop(make(folder, &name).map(|made| files.insert(file, made))),
            Order::Write { file, bytes } => {
                if files.get_mut(&file).is_none_or(|file| file.write_all(&bytes).is_err()) {
                    files.remove(&file);
                    counts.bytes_lost.fetch_add(bytes.len() as u64, Relaxed);
                }
                counts.bytes_waiting.fetch_sub(bytes.len(), Relaxed);
            }
            Order::Close { file } => drop(files.remove(&file)),
            Order::Stop => return,
        }
    }
}

/// Makes a new file that only its owner may read and write, and follows no link.
fn make(folder: &Path, name: &str) -> Option<File> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "log"));
    let path = |number: u32| -> PathBuf {
        match number {
            1 => folder.join(name),
            _ => folder.join(format!("{stem}-{number}.{extension}")),
        }
    };
    (1..=NAMES_MAX)
        .find_map(|number| OpenOptions::new().write(true).create_new(true).mode(MODE).open(path(number)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_all_files_together_are_so_many() {
        let folder = std::env::temp_dir();
        let logs = LogFolder::open(&folder.join("florenetes-no-such-folder")).unwrap();
        logs.counts.bytes_taken.store(LOG_BYTES_MAX - 25, Relaxed);
        let (mut first, mut second, mut third) = (logs.file(), logs.file(), logs.file());
        let taken = [&mut first, &mut second, &mut third].map(|file| file.write(|| "a.log".into(), vec![0; 10]));
        assert_eq!(taken, [true, true, false]);
        assert!(first.write(String::new, vec![0; 5]), "they go on to the last byte");
        assert!(!second.write(String::new, vec![0; 1]));
        assert_eq!(logs.counts().files, 2, "no file is begun for nothing");
    }
}
