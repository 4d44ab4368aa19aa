/** Events and figures of the data thread of cluster-flor: README.md of native/ says how a field is added. */

import figures from "./cluster-figures.mjs";
import orders from "./cluster-orders.mjs";

const account = {
  account: ["account", "Whose it was."],
};

const types = {
  account: {
    rust: "Account",
    fields: {
      number: ["u32", "The number of a tunnel, or of a service."],
      isService: ["flag", "It is a service's."],
    },
  },
  destination: {
    rust: "Destination",
    fields: { service: ["u32?", "Undefined: it is for the originator of its ConnectionId."] },
  },
  dropCause: { rust: "DropCause", typescript: "number", read: "reader.uint8()" },
  pressure: {
    rust: "Pressure",
    fields: { level: ["u8", "By the numbers of its message."], score: ["u8"], reasons: ["u16"] },
  },
  sharedText: { rust: "Arc<str>", typescript: "string", read: "reader.text()" },
  tableEntries: { typescript: "Float64Array", read: "reader.doubles()" },
  pairs: { typescript: "readonly number[]", read: "reader.pairs()" },
  words: { typescript: "Uint32Array", read: "Uint32Array.from(reader.list(() => reader.uint32()))" },
};

const ports = {
  portOpened: { kind: 1, doc: "Our path is bound.", fields: { port: ["u32", "Which port."] } },
  portFailed: {
    kind: 2,
    doc: "Our path could not be bound.",
    fields: { port: ["u32", "Which port."], error: ["florioError", "Why."] },
  },
  message: {
    kind: 3,
    doc: "A Portal API message has come.",
    fields: { port: ["u32", "The port that received it."], bytes: ["bytes", "The content of the frame.", "message"] },
  },
  portConnected: { kind: 4, doc: "The partner is there.", fields: { port: ["u32", "Whose."] } },
  portDisconnected: { kind: 5, doc: "The partner has gone.", fields: { port: ["u32", "Whose."] } },
  portWritable: { kind: 6, doc: "Sources need hold back no more.", fields: { port: ["u32", "Which port."] } },
  portVersion: {
    kind: 7,
    doc: "The partner speaks another version of FlorIO.",
    fields: { port: ["u32", "Whose."], version: ["u8", "Its version."] },
  },
};

const links = {
  packet: {
    kind: 8,
    doc: "A packet that ends here and is for no connection of the lane: a stranger's, a handshake's, a probe or its answer.",
    fields: {
      inLink: ["link", "The link that it came over; -1 or none: this vertex itself."],
      destination: ["destination", "Whom it is for."],
      isGuessing: ["flag", "Labels were guessed from where it comes: it gets no answer."],
      bytes: ["bytes", "The packet, with its header.", "packet"],
    },
  },
  guessing: {
    kind: 9,
    doc: "More labels were guessed over a link than is good.",
    fields: { link: ["u32", "Which link."] },
  },
  question: {
    kind: 32,
    doc: "A question of a trace that goes no further.",
    fields: {
      inLink: ["u32", "The link that it came over."],
      outLink: ["link", "The link that did not take it; -1 or none: its labels have led to none."],
      cause: ["dropCause", "Why: by the number of the forwarder's cause."],
      at: ["u8?", "The word that was read last; undefined or none: that was written over."],
      isGuessing: ["flag", "Labels were guessed from where it comes: it gets no answer."],
      bytes: ["bytes", "The packet, with its header.", "packet"],
    },
  },
};

const workloads = {
  listening: {
    kind: 10,
    doc: "A tunnel listens.",
    fields: { tunnel: ["u32", "Which one."], tcpPort: ["u16", "Its TCP port; 0: it has none.", "port"] },
  },
  listenFailed: {
    kind: 11,
    doc: "A tunnel cannot listen.",
    fields: { tunnel: ["u32", "Which one."], error: ["systemError", "The system's."] },
  },
  waiting: {
    kind: 12,
    doc: "Workloads wait for a connection of the trunk, or none does any more: told at the end of a turn, when it is news. `SetCurrent` and `RefuseWaiting` leave nobody waiting, as their giver knows.",
    fields: { trunk: ["u32", "Which one."], areWaiting: ["flag", "Whether any waits.", "is_any"] },
  },
  used: {
    kind: 13,
    doc: "A stream was opened on a connection of the trunk, and more may have been since: told once in `USED_INTERVAL`.",
    fields: { trunk: ["u32", "Which one."] },
  },
  resolve: {
    kind: 14,
    doc: "The name of a service's target is asked for: told once until it is answered.",
    fields: { service: ["u32", "Whose name."] },
  },
  refused: {
    kind: 15,
    doc: "A stream was refused: for a log, as it is counted already, so that only some of many are told.",
    fields: {
      ...account,
      connection: ["u32?", "The connection that it came on, or was opened on; none: there was none."],
      code: ["count", "Why."],
      text: ["text", "More about it, for people; may be empty."],
    },
  },
};

