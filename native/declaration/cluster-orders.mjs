/** Orders to the data thread of cluster-flor, and what it is started with: README.md of native/ says how a field is added. */
import { messageOrders } from "./message-orders.mjs";
import { sessionOrders } from "./session-orders.mjs";

const port = ["u32", "Which port."];
const transit = { transit: ["transitLimits", "How much may pass from link to link from now on."] };
const isStopped = ["flag", "The service or tunnel takes no more streams."];
const tellsPrincipal = [
  "flag",
  "The target is told who has connected: each stream to the target begins with the `targetPrefix` of its connection.",
];
const connection = ["u32", "The connection."];
const ownAccount = ["u32", "The account of streams of the owner."];
const itsTrunk = ["u32", "The trunk."];
const trunk = ["u32", "The trunk that the streams go over."];
const workload = ["u32", "The workload's stream or flow."];
const code = ["count", "The application's code."];
const reason = ["text", "For the peer."];

/** Values of Rust's that are made of several parameters, by an expression in native/node. */
const types = {
  transitLimits: {
    rust: "TransitLimits",
    fields: { packetsPerSecond: ["f64"], bytesPerSecond: ["f64"] },
    from: "transit_limits(packets_per_second, bytes_per_second)",
  },
  linkState: {
    rust: "LinkState",
    fields: { mtu: ["u32"], preferredMtu: ["u32"] },
    from: "link_state(handle, mtu, preferred_mtu)",
  },
  table: {
    rust: "Vec<Change>",
    fields: { entries: ["u32[]", "Five numbers for each: see `TableEntry`."] },
    from: "table(entries)?",
  },
  destination: {
    rust: "Destination",
    fields: { service: ["u32?", "Undefined: it is for the originator of its ConnectionId."] },
    from: "service.map_or(Destination::Connection, Destination::Service)",
  },
  target: { rust: "Target", fields: { target: ["NativeStreamAddress"] }, from: "target_at(&target)?" },
  ownTarget: { rust: "Target", fields: {}, from: "Target::Owner" },
  targetIdle: { rust: "Option<Duration>", fields: {}, from: "target.flow_idle_ms.map(time)" },
  listener: { rust: "Address", fields: { at: ["NativeStreamAddress"] }, from: "listener_at(at)?" },
  forgottenService: { fields: { service: ["u32"] }, from: "Forgotten::Service(service)" },
  forgottenAccount: { fields: { account: ["u32"] }, from: "Forgotten::Account(account)" },
  forgottenTrunk: { fields: { trunk: ["u32"] }, from: "Forgotten::Trunk(trunk)" },
  addresses: {
    rust: "Result<Vec<SocketAddr>, String>",
    fields: { hosts: ["text[]", "At most 64."], port: ["u16"], error: ["text", "The reason why there are no hosts."] },
    from: "addresses(&hosts, port, error)?",
  },
  way: {
    rust: "Way",
    fields: { outLink: ["link", "-1: this vertex itself."], words: ["u32[]", "The words of their header."] },
    from: "way(out_link, words)",
  },
  role: {
    rust: "Role",
    fields: { trunk: ["u32?", "An originator's."], service: ["u32?", "An acceptor's."] },
    from: "role(trunk, service)?",
  },
  connectionId: {
    rust: "u64",
    fields: { idHigh: ["u32"], idLow: ["u32"] },
    from: "u64::from(id_high) << 32 | u64::from(id_low)",
  },
  trafficClass: {
    rust: "TrafficClass",
    fields: { trafficClass: ["u8", "The class, by its number."] },
    from: "TrafficClass::numbered(traffic_class)",
  },
  seeds: { rust: "Seeds", fields: { seed: ["bytes", "12 random bytes."] }, from: "seeds(&seed)?" },
};

