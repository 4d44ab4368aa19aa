/** Events and figures of the data thread of cluster-flor: README.md of native/ says how a field is added. */

import figures from "./cluster-figures.mjs";
import orders from "./cluster-orders.mjs";

const account = {
  account: ["account", "The account that the stream or flow was counted in."],
};

const types = {
  account: {
    rust: "Account",
    fields: {
      number: ["u32", "The number of a tunnel, or of a service."],
      isService: ["flag", "The account is a service's."],
    },
  },
  destination: {
    rust: "Destination",
    fields: { service: ["u32?", "Undefined: it is for the originator of its ConnectionId."] },
  },
  dropCause: { rust: "DropCause", typescript: "number", read: "reader.uint8()" },
  pressure: {
    rust: "Pressure",
    fields: { level: ["u8", "The level, by the numbers of the message."], score: ["u8"], reasons: ["u16"] },
  },
  sharedText: { rust: "Arc<str>", typescript: "string", read: "reader.text()" },
  tableEntries: { typescript: "Float64Array", read: "reader.doubles()" },
  pairs: { typescript: "readonly number[]", read: "reader.pairs()" },
  words: { typescript: "Uint32Array", read: "Uint32Array.from(reader.list(() => reader.uint32()))" },
};

const ports = {
  portOpened: { kind: 1, doc: "Our path is bound.", fields: { port: ["u32", "The port."] } },
  portFailed: {
    kind: 2,
    doc: "Our path could not be bound.",
    fields: { port: ["u32", "The port."], error: ["florioError", "The reason."] },
  },
  message: {
    kind: 3,
    doc: "A Portal API message has come.",
    fields: {
      port: ["u32", "The port that received the message."],
      bytes: ["bytes", "The content of the frame.", "message"],
    },
  },
  portConnected: { kind: 4, doc: "The partner is there.", fields: { port: ["u32", "The port."] } },
  portDisconnected: { kind: 5, doc: "The partner has gone.", fields: { port: ["u32", "The port."] } },
  portWritable: { kind: 6, doc: "Sources need hold back no more.", fields: { port: ["u32", "The port."] } },
  portVersion: {
    kind: 7,
    doc: "The partner speaks another version of FlorIO.",
    fields: { port: ["u32", "The port."], version: ["u8", "The version of the partner."] },
  },
};

const links = {
  packet: {
    kind: 8,
    doc: "A packet that ends here and is for no connection of the lane: a stranger's, a handshake's, a probe or its answer.",
    fields: {
      inLink: ["link", "The link that the packet came over; -1 or none: this vertex itself."],
      destination: ["destination", "The destination of the packet."],
      isGuessing: ["flag", "Labels were guessed from where the packet comes: it gets no answer."],
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
      inLink: ["u32", "The link that the packet came over."],
      outLink: ["link", "The link that did not take the packet; -1 or none: its labels have led to no link."],
      cause: ["dropCause", "The reason, by the number of the forwarder's cause."],
      at: ["u8?", "The word that was read last; undefined or none: that was written over."],
      isGuessing: ["flag", "Labels were guessed from where the packet comes: it gets no answer."],
      bytes: ["bytes", "The packet, with its header.", "packet"],
    },
  },
};

const workloads = {
  listening: {
    kind: 10,
    doc: "A tunnel listens.",
    fields: { tunnel: ["u32", "The tunnel."], tcpPort: ["u16", "The TCP port of the listener; 0: none.", "port"] },
  },
  listenFailed: {
    kind: 11,
    doc: "A tunnel cannot listen.",
    fields: { tunnel: ["u32", "The tunnel."], error: ["systemError", "The system's."] },
  },
  waiting: {
    kind: 12,
    doc: "Workloads wait for a connection of the trunk, or no workload waits any more: told at the end of a turn where that has changed. `SetCurrent` and `RefuseWaiting` leave nobody waiting, as their giver knows.",
    fields: {
      trunk: ["u32", "The trunk."],
      areWaiting: ["flag", "Whether any workload waits.", "is_any"],
      usedUp: [
        "u32?",
        "The last of the trunk's connections, none of which has room for one more stream. None: the trunk has no connection.",
      ],
    },
  },
  used: {
    kind: 13,
    doc: "A stream was opened on a connection of the trunk, and more may have been since: told once in `USED_INTERVAL`.",
    fields: { trunk: ["u32", "The trunk."] },
  },
  resolve: {
    kind: 14,
    doc: "The addresses behind the name of a service's target are wanted: told once until they are given.",
    fields: { service: ["u32", "The service whose target has the name."] },
  },
  refused: {
    kind: 15,
    doc: "A stream was refused. This event is for a log, and only some of many refusals are told: the counts have all of them.",
    fields: {
      ...account,
      connection: ["u32?", "The connection that it came on, or was opened on; none: there was none."],
      code: ["count", "The reason, by its code."],
      text: ["text", "More about the reason, for people; may be empty."],
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
      isFlow: ["flag", "The workload was a flow of datagrams."],
      isRefused: ["flag", "The peer had not accepted the stream or flow."],
      startedMs: ["f64", "The time when the stream or flow was opened, by the owner's clock in milliseconds."],
      sent: ["count", "Bytes of the workload here that were given to the connection."],
      received: ["count", "Bytes for the workload that came out of the connection."],
      code: ["count", "The reason, by its code."],
    },
  },
};

