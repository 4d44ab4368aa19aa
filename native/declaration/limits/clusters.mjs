/** The transport service of cluster-flor (docs/protocol/transport.md). Sizes are in bytes. */

const KB = 1_024;
const MB = 1_024 * KB;
const CONNECT_WAIT_MS = 5_000;
const STREAMS_PER_CONNECTION = 50_000;

/** Bounds and times that tests may override: the owner of the data thread hands them over. */
const overridable = {
  typescript: "packages/data-plane/src",
  rust: "cluster",
  record: { typescript: "NativeClusterLimits", defaults: "CLUSTER_LIMITS", rust: "Limits" },
  doc: "Bounds and times of the data thread of cluster-flor that its owner hands over.",
  fields: {
    connectWaitMs: {
      ms: CONNECT_WAIT_MS,
      doc: "A workload waits so long for a connection, or for a sign of its far end, where its tunnel or account says nothing else. One that does not wait has so long, too, where nothing is known against the first attempt.",
    },
    silenceMs: {
      ms: 90_000,
      doc: "Both ends give up a connection after so much silence: a phone may be without any network for a minute.",
    },
    repeatAfterMs: { ms: 200, doc: "So much silence while packets are unanswered, and the last one is repeated …" },
    repeatEveryMs: { ms: 100, doc: "… again and again in this interval." },
    silentMs: {
      ms: 300,
      doc: "After so long without an answer, and without any other packet of the far end, new streams may go to another host: the last packet has been repeated, and the answer to that is overdue …",
    },
    unreachableMs: {
      ms: 1_000,
      doc: "After so long without an answer the far end is not reached, as far as is known …",
    },
    repeatIdleMs: {
      ms: 1_000,
      doc: "… and the last packet is repeated in this interval, if nobody needs the connection now.",
    },
    pingBusyMs: { ms: 1_000, doc: "Between signs of life while there are streams." },
    pingIdleMs: { ms: 10_000, doc: "Between signs of life while there are none." },
    pingPathMs: {
      ms: 3_000,
      doc: "How often an originator without streams asks whether its packets arrive, whatever it hears: its far end may speak to it while nothing gets there.",
    },
    openMs: { ms: 5_000, doc: "From the first sign of a stream to the end of its OPEN." },
    dialMs: { ms: 10_000, doc: "How long a target may take to accept." },
    closingMs: { ms: 1_000, doc: "How long a connection that was closed here answers stragglers." },
    lingerMs: {
      ms: 10_000,
      doc: "How long a connection without streams waits until all that it sent is acknowledged.",
    },
    finishMs: {
      ms: 60_000,
      doc: "How long an originator leaves such a connection to its acceptor, whose workloads may still read.",
    },
    restartMs: { ms: 200, doc: "No process is there again so soon after its death." },
    streamsPerConnection: {
      u64: STREAMS_PER_CONNECTION,
      doc: "Streams of a connection before it should have a successor.",
    },
    streamWindow: { u64: 256 * KB, doc: "The window of a stream when it begins." },
    streamWindowMax: { u64: 8 * MB, doc: "The window of a stream when it has grown." },
    memoryMax: { u64: 512 * MB, doc: "Bytes that all streams may hold. Above it, new streams are refused." },
    memoryPerStream: {
      u64: 8 * KB,
      doc: "Bytes that a stream is charged while no data waits in it: its own objects.",
    },
    waitingMax: {
      usize: 4_096,
      doc: "Workloads of one trunk that may wait for a connection: as many as a listener lets wait.",
    },
    packetsPerTurn: { usize: 256, doc: "Packets of one connection in a turn." },
    bytesPerStreamTurn: { usize: 256 * KB, doc: "Bytes of one stream in a turn, each way." },
    opensPerTurn: { usize: 64, doc: "Streams of a connection that are begun in a turn." },
    controlMessagesPerTurn: { usize: 256, doc: "Control messages of a connection in a turn." },
  },
};

