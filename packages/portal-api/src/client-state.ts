import type { Instance } from "@florenetes/instances";

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
  /** The protocol that its links run over; undefined: it does not say. */
  readonly linkProtocol: string | undefined;
  /** False: its links run over another protocol than they must, so that it is asked for nothing and believed nothing. */
  readonly isUsed: boolean;
}
