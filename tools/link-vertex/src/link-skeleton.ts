/**
 * A skeleton of a link vertex, from which to begin another one. It is no product: its links are plain UDP, on this machine alone.
 *
 *     node link-skeleton.ts run --config link-flor.yaml
 */
import { runLinkVertex } from "./florenetes/florenetes.js";
import { SKELETON } from "./skeleton-links.ts";

runLinkVertex(SKELETON);