const links = {
  openPort: {
    doc: "Binds a FlorIO port: `PortOpened` or `PortFailed`.",
    fields: {
      port: ["u32", "Its number from now on."],
      bind: ["path", "Our path."],
      connect: ["path", "The partner's path."],
    },
  },
  closePort: { byHand: true, doc: "Sends what the port can send of what waits, and closes it.", fields: { port } },
  ...messageOrders("port", "The port that"),
  setLink: {
    doc: "Says what carries a link from now on.",
    fields: {
      link: ["u32", "One of the label table."],
      port: ["u32", "The port of the link vertex."],
      handle: ["u32", "The handle of the link; 0: the link is not up."],
      state: ["linkState", "The packets that the link takes."],
      congestedClasses: ["u8", "The set of classes whose sources should hold back, by their bits."],
    },
  },
  setTable: {
    doc: "Lets a label table hold, in the place of the former one.",
    fields: {
      entries: [
        "table",
        "All entries of the table. An entry that would break the table is left out: the owner has checked the entries.",
      ],
      ...transit,
    },
  },
  sendPacket: {
    isLossy: true,
    doc: "Sends a packet of the owner's own: a handshake, a probe, an answer to a stranger. The owner counts it.",
    fields: {
      port: ["u32", "The port that sends the packet."],
      handle: ["u32", "The handle of the packet's link, 1 or more."],
      packet: ["bytes", "One byte or more."],
    },
  },
  deliverPacket: {
    isLossy: true,
    doc: "Delivers a packet as if it had come just now: the owner received the packet, and its connection was handed over meanwhile.",
    fields: {
      inLink: ["link", "The link that the packet came over; -1 or none: this vertex itself."],
      destination: ["destination", "The destination of the packet."],
      packet: ["bytes", "The packet, as the event told it."],
    },
  },
};

const workloads = {
  setService: {
    doc: "Says what the streams to a service are connected to from now on.",
    fields: {
      service: ["u32", "One of the label table."],
      target: ["target", "The target of the service."],
      flowIdle: [
        "targetIdle",
        "The service takes flows of datagrams, and a flow ends when nothing has passed for so long. None: the service takes streams. The owner as a target takes streams in any case.",
      ],
      tellsPrincipal,
      isStopped,
    },
  },
  setGrant: {
    doc: "The service is served only so long: it has a leader, which somebody else appoints. Otherwise its connections end, and its streams are refused.",
    fields: {
      service: ["u32"],
      untilMs: [
        "ms?",
        "Since the machine was started, with the time in which it was suspended; null: the service is always served.",
        "until",
      ],
    },
  },
  setOwnService: {
    rust: "SetService",
    isMore: true,
    doc: "The streams of the service have the caller as their workload: events of the kinds `stream…` tell of them.",
    fields: {
      service: ["u32"],
      target: ["ownTarget"],
      flowIdleMs: [
        "ms?",
        "The service takes flows of datagrams, too, and a flow ends when nothing has passed for so long; null: the service takes no flows.",
        "flow_idle",
      ],
      tellsPrincipal,
      isStopped,
    },
  },
  forget: {
    byHand: true,
    doc: "Forgets all that is kept under a number: its holder is gone for good, and later orders with that number do nothing.",
    fields: { what: ["Forgotten", "What is forgotten, by its kind and number."] },
  },
  forgetService: {
    rust: "Forget",
    isMore: true,
    doc: "The number of a service that has stopped is nobody's any more.",
    fields: { what: ["forgottenService"] },
  },
  forgetAccount: {
    rust: "Forget",
    isMore: true,
    doc: "So is that of a tunnel that does not listen any more, or of an account of streams of the caller.",
    fields: { what: ["forgottenAccount"] },
  },
  forgetTrunk: {
    rust: "Forget",
    isMore: true,
    doc: "So is that of a trunk that nobody waits for, and that has no connection.",
    fields: { what: ["forgottenTrunk"] },
  },
  setStreamsPerConnection: {
    doc: "Says after how many streams a connection should have a successor, from now on.",
    fields: { streams: ["count", "1 to 1,000,000."] },
  },
  resolved: {
    doc: "Answers `Resolve`, for all dials that wait.",
    fields: {
      service: ["u32", "The service whose target has the name."],
      addresses: ["addresses", "Addresses, to be tried in their order; or why there are none, for people."],
    },
  },
  listen: {
    doc: "Opens a tunnel's listener: `Listening` or `ListenFailed`.",
    fields: {
      tunnel: ["u32", "The number of the tunnel."],
      trunk,
      address: ["listener", "The address that workloads connect to."],
    },
  },
  stopListening: {
    doc: "Closes a tunnel's listener; its streams go on.",
    fields: { tunnel: ["u32", "The tunnel."] },
  },
  leadTunnel: {
    doc: "Has the clients of a tunnel go over another trunk from now on, waiting clients as well. Open streams stay where they are.",
    fields: { tunnel: ["u32", "The tunnel."], trunk },
  },
  leadOwn: {
    doc: "Has streams and flows that the owner has opened, and that wait, go over another trunk. Open ones stay where they are.",
    fields: { account: ownAccount, former: ["u32", "The trunk for which they wait."], trunk },
  },
  setConnectWait: {
    doc: "Says how long workloads that come from now on wait at most: for a connection, and for a sign of its far end.",
    fields: {
      account: ["u32", "The tunnel that they come to, or the account of streams of the owner."],
      waitMs: ["ms", "The longest wait. Zero: workloads do not wait where nobody is known to be reachable.", "wait"],
    },
  },
  setCurrent: {
    doc: "Streams of a trunk are opened on this connection from now on; waiting workloads get theirs at once.",
    fields: { trunk: itsTrunk, connection: ["u32?", "One of the same trunk. None: workloads wait for the next."] },
  },
  setBeside: {
    doc: "Names the connections on which streams of a trunk are opened where the current one has no room, in their order. `SetCurrent` follows, and serves workloads that wait.",
    fields: { trunk: itsTrunk, connections: ["u32[]", "Of the same trunk, fewer than `TRUNK_CONNECTIONS_MAX`."] },
  },
  hold: {
    doc: "Workloads of a trunk wait from now on, though a connection exists: they get streams on that connection once no more workloads can wait.",
    fields: { trunk: itsTrunk, connection: ["u32", "A connection of the same trunk."] },
  },
  setUnreachable: {
    doc: "Says what is known of a trunk that has no connection.",
    fields: { trunk: itsTrunk, isUnreachable: ["flag", "Attempts fail. False: one may come to something."] },
  },
  refuseWaiting: {
    doc: "Turns away the workloads of a trunk that wait.",
    fields: {
      trunk: itsTrunk,
      code: ["count", "The reason, by its code."],
      text: ["text", "More about the reason, for people."],
    },
  },
};

