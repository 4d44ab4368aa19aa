/** Bits of a number that say its slot. The eleven above them are the slot's generation. */
const SLOT_BITS = 20;
/** Things that can be numbered at the same time. */
export const SLOTS_MAX: number = 2 ** SLOT_BITS;
/** A slot has so many numbers, one after the other, before the first of them comes again. */
export const GENERATIONS: number = 2 ** 11;

/**
 * The slot of a number: where what is kept for that thing lies in a list. A slot is used again when its thing is gone, under a number of another
 * generation: who finds another number in the slot has a number of something that is gone. Numbers that were never handed on are their slots.
 *
 * @param number 0 to 2^31 - 1.
 */
export function slotOf(number: number): number {
  return number & (SLOTS_MAX - 1);
}

/** The number that a slot has after this one. */
export function successorOf(number: number): number {
  return (number + SLOTS_MAX) % (GENERATIONS * SLOTS_MAX);
}
