import type { FileHandle } from 'node:fs/promises';
import { type Files, realFiles } from '../../src/store/files.ts';

/** One call on the file system that the store makes: `rename`, or `handle.write` on what was opened. */
export interface FileCall {
  name: string;
  /** The paths it names; of a handle, the one that was opened. */
  paths: string[];
}

const handleCalls = [
  'chmod',
  'write',
  'writeFile',
  'read',
  'readFile',
  'sync',
  'datasync',
  'stat',
  'close',
] as const;

/**
 * The real file system, each call told beforehand. Where `before` throws, the call fails with that and is not
 * made; only a handle is closed all the same, as a system does whose close() reports an error.
 */
export function watchedFiles(before: (call: FileCall) => void): Files {
  const watched = Object.entries(realFiles).map(([name, real]) => {
    if (typeof real !== 'function') return [name, real];
    const call = async (...args: unknown[]): Promise<unknown> => {
      const paths = args.filter((arg) => typeof arg === 'string');
      before({ name, paths });
      const result: unknown = await Reflect.apply(real, realFiles, args);
      return name === 'open' ? watchedHandle(result as FileHandle, paths, before) : result;
    };
    return [name, call];
  });
  return Object.fromEntries(watched) as Files;
}

function watchedHandle(handle: FileHandle, paths: string[], before: (call: FileCall) => void): FileHandle {
  return new Proxy(handle, {
    get(target, key) {
      const real: unknown = Reflect.get(target, key, target);
      if (typeof real !== 'function') return real;
      const name = handleCalls.find((call) => call === key);
      if (name === undefined) return real.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          before({ name: `handle.${name}`, paths });
        } catch (error) {
          if (name === 'close') await target.close();
          throw error;
        }
        return Reflect.apply(real, target, args);
      };
    },
  });
}

export type FaultCode = 'ENOSPC' | 'EIO' | 'EACCES' | 'EMFILE' | 'EROFS';

export function fault(code: FaultCode): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: as the test wants it`), { code });
}

/** A file system whose n-th call fails, and with `lasting` every one after it too. */
export function failingFiles(nth: number, code: FaultCode, lasting: boolean) {
  let calls = 0;
  const files = watchedFiles(() => {
    calls++;
    if (calls === nth || (lasting && calls > nth)) throw fault(code);
  });
  return { files, hasFailed: (): boolean => calls >= nth };
}
