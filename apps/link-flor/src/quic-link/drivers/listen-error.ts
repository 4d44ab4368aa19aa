import { OperatorError } from "@florenetes/operator-text";

/** The code of an address that cannot be listened on, with its row in docs/operate/errors.md. */
export const LINK_LISTEN_ERRORS = {
  ERR_LINK_LISTEN: {
    meaning: "link-flor cannot listen on a cluster's UDP address; the message says why.",
    advice:
      "Stop the process that has it (`ss -lunp` names it), take an address of this machine, or a port of 1024 or above.",
  },
} as const;

/** Why a cluster's UDP address cannot be listened on, in words for its operator. */
export function listenError(cluster: string, address: string, cause: NodeJS.ErrnoException): OperatorError {
  const [what, advice] = whyNot(cause);
  return new OperatorError("ERR_LINK_LISTEN", `cannot listen on ${address}: ${what}`, {
    advice,
    where: { key: `clusters.${cluster}.listen` },
    cause,
  });
}

function whyNot({ code, message }: NodeJS.ErrnoException): readonly [what: string, advice: string] {
  switch (code) {
    case "EADDRINUSE":
      return [
        "another process listens there",
        "Stop it if it is a second link-flor (`ss -lunp` names it), or choose another port.",
      ];
    case "EADDRNOTAVAIL":
      return ["no interface of this machine has that address", "Take one that `ip address` shows, or 0.0.0.0 for all."];
    case "EACCES":
      return ["this user may not use that port", "Choose a port of 1024 or above."];
    default:
      return [message, "Check the address and the port of `listen`."];
  }
}
