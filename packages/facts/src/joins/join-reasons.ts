/** Why a join is refused, in the order in which the reasons are looked for. `judgeJoin` knows all but the last four, which are those of the node that was asked. */
export type JoinReason =
  | "form"
  | "cluster"
  | "time"
  | "unknown-token"
  | "void-token"
  | "ended-token"
  | "signature"
  | "name"
  | "used-up"
  | "no-rule"
  | "quota"
  | "busy"
  | "no-answer";

/** A sentence for each reason, which says who has to do what. */
export const JOIN_REASONS: Readonly<Record<JoinReason, string>> = {
  form: "The octets are no join of version 1: the node has to make it anew by `flor fabric join`, or one of both needs a newer version.",
  cluster: "The join is for another cluster: its bearer has to hand it to a node of that cluster.",
  time: "The join was made more than 5 minutes from now: the operators of both nodes have to compare their clocks, and the new one has to join anew.",
  "unknown-token":
    "This node holds no record of the token: those who made it have to have it signed by people, and published.",
  "void-token": "The token was taken back: the operator of the new node has to ask for another one.",
  "ended-token": "The token has ended: the operator of the new node has to ask for another one.",
  signature: "The node's key or the token's has not signed this join: the node has to make it anew, with the token.",
  name: "The name is, or was, that of a node with another key, or was taken back: the new node has to take another name, or people have to approve it.",
  "used-up":
    "The token has let in as many nodes as it is for: the operator of the new node has to ask for another one.",
  "no-rule":
    "No program's key lets nodes in here: its bearer has to hand the join to a node whose `signer` has the rule `tokens`.",
  quota:
    "The organization of the token has as many nodes, or joins, as its budget allows: the new node has to try again later, or people have to sign another budget.",
  busy: "More joins wait here than there is room for: the new node has to try again in a minute.",
  "no-answer":
    "No control node has answered the join by mail: the operator of the new node has to see whether one is reached (`fabric-flor status`), and try again.",
};
