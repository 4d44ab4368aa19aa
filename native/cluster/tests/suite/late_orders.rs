//! Numbers are used again: a late order names a thing that is gone, and changes nothing of the thing that came after it.

use std::io::{Read, Write};
use std::time::Duration;

use crate::support::end::{
    CONNECTION, End, HANDLE, ID, LINK, NO_LIMIT, PORT, Pair, SERVICE, SERVICE_LABEL, TRAFFIC_CLASS, TRUNK, TUNNEL,
    accept, dial, target,
};
use crate::support::events::left;
use crate::support::threads::until;
use crate::support::{PAYLOAD, WINDOW, connected};
use florenetes_cluster::{Account, Address, Adoption, Event, Forgotten, LinkFigures, Order, Role, Target, Way};
use florenetes_wire::mesh::{Change, Destination, LABEL_CONNECTION, LinkState, Operation, Scope};

/// The next number of the same slot.
const fn next(number: u32) -> u32 {
    number + (1 << 20)
}

fn set_table(end: &End, links: &[u32], service: u32) {
    let links = links.iter().map(|link| Change::AddLink { link: *link, label: 100 });
    let operation = Operation::Deliver { service };
    let deliver = Change::AddEntry { scope: Scope::All, label: SERVICE_LABEL, operation };
    end.order(Order::SetTable { entries: links.chain([deliver]).collect(), transit: NO_LIMIT });
}

fn set_link(end: &End, link: u32, handle: u32) {
    let mtu = if handle == 0 { 0 } else { 16_384 };
    let state = LinkState { is_up: handle != 0, mtu, preferred_mtu: mtu };
    end.order(Order::SetLink { link, port: PORT, handle, state, congested_classes: 0 });
}

fn set_service(end: &End, service: u32, target: Target) {
    end.order(Order::SetService { service, target, flow_idle: None, tells_principal: false, is_stopped: false });
}

fn link_of(end: &End, link: u32) -> Option<LinkFigures> {
    end.figures().links.into_iter().find(|row| row.link == link)
}

#[test]
fn late_orders_about_a_link_do_nothing_to_the_one_that_has_its_slot() {
    let pair = Pair::connected();
    let (mut client, mut server) = pair.joined();
    client.write_all(b"before").unwrap();
    server.read_exact(&mut [0; 6]).unwrap();
    let former = link_of(&pair.a, LINK).unwrap();
    assert!(former.packets_sent > 0);

    // The slot of the link is free for a while, then another link has it, over the same port and handle.
    set_table(&pair.a, &[], SERVICE);
    set_link(&pair.a, LINK, 0);
    set_table(&pair.a, &[next(LINK)], SERVICE);
    set_link(&pair.a, next(LINK), HANDLE);
    assert!(link_of(&pair.a, LINK).is_none());
    let begun = link_of(&pair.a, next(LINK)).unwrap();
    assert_eq!(begun.packets_sent, 0, "it begins to count");

    // Every order about the former link that may be late comes: it is down, it is up elsewhere, a way over it, a packet from it.
    set_link(&pair.a, LINK, 0);
    set_link(&pair.a, LINK, HANDLE + 1);
    let way = Way { out_link: Some(LINK), words: vec![SERVICE_LABEL << 12] };
    pair.a.order(Order::SetWay { connection: CONNECTION, way: way.clone() });
    let packet = vec![16; 40];
    pair.a.order(Order::DeliverPacket { in_link: Some(LINK), destination: Destination::Connection, packet });
    client.write_all(b"over the former one").unwrap();
    until(|| (pair.a.connection().way == way && pair.a.connection().is_in_flight).then_some(()));
    let now = link_of(&pair.a, next(LINK)).unwrap();
    assert_eq!((now.packets_sent, now.dropped_down), (0, 0), "nothing leaves by the slot's new link");

    // The new link carries packets that are sent over it, and packets under its handle are its own.
    let way = Way { out_link: Some(next(LINK)), words: vec![SERVICE_LABEL << 12] };
    pair.a.order(Order::SetWay { connection: CONNECTION, way });
    let mut heard = [0; 19];
    server.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"over the former one");
    until(|| link_of(&pair.a, next(LINK)).filter(|link| link.packets_sent > 0 && link.packets_received > 0));
}

