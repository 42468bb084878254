import { describe, expect, it } from 'vitest';
import { readManifest, writeManifest } from '../../../src/core/manifest.ts';
import { idOf, manifestOf } from '../../support/store-sets.ts';

const id = idOf(1);
const manifest = manifestOf(id);

describe('metadata', () => {
  it('is read as it was written', () => {
    expect(readManifest(writeManifest(manifest), id)).toEqual({ manifest });
  });

  it('is text that a person can read, with an end of line', () => {
    expect(writeManifest(manifest)).toMatch(/^\{\n {2}"backup_id": "kubegram_backup_20260208_200001",\n/);
    expect(writeManifest(manifest)).toMatch(/\n\}\n$/);
  });

  it('may have more keys, also such as have a meaning in JavaScript', () => {
    const text = writeManifest(manifest).replace('{', '{"__proto__": {"pinned": true}, "later": [1],');
    expect(readManifest(text, id)).toEqual({ manifest });
  });

  it.each(Object.keys(manifest))('is not of this tool without %s', (key) => {
    const { [key]: _, ...rest } = { ...manifest } as Record<string, unknown>;
    expect(readManifest(JSON.stringify(rest), id)).toEqual({ unreadable: expect.stringContaining(key) });
  });

  it.each(Object.keys(manifest))('is not of this tool where %s has a wrong type', (key) => {
    for (const wrong of [{}, [0]])
      expect(readManifest(JSON.stringify({ ...manifest, [key]: wrong }), id)).toHaveProperty('unreadable');
  });

  it('of another set is not believed', () => {
    expect(readManifest(writeManifest(manifest), idOf(2))).toEqual({
      unreadable: `its metadata is of another backup, "${id}"`,
    });
  });

  it('says no more of a strange file than fits on a line', () => {
    const long = 'x'.repeat(100_000);
    for (const strange of [
      { ...manifest, schema_version: long },
      { ...manifest, reason: long },
      { ...manifest, backup_id: `${long}_backup_20260208_202847` },
      long,
    ]) {
      const reading = readManifest(JSON.stringify(strange), id);
      expect('unreadable' in reading && reading.unreadable.length).toBeLessThan(250);
    }
  });

  it.each(['', '{', 'null', '1', '"text"', '[]', '{}', '{"schema_version":null}', '['.repeat(100_000)])(
    'that is %.20s is not',
    (text) => {
      expect(readManifest(text, id)).toHaveProperty('unreadable');
    },
  );
});
