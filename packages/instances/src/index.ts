export { newInstance } from "./drivers/new-instance.ts";
export { INSTANCE_SIZE, isLater, readInstance, writeInstance } from "./instance.ts";
export type { Instance } from "./instance.ts";
