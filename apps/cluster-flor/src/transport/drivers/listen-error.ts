import { formatListenAddress, type ListenAddress } from "@florenetes/config-file";
import { OperatorError } from "@florenetes/operator-text";

/** The errors of listening on a tunnel's address, with their rows in docs/operate/errors.md. */
export const TUNNEL_ERRORS = {
  ERR_TUNNEL_ADDRESS: {
    meaning: "A tunnel cannot listen there, for a reason that the message names.",
    advice: "Check that the address is one of this machine.",
  },
  ERR_TUNNEL_ADDRESS_DENIED: {
    meaning: "This user may not listen there.",
    advice: "Choose a port of 1024 or above, or a directory and an owner that the process's user may use.",
  },
  ERR_TUNNEL_ADDRESS_IN_USE: {
    meaning: "Another program listens there.",
    advice: "Stop it (`ss -ltnp` names it), or give the tunnel another address.",
  },
} as const;

/** The error for a tunnel's address that cannot be listened on, with advice. */
export function listenError(address: ListenAddress, error: NodeJS.ErrnoException): OperatorError {
  const place = formatListenAddress(address);
  const options = { where: { key: `tunnels: ${place}` }, cause: error };
  switch (error.code) {
    case "EADDRINUSE":
      return new OperatorError("ERR_TUNNEL_ADDRESS_IN_USE", `another program listens on ${place}`, {
        advice: "Stop it (`ss -lntup` names it), or give the tunnel another address.",
        ...options,
      });
    case "EACCES":
    case "EPERM":
      return new OperatorError("ERR_TUNNEL_ADDRESS_DENIED", `this user may not listen on ${place}`, {
        advice: "Choose a port of 1024 or above, or a directory and an owner that the process's user may use.",
        ...options,
      });
    default:
      return new OperatorError("ERR_TUNNEL_ADDRESS", `${place} cannot be listened on: ${error.message}`, {
        advice: "Check that the address is one of this machine.",
        ...options,
      });
  }
}
