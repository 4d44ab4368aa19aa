//! A connection's packets take another way from now on, and its streams go on.

use std::io::{Read, Write};

use crate::support::end::{CONNECTION, End, HANDLE, LINK, NO_LIMIT, PORT, Pair, SERVICE, SERVICE_LABEL};
use crate::support::threads::until;
use florenetes_cluster::{Order, Way};
use florenetes_wire::mesh::{Change, LABEL_CONNECTION, LinkState, Operation, Scope};

const OTHER_LINK: u32 = LINK + 1;
const OTHER_HANDLE: u32 = HANDLE + 1;
const OTHER_LABEL: u32 = SERVICE_LABEL + 1;
const SIZE: usize = 40_000_000;

/// A second link, and a second label of the service.
fn join(end: &End) {
    let deliver = |label| {
        let operation = Operation::Deliver { service: SERVICE };
        Change::AddEntry { scope: Scope::All, label, operation }
    };
    let links = [Change::AddLink { link: LINK, label: 100 }, Change::AddLink { link: OTHER_LINK, label: 101 }];
    let entries = links.into_iter().chain([deliver(SERVICE_LABEL), deliver(OTHER_LABEL)]).collect();
    end.order(Order::SetTable { entries, transit: NO_LIMIT });
    let state = LinkState { is_up: true, mtu: 16_384, preferred_mtu: 16_384 };
    end.order(Order::SetLink { link: OTHER_LINK, port: PORT, handle: OTHER_HANDLE, state, congested_classes: 0 });
}

fn sent(end: &End, link: u32) -> u64 {
    end.figures().links.iter().find(|row| row.link == link).map_or(0, |row| row.packets_sent)
}

#[test]
fn streams_go_on_another_way_and_so_do_the_answers() {
    let pair = Pair::connected();
    join(&pair.a);
    join(&pair.b);
    let (mut client, mut server) = pair.joined();
    let echo = std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        loop {
            match server.read(&mut bytes).unwrap() {
                0 => return,
                count => server.write_all(&bytes[..count]).unwrap(),
            }
        }
    });
    let mut writer = client.try_clone().unwrap();
    let bytes: Vec<u8> = (0..SIZE).map(|index| (index % 251) as u8).collect();
    let said = bytes.clone();
    let writing = std::thread::spawn(move || writer.write_all(&said).unwrap());
    let mut heard = vec![0; SIZE];
    client.read_exact(&mut heard[..SIZE / 10]).unwrap();
    assert_eq!((sent(&pair.a, OTHER_LINK), sent(&pair.b, OTHER_LINK)), (0, 0));

    let way = Way { out_link: Some(OTHER_LINK), words: vec![OTHER_LABEL << 12] };
    pair.a.order(Order::SetWay { connection: CONNECTION, way: way.clone() });
    client.read_exact(&mut heard[SIZE / 10..]).unwrap();
    assert!(heard == bytes, "nothing is lost, and nothing comes twice");
    assert_eq!(pair.a.connection().way, way);
    until(|| (pair.b.connection().way.out_link == Some(OTHER_LINK)).then_some(()));
    let former = (sent(&pair.a, LINK), sent(&pair.b, LINK));
    client.write_all(b"more").unwrap();
    client.read_exact(&mut heard[..4]).unwrap();
    assert_eq!((sent(&pair.a, LINK), sent(&pair.b, LINK)), former, "the former link is not used any more");
    let other = (sent(&pair.a, OTHER_LINK), sent(&pair.b, OTHER_LINK));
    assert!(other.0 > 100 && other.1 > 100, "{other:?}");

    // An acceptor answers where the packets come from, whatever is ordered.
    let way = Way { out_link: Some(LINK), words: vec![LABEL_CONNECTION << 12] };
    pair.b.order(Order::SetWay { connection: CONNECTION, way });
    assert_eq!(pair.b.connection().way.out_link, Some(OTHER_LINK));
    writing.join().unwrap();
    drop(client);
    echo.join().unwrap();
}
