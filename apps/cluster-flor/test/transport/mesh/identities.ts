/** Certificates of the transport tests. */
import type { Credentials } from "@florenetes/identity";
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";

const hour = 3_600_000;
const authority = makeAuthority({ cluster: "demo" }, new Date(Date.now() - 100 * hour));
/** `cousin` is a CA of another cluster with the key of `cluster`. */
const authorities = {
  cluster: authority,
  stranger: makeAuthority({ cluster: "demo" }, new Date()),
  cousin: { ...authority, cluster: "other" },
};

export function issue(principal: string, by: keyof typeof authorities = "cluster"): Credentials {
  const [kind, name] = principal.split("/") as ["user" | "service" | "vertex", string];
  return issueIdentity(authorities[by], { kind, name }, new Date());
}

/** Issues credentials that end this many milliseconds from now, cut to whole seconds, as certificates have them. */
export function issueFor(principal: string, lastsMs: number): Credentials {
  const [kind, name] = principal.split("/") as ["user" | "service" | "vertex", string];
  return issueIdentity(authority, { kind, name, days: 1 }, new Date(Date.now() + lastsMs - 86_400_000));
}
