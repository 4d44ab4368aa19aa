//! Sockets of streams: what a workload does is seen at the other end, and its end or reset is told.

#[path = "support/mod.rs"]
mod support;

use std::env;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use florenetes_io::stream::{SocketFile, StreamAddress, StreamListener, StreamSocket};
use support::{Folder, until};

/// The port at which the process that dies finds the workload.
const PORT_VARIABLE: &str = "FLORENETES_TEST_PORT";

fn accepted(listener: &StreamListener) -> StreamSocket {
    until(|| listener.accept().ok())
}

/// A workload, and the socket to it.
fn tcp() -> (TcpStream, StreamSocket) {
    let listener = StreamListener::tcp("127.0.0.1:0".parse().unwrap()).unwrap();
    let workload = TcpStream::connect(("127.0.0.1", listener.port())).unwrap();
    (workload, accepted(&listener))
}

fn read(socket: &mut StreamSocket) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; 100];
    let length = until(|| match socket.read(&mut bytes) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        other => Some(other),
    })?;
    bytes.truncate(length);
    Ok(bytes)
}

#[test]
fn both_halves_end_by_themselves() {
    let (mut workload, mut socket) = tcp();
    assert_eq!(socket.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    workload.write_all(b"question").unwrap();
    workload.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read(&mut socket).unwrap(), b"question");
    assert_eq!(read(&mut socket).unwrap(), b"");
    assert_eq!(socket.write(b"answer").unwrap(), 6);
    socket.end();
    drop(socket);
    let mut answer = Vec::new();
    workload.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"answer", "an end, and no reset");
}

#[test]
fn one_that_is_dropped_before_both_halves_have_ended_is_reset() {
    let (mut workload, socket) = tcp();
    drop(socket);
    assert_eq!(workload.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

/// The process that dies in the next test.
#[test]
#[ignore = "the next test runs it, in a process that it ends"]
fn dies_with_a_socket() {
    let port: u16 = env::var(PORT_VARIABLE).unwrap().parse().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut socket = StreamSocket::connect(StreamAddress::Tcp(address)).unwrap();
    until(|| socket.write(b"a beginning").ok());
    assert_eq!(read(&mut socket).unwrap(), b"die");
    std::process::abort();
}

#[test]
fn those_of_a_process_that_dies_are_reset() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "dies_with_a_socket"])
        .env(PORT_VARIABLE, listener.local_addr().unwrap().port().to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (mut workload, _) = listener.accept().unwrap();
    let mut beginning = [0; 11];
    workload.read_exact(&mut beginning).unwrap();
    workload.write_all(b"die").unwrap();
    assert_eq!(workload.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    child.wait().unwrap();
}

#[test]
fn the_reset_of_a_workload_is_told_though_nothing_is_read() {
    let (workload, mut socket) = tcp();
    let (other, mut unread) = tcp();
    // The end of a socket with bytes that nobody has read is a reset.
    assert_eq!(unread.write(b"unread").unwrap(), 6);
    drop(other);
    assert_eq!(until(|| unread.take_error().err()).kind(), ErrorKind::ConnectionReset);
    drop(workload);
    assert_eq!(read(&mut socket).unwrap(), b"", "and an end is none");
    assert!(socket.take_error().is_ok());
}

#[test]
fn a_target_is_connected_to_or_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut socket = StreamSocket::connect(StreamAddress::Tcp(address)).unwrap();
    let (mut workload, _) = listener.accept().unwrap();
    assert!(socket.connected().is_ok());
    workload.write_all(b"hello").unwrap();
    assert_eq!(read(&mut socket).unwrap(), b"hello");
    drop((listener, workload));
    let refused = match StreamSocket::connect(StreamAddress::Tcp(address)) {
        Ok(socket) => until(|| socket.connected().err()),
        Err(error) => error,
    };
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn the_file_of_a_unix_socket_has_its_mode_and_goes_with_it() {
    let folder = Folder::new();
    let path = folder.join("tunnel");
    let file = SocketFile { path: &path, mode: 0o620, owner: None };
    let listener = StreamListener::unix(file).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o620);
    assert_eq!(StreamListener::unix(file).err().map(|error| error.kind()), Some(ErrorKind::AddrInUse));
    let mut workload = UnixStream::connect(&path).unwrap();
    let mut socket = accepted(&listener);
    workload.write_all(b"hello").unwrap();
    assert_eq!(read(&mut socket).unwrap(), b"hello");
    assert!(StreamSocket::connect(StreamAddress::Unix(&path)).unwrap().connected().is_ok());
    drop(listener);
    assert!(!path.exists());
    let gone = StreamSocket::connect(StreamAddress::Unix(&path)).err();
    assert_eq!(gone.map(|error| error.kind()), Some(ErrorKind::NotFound));
}