const transport = [
  {
    typescript: "apps/cluster-flor/src/transport",
    rust: "cluster",
    limits: {
      ROUND_TRIP_MS_MAX: {
        ms: 10_000,
        doc: "A round trip that is measured as longer counts as so long where something is repeated, or waited for.",
      },
      ROUND_TRIP_SPREAD_MAX: { f64: 4, doc: "So does one that is more times as long as the shortest one." },
      WATCH_LATE_MS: {
        ms: 100,
        doc: "Who looks for answers of a far end so much later than was due was stopped, or the whole machine was: answers may lie unread, or be lost, and the time without one begins anew.",
      },
      RENEWAL_FACTOR: {
        f64: 1.5,
        doc: "An acceptor asks for a successor of a connection that has had so many times the streams that the acceptor would give a connection of its own.",
      },
      CLOSING_FACTOR: {
        u64: 3,
        doc: "An acceptor closes a connection that has had so many times those streams, as its originator has not heeded the request for a successor.",
      },
      PAYLOAD_MAX: {
        usize: 16_000,
        doc: "Largest QUIC packet that this end takes, and the largest that it makes where no link is in the way.",
      },
      TRUNK_CONNECTIONS_MAX: {
        usize: 4,
        doc: "Connections beside each other that one trunk opens streams on: further ones are made when the streams of those that there are have been used up.",
      },
      ADDRESSES_MAX: {
        usize: 64,
        doc: "Addresses behind a target's name that are tried, one after the other: each of its streams keeps them meanwhile.",
      },
      OFFER_SIZE_MAX: {
        usize: 64 * KB,
        doc: "Bytes of a workload that are kept until its stream is accepted, so that it can be offered again. Who says more is offered once.",
      },
      CHUNK_SIZE: { usize: 64 * KB, doc: "One read from a stream or a socket." },
      CONTROL_WAITING_MAX: {
        usize: 64 * KB,
        doc: "Bytes of messages that may wait for credit of the control stream, some 4,600 STOPs: all streams of a busy connection that are cut in one outage.",
      },
      TAKEN_STEP: {
        u64: 64 * KB,
        doc: "A peer is told what a workload has taken when it is so much more than it was told last, or all that has come.",
      },
      TAKEN_PER_TURN: { usize: 256, doc: "Streams of a connection whose peers are told so in a turn." },
      MESSAGE_SIZE_MAX: { usize: 1_024, doc: "Largest message at the head of a stream." },
      MESSAGE_VERSION: { u8: 1, doc: "The version of messages." },
      QUIC_MIN: { u8: 0x40, doc: "Payloads that begin with less are none of QUIC's." },
    },
  },
  {
    typescript: "apps/cluster-flor/src/transport",
    rust: "io",
    limits: {
      LISTEN_BACKLOG: {
        i32: 4_096,
        doc: "Connections of workloads that a listener lets wait. The kernel takes the smaller of this and its own limit.",
      },
    },
  },
  {
    typescript: "apps/cluster-flor/src/config",
    rust: "cluster",
    limits: {
      PATH_MTU_MIN: {
        usize: 1_280,
        rust: "PACKET_SIZE_MIN",
        doc: "The least MTU of a path: mesh packets that every link carries.",
      },
      STREAMS_PER_CONNECTION_MAX: {
        u64: 1_000_000,
        doc: "Streams that one end-to-end connection takes in its life, at most. QUIC keeps a note of each.",
      },
    },
  },
  {
    typescript: "packages/data-plane/src",
    rust: "node",
    limits: {
      INTERFACE_VERSION: {
        u32: 26,
        doc: "The version of the interface between the add-on and packages/data-plane. An add-on of another version is not used.",
      },
    },
  },
  {
    typescript: "packages/data-plane/src",
    rust: "cluster",
    limits: {
      OWN_NUMBERS_MIN: {
        u32: 2 ** 31,
        doc: "The owner of the thread chooses the numbers of streams that it opens from here on.",
      },
      OWN_DATAGRAMS_SIZE_MAX: {
        usize: 64 * KB,
        doc: "Datagrams of the owner that one order has, with the flow and the length of each.",
      },
      SESSION_EVENT_SIZE: {
        usize: 256,
        doc: "What an event of a data session counts beside its bytes, until the owner has taken them: so much memory as it may need.",
      },
    },
  },
];