const streams = {
  openStream: {
    doc: "Opens a stream or flow whose workload is the owner: it waits, and is refused, as that of a workload which has connected to a tunnel. `StreamAnswered` or `StreamReset` follows. A number that is in use does nothing.",
    fields: {
      workload: ["u32", "Its number from now on, `OWN_NUMBERS_MIN` at least."],
      trunk: ["u32", "The trunk that the stream or flow goes over."],
      account: ["u32", "The stream or flow is counted as a tunnel of this number has its own counted."],
      isFlow: ["flag", "The workload is a flow of datagrams."],
    },
  },
  answerStream: { doc: "Accepts what `StreamAsked` has told.", fields: { workload } },
  sendDatagrams: {
    isLossy: true,
    doc: "Sends datagrams on flows, 64 KB at most with what stands before each. False: all of them were given up.",
    fields: { bytes: ["bytes", "Datagrams, each behind its flow (4) and its length (2), which is 65,507 at most."] },
  },
  writeStream: {
    doc: "Writes bytes on a stream whose workload is the owner. The owner may write again after `StreamWritable`: an owner that does not wait for that event, or has ended its half, has the stream reset.",
    fields: { workload, bytes: ["bytes", "A chunk at most, and one byte at least."] },
  },
  endStream: { doc: "Ends the owner's half of a stream, after all that was said.", fields: { workload } },
  takeStream: { doc: "The owner has taken what `StreamBytes` told: there may be more.", fields: { workload } },
  acknowledgeStream: {
    doc: "The owner's workload has taken all bytes of the peer's up to this offset: the peer is told, if it wants to know.",
    fields: {
      workload,
      offset: ["count", "Not above what `StreamBytes` has told."],
      isEnd: ["flag", "And the end."],
    },
  },
  resetStream: {
    doc: "Ends both halves of a stream at once, as the reset of a workload's socket does; ends a flow, by `DONE` (0) in peace; or refuses what `StreamAsked` has told. `StreamReset` follows.",
    fields: {
      workload,
      code: ["count", "The reason, by its code, which the peer hears."],
      text: ["text", "More about a refusal, for the log here."],
    },
  },
};

