import { type Instance, isLater } from "@florenetes/wire-values";
import { PortalCode } from "./codes.ts";
import type { PortalBody, PortalMessage } from "./messages.ts";

/*
 *                  connected                AttachAnswer
 *   unconnected ──────────────▶ attaching ───────────────▶ attached ──▶ leaving ──▶ left
 *        ▲                       │  ▲  ▲ refused: in 1 s      │   detach()   DetachAnswer
 *        └──── disconnected ─────┘  │  └─┐                    │
 *               (from any)          └────┴── silent, replaced, or a heartbeat of a later attachment
 */
export type ClientState =
  | { readonly kind: "unconnected" }
  | { readonly kind: "attaching"; readonly requestId: number; nextAt: number }
  | ({ readonly kind: "attached" } & Attachment)
  | ({ readonly kind: "leaving"; readonly requestId: number; nextAt: number } & Attachment)
  | { readonly kind: "left" };
export type AttachedState = ClientState & { kind: "attached" | "leaving" };

interface Attachment {
  readonly attachment: number;
  readonly server: Instance;
  /** The protocol that the link vertex's links run over; undefined: not told. */
  readonly linkProtocol: string | undefined;
  /** False: links run over another protocol than they must, so that the link vertex is asked for nothing and believed nothing. */
  readonly isUsed: boolean;
}

/**
 * Finds the sender of a message that comes while a link vertex is attached. `ours`: the link vertex, in this attachment. `late`: an
 * earlier process or attachment. Otherwise the attachment has ended: a code, and a text for people.
 */
export function senderOf(
  { server, attachment }: AttachedState,
  { body, instance: id, attachment: number }: PortalMessage,
): "ours" | "late" | readonly [code: string, text: string] {
  if (id !== server.id) {
    const startedAt = body.kind === "heartbeat" || body.kind === "attach-answer" ? body.startedAt : undefined;
    if (startedAt === undefined || !isLater({ id, startedAt }, server)) return "late";
    return [PortalCode.portalReplaced, "the link vertex has been restarted"];
  }
  if (number > attachment && body.kind === "heartbeat")
    return [PortalCode.portalDetached, "the link vertex has detached this cluster vertex"];
  return number === attachment ? "ours" : "late";
}

/** The only messages that are taken from a link vertex that is not used. It repeats link states until their generation is acknowledged. */
export const HEARD_OF_UNUSED: ReadonlySet<PortalBody["kind"]> = new Set(["heartbeat", "link-states", "detach-answer"]);