#[test]
fn late_orders_about_a_service_do_nothing_to_the_one_that_has_its_slot() {
    let pair = Pair::connected();
    let (listener, to) = target();
    set_service(&pair.b, SERVICE, Target::Owner);
    pair.b.order(Order::Forget { what: Forgotten::Service(SERVICE) });
    set_table(&pair.b, &[LINK], next(SERVICE));
    set_service(&pair.b, next(SERVICE), to);
    assert_eq!(pair.b.account(Account::Service(next(SERVICE))).total, 0);

    pair.b.order(Order::Forget { what: Forgotten::Service(SERVICE) });
    pair.b.order(Order::Resolved { service: SERVICE, addresses: Err("it has no name".into()) });
    let accounts = || pair.b.figures().accounts.into_iter().map(|of| of.account).collect::<Vec<_>>();
    assert_eq!(accounts(), [Account::Service(next(SERVICE))], "nothing is kept of the former one");

    let connection = CONNECTION + 1;
    let [client, server] = connected(&pair.ledger, WINDOW, 1_000);
    pair.b.order(Order::Adopt(Box::new(Adoption {
        connection,
        quic: server,
        id: ID + u64::from(connection),
        role: Role::Acceptor { service: next(SERVICE) },
        way: Way { out_link: Some(LINK), words: vec![LABEL_CONNECTION << 12] },
        payload_max: PAYLOAD,
        traffic_class: TRAFFIC_CLASS,
        is_uncut: false,
        is_draining: false,
        quiet: Duration::ZERO,
        control_unsent: Vec::new(),
        target_prefix: Vec::new(),
        peer: "spiffe://mesh.test/peer".into(),
    })));
    let _ = pair.b.figures();
    pair.a.adopt(connection, client, true);
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(connection) });
    let mut workload = dial(pair.a.listen());
    workload.write_all(b"hello").unwrap();
    accept(&listener).read_exact(&mut [0; 5]).unwrap();
    assert_eq!(pair.b.account(Account::Service(next(SERVICE))).total, 1);
}

#[test]
fn late_orders_about_a_tunnel_do_nothing_to_the_one_that_has_its_slot() {
    let pair = Pair::connected();
    let (client, _server) = pair.joined();
    pair.a.order(Order::StopListening { tunnel: TUNNEL });
    pair.a.order(Order::Forget { what: Forgotten::Account(TUNNEL) });
    let address = Address::Tcp("127.0.0.1:0".parse().unwrap());
    pair.a.order(Order::Listen { tunnel: next(TUNNEL), trunk: TRUNK, address });
    let port = pair.a.event(|event| match event {
        Event::Listening { tunnel, port } if *tunnel == next(TUNNEL) => Some(*port),
        _ => None,
    });

    pair.a.order(Order::StopListening { tunnel: TUNNEL });
    pair.a.order(Order::LeadTunnel { tunnel: TUNNEL, trunk: TRUNK + 1 });
    pair.a.order(Order::SetConnectWait { account: TUNNEL, wait: Duration::ZERO });
    pair.a.order(Order::Forget { what: Forgotten::Account(TUNNEL) });
    pair.a.order(Order::Forget { what: Forgotten::Trunk(TRUNK + 1) });
    // The last stream of the former tunnel ends, and is counted nowhere.
    drop(client);
    let (listener, to) = target();
    pair.b.serve(to);
    let mut workload = dial(([127, 0, 0, 1], port).into());
    workload.write_all(b"hello").unwrap();
    accept(&listener).read_exact(&mut [0; 5]).unwrap();
    until(|| (pair.a.account(Account::Tunnel(next(TUNNEL))).total == 1).then_some(()));
    let accounts = pair.a.figures().accounts;
    assert!(accounts.iter().all(|of| of.account != Account::Tunnel(TUNNEL)), "{accounts:?}");
}

