export { type WrittenAnswer, writeAnswer, writeRefusal } from "./answer-form.ts";
export { HttpDoor, type HttpDoorOptions } from "./drivers/http-door.ts";
export { openTunnelDoor, tunnelTo } from "./drivers/tunnel-door.ts";
export { type QuestionHead, RECOVERY_EPOCH_HEADER, readQuestionHead } from "./question-form.ts";
