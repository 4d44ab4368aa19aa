/** Orders to the data thread of link-flor: README.md of native/ says how a field is added. */
import { messageOrders } from "./message-orders.mjs";

const session = ["u32", "The session."];
const handle = ["u32", "1 or more."];
const table = ["u32", "The table."];
const cluster = ["u32", "The cluster that has it."];

/** Values of Rust's that are made of several parameters, by an expression in native/node. */
const types = {
  address: {
    rust: "SocketAddr",
    fields: {
      host: ["text", "An IP address, with the number of the interface where it is link-local."],
      port: ["u16"],
    },
    from: "address(&host, port)?",
  },
  udpPeer: {
    rust: "UdpPeer",
    fields: {
      host: ["text", "An IP address, with the number of the interface where it is link-local."],
      port: ["u16"],
      local: ["text", "The address of ours that it has sent to, as the thread told it; empty: the system chooses one."],
    },
    from: "udp_peer(&host, port, &local)?",
  },
  seeds: {
    rust: "Seeds",
    fields: {
      packetsSeed: ["u32", "32 random bits, as are the others."],
      tableSeedHigh: ["u32"],
      tableSeedLow: ["u32"],
    },
    from: "Seeds { packets: packets_seed, table: u64::from(table_seed_high) << 32 | u64::from(table_seed_low) }",
  },
  row: {
    rust: "LinkRow",
    fields: { handle: ["u32", "0: the link is not up."], mtu: ["u32"], preferredMtu: ["u32"] },
    from: "LinkRow { handle, mtu: mtu as usize, preferred_mtu: preferred_mtu as usize }",
  },
  transitLimits: {
    rust: "TransitLimits",
    fields: { packetsPerSecond: ["f64"], bytesPerSecond: ["f64"] },
    from: "transit_limits(packets_per_second, bytes_per_second)",
  },
  changes: {
    rust: "Vec<TransitChange>",
    fields: { changes: ["u32[]", "Five numbers for each: see `TRANSIT_OPERATIONS`."] },
    from: "read_changes(changes)",
  },
  ownId: { rust: "[u8; ID_LENGTH]", fields: { ownId: ["bytes", "8 bytes."] }, from: "bytes_of(&own_id)?" },
  probeKey: {
    rust: "[u8; PROBE_KEY_LENGTH]",
    fields: { probeKey: ["bytes", "16 bytes."] },
    from: "bytes_of(&probe_key)?",
  },
};

const clusters = {
  openUdp: {
    doc: "Binds the UDP socket of a cluster: `UdpOpened` or `UdpFailed`.",
    fields: { cluster, listen: ["address", "Port 0: a free one."] },
  },
  openPort: {
    doc: "Binds the FlorIO port of a cluster: `PortOpened` or `PortFailed`.",
    fields: { cluster, bind: ["path", "Our path."], connect: ["path", "The partner's path."] },
  },
  closeUdp: {
    doc: "Closes the UDP socket; the sessions of the cluster are gone without a word.",
    fields: { cluster },
  },
  closePort: { doc: "Sends what the port can send of what waits, and closes it.", fields: { cluster } },
  removeCluster: {
    byHand: true,
    doc: "Closes the sessions and the port of a cluster, and forgets them. `Removed` is the last event about the cluster: its number may be used again then.",
    fields: { cluster },
  },
  sendDatagram: {
    isLossy: true,
    doc: "Sends a datagram that is of no session here: an answer to a stranger, a handshake, a probe of a path.",
    fields: {
      cluster: ["u32", "By whose socket."],
      to: ["udpPeer", "At a socket of IPv6, addresses of IPv4 are mapped."],
      bytes: ["bytes", "The UDP payload."],
    },
  },
  handleDatagram: {
    isLossy: true,
    doc: "Handles a datagram as if it had come just now: the owner received the datagram, and its session was handed over meanwhile.",
    fields: {
      cluster: ["u32", "The cluster whose socket received the datagram."],
      from: ["udpPeer", "The sender."],
      bytes: ["bytes", "The UDP payload."],
    },
  },
  ...messageOrders("cluster", "The cluster whose port"),
  sendPacket: {
    isLossy: true,
    doc: "Sends a packet of a session that the owner had received before it handed the session over.",
    fields: {
      cluster: ["u32", "The cluster whose port sends the packet."],
      handle,
      packet: ["bytes", "One byte or more."],
    },
  },
  adopt: { byHand: true, doc: "Takes over a session that is up.", boxed: "Adoption", fields: {} },
  setRoute: {
    doc: "Packets that come from the cluster vertex under this handle go to the session from now on.",
    fields: {
      cluster: ["u32", "The cluster that has the handle."],
      handle,
      session: ["u32", "A session of the same cluster."],
    },
  },
  removeRoute: {
    doc: "Packets under this handle are dropped from now on.",
    fields: { cluster: ["u32", "The cluster that has the handle."], handle },
  },
};