const streams = {
  streamAsked: {
    kind: 22,
    doc: "A peer asks for a stream or flow to a service that is the owner's: `AnswerStream` or `ResetStream` answers. `StreamReset`, without an order, says that nobody waits for that any more.",
    fields: {
      workload: ["u32", "Its number from now on."],
      service: ["u32", "The service that the stream came to."],
      isFlow: ["flag", "The workload is a flow of datagrams."],
      tellsTaken: ["flag", "Both ends tell what their workloads have taken."],
      trafficClass: ["u8", "The class of the connection, by its number."],
      peer: ["sharedText", "The principal at the other end."],
    },
  },
  streamAnswered: {
    kind: 28,
    doc: "The far end has accepted a stream or flow that the owner has opened.",
    fields: {
      workload: ["u32", "The workload's stream or flow."],
      tellsTaken: ["flag", "Both ends tell what their workloads have taken."],
    },
  },
  datagrams: {
    kind: 29,
    doc: "The peer of a flow whose workload is the owner has sent datagrams, which came together.",
    fields: {
      workload: ["u32", "The flow."],
      bytes: ["bytes", "Whole datagrams, one behind the other, each behind its length (2)."],
    },
  },
  streamBytes: {
    kind: 23,
    doc: "The peer of a stream whose workload is the owner has sent bytes. More bytes follow once these are taken (`TakeStream`).",
    fields: { workload: ["u32", "The workload's stream or flow."], bytes: ["bytes", "A chunk at most."] },
  },
  streamEnded: {
    kind: 24,
    doc: "The peer has ended its half.",
    fields: { workload: ["u32", "The workload's stream or flow."] },
  },
  streamWritable: {
    kind: 25,
    doc: "All bytes of the owner are on their way, and the owner may write more.",
    fields: { workload: ["u32", "The workload's stream or flow."] },
  },
  streamTaken: {
    kind: 30,
    doc: "The far workload has taken so much of what the owner has said: what was said last, once between two times that events are taken.",
    fields: {
      workload: ["u32", "The workload's stream or flow."],
      offset: ["count", "All bytes up to here."],
      isEnd: ["flag", "And the end."],
    },
  },
  streamReset: {
    kind: 26,
    doc: "The stream or flow was refused, or cut by the owner, the peer or the end of its connection. The code of a flow that ended in peace is `DONE`, which is 0.",
    fields: {
      workload: ["u32", "The workload's stream or flow."],
      code: ["count", "The reason, by its code."],
      text: ["text", "More about the reason, for people; may be empty."],
    },
  },
};

const sessions = {
  sessionBytes: {
    kind: 36,
    doc: "Bytes of a data session have come, in their order and without the datagrams of joined flows. More follow once these are taken (`TakeSession`). No bytes: datagrams come, so the workload is there.",
    fields: { session: ["u32", "The session."], bytes: ["bytes", "64 KB at most."] },
  },
  sessionLeft: {
    kind: 37,
    doc: "The owner is to read the session's socket again: it has ended or failed, which the owner finds there, or the thread has no room for it.",
    fields: {
      session: ["u32", "The session, which is forgotten."],
      bytes: ["bytes", "The last bytes that were read."],
    },
  },
};

const connections = {
  full: {
    kind: 16,
    doc: "An originator's connection has had its share of streams; the connection takes more streams until it has a successor.",
    fields: { connection: ["u32", "The connection."] },
  },
  failed: {
    kind: 17,
    doc: "Streams of an acceptor's peer have failed by the peer's own doing since this was told last.",
    fields: { connection: ["u32", "The connection that brought the message."], streams: ["count", "How many."] },
  },
  renewal: {
    kind: 18,
    doc: "The peer asks for a connection in the place of this one.",
    fields: { connection: ["u32", "The connection."] },
  },
  pressure: {
    kind: 27,
    doc: "The peer says how loaded it is. Only its latest word is told.",
    fields: {
      connection: ["u32", "The connection that brought the message."],
      pressure: ["pressure", "The pressure, by the numbers of the message."],
    },
  },
  sizeDoubt: {
    kind: 19,
    doc: "Does the path carry the packets of an originator's connection?",
    fields: {
      connection: ["u32", "The connection."],
      isByEnd: [
        "flag",
        "An end asks, whose packets come marked or are not answered. False: a link has marked a packet on its way.",
      ],
    },
  },
  unanswered: {
    kind: 33,
    doc: "The packets of an originator's open connection have had no answer for `unreachableMs` and four round trips, whether it has streams or not: told once until `Answered`. After `SetWay` has moved the connection the time begins anew, and this may be told again.",
    fields: {
      connection: ["u32", "The connection."],
      ms: ["count", "For how long its packets have been unanswered, or since it was moved; in milliseconds."],
    },
  },
  answered: {
    kind: 34,
    doc: "The first acknowledgement since `Silent` or `Unanswered` was told, or since `SetWay` moved the connection: then a packet that was sent the new way is acknowledged.",
    fields: { connection: ["u32", "The connection."] },
  },
  silent: {
    kind: 35,
    doc: "The packets of an originator's open connection have had no answer for `silentMs`, or four round trips where these are longer, and nothing else has come either: told once until `Answered`, before `Unanswered`. New streams may go elsewhere; nothing else follows from it.",
    fields: { connection: ["u32", "The connection."] },
  },
  closed: {
    kind: 20,
    doc: "The connection has ended, and not by an order. `Left` follows.",
    fields: {
      connection: ["u32", "The connection."],
      closed: [
        "closed",
        "The reason. A connection that was silent for too long has ended by `idle` and the application's code for that.",
      ],
    },
  },
  left: {
    kind: 21,
    doc: "The data thread has forgotten the connection: its packets are a stranger's from now on.",
    fields: { connection: ["u32", "The connection."] },
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
    NativeSessionEvent: sessions,
    NativeEndEvent: connections,
  },
};

export default { types, events, figures, orders };
