//! A path within one vertex: the data thread of the vertex has both ends.

use std::io::{Read, Write};
use std::net::Shutdown;

use crate::support::connected;
use crate::support::end::{ID, Pair, SERVICE, TRUNK, TUNNEL, accept, dial, target};
use crate::support::threads::until;
use florenetes_cluster::{Account, Order};
use florenetes_engine::ProcessLedger;

const BYTES: usize = 3_000_000;

#[test]
fn workloads_of_one_vertex_talk_to_each_other() {
    let pair = Pair::start();
    let (listener, target) = target();
    pair.a.serve(target);
    let [client, server] = connected(&ProcessLedger::default(), 256 * 1024, 1_000);
    pair.a.adopt_over(None, (1, ID), server, false);
    pair.a.adopt_over(None, (2, ID), client, true);
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(2) });
    let mut client = dial(pair.a.listen());
    let mut server = accept(&listener);
    let question: Vec<u8> = (0..BYTES).map(|index| (index % 251) as u8).collect();
    let echo = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        server.read_to_end(&mut bytes).unwrap();
        server.write_all(&bytes).unwrap();
    });
    client.write_all(&question).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    echo.join().unwrap();
    assert!(answer == question);
    let figures = until(|| Some(pair.a.figures()).filter(|figures| figures.workloads_open == 0));
    assert_eq!(figures.links[0].packets_sent, 0);
    assert_eq!((figures.own_drops.iter().sum::<u64>(), figures.memory_held), (0, 0));
    for account in [Account::Tunnel(TUNNEL), Account::Service(SERVICE)] {
        let counts = pair.a.account(account);
        assert_eq!((counts.open, counts.total, counts.cut.len()), (0, 1, 0));
    }
    assert!(figures.connections.iter().all(|connection| connection.way.out_link.is_none()));
}
