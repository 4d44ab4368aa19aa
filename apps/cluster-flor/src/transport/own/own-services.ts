import type { OwnServiceName } from "@florenetes/config-file";
import { echo } from "./echo.ts";
import type { OwnService } from "./own-stream.ts";

/** The services that a config names as `self:…`. */
export const ownServices: Readonly<Record<OwnServiceName, OwnService>> = { echo };
