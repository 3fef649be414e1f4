/**
 * Skips a test that needs a server this machine does not have. Prints one line that nobody overlooks.
 * @param skip the `skip` of the running test
 */
export const skipLoudly = (skip: (reason: string) => never, reason: string): never => {
  console.log(`SKIPPED (${reason})`);
  return skip(reason);
};
