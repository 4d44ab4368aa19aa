export { nativeEngine } from "./drivers/native-engine.ts";
