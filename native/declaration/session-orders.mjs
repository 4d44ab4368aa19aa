/** Orders to the data thread of cluster-flor about sockets of data sessions. */

const session = ["u32", "The session."];
const flow = ["count", "The flow, by its number in the session."];

export const sessionOrders = {
  readSession: {
    byHand: true,
    doc: "Reads the socket of a data session in the owner's place: `SessionBytes` tells all that comes but the datagrams of the flows that `JoinFlow` names, and `SessionLeft` that the owner is to read again. The owner goes on to write.",
    fields: {
      session: ["u32", "Its number from now on, of the owner's choice; no other session has this number."],
      socket: ["OwnedFd", "The socket, which is a Unix one and never blocks: a descriptor of the thread's own."],
      rest: ["Vec<u8>", "Bytes that were read, and with which a frame begins that is not complete."],
    },
  },
  joinFlow: {
    doc: "Sends the datagrams that come on a flow of a session as those of a flow of the owner, and tells the owner nothing of them.",
    fields: { session, flow, workload: ["u32", "The owner's flow."] },
  },
  partFlow: { doc: "Tells the owner of the datagrams of a flow of a session again.", fields: { session, flow } },
  takeSession: {
    doc: "The owner has taken what `SessionBytes` told: there may be more.",
    fields: { session, size: ["u32", "How much: the bytes, and for each event `SESSION_EVENT_SIZE`."] },
  },
  leaveSession: { doc: "Reads a session's socket no more, and forgets it: it is over.", fields: { session } },
};
