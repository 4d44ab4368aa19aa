import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Florio from "@florenetes/florio";
import type * as Identity from "@florenetes/identity";
import type * as Labels from "@florenetes/labels";
import type * as Quic from "@florenetes/quic";

/** Modules of one checkout, loaded from its sources: of this one, or of another commit's that lies elsewhere. */
export interface Checkout {
  florio(): Promise<typeof Florio>;
  identity(): Promise<typeof Identity>;
  labels(): Promise<typeof Labels>;
  quic(): Promise<typeof Quic>;
  /** A file that is behind no package's door, by its path from the root: what it exports is not known to the compiler. */
  file<Exports>(path: string): Promise<Exports>;
}

/** @param root Folder of the checkout. Only in a process that runs under the condition `@florenetes/source`. */
export function openCheckout(root: string): Checkout {
  const file = <Exports>(path: string): Promise<Exports> =>
    import(pathToFileURL(join(root, path)).href) as Promise<Exports>;
  return {
    florio: () => file("packages/florio/src/index.ts"),
    identity: () => file("packages/identity/src/index.ts"),
    labels: () => file("packages/labels/src/index.ts"),
    quic: () => file("packages/quic/src/index.ts"),
    file,
  };
}
