import type { Forwarder } from "../../src/forwarding/forwarder.ts";

/** All counts, without the samples of labels, as implementations may sample different packets. */
export function countsOf(forwarder: Forwarder): unknown {
  const { links, ...rest } = forwarder.snapshot();
  return { ...rest, links: links.map((link) => ({ ...link, droppedLabels: undefined })) };
}
