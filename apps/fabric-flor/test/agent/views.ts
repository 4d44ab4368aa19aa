import type { View, ViewLink } from "../../src/agent/door/view.ts";

/** A view of node a with links to b and c, which wants service web. */
export function viewOf(changes: Partial<View> = {}): View {
  return {
    cluster: "demo",
    vertex: "a",
    instance: "7a3c",
    generation: 1,
    life: null,
    event: 1,
    links: [upLink("b"), upLink("c")],
    services: [],
    own: [],
    auto: [{ service: "web", path: null, next: null, state: "none", text: "" }],
    overlay: { paths: [], leads: [], pins: {} },
    leftOut: [],
    ...changes,
  };
}

export function upLink(peer: string): ViewLink {
  return { name: peer, peer, state: "up" };
}
