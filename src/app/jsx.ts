import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transform } from 'sucrase';

/**
 * Lets Node load `.tsx`: it strips types by itself, but knows no JSX. Lines stay where they are, so that a
 * stack trace points into the source.
 */
export function loadJsx(): void {
  registerHooks({
    load: (url, context, next) => {
      if (!url.endsWith('.tsx')) return next(url, context);
      const { code } = transform(readFileSync(fileURLToPath(url), 'utf8'), {
        transforms: ['typescript', 'jsx'],
        jsxRuntime: 'automatic',
        production: true,
        disableESTransforms: true,
      });
      return { format: 'module', source: code, shortCircuit: true };
    },
  });
}
