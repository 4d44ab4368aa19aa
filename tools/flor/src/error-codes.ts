/** All codes of this tool itself, each with its meaning and advice. */
export const FLOR_ERRORS = {
  ERR_FLOR_USAGE: {
    meaning: "A command, option or argument is not there, is unknown, or cannot be understood.",
    advice: "Add --help to the command to see what it takes.",
  },
  ERR_FLOR_NO_TERMINAL: {
    meaning: "A command has a question, and there is no terminal at which somebody could answer it.",
    advice: "Give the answer as an option, or run the command in a terminal.",
  },
  ERR_FLOR_PASSPHRASE_FILE: {
    meaning: "The file of a passphrase cannot be read, is open to others, or is not one line.",
    advice: "Write the passphrase into it as its only line, and run chmod 600 on it.",
  },
  ERR_FLOR_PASSPHRASE_TWICE: {
    meaning: "A new passphrase was typed twice, and not the same.",
    advice: "Run the command again.",
  },
  ERR_FLOR_CANCELLED: {
    meaning: "A question was not answered with yes, or was cancelled.",
    advice: "Nothing was changed; run the command again when you are sure.",
  },
  ERR_FLOR_TOKEN: {
    meaning: "`flor fabric join` got what is no token, or one with a typing error: a token has a checksum.",
    advice: "Copy it again, whole: flor-token- and 48 characters. The message does not show it, as it is a secret.",
  },
  ERR_FLOR_LOG_COPY: {
    meaning: "A file is no copy of the log, not whole, or not of this cluster's.",
    advice: "Name a file that `flor fabric log copy` has written to its end, of this cluster and log.",
  },
  ERR_FLOR_LOG_RESTORE: {
    meaning:
      "A copy of the log was to be brought back into a store that holds another log, or that others write meanwhile.",
    advice:
      "Name a new file, or an etcd that has nothing of this log, and stop the agents that write it until the copy is there.",
  },
  ERR_FLOR_NOT_SERVED: {
    meaning:
      "`flor fabric service move` was to move a service to a node that does not serve it now, as far as the agent knows.",
    advice:
      "Start it there first: the service in its cluster-flor.yaml, and the program. Ask the agent of that node, or of a neighbour.",
  },
  ERR_FLOR_NO_COORDINATOR: {
    meaning:
      "`flor fabric explain NODE PURPOSE` asked an agent that coordinates no partition: it does not know what other nodes report.",
    advice: "Name the admin socket of an agent with the role `route-coordinator` in the node's partition.",
  },
  ERR_FLOR_NODE_UNKNOWN: {
    meaning: "`flor fabric explain NODE PURPOSE` was asked for a node of which no `node` record is in force.",
    advice: "Write the name as its record has it: `flor fabric status` shows the nodes.",
  },
  ERR_FLOR_NODE_SILENT: {
    meaning: "`flor fabric explain NODE PURPOSE` was asked for a node that has not reported for three minutes.",
    advice:
      "See that fabric-flor runs there and hears this coordinator; one of another partition reports to the coordinators of that one.",
  },
  ERR_FLOR_ENROLLMENT_TOKEN: {
    meaning:
      "`flor identity enroll` got what is no token of `flor ca token`, or one with a typing error: a token has a checksum.",
    advice: "Copy it again, whole: it begins with flor-enroll-. The message does not show it, as it is a secret.",
  },
  ERR_FLOR_APPLY_STOPPED: {
    meaning: "A node did not take its config, or was not whole with it; the nodes before it have theirs.",
    advice: "Mend that node and run it again: it goes on from here. Or return: --back.",
  },
  ERR_FLOR_APPLY_BREAKS: {
    meaning: "No order of the steps keeps all tunnels: `flor mesh plan` names those that break for a while.",
    advice: "Change the mesh in two parts, or accept it: --breaking.",
  },
  ERR_FLOR_APPLY_NO_FORMER: {
    meaning: "There is nothing to return to: `flor mesh apply` has not been at work in this folder.",
    advice: "Name the folder that was given to it as --out, or apply the mesh file of before.",
  },
  ERR_FLOR_RELEASE_REPOSITORY: {
    meaning: "A folder is no repository of releases, or its description is damaged.",
    advice: "Name the folder that `flor release init` has made, or take a copy of it that is whole.",
  },
  ERR_FLOR_RELEASE_PACKAGES: {
    meaning:
      "Packages of a release cannot be read, are none, or are not those that the repository or the record has under their names.",
    advice:
      "Mend what the message names. A package that changes gets another version: its name says one thing for ever.",
  },
  ERR_FLOR_RELEASE_UNSIGNED: {
    meaning: "`flor release publish` was to publish what too few of its signers have signed.",
    advice: "Have `flor release sign` run by those who are missing; `flor release show` lists who has signed.",
  },
  ERR_FLOR_RELEASE_NOTHING: {
    meaning:
      "A command of `flor release` has nothing to work on: nothing is staged, signed by nobody else, or in force.",
    advice: "Look with `flor release show` what there is, and whether the step before was made.",
  },
  ERR_FLOR_STORE_FILE: {
    meaning: "A file that `flor store` was to put or to write cannot be read or written.",
    advice: "Mend what the message says. An object that was not read to its end is not there.",
  },
  ERR_FLOR_STORE_IDENTITY: {
    meaning: "The file of `--identity` cannot be read, or has no identities of age.",
    advice:
      "Name a file that `age-keygen` has written, with lines of AGE-SECRET-KEY-…; its owner alone should read it.",
  },
  ERR_FLOR_STORE_MANIFEST: {
    meaning: "The object that has the name of the record's manifest is another one than that which the record names.",
    advice: "Put another one, `flor store manifest`, and have it signed; find out who wrote this one: `flor store ls`.",
  },
  ERR_FLOR_STORE_TUNNELS: {
    meaning: "The folder of `--tunnels` is not there, or may not be read.",
    advice:
      "Name the folder in which cluster-flor has its tunnels to holders, `<node>.sock` each (docs/operate/storage.md), as a user who may read it.",
  },
  ERR_FLOR_UPGRADE_PACKAGES: {
    meaning:
      "A folder that `flor mesh upgrade` was given has not the packages of one release: none, one twice, or it cannot be read.",
    advice: "Name a folder that `npm run package -- --out DIR` has made. Nothing was changed.",
  },
  ERR_FLOR_UPGRADE_UNREACHABLE: {
    meaning: "A node does not answer `flor mesh upgrade`, or another one answers in its place.",
    advice: "Mend what the message says, or --via. Nothing was changed at any node.",
  },
  ERR_FLOR_UPGRADE_NO_WAY_BACK: {
    meaning: "The folder of the former packages does not have what a node has, so that the node could not go back.",
    advice: "Name the folder of the packages that the nodes have as --former. Nothing was changed at any node.",
  },
  ERR_FLOR_UPGRADE_UNPREPARED: {
    meaning:
      "A node cannot take the packages: they could not be brought there, need something that it lacks, or it is not one of packages.",
    advice:
      "Mend what the message says. Packages may have been copied; nothing was installed or restarted at any node.",
  },
  ERR_FLOR_UPGRADE_STOPPED: {
    meaning: "A node was not whole with its new packages, or must not go down now; the nodes before it have theirs.",
    advice: "Mend that node and run it again: nodes that have the packages are left alone.",
  },
  ERR_FLOR_FOLDER_NOT_EMPTY: {
    meaning: "`flor link-vertex init` was to write into a folder that holds something already.",
    advice: "Name a new folder, or an empty one: nothing is written over.",
  },
  ERR_FLOR_FOLDER_UNUSABLE: {
    meaning: "`flor link-vertex init` cannot make the folder, or cannot write into it.",
    advice: "Mend what the message says, or name another folder.",
  },
  ERR_FLOR_ISSUER_LISTEN: {
    meaning: "`flor issuer` cannot listen at the address of its config.",
    advice: "Name an address of this machine, and a port that no other process has.",
  },
  ERR_FLOR_ISSUER_UNREACHABLE: {
    meaning: "The issuer does not answer: nothing listens there, the network is down, or it is too busy.",
    advice: "Nothing changes meanwhile. Look whether the issuer runs, and whether this machine reaches its address.",
  },
  ERR_FLOR_ISSUER_FALSE: {
    meaning:
      "At the address of the issuer is something else: its certificate is not that of service/issuer of the cluster.",
    advice: "Compare the address with the issuer's `listen`, and this machine's clock with others.",
  },
  ERR_FLOR_ISSUER_ANSWER: {
    meaning: "The issuer has answered with something that is no certificate and no refusal.",
    advice: "Is it in about the same version? Its log tells of faults.",
  },
  ERR_FLOR_RENEWAL_NOT_USED: {
    meaning:
      "A process did not take the renewed identity, or could not be asked to. The former one is in its place again.",
    advice: "See what the process logs. The next run asks for another certificate.",
  },
  ERR_FLOR_RENEWAL_OVERDUE: {
    meaning:
      "An identity has passed five sixths of its life, and is not renewed. The message names the day on which it ends.",
    advice:
      "Mend what the message before it says; or renew by hand: `flor identity renew` and docs/operate/identity.md.",
  },
  ERR_FLOR_CODE_UNKNOWN: {
    meaning: "`flor explain` was asked for a code that no table of the documents has.",
    advice: "Write it as it stands in the message: ERR_CONFIG_UNKNOWN_KEY, LINK_DOWN, unknownLabel.",
  },
  ERR_FLOR_NO_DOCS: {
    meaning: "The documents, which an installed release has beside its programs, are not there.",
    advice: "Run npm run install-units again, or call flor from a checkout.",
  },
  ERR_FLOR_NO_SITE: {
    meaning: "The site of the documents, which the packages and the tarball have, is not there or is none of ours.",
    advice: "In a checkout run npm run docs; on a machine install florenetes-tools or the tarball.",
  },
  ERR_FLOR_CONSOLE_LISTEN: {
    meaning: "`flor console` cannot listen at the port of the loopback address that it was told.",
    advice: "Name a port that no other process has, or leave --port out: then it takes one that is free.",
  },
  ERR_FLOR_NO_SKELETON: {
    meaning: "The skeletons of link vertices, which the build puts beside flor, are not there.",
    advice: "Run npm run build; an installed flor has them in its release.",
  },
  ERR_FLOR_PREPARE: {
    meaning: "The user, the folders or the settings of a cluster's unit could not be made or read.",
    advice: "Run it as root, on a machine that systemd runs, and mend what the message says: docs/operate/systemd.md.",
  },
} as const;
