/** Events and figures of the data thread of link-flor: README.md of native/ says how a field is added. */
import orders from "./link-orders.mjs";

const cluster = { cluster: ["u32", "The cluster that has it."] };
const session = { session: ["u32", "The session."] };

const types = {
  transitTaken: {
    rust: "Taken",
    fields: {
      changes: ["u32", "So many of its changes were taken."],
      refusal: ["refusal", "After a refusal it is gone."],
    },
  },
  refusal: { oneOf: ["none", "invalid", "full"] },
  transitReport: {
    rust: "Box<TransitReport>",
    fields: { number: ["u32", "The report's number."], rows: ["transitRows", "Some of the counts."] },
  },
  transitRows: {
    typescript: "NativeTransitRows",
    read: "reader.transitRows()",
    from: "../lane-transit.ts",
  },
};

const clusters = {
  udpOpened: {
    kind: 1,
    doc: "The socket is bound.",
    fields: { ...cluster, local: ["address", "The address and port that it has."] },
  },
  udpFailed: {
    kind: 2,
    doc: "The socket could not be bound.",
    fields: { ...cluster, error: ["systemError", "The reason."] },
  },
  portOpened: { kind: 3, doc: "Our path is bound.", fields: cluster },
  portFailed: {
    kind: 4,
    doc: "Our path could not be bound.",
    fields: { ...cluster, error: ["florioError", "The reason."] },
  },
  datagram: {
    kind: 5,
    doc: "A datagram that is for no session here: of a stranger, for a session that was not handed over yet, or about a path.",
    fields: { ...cluster, from: ["udpPeer", "The sender."], bytes: ["bytes", "The UDP payload."] },
  },
  message: {
    kind: 6,
    doc: "A Portal API message has come.",
    fields: { ...cluster, bytes: ["bytes", "The content of the frame.", "message"] },
  },
  portConnected: { kind: 7, doc: "The partner is there.", fields: cluster },
  portDisconnected: { kind: 8, doc: "The partner has gone.", fields: cluster },
  portWritable: { kind: 9, doc: "Sources need hold back no more.", fields: cluster },
  portVersion: {
    kind: 10,
    doc: "The partner speaks another version of FlorIO.",
    fields: { ...cluster, version: ["u8", "The version of the partner."] },
  },
  transitTaken: {
    kind: 18,
    doc: "How far a label table was taken.",
    fields: { ...cluster, table: ["u32", "Which table."], taken: ["transitTaken"] },
  },
  transitCounted: {
    kind: 19,
    doc: "Counts of transit that a reader did not know.",
    fields: { ...cluster, reader: ["u32", "The one that asked."], report: ["transitReport"] },
  },
  clusterRemoved: { kind: 20, rust: "Removed", doc: "Nothing is left of the cluster.", fields: cluster },
};

const sessions = {
  stream: { kind: 11, doc: "Bytes of stream 0.", fields: { ...session, bytes: ["bytes", "One or more."] } },
  probe: {
    kind: 12,
    doc: "A probe has come.",
    fields: {
      ...session,
      spreadMs: ["ms?", "How long its pieces took to arrive. Undefined or none: it came whole.", "spread"],
      bytes: ["bytes", "With the key that it begins with.", "packet"],
    },
  },
  newest: {
    kind: 13,
    doc: "An acceptor's newest packet came from elsewhere than its peer's address, or from there again after that.",
    fields: {
      ...session,
      from: ["udpPeer", "The sender."],
      size: ["u32", "Bytes that came from there in such packets.", "bytes"],
    },
  },
  congested: {
    kind: 14,
    doc: "The session's queue has become full for other classes than before, or is full no more.",
    fields: {
      ...session,
      congestedClasses: ["u8", "The set of classes whose sources should hold back, by their bits.", "classes"],
    },
  },
  silent: {
    kind: 15,
    doc: "Nothing was heard for `dead_after` in which the peer owed a sign of life. The session goes on until the owner closes it.",
    fields: session,
  },
  closed: {
    kind: 16,
    doc: "The session has ended, and not by an order.",
    fields: { ...session, closed: ["closed", "The reason."] },
  },
  left: { kind: 17, doc: "The peer was told of the ordered end, as far as that is possible.", fields: session },
};

const events = {
  name: "NativeLaneEvent",
  groups: { NativeLaneClusterEvent: clusters, NativeLaneSessionEvent: sessions },
};

const figures = {
  NativeLaneFigures: {
    rust: "Figures",
    doc: "All figures of a cluster, at one time.",
    fields: {
      udp: ["NativeUdpFigures?", "Undefined while the socket is not open."],
      port: ["NativePortFigures?", "Undefined while the port is not open."],
      sessions: ["NativeSessionFigures[]"],
      drops: ["NativeLaneDrops"],
      transit: ["NativeTransitFigures"],
    },
  },
  NativeTransitFigures: {
    rust: "TransitFigures",
    doc: "Labels that transit goes by, and packets that were decided about.",
    fields: { labels: ["count"], packetsDecided: ["count"] },
  },
  NativeLaneDrops: {
    rust: "Drops",
    doc: "Counts of what belongs to no session.",
    fields: {
      datagramsIgnored: ["count"],
      datagramsSessionOver: ["count"],
      datagramsUntold: ["count"],
      datagramsUnsent: ["count"],
      messagesUntold: ["count"],
      probesUntold: ["count"],
      packetsNoRoute: ["count"],
    },
  },
  NativeUdpFigures: {
    rust: "UdpFigures",
    doc: "Counts of a UDP socket.",
    fields: {
      received: ["count", "", "counters.received"],
      sent: ["count", "", "counters.sent"],
      bytesReceived: ["count", "", "counters.bytes_received"],
      bytesSent: ["count", "", "counters.bytes_sent"],
      socketFull: ["count", "", "counters.socket_full"],
      sendErrors: ["count", "", "counters.send_errors"],
      receiveErrors: ["count", "", "counters.receive_errors"],
    },
  },
  NativeSessionFigures: {
    rust: "SessionFigures",
    doc: "Figures of a session since it was adopted; its QUIC figures since its connection began.",
    fields: {
      session: ["u32"],
      rttMs: ["f64", "", "quic.rtt_ms"],
      packetsLost: ["count", "", "quic.packets_lost"],
      isEcnOn: ["flag", "", "quic.is_ecn_on"],
      ceReceived: ["count", "", "quic.ce_received"],
      packetsSent: ["count", "", "sent.packets_sent"],
      packetsReceived: ["count"],
      bytesSent: ["count", "", "sent.bytes_sent"],
      bytesReceived: ["count"],
      packetsSplit: ["count", "", "sent.packets_split"],
      piecesSent: ["count", "", "sent.pieces_sent"],
      packetsJoined: ["count", "", "joined.joined"],
      queueLength: ["count"],
      droppedTooLarge: ["count", "", "dropped_too_large()"],
      droppedNoHandle: ["count"],
      classes: ["NativeClassCounts[]", "By the numbers of the classes."],
      incomplete: ["count", "", "joined.given_up"],
      piecesRefused: ["count", "", "joined.pieces_refused"],
      lastHeard: ["f64", "By the clock of whoever started the thread.", "last_heard_ms"],
    },
  },
  NativeClassCounts: {
    crate: "lane",
    rust: "ClassCounts",
    doc: "Counts of one class of packets.",
    fields: {
      packetsSent: ["count"],
      bytesSent: ["count"],
      droppedFull: ["count"],
      droppedLate: ["count"],
      delayMs: ["ms", "How long the packets that were taken out to be sent had waited, added up.", "delay"],
    },
  },
};

export default { types, events, figures, orders };
