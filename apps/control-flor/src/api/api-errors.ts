/** The error codes of the API, with their rows in docs/operate/errors.md. The status is that of HTTP (RFC 9110, 15). */
export const CONTROL_API_ERRORS = {
  ERR_CONTROL_ROUTE: {
    status: 404,
    meaning: "The API has no such path.",
    advice: "`GET /v1/openapi.json` has all paths.",
  },
  ERR_CONTROL_METHOD: {
    status: 405,
    meaning: "The path answers another method; the header `allow` names it.",
    advice: "Use that one.",
  },
  ERR_CONTROL_ABSENT: {
    status: 404,
    meaning: "There is nothing of that name, or nothing that you may see.",
    advice: "List the collection: it has all that you may see.",
  },
  ERR_CONTROL_QUERY: {
    status: 400,
    meaning:
      "The part behind `?` has a parameter that this path does not know, or twice, or with a value that it cannot have.",
    advice: "The message names the parameter; `GET /v1/openapi.json` has all of them.",
  },
  ERR_CONTROL_CURSOR: {
    status: 400,
    meaning: "`after` is no cursor that an answer has given as `next`.",
    advice: "Begin anew without it.",
  },
  ERR_CONTROL_READER: {
    status: 403,
    meaning: "No entry of `readers` has your principal.",
    advice: "Ask who runs this replica to add it to `readers` of its config.",
  },
  ERR_CONTROL_CERTIFICATE: {
    status: 403,
    meaning:
      "The connection over HTTPS proves no user of this cluster: the message says what its certificate lacks, or that there is none.",
    advice:
      "Give the browser or program the certificate and key of an identity `user/…` of this cluster that is valid and not revoked.",
  },
  ERR_CONTROL_PROPOSER: {
    status: 403,
    meaning: "Your principal may read here, and bring nothing.",
    advice: "Ask who runs this replica for `propose: true`; or hand the record to any agent: `flor fabric publish`.",
  },
  ERR_CONTROL_FOREIGN_HOST: {
    status: 421,
    meaning: "The request is for a host that this replica is not: a page of another site may have sent it.",
    advice: "Open it as `localhost`; or add the name by which you come to `hosts` of its config.",
  },
  ERR_CONTROL_FOREIGN_PAGE: {
    status: 403,
    meaning: "A page of another site has sent the request.",
    advice: "Use the console that this replica serves, or a program.",
  },
  ERR_CONTROL_BODY_SIZE: {
    status: 413,
    meaning: "The body is larger than records can be; the message says how large it may be.",
    advice: "Send part of the records at a time.",
  },
  ERR_CONTROL_BODY_TYPE: {
    status: 415,
    meaning: "The body is of another type than `text/plain`: records are brought as text alone.",
    advice:
      "Send the file that `flor fabric propose` or `flor fabric sign` has written, with `content-type: text/plain`.",
  },
  ERR_CONTROL_RECORD: {
    status: 422,
    meaning:
      "The body is no record of this cluster that anybody would take, whoever signs it; the message has the [reason](../protocol/facts.md#the-judge).",
    advice: "Make it anew: `flor fabric propose`.",
  },
  ERR_CONTROL_RECORDS_MANY: {
    status: 413,
    meaning: "The body has more signed records than are handed in at a time; the message says how many those are.",
    advice: "Send part of them at a time, or hand them to an agent of your own: `flor fabric publish`.",
  },
  ERR_CONTROL_OTHER_RECORD: {
    status: 422,
    meaning: "The signatures are for other octets than those of the proposal.",
    advice: "Sign the record that `GET /v1/proposals/ID/record` gives: `flor fabric sign`.",
  },
  ERR_CONTROL_NO_NEW_SIGNATURE: {
    status: 409,
    meaning:
      "Nothing was added: each signature is there already, is wrong, or is of a key that may not sign this record.",
    advice: "`missing` of the proposal names the keys that may still sign.",
  },
  ERR_CONTROL_CONFLICT: {
    status: 409,
    meaning:
      "The record is not the next one of its slot, or the proposal waits no more; `inForce` has what is in force.",
    advice:
      "Propose anew, after the record in force: `flor fabric propose … --after FILE`, with `inForce.proof` as the file.",
  },
  ERR_CONTROL_PROPOSALS_FULL: {
    status: 507,
    meaning: "The replica has 512 proposals, or 64 of you that wait for signatures.",
    advice: "Have some signed, or wait: each is kept for seven days at most.",
  },
  ERR_CONTROL_BUSY: {
    status: 429,
    meaning:
      "Your principal has sent more requests than are answered at a time, or has not read the answers, or its agent has more to do than it may; `retry-after` says when to ask again.",
    advice: "Wait that long; programs that follow changes read `GET /v1/events`.",
  },
  ERR_CONTROL_QUOTA: {
    status: 429,
    meaning:
      "The principals of your organization together have sent as many requests as its budget allows; `quota` says how many a minute, by which record and until when, and `retry-after` when to ask again.",
    advice: "Wait that long, or have people sign another budget: `flor fabric propose budget`.",
  },
  ERR_CONTROL_STREAMS: {
    status: 503,
    meaning: "As many streams of events are open as there may be, in all or of your principal.",
    advice: "Close one, or ask another replica.",
  },
  ERR_CONTROL_AGENT_SILENT: {
    status: 503,
    meaning: "The agent of this replica's node has not answered yet, so that nothing is known here.",
    advice: "Does fabric-flor run there? Another replica may answer.",
  },
  ERR_CONTROL_AUDIT: {
    status: 507,
    meaning: "The audit of this replica cannot be written, and nothing is changed that it does not have.",
    advice: "Bring it to another replica. `control-flor status` of this one says why its disk does not take it.",
  },
  ERR_CONTROL_AUDIT_OTHER: {
    status: 409,
    meaning:
      "`after` is a place in the audit of another replica, or of one that this replica has lost: each has its own.",
    advice: "Begin anew without it; `replica` says whose audit a page is.",
  },
  ERR_CONTROL_LOG_NONE: {
    status: 404,
    meaning: "The node of this replica keeps no copy of the log.",
    advice: "Ask a replica on a node whose agent has a `store`.",
  },
  ERR_CONTROL_LOG_STORE: {
    status: 503,
    meaning:
      "The agent of this replica's node cannot read the store of the log. The message says why to whoever sees all organizations.",
    advice:
      "Ask again after `retry-after`, or another replica. `fabric-flor status` of the node says what is in the way.",
  },
  ERR_CONTROL_LOG_BEHIND: {
    status: 503,
    meaning: "The page before was told by a replica that has read more of the log than this one.",
    advice:
      "Ask again after `retry-after`. A replica that stays behind is cut off, or holds entries back: ask another one.",
  },
  ERR_CONTROL_LOG_OTHER: {
    status: 409,
    meaning:
      "The page before was told of another copy of the log, in which the entry of this index has another hash. Files of SQLite on several nodes have orders of their own; a log in etcd is one.",
    advice:
      "Begin anew without `after`. Where the log is in etcd, one of two replicas shows what is not in it: run `flor fabric log verify`.",
  },
  ERR_CONTROL_USAGE_UNKNOWN: {
    status: 503,
    meaning:
      "The agent of this replica's node has told no usage yet, or is of a version that tells none, as the message says: an empty file would pass for nothing that was carried.",
    advice: "Ask again after `retry-after`, or another replica. An agent of an earlier version is to be upgraded.",
  },
  ERR_CONTROL_INTERNAL: {
    status: 500,
    meaning: "The program has made a mistake; its log has more (`API_FAILED`).",
    advice: "Report it.",
  },
} as const;

export type ControlApiErrorCode = keyof typeof CONTROL_API_ERRORS;
