import type { View, ViewLink } from "../../src/agent/door/view.ts";

/** A view of node a with links to b and c, which wants service web. */
export function viewOf(changes: Partial<View> = {}): View {
  return {
    cluster: "demo",
    vertex: "a",
    shares: true,
    instance: "7a3c",
    generation: 1,
    life: null,
    event: 1,
    links: [upLink("b"), upLink("c")],
    services: [],
    own: [],
    auto: [{ service: "web", path: null, next: null, state: "none", text: "" }],
    routes: [],
    transit: [],
    exchanged: [],
    grants: [],
    relay: null,
    bounds: { linksMax: 0, dial: null },
    overlay: { paths: [], leads: [], pins: {} },
    leftOut: [],
    ...changes,
  };
}

export function upLink(peer: string): ViewLink {
  return {
    name: peer,
    peer,
    tag: "0",
    label: labelOf(peer),
    state: "up",
    code: "",
    endpoint: null,
    seen: null,
    overlay: false,
    figures: null,
  };
}

/** A label for the link to a peer, which is the same each time. */
function labelOf(peer: string): number {
  return 100 + Buffer.from(peer).reduce((sum, octet) => (31 * sum + octet) % 100_000, 0);
}
