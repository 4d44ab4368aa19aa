/** Types and figures that both data threads have.
 *
 *  A type with `fields` is one value in Rust and several in TypeScript; it is written by hand, in native/lane or the crate that has it. A type with
 *  `oneOf` is a number that has a name in TypeScript. */
const types = {
  closed: {
    rust: "Closed",
    fields: {
      cause: ["closeCause", "The end that has closed the connection, or what did."],
      isApplication: ["flag", "The code is the application's, and not QUIC's."],
      code: ["count", "The reason, by its code."],
      reason: ["text", "More about the reason, for people."],
    },
  },
  closeCause: { oneOf: ["peer", "local", "idle", "reset"] },
  florioError: {
    rust: "FlorioError",
    fields: { code: ["text", "Its stable code."], text: ["text", "What happened, for people."] },
  },
  systemError: {
    rust: "io::Error",
    fields: { errno: ["u32", "The system's number of the error; 0: none."], text: ["text", "For people."] },
  },
  udpPeer: {
    rust: "UdpPeer",
    fields: {
      port: ["u16", "Its UDP port."],
      host: ["text", "An IP address, with the number of its interface where it is link-local: `fe80::1%2`."],
      local: ["text", "The address of ours that it has sent to, in the same form; empty: the socket has only one."],
    },
  },
  address: {
    rust: "SocketAddr",
    fields: {
      port: ["u16", "Its UDP port."],
      host: ["text", "An IP address, with the number of its interface where it is link-local: `fe80::1%2`."],
    },
  },
};

/** Figures of a FlorIO port, and its counts, which are named as in `FlorioCounters` of packages/florio. */
const figures = {
  NativePortFigures: {
    rust: "PortFigures",
    doc: "Figures of a FlorIO port.",
    fields: {
      isConnected: ["flag", "Whether the pair is connected both ways as far as this side knows."],
      isWritable: ["flag", "False: sources should hold back."],
      waitingFor: ["text", "The reason why the port is not connected, for people."],
      counters: ["NativeFlorioCounters", "The counts since the port was opened."],
    },
  },
  NativeFlorioCounters: {
    rust: "FlorioCounters",
    doc: "Counts of a FlorIO port.",
    fields: {
      framesSent: ["count"],
      framesReceived: ["count"],
      packetsSent: ["count"],
      packetsReceived: ["count"],
      packetsRefusedQueueFull: ["count"],
      packetsRefusedNotConnected: ["count"],
      packetsRefusedUnsendable: ["count"],
      packetsDroppedNotConnected: ["count"],
      packetsDroppedUnsendable: ["count"],
      controlDropped: ["count"],
      socketFull: ["count"],
      disconnects: ["count"],
      framesDroppedDisconnected: ["count"],
      framesDroppedMalformed: ["count"],
      framesDroppedVersion: ["count"],
      framesDroppedType: ["count"],
      framesDroppedSender: ["count"],
    },
  },
};

export default { types, figures };
