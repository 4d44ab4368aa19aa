/** The error codes that only fabric-flor's config file, and the files that it names, have, with their rows in docs/operate/errors.md. */
export const FABRIC_CONFIG_ERRORS = {
  ERR_FABRIC_FINGERPRINT: {
    meaning: "`root` is no fingerprint of a root descriptor.",
    advice: "Write it as `flor fabric init` has printed it: `sha256:` and 64 hexadecimal digits.",
  },
  ERR_FABRIC_WAY_LABELS: {
    meaning: "A way without labels, or with more than a packet has room for behind the label of its service.",
    advice:
      "Write the labels that lead from the link's far end to the node, the last of them popped by the node before it.",
  },
  ERR_FABRIC_WAYS_MANY: {
    meaning: "There are more ways than an agent keeps; the message says how many those are.",
    advice: "Leave out nodes whose services nobody uses here.",
  },
  ERR_FABRIC_WAY_SELF: {
    meaning: "A way leads to this node itself.",
    advice: "Remove it: services of this node need no way.",
  },
  ERR_FABRIC_ENDPOINT: {
    meaning:
      "An endpoint of `endpoints` is one that no record may have: its address is not of the carrier's form, leads to nobody else, or its `id` is taken; or there are too many.",
    advice:
      "Write `udp://`, an address or a name, a colon and the port at which others reach link-flor, IPv6 in brackets, all in small letters. Loopback needs `development: true`.",
  },
  ERR_FABRIC_ROOT_FILE: {
    meaning: "The file of `root-file` cannot be read, or holds no record.",
    advice:
      "Copy the root descriptor there that `flor fabric init` has written; or remove the key, and hand the root in with `flor fabric publish`.",
  },
  ERR_FABRIC_ROOT: {
    meaning:
      "The record of `root-file` is not the root descriptor that `root` names, or this node may not trust it; the message says why.",
    advice: "Compare the fingerprint with those who run the cluster. A root for development needs `development: true`.",
  },
  ERR_FABRIC_SEEDS_FILE: {
    meaning:
      "The file of `seeds-file` cannot be read, or holds anything but the root descriptor, the record of seeds behind it, and records that they rest on.",
    advice: "Put both into one file, as `flor fabric` has written them: `cat root.fact seeds.fact > FILE`.",
  },
  ERR_FABRIC_SEEDS: {
    meaning:
      "A record of `seeds-file` is refused, and nothing of the file is used: it was changed, has ended, is another cluster's, or rests on another root than `root` names; the message says which.",
    advice: "Get the file anew from those who run the cluster, and compare the fingerprint with them.",
  },
  ERR_FABRIC_KEY: {
    meaning: "The node's key cannot be read or made, others than its owner may use it, or it is no Ed25519 key.",
    advice:
      "Let the process's user own `node-key.pem` in the state folder, with mode 0600. A node whose key is lost moves the file away: a new key is made at the next start, which needs a new `node` record.",
  },
  ERR_FABRIC_STORE_URL: {
    meaning: "The address of a member of etcd in `store` is none.",
    advice: "Write https://, the host, a colon and the port: etcd is asked over TLS alone.",
  },
  ERR_FABRIC_STORE_URLS: {
    meaning: "`store` names no member of etcd, or more than an agent asks; the message says how many those are.",
    advice: "Name the members of one etcd, as a rule three.",
  },
  ERR_FABRIC_SIGNER_WAY: {
    meaning: "`signer` names both the file of a passphrase and a command that signs.",
    advice: "Remove `passphrase-file` where `command` signs: the folder then has no private key.",
  },
  ERR_FABRIC_DEVICE_COMMAND: {
    meaning:
      "The `command` of `device` is no absolute path of a program with its arguments, or its program cannot be run by this user.",
    advice:
      "Write the program's path and each argument as an item of its own, and let the process's user run the program.",
  },
  ERR_FABRIC_DEVICE_SOURCE: {
    meaning:
      "The `command` of `device` does not say what the device is like: it has ended, prints no good line, or prints too much; the finding says which. Until it does, the node counts as one of which nothing good is known.",
    advice:
      "Run the command as the process's user and look at what it prints: [device-source.md](../protocol/device-source.md) says what it has to. `DEVICE_SOURCE_SAYS` in the log has its standard error.",
  },
  ERR_FABRIC_OTLP_METRICS: {
    meaning:
      "The `endpoint` of `otlp-metrics` is no http or https URL, or names of organizations would cross a network in plain HTTP.",
    advice: "Write https, or send metrics to a collector on this machine: `http://127.0.0.1:4318/v1/metrics`.",
  },
  ERR_FABRIC_PASSPHRASE_FILE: {
    meaning: "The file of `signer.passphrase-file` is open to others, or is not one line.",
    advice: "Write the passphrase into it as its only line, and run chmod 600 on it.",
  },
  ERR_FABRIC_TOKEN_USES: {
    meaning:
      "The file `tokens.json` in the state folder is damaged, or another cluster's: this program does not know any more whom it has let in by which token, and lets in nobody.",
    advice:
      "Put an intact copy there; without one, have the root name another key for this program (`flor fabric propose root --program-key`), and move the file away.",
  },
  ERR_FABRIC_JOIN: {
    meaning: "What was handed in at `POST /joins` is no join as text, or `POST /join` names no token's key.",
    advice: "Make it by `flor fabric join` at the new node, and hand it in whole.",
  },
  ERR_FABRIC_LETTER: {
    meaning:
      "A program asks for letters, or hands one in, at `/letters` or `/answers` in a form that neither takes; the message says what is wrong.",
    advice: "Ask as [the control API](fabric.md#the-control-api) has it. control-flor does: is it of the same version?",
  },
  ERR_FABRIC_RECORDS: {
    meaning:
      "What was handed in at `POST /records` is anything but whole records as text, or more of them than are taken at once: 1,024, and 64 at the socket of `api`. At `POST /inspect`: anything but 1 to 16 copies of one record.",
    advice: "Hand them in with `flor fabric publish`, part of them at a time; inspect one record at a time.",
  },
  ERR_FABRIC_TIME: {
    meaning: "`from` or `to` of a question for usage is no time.",
    advice: "Write it as `2026-11-29T22:00:00Z`.",
  },
  ERR_FABRIC_AFTER: {
    meaning:
      "The `after` of a question is nothing that an answer gives as its `next`; the message says which form that has.",
    advice: "Ask with the `next` of the answer before, percent-encoded, or without `after` for the first page.",
  },
  ERR_FABRIC_NODE: {
    meaning:
      "Somebody has asked an agent for a node whose name is none, whose record was taken back, or of which the agent holds no record; the message says which.",
    advice:
      "Ask the agent of a node that has links to it, or that coordinates its partition: others need not hold its record. A node that was taken back is let in again by a later record.",
  },
  ERR_FABRIC_LOG_ENTRY: {
    meaning:
      "A question for entries of the log, at `/log` or `/log/entry`, has a number that is none; the message says which.",
    advice: "Entries count from 1; `GET /log` tells the last one.",
  },
  ERR_FABRIC_CHANNEL: {
    meaning: "A question for releases, at `/releases`, names a channel whose name is none.",
    advice: "Name it as the release records do: `flor release status` without `--channel` tells all.",
  },
  ERR_FABRIC_RELEASE_ROOT: {
    meaning: "The file of `updates.repository-root` cannot be read, or is too large for a root of a repository.",
    advice: "Copy the first root there that `flor release init` has written.",
  },
  ERR_FABRIC_RELEASE_PACKAGES: {
    meaning:
      "The node has a package of ours that the release has not, or has not for this machine's processor; or it has none.",
    advice: "Publish a release with all packages that nodes have, for each processor, or remove the package here.",
  },
  ERR_FABRIC_RELEASE_FLOOR: {
    meaning:
      "The release in force is an older one, and the one that the node has does not let it go back so far, or not any more.",
    advice: "Publish a newer release instead: what a version has written an older one may not read.",
  },
  ERR_FABRIC_RELEASE_WAY: {
    meaning:
      "From the release there is no way back to the version that the node has, or its time is over: the node could not go back if it were not whole.",
    advice: "Publish the release again with a `rollback` that takes in this version, or bring the node up by hand.",
  },
  ERR_FABRIC_RELEASE_DPKG: {
    meaning: "dpkg does not say which packages this machine has.",
    advice:
      "Run `dpkg-query -W 'florenetes-*'` as the process's user. A node without packages follows no releases: remove `updates`.",
  },
  ERR_FABRIC_RELEASE_STATUS: {
    meaning:
      "The file of `updates.status` cannot be read, or is none of update-flor's: nobody knows from which versions the node went back.",
    advice: "Run `update-flor status`; look who has written the file, and move it away.",
  },
  ERR_FABRIC_ORDER_DISK: {
    meaning: "An order waits: it could not be written down that it was taken.",
    advice: "Make room in the state folder of the agent; it tries again by itself.",
  },
  ERR_FABRIC_ORDER_SPOOL: {
    meaning: "An order could not be put where update-flor takes it. An order is taken once.",
    advice: "Make room in the state folder of the agent, and sign the order again, with a higher epoch.",
  },
  ERR_FABRIC_ORDER_OVER: {
    meaning: "An order was taken back, or had ended, before anything was done.",
    advice: "Sign another one, if it is still wanted.",
  },
  ERR_FABRIC_ORDER_NO_UPDATER: {
    meaning:
      "The node was ordered to go back or to restart its programs, which update-flor alone does, and its config has no `updates`.",
    advice: "Give the node update-flor and `updates` in `fabric-flor.yaml`, or order something else.",
  },
  ERR_FABRIC_ORDER_UNANSWERED: {
    meaning:
      "update-flor was given an order, and has not said within 20 minutes what came of it, while no update was under way. It was taken back; what was begun all the same is told later.",
    advice: "Order a `report`. Is update-flor installed on the node, and its path unit enabled?",
  },
  ERR_FABRIC_ORDER_INTERRUPTED: {
    meaning: "The agent ended between taking an order and telling what came of it. An order is taken once.",
    advice: "Sign the order again, with a higher epoch.",
  },
  ERR_FABRIC_RELEASE_DIFFERS: {
    meaning: "The release record and the repository of releases do not say the same of a package: both have to.",
    advice: "See which of both is right (`flor release show`), and publish it anew.",
  },
  ERR_FABRIC_RELEASE_FETCH: {
    meaning: "A fetch of a release ended by a mistake of the program, which the log has.",
    advice: "It is tried again by itself. Report what the log says.",
  },
  ERR_FABRIC_RELEASE_DISK: {
    meaning:
      "The disk of the state folder has no room for the packages of the release, or they cannot be written there.",
    advice: "Make room: the packages are needed twice while they are installed. It is tried again by itself.",
  },
  ERR_FABRIC_RELEASE_UNANSWERED: {
    meaning: "The packages are here, and update-flor has not begun to install them for ten minutes.",
    advice: "See that the package florenetes-update is installed, and `update-flor@<cluster>.path` enabled.",
  },
  ERR_FABRIC_UNSIGNED: {
    meaning:
      "Somebody wants to change something at the control API without a signed record; the message says whose signatures it takes.",
    advice: "Make the record with `flor fabric propose`, have it signed, and hand it in with `flor fabric publish`.",
  },
} as const;

export type FabricConfigErrorCode = keyof typeof FABRIC_CONFIG_ERRORS;
