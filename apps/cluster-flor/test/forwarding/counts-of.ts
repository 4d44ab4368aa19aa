import type { Forwarder } from "../../src/forwarding/forwarder.ts";

/** All counts, without the samples of labels: which of several packets one is of is not said, nor whether there is one. */
export function countsOf(forwarder: Forwarder): unknown {
  const { links, ...rest } = forwarder.snapshot();
  return { ...rest, links: links.map((link) => ({ ...link, droppedLabels: undefined })) };
}
