import type { LinkRequests } from "./link-requests.ts";
import type { PortalBody } from "./messages.ts";
import type { PortalClientEvent } from "./portal-client-events.ts";

/** The news in figures of links, and in a knock: figures count for wanted links alone, and a knock for others, since it may be late. */
export function toldOfPeers(
  body: PortalBody & { kind: "link-stats" | "knock" },
  requests: LinkRequests,
): PortalClientEvent[] {
  if (body.kind === "link-stats") {
    const wanted = body.links.filter((stats) => requests.wanted(stats) !== undefined);
    return wanted.map((stats) => ({ kind: "stats", stats }));
  }
  const { knock } = body;
  return knock === undefined || requests.wanted(knock) !== undefined ? [] : [{ kind: "knock", knock }];
}
