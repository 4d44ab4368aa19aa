//! A socket that is bound to all addresses of the machine answers everybody from the address that he has called.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use crate::support::end::{CLUSTER, End, HANDLE, NEVER, SESSION};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_engine::Connection;
use florenetes_io::udp::UdpPeer;
use florenetes_link::{Event, Order};

/// An end whose socket is bound to all addresses; loopback has 2^24 of them.
fn end() -> (End, u16) {
    let end = End::start();
    end.order(Order::CloseUdp { cluster: CLUSTER });
    until(|| end.figures().udp.is_none().then_some(()));
    end.order(Order::OpenUdp { cluster: CLUSTER, listen: "0.0.0.0:0".parse().unwrap() });
    let port = until(|| end.figures().udp).local.port();
    (end, port)
}

/// A socket that hears one address alone.
fn caller(host: &str, port: u16) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect((host, port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    socket
}

fn sender_of(end: &End, bytes: &[u8]) -> UdpPeer {
    end.event(|event| match event {
        Event::Datagram { from, bytes: told, .. } if told == bytes => Some(*from),
        _ => None,
    })
}

#[test]
fn strangers_are() {
    let (end, port) = end();
    for host in ["127.0.0.7", "127.0.0.8"] {
        let stranger = caller(host, port);
        stranger.send(host.as_bytes()).unwrap();
        let from = sender_of(&end, host.as_bytes());
        assert_eq!(from.address, stranger.local_addr().unwrap());
        assert_eq!(from.local.unwrap().to_string(), host);
        end.order(Order::SendDatagram { cluster: CLUSTER, to: from, bytes: vec![9; 77] });
        assert_eq!(stranger.recv(&mut [0; 100]).unwrap(), 77, "{host}");
    }
}

#[test]
fn sessions_are_and_one_whose_peer_calls_another_address_has_moved() {
    let (end, port) = end();
    let mut peer = Peer::join(&end, true);
    let at = |host: &str| UdpPeer {
        address: peer.socket.local_addr().unwrap(),
        local: Some(SocketAddr::new(host.parse().unwrap(), 0).into()),
    };
    let (home, away) = (at("127.0.0.7"), at("127.0.0.8"));
    end.order(Order::SetAddress { session: SESSION, to: home });
    end.settle();
    let newest = |event: &Event| match event {
        Event::Newest { session: SESSION, from, .. } => Some(*from),
        _ => None,
    };
    for (path, host) in [(home, "127.0.0.7"), (away, "127.0.0.8")] {
        peer.call((host, port));
        peer.send(&[0, 1]);
        assert_eq!(end.packets(1), [vec![1]]);
        match path == home {
            true => assert!(end.poll_event(newest).is_none(), "it is at home"),
            false => assert_eq!(end.event(newest), away),
        }
        end.order(Order::SetAddress { session: SESSION, to: path });
        end.settle();
        end.send_as(HANDLE, vec![vec![4; 30]; 50]);
        for _ in 0..50 {
            until(|| {
                peer.turn();
                peer.with(Connection::poll_datagram).filter(|datagram| datagram.len() == 31)
            });
        }
    }
}

#[test]
fn an_originator_hears_its_acceptor_wherever_its_own_packets_leave_from() {
    let (end, port) = end();
    let mut peer = Peer::join_for(&end, false, NEVER);
    peer.call(("127.0.0.9", port));
    peer.send(&[0, 5]);
    assert_eq!(end.packets(1), [vec![5]]);
}
