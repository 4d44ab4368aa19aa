import { networkInterfaces } from "node:os";
import type { Logger } from "@florenetes/process-kit";
import type { OwnAddress } from "../agent/own-endpoints.ts";

/** The answer of `os.networkInterfaces`, as far as it is used. */
type Interfaces = Readonly<Record<string, readonly { address: string; cidr: string | null }[] | undefined>>;

/**
 * A function that reads the addresses of this machine's interfaces, in order. A sandbox may forbid that (it takes a socket of the family
 * AF_NETLINK): then there are none, which the log says once, and the node announces what its config and its neighbours say.
 */
export function machineAddresses(log: Logger, read: () => Interfaces = networkInterfaces): () => readonly OwnAddress[] {
  let isForbidden = false;
  return () => {
    try {
      const all = Object.values(read()).flatMap((each) => each ?? []);
      isForbidden = false;
      const addresses = all.map(({ address, cidr }) => ({ address, network: cidr ?? address }));
      return addresses.toSorted((a, b) => (a.address < b.address ? -1 : 1));
    } catch (error) {
      const text =
        "the addresses of this machine cannot be read: only those of the config, and those at which neighbours see it, are announced";
      if (!isForbidden) log.warn({ code: "ADDRESSES_UNREAD", reason: String(error) }, text);
      isForbidden = true;
      return [];
    }
  };
}