/// A tunnel that was left out for a time keeps its number, as its listener is the same one.
#[test]
fn a_tunnel_may_come_again_under_its_number_while_a_stream_of_its_former_time_is_open() {
    let pair = Pair::connected();
    let (client, server) = pair.joined();
    for _ in 0..2 {
        pair.a.order(Order::StopListening { tunnel: TUNNEL });
        pair.a.order(Order::Forget { what: Forgotten::Account(TUNNEL) });
        assert!(pair.a.figures().accounts.is_empty());
    }
    pair.a.listen();
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).open, 1);
    drop((client, server));
    until(|| (pair.a.account(Account::Tunnel(TUNNEL)).open == 0).then_some(()));
    pair.a.order(Order::Forget { what: Forgotten::Account(TUNNEL) });
    assert!(pair.a.figures().accounts.is_empty());
}

/// The owner counts a connection as gone when it is closed, and the thread some time later.
#[test]
fn a_trunk_may_be_forgotten_while_its_draining_connection_is_closing() {
    let pair = Pair::connected();
    let (_client, _server) = pair.joined();
    pair.a.order(Order::Drain { connection: CONNECTION });
    let reason = String::new();
    pair.a.order(Order::Close { connection: CONNECTION, code: 0, reason, is_repeated: false });
    pair.a.order(Order::Forget { what: Forgotten::Trunk(TRUNK) });
    pair.a.event(left);
    assert!(pair.a.figures().connections.is_empty());
}

#[test]
fn late_orders_about_a_port_do_nothing_to_the_one_that_has_its_slot() {
    let pair = Pair::start();
    let path = |name: &str| pair.folder.join(name);
    pair.a.order(Order::ClosePort { port: PORT });
    pair.a.order(Order::OpenPort { port: next(PORT), bind: path("a"), connect: path("link-a") });
    pair.a.event(|event| matches!(event, Event::PortOpened { port } if *port == next(PORT)).then_some(()));
    pair.a.order(Order::ClosePort { port: PORT });
    pair.a.order(Order::SendMessage { port: PORT, message: vec![1] });
    pair.a.order(Order::SendPacket { port: PORT, handle: HANDLE, packet: vec![1] });
    set_link(&pair.a, LINK, HANDLE);
    let ports = pair.a.figures().ports;
    assert_eq!(ports.iter().map(|port| port.port).collect::<Vec<_>>(), [next(PORT)]);
    assert_eq!(ports[0].florio.counters.packets_sent, 0);
}

#[test]
fn a_million_routes_one_after_the_other_leave_nothing_behind() {
    const SLOTS: u32 = 1_000;
    let pair = Pair::start();
    for generation in 1..=1_000 {
        let number = |slot: u32| generation << 20 | slot;
        let links = (1..=SLOTS).map(|slot| Change::AddLink { link: number(slot), label: 20_000 + slot });
        let ways = (2..=SLOTS).map(|slot| Change::Permit {
            in_link: number(1),
            out_link: number(slot),
            share: 0,
            allowance: None,
        });
        pair.a.order(Order::SetTable { entries: links.chain(ways).collect(), transit: NO_LIMIT });
        for slot in 1..=SLOTS / 100 {
            set_link(&pair.a, number(slot), 1_000 + slot);
            set_service(&pair.a, number(slot), Target::Owner);
            pair.a.order(Order::Forget { what: Forgotten::Service(number(slot)) });
        }
        // The question waits until the orders are carried out: only so many may wait.
        assert_eq!(pair.a.figures().entries.len(), SLOTS as usize);
    }
    let figures = pair.a.figures();
    assert_eq!((figures.links.len(), figures.pairs.len()), (1 + SLOTS as usize, SLOTS as usize - 1));
    assert_eq!((figures.entries.len(), figures.accounts.len()), (SLOTS as usize, 0));
    assert!(figures.links.iter().all(|link| link.link == LINK || link.link >> 20 == 1_000));
}
