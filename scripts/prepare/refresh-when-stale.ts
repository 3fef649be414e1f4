import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export type Product = {
  /** Where the hash of the sources is kept: inside the product, so that deleting one deletes both. */
  stamp: string;
  /** The hash of the sources as they are now. */
  hash: string;
  /** Files the product must consist of at least. */
  files: readonly string[];
  /** Makes the product; throws when it cannot. */
  make: () => Promise<void>;
};

/**
 * Makes a product only when its sources changed or it is missing.
 *
 * @returns whether it was made
 * @throws what `make` throws; then no stamp is left and the next call tries again
 */
export async function refreshWhenStale(product: Product): Promise<boolean> {
  const isWhole = product.files.every((file) => existsSync(file));
  if (isWhole && existsSync(product.stamp) && readFileSync(product.stamp, 'utf8') === product.hash)
    return false;
  rmSync(product.stamp, { force: true });
  await product.make();
  mkdirSync(dirname(product.stamp), { recursive: true });
  writeFileSync(product.stamp, product.hash);
  return true;
}
