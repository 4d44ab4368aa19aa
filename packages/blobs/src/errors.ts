/** The error codes of storage, with their rows in docs/operate/errors.md. */
export const BLOB_ERRORS = {
  ERR_STORAGE_BUSY: {
    meaning:
      "A holder serves as many as its `limits` let it; or its names began anew, and it has not heard enough other holders yet.",
    advice: "Whoever writes or reads asks again by itself. Where it stays so, raise `limits`, or add holders.",
  },
  ERR_STORAGE_COLLECTION: {
    meaning: "A holder does not hold the collection, or a node's agent knows no record of it.",
    advice: "Compare the name with `flor fabric status`; the record says who holds it (docs/operate/storage.md).",
  },
  ERR_STORAGE_DAMAGED: {
    meaning: "No holder has the octets of a shard any more that its name says, though some have the shard.",
    advice: "`flor store check` names the objects. Bring back a holder that is away, or put them anew.",
  },
  ERR_STORAGE_DISK: {
    meaning: "A holder cannot write or read: its disk is full, or broken. The message has the system's reason.",
    advice: "Make room on the disk of `state`, or mend it. Other holders take its part meanwhile.",
  },
  ERR_STORAGE_ENDED: {
    meaning: "The collection's record has ended: what is there is read, and nothing is written.",
    advice: "Have the storage quorum sign it anew: `flor fabric propose collection`.",
  },
  ERR_STORAGE_EPOCH: {
    meaning: "The one goes by a higher recovery epoch of the collection than the other.",
    advice: "It goes by itself as soon as both have the newest record. A holder whose record stays old is shut out.",
  },
  ERR_STORAGE_EXISTS: {
    meaning: "The name has another object already.",
    advice: "Choose another name, or remove that object first.",
  },
  ERR_STORAGE_FORM: {
    meaning: "A holder was asked, or has answered, in a form that docs/protocol/storage.md does not have.",
    advice: "The one is of a version that the other does not know, or its neighbour is hostile.",
  },
  ERR_STORAGE_HASH: {
    meaning: "Octets do not have the hash of the shard that they are to be.",
    advice: "They were changed on the way or on a disk: what has read them asks another holder.",
  },
  ERR_STORAGE_LATE: {
    meaning: "An object took more than 20 hours to put: holders remove shards that have no name after a day.",
    advice: "Put less at once, as parts of the file, or over a faster way.",
  },
  ERR_STORAGE_MAJORITY: {
    meaning: "Too few holders have answered: it takes more than half of them. The message says what each has said.",
    advice: "Look at the holders (`flor store check`). What was written is taken back or completed by itself.",
  },
  ERR_STORAGE_MISSING: {
    meaning: "There is no object of this name, or no holder that answers has one of its shards.",
    advice: "`flor store ls` has the names. Where shards are missing, bring back a holder that is away.",
  },
  ERR_STORAGE_QUOTA: {
    meaning: "The collection, or its organization, has as many octets as its record or budget allows.",
    advice: "Remove objects, or have a larger budget signed. The message says whose it is, and how much of how much.",
  },
  ERR_STORAGE_RETAINED: {
    meaning: "The object may not be removed yet: its collection keeps each for so long. The message says until when.",
    advice: "Remove it then. A shorter retention takes the storage quorum.",
  },
  ERR_STORAGE_RIGHT: {
    meaning: "The principal is neither among the readers nor among the writers of the collection, as it has to be.",
    advice: "Have it written into the record, or use another identity.",
  },
  ERR_STORAGE_TURN: {
    meaning: "The name has changed meanwhile.",
    advice:
      "Whoever writes tries again by itself. Whoever removes looks at what is there now, and removes it anew if it is to go.",
  },
  ERR_STORAGE_UNREACHABLE: {
    meaning: "A holder gives no answer, or none in time. The message has the reason.",
    advice: "Look at store-flor on that node, and at the way there: `cluster-flor status`.",
  },
} as const;

export type BlobErrorCode = keyof typeof BLOB_ERRORS;