const over = {
  over: {
    kind: 31,
    struct: "StreamOver",
    doc: "A stream or flow of a workload is over: told where the settings want it.",
    fields: {
      connection: ["u32?", "Its connection. None: it was refused before there was a stream."],
      stream: ["u64", "Its number on that, or 0."],
      ...account,
      isFlow: ["flag", "It was a flow of datagrams."],
      isRefused: ["flag", "The peer had not accepted it."],
      startedMs: ["f64", "When it was opened, by the owner's clock in milliseconds."],
      sent: ["count", "Bytes of the workload here that were given to the connection."],
      received: ["count", "Bytes for it that came out of the connection."],
      code: ["count", "Why it is over."],
    },
  },
};

const streams = {
  streamAsked: {
    kind: 22,
    doc: "A peer asks for a stream or flow to a service that is the owner's: `AnswerStream` or `ResetStream` answers. `StreamReset`, without an order, says that nobody waits for that any more.",
    fields: {
      workload: ["u32", "Its number from now on."],
      service: ["u32", "The service that it came to."],
      isFlow: ["flag", "It is a flow of datagrams."],
      tellsTaken: ["flag", "Both ends tell what their workloads have taken."],
      trafficClass: ["u8", "Its connection's, by its number."],
      peer: ["sharedText", "The principal at the other end."],
    },
  },
  streamAnswered: {
    kind: 28,
    doc: "The far end has accepted a stream or flow that the owner has opened.",
    fields: {
      workload: ["u32", "Which one."],
      tellsTaken: ["flag", "Both ends tell what their workloads have taken."],
    },
  },
  datagram: {
    kind: 29,
    doc: "The peer of a flow whose workload is the owner has sent a datagram.",
    fields: { workload: ["u32", "Which one."], bytes: ["bytes", "All of it."] },
  },
  streamBytes: {
    kind: 23,
    doc: "The peer of such a stream has said something. It is followed by more once it is taken (`TakeStream`).",
    fields: { workload: ["u32", "Which one."], bytes: ["bytes", "A chunk at most."] },
  },
  streamEnded: { kind: 24, doc: "The peer has ended its half.", fields: { workload: ["u32", "Which one."] } },
  streamWritable: {
    kind: 25,
    doc: "All that the owner has said is on its way, and it may say more.",
    fields: { workload: ["u32", "Which one."] },
  },
  streamTaken: {
    kind: 30,
    doc: "The far workload has taken so much of what the owner has said: what was said last, once between two times that events are taken.",
    fields: {
      workload: ["u32", "Which one."],
      offset: ["count", "All bytes up to here."],
      isEnd: ["flag", "And the end."],
    },
  },
  streamReset: {
    kind: 26,
    doc: "The stream or flow was refused, or cut by the owner, the peer or the end of their connection. A flow that has ended in peace is `DONE`, which is 0.",
    fields: {
      workload: ["u32", "Which one."],
      code: ["count", "Why."],
      text: ["text", "More about it, for people; may be empty."],
    },
  },
};

const connections = {
  full: {
    kind: 16,
    doc: "An originator's connection has had its share of streams; it takes more until it has a successor.",
    fields: { connection: ["u32", "Which one."] },
  },
  failed: {
    kind: 17,
    doc: "Streams of an acceptor's peer have failed by the peer's own doing since this was told last.",
    fields: { connection: ["u32", "On which connection."], streams: ["count", "How many."] },
  },
  renewal: {
    kind: 18,
    doc: "The peer asks for a connection in the place of this one.",
    fields: { connection: ["u32", "Which one."] },
  },
  pressure: {
    kind: 27,
    doc: "The peer says how loaded it is: what it has said last.",
    fields: { connection: ["u32", "On which connection."], pressure: ["pressure", "By the numbers of its message."] },
  },
  sizeDoubt: {
    kind: 19,
    doc: "Does the path carry the packets of an originator's connection?",
    fields: {
      connection: ["u32", "Which one."],
      isByEnd: [
        "flag",
        "An end asks, whose packets come marked or are not answered. False: a link has marked a packet on its way.",
      ],
    },
  },
  closed: {
    kind: 20,
    doc: "The connection has ended, and not by an order. `Left` follows.",
    fields: {
      connection: ["u32", "Which one."],
      closed: [
        "closed",
        "Why. One that was silent for too long has ended by `idle` and the application's code for that.",
      ],
    },
  },
  left: {
    kind: 21,
    doc: "The data thread has forgotten the connection: its packets are a stranger's from now on.",
    fields: { connection: ["u32", "Which one."] },
  },
};

const events = {
  name: "NativeClusterEvent",
  groups: {
    NativePortEvent: ports,
    NativePacketEvent: links,
    NativeWorkloadEvent: workloads,
    NativeStreamOver: over,
    NativeStreamEvent: streams,
    NativeEndEvent: connections,
  },
};

export default { types, events, figures, orders };
