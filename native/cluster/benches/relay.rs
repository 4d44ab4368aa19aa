//! The cost of a relay: CPU time of each data thread, beside a bare loop of reads and writes between two sockets; and that of its turns, by
//! the trunks that there are. It prints tables.
//!
//! Run it on a quiet machine: `cargo bench -p florenetes-cluster`.
#![allow(clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use florenetes_cluster::Order;
use support::end::{Pair, accept, dial, target};
use support::threads::until;

const BYTES: usize = 256 << 20;
const CONNECTIONS: usize = 2_000;
const ECHOES: usize = 5_000;
/// Numbers of trunks that nobody uses.
const TRUNKS_FROM: u32 = 1_000;

fn main() {
    let before = threads();
    let pair = Pair::connected();
    let lanes: Vec<_> = threads().difference(&before).copied().collect();
    // In the order of `Pair`: the wire, a, b.
    let [_, a, b] = lanes[..] else { panic!("there are three threads") };
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();

    println!("CPU s/GB                       originator   acceptor   bare loop");
    for size in [16 << 10, 64 << 10] {
        let bare = bare_loop(size);
        for is_up in [true, false] {
            let (client, server) = (dial(tunnel), accept(&listener));
            let (writer, reader) = if is_up { (client, server) } else { (server, client) };
            let start = [a, b].map(cpu_ns);
            carry(writer, reader, size);
            let [a, b] = [(a, start[0]), (b, start[1])].map(|(id, start)| per_gigabyte(cpu_ns(id) - start));
            let direction = if is_up { "to the service" } else { "from the service" };
            println!("{direction:<18} {:>2} KB writes   {a:>8.2}   {b:>8.2}   {bare:>8.2}", size >> 10);
        }
    }

    let start = [a, b].map(cpu_ns);
    for _ in 0..CONNECTIONS {
        let (mut client, mut server) = (dial(tunnel), accept(&listener));
        client.write_all(b"x").unwrap();
        server.read_exact(&mut [0]).unwrap();
        drop(client);
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
    }
    until(|| (pair.b.figures().workloads_open == 0).then_some(()));
    let [a, b] = [(a, start[0]), (b, start[1])].map(|(id, start)| (cpu_ns(id) - start) / CONNECTIONS as u64 / 1_000);
    println!("µs for a connection, one by one    {a:>4}       {b:>4}");

    let (mut client, mut server) = (dial(tunnel), accept(&listener));
    let [_, a, _] = lanes[..] else { unreachable!("they are there") };
    for count in [10, 1_000, 10_000] {
        for trunk in 0..count {
            pair.a.order(Order::SetCurrent { trunk: TRUNKS_FROM + trunk, connection: None });
            // Few wait at a time.
            if trunk % 100 == 0 {
                let _ = pair.a.figures();
            }
        }
        let _ = pair.a.figures();
        let start = cpu_ns(a);
        for _ in 0..ECHOES {
            client.write_all(b"x").unwrap();
            server.read_exact(&mut [0]).unwrap();
            server.write_all(b"x").unwrap();
            client.read_exact(&mut [0]).unwrap();
        }
        let each = (cpu_ns(a) - start) / ECHOES as u64 / 1_000;
        println!("µs for a byte there and back, with {count:>6} trunks {each:>4}");
    }
}

/// Moves all bytes, in writes of this size.
fn carry(mut writer: TcpStream, mut reader: TcpStream, size: usize) {
    let writing = thread::spawn(move || {
        let bytes = vec![7; size];
        for _ in 0..BYTES / size {
            writer.write_all(&bytes).unwrap();
        }
        writer.shutdown(Shutdown::Write).unwrap();
        writer
    });
    let mut bytes = vec![0; 64 << 10];
    while reader.read(&mut bytes).unwrap() > 0 {}
    drop(writing.join());
}

/// The CPU time for a gigabyte of one of two ends that only read and write.
fn bare_loop(size: usize) -> f64 {
    let listeners = [0; 2].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let addresses = listeners.each_ref().map(|listener| listener.local_addr().unwrap());
    let relaying = thread::spawn(move || {
        let (mut from, _) = listeners[0].accept().unwrap();
        let mut to = TcpStream::connect(addresses[1]).unwrap();
        let reader = listeners[1].accept().unwrap().0;
        let draining = thread::spawn(move || {
            let mut reader = reader;
            let mut bytes = vec![0; 64 << 10];
            while reader.read(&mut bytes).unwrap() > 0 {}
        });
        let start = own_cpu_ns();
        let mut bytes = vec![0; 64 << 10];
        loop {
            let length = from.read(&mut bytes).unwrap();
            if length == 0 {
                break;
            }
            to.write_all(&bytes[..length]).unwrap();
        }
        let spent = own_cpu_ns() - start;
        drop(to);
        draining.join().unwrap();
        spent
    });
    let mut writer = TcpStream::connect(addresses[0]).unwrap();
    let bytes = vec![7; size];
    for _ in 0..BYTES / size {
        writer.write_all(&bytes).unwrap();
    }
    drop(writer);
    per_gigabyte(relaying.join().unwrap())
}

fn per_gigabyte(ns: u64) -> f64 {
    ns as f64 / BYTES as f64
}

fn threads() -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc/self/task").unwrap();
    entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok()).collect()
}

fn cpu_ns(thread: u32) -> u64 {
    first_number(&format!("/proc/self/task/{thread}/schedstat"))
}

fn own_cpu_ns() -> u64 {
    first_number("/proc/thread-self/schedstat")
}

fn first_number(path: &str) -> u64 {
    fs::read_to_string(path).unwrap().split(' ').next().unwrap().parse().unwrap()
}
