import { describe, expect, it } from 'vitest';
import { gathered } from '../../../src/process/gather.ts';

async function* pieces(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

async function textsOf(source: AsyncIterable<Buffer>): Promise<string[]> {
  const texts: string[] = [];
  for await (const piece of source) texts.push(piece.toString());
  return texts;
}

describe('gathering small pieces', () => {
  it('gives pieces that are large enough, and at the end what is left', async () => {
    expect(await textsOf(gathered(pieces('ab', 'cd', 'efgh', 'i'), 4))).toEqual(['abcd', 'efgh', 'i']);
  });

  it('gives nothing where nothing comes', async () => {
    expect(await textsOf(gathered(pieces()))).toEqual([]);
  });

  it('fails where its source does', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('a');
      throw new Error('it broke off');
    }
    await expect(textsOf(gathered(broken()))).rejects.toThrow('it broke off');
  });
});
