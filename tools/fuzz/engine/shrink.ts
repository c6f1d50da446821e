/**
 * A shorter input that fails in the same way, found by leaving out smaller and smaller pieces.
 * @param fails whether an input does
 * @param most how many inputs are tried
 */
export async function shrink(input: Buffer, fails: (input: Buffer) => Promise<boolean>, most: number): Promise<Buffer> {
  let smallest = input;
  let tries = 0;
  for (let size = smallest.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < smallest.length;) {
      if (tries >= most) return smallest;
      tries += 1;
      const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (await fails(shorter)) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}
