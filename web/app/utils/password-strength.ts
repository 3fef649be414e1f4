/** Shortest password that the API takes. */
export const passwordMinimum = 10;

/** How hard a password is to guess, 0 (too short) to 4 (strong): length first, then variety and repetition. */
export function passwordStrength(password: string): 0 | 1 | 2 | 3 | 4 {
  if (password.length < passwordMinimum) return 0;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  const different = new Set(password).size;
  if (different < 5) return 1;
  let points = 1;
  if (password.length >= 14) points += 1;
  if (password.length >= 20) points += 1;
  if (kinds >= 3 && different >= 8) points += 1;
  return Math.min(4, points) as 1 | 2 | 3 | 4;
}
