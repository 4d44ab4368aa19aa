import { OperatorError } from "@florenetes/operator-text";
import { type AdminServer, openAdminServer } from "@florenetes/process-kit";
import type { OverlayOrder } from "../../src/agent/door/door-sync.ts";
import type { View } from "../../src/agent/door/view.ts";
import { viewOf } from "../agent/views.ts";

/** A door of a cluster vertex on a socket, without a cluster vertex. */
export class FakeDoor {
  view: View;
  /** Orders that were taken. */
  readonly orders: OverlayOrder[] = [];
  /** Called before each answer; may throw an OperatorError, or take its time. */
  before: (route: string) => unknown = () => undefined;
  readonly #path: string;
  readonly #waiting: (() => void)[] = [];
  #server: AdminServer | undefined;

  constructor(path: string, view: View = viewOf()) {
    this.#path = path;
    this.view = view;
  }

  async open(): Promise<this> {
    this.#server = await openAdminServer({
      path: this.#path,
      mode: 0o600,
      routes: {
        "/view": async () => {
          await this.before("/view");
          return this.view;
        },
      },
      actions: {
        "/overlay": async ({ text }) => {
          await this.before("/overlay");
          return this.#take(JSON.parse(text) as OverlayOrder);
        },
        "/events": async ({ query }) => {
          await this.before("/events");
          return this.#events(Number(query.get("after")));
        },
      },
    });
    return this;
  }

  /** The operator's file, or something else, has changed the view: an event tells it. */
  change(changes: Partial<View>): void {
    this.view = { ...this.view, ...changes, event: this.view.event + 1 };
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async close(): Promise<void> {
    for (const wake of this.#waiting.splice(0)) wake();
    await this.#server?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(order: OverlayOrder): { readonly generation: number } {
    if (order.base !== this.view.generation)
      throw new OperatorError("ERR_OVERLAY_BASE", "another overlay came in between", {
        advice: "Read the view again.",
      });
    this.orders.push(order);
    const { paths, leads, pins, life } = order;
    this.change({ generation: this.view.generation + 1, life, overlay: { paths, leads, pins } });
    return { generation: this.view.generation };
  }

  async #events(after: number): Promise<unknown> {
    if (this.view.event <= after) {
      await new Promise<void>((done) => {
        const timer = setTimeout(done, 4_000);
        this.#waiting.push(() => {
          clearTimeout(timer);
          done();
        });
      });
    }
    const { instance, event } = this.view;
    return { instance, next: event, lost: false, events: event > after ? [{ n: event, kind: "config" }] : [] };
  }
}
