import type { ReloadRefusal } from "@florenetes/process-kit";
import type { StorePlan } from "../../config/config-changes.ts";
import type { OwnStatus, Service } from "../service.ts";
import type { KeepService } from "./keep-service.ts";

/** A served part of a process, and the keeper beside it. Each goes on whatever the other one meets. */
export class ServiceAndKeeper implements Service {
  readonly #served: Service;
  readonly #keeper: KeepService;

  constructor(served: Service, keeper: KeepService) {
    this.#served = served;
    this.#keeper = keeper;
  }

  async start(): Promise<void> {
    await this.#served.start();
    await this.#keeper.start();
  }

  handleConfig(plan: StorePlan): void {
    this.#served.handleConfig(plan);
  }

  async reread(): Promise<readonly ReloadRefusal[]> {
    return (await this.#served.reread?.()) ?? [];
  }

  status(): OwnStatus {
    return { ...this.#served.status(), keep: this.#keeper.status().keep };
  }

  statusLine(): string {
    return `${this.#served.statusLine()}, ${this.#keeper.statusLine()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper[Symbol.asyncDispose]();
    await this.#served[Symbol.asyncDispose]();
  }
}
