import { expect, it } from 'vitest';
import { passwordStrength } from './password-strength.ts';

it('judges a password by its length first', () => {
  expect(passwordStrength('short1!')).toBe(0);
  expect(passwordStrength('aaaaaaaaaaaaaaaaaaaa')).toBe(1);
  expect(passwordStrength('onlyletters')).toBe(1);
  expect(passwordStrength('Mixed-letters-9')).toBe(3);
  expect(passwordStrength('correct horse battery Staple')).toBe(4);
});
