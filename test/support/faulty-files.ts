import type { FileHandle } from 'node:fs/promises';
import type { Files } from '../../src/store/files.ts';
import { type FaultCode, fault, watchedFiles } from './store-files.ts';

export const fileFaults = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE'] as const satisfies FaultCode[];

export interface FileFault {
  kind: FaultCode;
  nth: number;
  /** Whether every call after the n-th fails too. */
  lasting: boolean;
}

/** The real file system, whose n-th call fails, the reading of an opened stream among them. Without a fault calls are only counted. */
export function faultyFiles(failure?: FileFault) {
  let calls = 0;
  const strike = (): void => {
    calls++;
    if (failure === undefined || calls < failure.nth) return;
    if (calls === failure.nth || failure.lasting) throw fault(failure.kind);
  };
  const watched = watchedFiles(strike);
  const open = async (...args: Parameters<Files['open']>): Promise<FileHandle> =>
    withFaultyStream(await watched.open(...args), strike);
  return {
    files: { ...watched, open } as Files,
    calls: (): number => calls,
    hasFailed: (): boolean => failure !== undefined && calls >= failure.nth,
  };
}

function withFaultyStream(handle: FileHandle, strike: () => void): FileHandle {
  return new Proxy(handle, {
    get(target, key) {
      const real: unknown = Reflect.get(target, key, target);
      if (key !== 'createReadStream') return real;
      return (...args: Parameters<FileHandle['createReadStream']>) => {
        const stream = target.createReadStream(...args);
        try {
          strike();
        } catch (error) {
          stream.destroy(error as Error);
        }
        return stream;
      };
    },
  });
}
