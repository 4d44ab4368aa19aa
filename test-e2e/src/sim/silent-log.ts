import type { Logger } from "@florenetes/process-kit";

export const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
