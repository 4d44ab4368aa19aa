export { readUint16, readUint32, readUint64, writeUint16, writeUint32, writeUint64 } from "./big-endian.ts";
export { newInstance } from "./drivers/new-instance.ts";
export { INSTANCE_SIZE, isLater, readInstance, writeInstance } from "./instance.ts";
export type { Instance } from "./instance.ts";
export { poolOfService, serviceOfPool } from "./pool-service.ts";
