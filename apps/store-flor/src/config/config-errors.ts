/** The error codes that only store-flor's config has, with their rows in docs/operate/errors.md. */
export const STORE_CONFIG_ERRORS = {
  ERR_STORE_MODE: {
    meaning:
      "The config has none of `update-store`, `update-cache`, `storage`, `storage-gateway` and `keep`, or several of the first four; or lacks `listen`.",
    advice:
      "One process serves a repository's folder (`update-store`), keeps what others have (`update-cache`), holds shards (`storage`), is restic's way to them (`storage-gateway`), or has the fabric's log kept there (`keep`), alone or beside one of the others. The first three `listen`.",
  },
  ERR_STORE_SIZE: {
    meaning: "A size is none, or too small or too large.",
    advice: "As `20 GB`: a number with MB, GB or TB.",
  },
  ERR_STORE_TIME: {
    meaning: "A time of `storage` is none, or too short or too long.",
    advice: "As `10 min`, from `1 min` to `7 d`.",
  },
  ERR_STORE_RATE: {
    meaning:
      "A rate is none, or with so many readers at once each would get less than the rate below which readers take a source for slow.",
    advice: "Raise `limits.rate`, or lower `limits.readers`: 64 kbit/s for each.",
  },
} as const;

/** The error codes of what is served, with their rows in docs/operate/errors.md. */
export const STORE_ERRORS = {
  ERR_STORE_BUSY: {
    meaning: "A store or a cache serves as many readers as its `limits` let it, or fetches as many packages as it can.",
    advice: "Readers ask another one by themselves. Where it stays so, raise `limits`, or add a cache.",
  },
  ERR_STORE_DISK: {
    meaning: "A cache cannot write: its disk is full, or broken. The message has the system's reason.",
    advice: "Make room on the disk of `state`, or lower `budget`. What is there is served meanwhile.",
  },
  ERR_STORE_FETCH: {
    meaning: "A cache has not got a package, or the metadata, from any store or other cache.",
    advice: "`store-flor status` says what is wrong with each of them. Readers ask another one by themselves.",
  },
  ERR_STORE_FOLDER: {
    meaning: "The folder of a repository cannot be read, or is none.",
    advice: "Name the folder `published` of `flor release`, and let the user of store-flor read it.",
  },
  ERR_STORE_LARGE: {
    meaning: "A package is larger than the whole budget of a cache.",
    advice: "Raise `budget`. Nodes fetch it from a store meanwhile.",
  },
  ERR_STORE_NAMES: {
    meaning: "The file with the names of a collection cannot be used. The message has the reason.",
    advice:
      "Stop the other store-flor if there is one, or mend the disk of `state`. A damaged file is made anew by itself.",
  },
  ERR_STORE_ROLE: {
    meaning: "The node of a cache has no role `update-cache` in force, or its agent does not say so.",
    advice: "Have the control quorum sign one (docs/operate/releases.md), or look at fabric-flor on this node.",
  },
  ERR_STORE_ROOT: {
    meaning: "The file of `repository-root` cannot be read, or is too large.",
    advice: "Name the first root of the repository: `metadata/1.root.json`.",
  },
} as const;

/** The error codes of a gateway for restic, with their rows in docs/operate/errors.md. */
export const GATEWAY_ERRORS = {
  ERR_STORE_BIND: {
    meaning: "The address of a gateway is none of loopback, or cannot be listened on.",
    advice:
      "As `127.0.0.1:8300`: programs of other machines have gateways of their own. Free the port, or choose another.",
  },
  ERR_STORE_COLLECTION: {
    meaning: "The name of a collection in a gateway's config is none, or is there twice.",
    advice: "As `org/acme/backups` or `cluster/backups`: scope and name of its record.",
  },
  ERR_STORE_PASSWORD: {
    meaning: "The file with the password of a gateway cannot be read, or does not have the form of one.",
    advice:
      "One line `name:password` of 16 characters at least, in a file that others than its owner and group cannot use.",
  },
  ERR_STORE_REQUEST: {
    meaning: "A program asks a gateway for something that restic does not ask for, or for what is not there.",
    advice: "Compare the repository with `rest:http://127.0.0.1:8300/org/acme/backups/`. The message says what it was.",
  },
} as const;

/** The error codes of what keeps the fabric's log, usage and audit, with their rows in docs/operate/errors.md. */
export const KEEP_ERRORS = {
  ERR_STORE_KEEP: {
    meaning: "`keep` names a kind twice, or has `audit` without `control`, or the other way.",
    advice: "As `what: [log, usage]`; `audit` goes with `control`, the admin socket of this node's control-flor.",
  },
  ERR_STORE_PIECE: {
    meaning: "A program of the node does not answer what could be kept. The message has the reason.",
    advice: "Are `agent` and `control` the sockets of programs of this node and cluster, in about the same version?",
  },
  ERR_STORE_SOURCE: {
    meaning: "A program of the node has nothing that could be kept. The message has its reason.",
    advice: "Give the agent a copy of the log (`store`), or take the kind out of `what`.",
  },
} as const;

export type StoreConfigErrorCode = keyof typeof STORE_CONFIG_ERRORS;
export type StoreErrorCode = keyof typeof STORE_ERRORS;
export type GatewayErrorCode = keyof typeof GATEWAY_ERRORS;
export type KeepErrorCode = keyof typeof KEEP_ERRORS;