const transit = {
  openTransit: {
    doc: "Packets of the cluster may be forwarded here, once there is a table.",
    fields: { cluster: ["u32", "The cluster whose packets are meant."], seeds: ["seeds", "Random numbers."] },
  },
  setTransitLink: {
    doc: "Says what a link is, for transit.",
    fields: {
      cluster: ["u32", "The cluster that has the link."],
      link: ["u32", "Its number in changes."],
      row: ["row", "Its state from now on."],
    },
  },
  beginTransit: {
    doc: "Begins a label table: see `Transit` of native/wire.",
    fields: {
      cluster: ["u32", "The cluster that has the table."],
      table: ["u32", "The number of the table, which no table had before."],
      whole: ["u32", "The table holds when so many changes were taken."],
      limits: ["transitLimits", "The limits that hold with this table."],
    },
  },
  changeTransit: {
    doc: "Changes a label table: `TransitTaken`, unless that table is gone.",
    fields: {
      cluster: ["u32", "The cluster that has the table."],
      table,
      first: ["u32", "The number of the first of the changes. Those that were taken are not taken again."],
      changes: ["changes", "The changes, in their order."],
    },
  },
  dropTransit: {
    doc: "A label table is not wanted any more.",
    fields: {
      cluster: ["u32", "The cluster that has the table."],
      table: ["u32", "The number of the table, whether the table holds or not."],
    },
  },
  tellTransit: {
    doc: "Asks for counts that a reader does not know: `TransitCounted`, unless there are none, or another table holds.",
    fields: {
      cluster: ["u32", "The cluster whose counts are meant."],
      table: ["u32", "By whose numbers of links."],
      reader: ["u32", "Another one than the last knows nothing."],
      taken: ["u32", "The report that the reader has taken now, and wants the rest of; 0: none."],
    },
  },
};

const sessions = {
  setHandle: {
    doc: "Packets that the session receives, and has received since before it was adopted, go to the cluster vertex under this handle from now on. Until the first such order they wait.",
    fields: { session, handle: ["u32", "0: they are dropped."] },
  },
  setAddress: {
    doc: "The session's packets go there from now on, and nowhere else.",
    fields: { session, to: ["udpPeer", "The peer's address."] },
  },
  addCopies: {
    doc: "Sends copies of the session's packets to this address, too, until the copies have so many bytes. Bytes for the same address add up; another address replaces the last.",
    fields: {
      session,
      to: ["udpPeer", "The address where the peer may be."],
      bytes: ["size", "Bytes that may be sent there."],
    },
  },
  setRate: {
    doc: "The session sends at this rate and no faster.",
    fields: {
      session,
      rate: ["count", "Bytes per second, headers of IP and UDP included; 0: as many as the path takes."],
    },
  },
  sendStream: {
    doc: "Sends bytes on stream 0.",
    fields: { session, bytes: ["bytes", "The bytes, which wait for credit."] },
  },
  sendProbe: {
    isLossy: true,
    doc: "Sends a probe: a packet that is not counted.",
    fields: { session, packet: ["bytes", "1 to `LINK_MTU` bytes."] },
  },
  ping: { doc: "Has a packet sent that asks for an acknowledgement.", fields: { session } },
  closeSession: {
    rust: "Close",
    doc: "Ends the session: the peer is told, then `Left` follows.",
    fields: { session, code: ["count", "The application's code."], reason: ["text", "For people."] },
  },
};

const objects = {
  NativeAdoption: {
    rust: "Adoption",
    doc: "A session that is up, as the owner hands it over.",
    fields: {
      session: [
        "u32",
        "The number of the session from now on, of the owner's choice; no other session of the lane has this number.",
      ],
      cluster: ["u32", "The cluster whose socket and port the session uses."],
      connection: ["Guarded", "Its connection, whose clock is the lane's."],
      ownId: ["ownId", "Our connection ID that leads to the session."],
      peer: ["udpPeer", "The address of the peer."],
      isOriginator: ["flag", "The session is the originator's, which hears its peer from that address only."],
      payload: ["u16", "Largest UDP payload that is proven to get through."],
      probeKey: ["probeKey", "The bytes that probes of the session begin with."],
      deadAfterMs: ["ms", "Silence after which the peer is dead.", "dead_after"],
      quietMs: ["ms", "The pause between two signs of life while nothing is sent; 0: the link is not quiet.", "quiet"],
      counts: ["Arc<LiveCounts>", "The place where the counts of the session are seen."],
    },
  },
};

export default { types, orders: { ...clusters, ...transit, ...sessions }, objects };