const datagrams = {
  typescript: "apps/cluster-flor/src/transport/datagrams",
  rust: "cluster",
  limits: {
    DATAGRAM_SIZE_MAX: { usize: 65_507, doc: "The largest datagram that UDP over IPv4 has." },
    FLOWS_MAX: {
      usize: 4_096,
      doc: "Flows of a tunnel, and of a service: each is a stream at either end, and a socket at the service's.",
    },
    DATAGRAM_COST: {
      usize: 64,
      doc: "Beside its bytes a datagram that waits is charged for so many, so that empty ones have a bound, too.",
    },
    QUEUED_MAX: { usize: 1_024, rust: "FLOW_WAITING_MAX", doc: "Datagrams of one flow that wait to be sent." },
    QUEUED_BYTES_MAX: {
      usize: 1 * MB,
      rust: "FLOW_WAITING_BYTES_MAX",
      doc: "Bytes of the datagrams of a flow that wait to be sent. One datagram may always have all of them.",
    },
    QUEUED_BYTES_OF_ALL_MAX: {
      usize: 4 * MB,
      rust: "WAITING_BYTES_MAX",
      doc: "Bytes of all datagrams of a connection that wait to be sent.",
    },
    QUEUED_MS_MAX: {
      ms: 250,
      rust: "WAITING_AGE_MAX",
      doc: "A datagram that has waited for longer is of no use: whoever sent it has sent it again, or something newer.",
    },
    UNFINISHED_MAX: { usize: 4, doc: "Datagrams of a flow that wait for pieces." },
    UNFINISHED_MS_MAX: {
      ms: 1_000,
      rust: "UNFINISHED_AGE_MAX",
      doc: "How long a datagram waits for its missing pieces.",
    },
    UNFINISHED_BYTES_MAX: {
      usize: 256 * KB,
      rust: "JOINED_BYTES_MAX",
      doc: "Bytes of all datagrams of a connection that wait for pieces.",
    },
    EARLY_MAX: {
      usize: 16,
      rust: "UNOPENED_MAX",
      doc: "Datagrams of a connection that came before the stream of their flow, which is on its way.",
    },
    EARLY_BYTES_MAX: {
      usize: 32 * KB,
      rust: "UNOPENED_BYTES_MAX",
      doc: "Bytes of the datagrams that came before the stream of their flow.",
    },
    EARLY_MS_MAX: { ms: 1_000, rust: "UNOPENED_AGE_MAX", doc: "How long a datagram waits for the stream of its flow." },
    WAITING_MAX: {
      usize: 16,
      rust: "FLOW_KEPT_MAX",
      doc: "Datagrams of a flow that wait for its connection, or for the address of its target.",
    },
    WAITING_BYTES_MAX: {
      usize: 64 * KB,
      rust: "FLOW_KEPT_BYTES_MAX",
      doc: "Bytes of the datagrams of a flow that wait for its connection or its target.",
    },
    REFUSED_PAUSE_MS: {
      ms: 1_000,
      rust: "FLOW_RETRY_INTERVAL",
      doc: "A client whose flow was refused gets another one after so long at the earliest.",
    },
  },
};

/** These limits stand in a config as well, which has them from here. */
const config = {
  typescript: "apps/cluster-flor/src/config",
  limits: {
    CONNECT_WAIT_MS: {
      ms: CONNECT_WAIT_MS,
      doc: "A workload waits for a connection, and for a sign of its far end: so long by default, in milliseconds.",
    },
    STREAMS_PER_CONNECTION: {
      u64: STREAMS_PER_CONNECTION,
      doc: "Streams that one end-to-end connection takes in its life, by default.",
    },
  },
};

export default [overridable, ...transport, datagrams, config];