const connections = {
  adopt: {
    byHand: true,
    doc: "Takes over a connection whose peer has said hello.",
    boxed: "Adoption",
    fields: {},
  },
  sendControl: {
    doc: "Sends whole messages on the control stream.",
    fields: {
      connection: ["u32", "The connection that has the stream."],
      bytes: ["bytes", "The bytes, which wait for credit."],
    },
  },
  setWay: {
    doc: "Has the packets of an originator's connection go another way; the answers follow. The way that it has already changes nothing. Packets of an acceptor's connection go where the peer's packets come from, whatever is ordered.",
    fields: { connection, way: ["way", "The way of the packets from now on."] },
  },
  shrink: {
    doc: "Packets are not larger than this from now on, at both ends: the peer is told.",
    fields: {
      connection: ["u32", "The connection that has the stream."],
      payloadMax: ["u16", "Bytes of a QUIC packet."],
    },
  },
  drain: {
    doc: "Ends the connection when its streams have ended and what they sent is acknowledged.",
    fields: { connection },
  },
  closeConnection: {
    rust: "Close",
    doc: "Ends the connection, and all its streams with a reset. The peer is told; `Left` follows.",
    fields: {
      connection,
      code,
      reason,
      isRepeated: ["flag", "The end is repeated until the peer should have heard it."],
    },
  },
  abandon: {
    doc: "Ends the connection, as the peer was restarted since: streams that nobody can have seen are opened on another one. `Left` follows.",
    fields: { connection, code, reason },
  },
  repeatClose: {
    doc: "Says once more that a connection is closed: soon there will be nobody here who could tell.",
    fields: { connection },
  },
};

/** Objects that orders have, or the thread is started with. */
const objects = {
  NativeStreamAddress: {
    doc: "An IP address and a port, or a path. The target of a service without either has a name, which is asked for.",
    fields: {
      host: ["text?"],
      port: ["u16?"],
      path: ["text?"],
      mode: ["u32?"],
      uid: ["u32?"],
      gid: ["u32?"],
      isUdp: ["flag?", "A tunnel takes datagrams."],
      flowIdleMs: ["f64?", "A service takes flows of datagrams, which end when nothing has passed for so long."],
    },
  },
  NativeEndAdoption: {
    rust: "Adoption",
    doc: "A connection as the owner hands it over: the last byte that was read is the last of the peer's hello, and no stream but the control stream was touched.",
    fields: {
      connection: [
        "u32",
        "The number of the connection from now on, of the owner's choice; no other connection of the lane has this number.",
      ],
      quic: ["Guarded", "The connection, whose clock is the lane's."],
      id: ["connectionId", "Its ConnectionId."],
      role: ["role", "Its use."],
      way: ["way", "The way of the packets; an acceptor's packets follow the newest packet."],
      payloadMax: ["u16", "Largest QUIC packet."],
      trafficClass: ["trafficClass", "All its packets are of this class."],
      isUncut: ["flag", "Its datagrams are not cut."],
      isDraining: ["flag", "Its successor is up: it drains from the beginning."],
      controlUnsent: ["bytes", "Bytes of control messages that wait for credit."],
      targetPrefix: ["bytes", "Bytes that a service's target gets before all others, if it is told who connects."],
      peer: ["text", "The principal at the other end."],
      quietMs: ["ms", "While nothing is unanswered, no end asks more often; 0: as often as any.", "quiet"],
    },
  },
  NativeClusterSettings: {
    rust: "Settings",
    derives: "Clone, Copy, Debug",
    doc: "The settings that a lane begins with.",
    fields: {
      limits: ["NativeClusterLimits", "Bounds and times."],
      transit: ["transitLimits", "How much may pass from link to link."],
      seeds: ["seeds", "Random numbers."],
      workloadsMax: [
        "size",
        "Connections of workloads that may be open at the same time: the descriptors of the process without the reserved ones.",
      ],
      tellsStreams: ["flag", "The owner wants to hear of each stream and flow that is over."],
    },
  },
};

export default { types, orders: { ...links, ...workloads, ...streams, ...sessionOrders, ...connections }, objects };
