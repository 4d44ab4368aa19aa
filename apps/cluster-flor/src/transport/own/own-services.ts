import type { OwnServiceName, ServiceTarget } from "@florenetes/config-file";
import { echo } from "./echo.ts";
import type { OwnService } from "./own-service.ts";

/** The services that a config names as `self:…`. */
const ownServices: Readonly<Record<OwnServiceName, OwnService>> = { echo };

/** The own service that a target names; undefined for all other targets. */
export function ownServiceOf(target: ServiceTarget): OwnService | undefined {
  return target.kind === "self" ? ownServices[target.service] : undefined;
}
