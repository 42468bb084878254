import { describe, expect, it } from 'vitest';
import { readManifest, writeManifest } from '../../../src/core/manifest.ts';
import { idOf, manifestOf } from '../../support/store-sets.ts';

const id = idOf(1);
const manifest = manifestOf(id);

describe('metadata', () => {
  it('is read as it was written', () => {
    expect(readManifest(writeManifest(manifest), id)).toEqual({ manifest });
  });

  it('has the same digest whatever the order of its keys', () => {
    const turned = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .map(([key, inner]) => [key, turned(inner)])
              .reverse(),
          )
        : value;
    const text = writeManifest(turned(manifest) as typeof manifest);
    expect(text).toMatch(/^\{\n {2}"verification": \{\n {4}"at"/);
    expect(readManifest(text, id)).toEqual({ manifest });
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

  it('that was changed after it was written is not believed, also where the key of its digest was', () => {
    const broken = { unreadable: 'its metadata is not as it was written (metadata_digest)' };
    const text = writeManifest({ ...manifest, note: 'before' });
    expect(readManifest(text.replace('"before"', '"befora"'), id)).toEqual(broken);
    expect(readManifest(text.replace('metadata_digest', 'metadata_digesu'), id)).toEqual(broken);
  });

  it('of before the digest is read without one', () => {
    expect(readManifest(JSON.stringify(manifest), id)).toEqual({ manifest });
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

  it.each<[string, object, string | null]>([
    ['a time with parts of a second', { timestamp: '2026-02-08T20:28:47.123Z' }, null],
    ['a time after something', { timestamp: 'x2026-02-08T20:28:47Z' }, 'timestamp: a UTC time was expected'],
    ['a time before something', { timestamp: '2026-02-08T20:28:47Zx' }, 'timestamp: a UTC time was expected'],
    ['letters for parts', { timestamp: '2026-02-08T20:28:47.abZ' }, 'timestamp: a UTC time was expected'],
    ['a local time', { timestamp: '2026-02-08T20:28:47+01:00' }, 'timestamp: a UTC time was expected'],
    ['a day that is not', { timestamp: '2026-02-40T20:28:47Z' }, 'timestamp: a UTC time was expected'],
    ['a short digest', { checksum: 'sha256:0' }, 'checksum: sha256: and 64 hex digits were expected'],
    ...['x$', '$x'].map((form): [string, object, string] => [
      `a digest as ${form}`,
      { checksum: form.replace('$', manifest.checksum) },
      'checksum: sha256: and 64 hex digits were expected',
    ]),
    ['an odd id', { backup_id: 'mine' }, 'backup_id: it is not the id of a backup'],
    ['an extension without a name', { extensions: [{ version: '1' }] }, 'extensions.0.name: '],
    ['an extension of no version', { extensions: [{ name: 'x', version: 1 }] }, 'extensions.0.version: '],
    [
      'a setting of no role',
      { database_settings: { ...manifest.database_settings, role_settings: [{ setting: 'a=b' }] } },
      'database_settings.role_settings.0.role: ',
    ],
  ])('with %s is read, or refused with the place and the reason', (_what, changes, refused) => {
    const reading = readManifest(JSON.stringify({ ...manifest, ...changes }), id);
    if (refused === null) expect(reading).toHaveProperty('manifest');
    else
      expect(reading).toEqual({
        unreadable: expect.stringContaining(`its metadata is not of this tool (${refused}`),
      });
  });

  it('that is no object at all is refused as a whole', () => {
    expect(readManifest('1', id)).toEqual({
      unreadable: expect.stringMatching(/^its metadata is not of this tool \(the whole: .+\)$/),
    });
  });

  it.each([
    [118, `"${'x'.repeat(118)}"`],
    [119, `"${'x'.repeat(118)}…`],
  ])('says of a strange version of %d characters so much', (length, said) => {
    expect(readManifest(JSON.stringify({ schema_version: 'x'.repeat(length) }), id)).toEqual({
      unreadable: `its metadata is of version ${said}; this tool reads version 1`,
    });
  });
});
