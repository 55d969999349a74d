import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkListing } from '../../conformance/nft/listing.ts';

const listing = (name: string): string => readFileSync(new URL(`../listings/${name}`, import.meta.url), 'utf8');

/** What nft 1.0.6 lists of ruleset.nft (record.py). */
describe('a listing of everything', () => {
  it.each([
    ['nft list ruleset', 'plain.txt'],
    ['nft -a list ruleset', 'handles.txt'],
    ['nft -n list ruleset', 'numeric.txt'],
    ['nft -s list ruleset', 'stateless.txt'],
  ])('%s is printed back', (_, name) => {
    const { differences, rules } = checkListing(listing(name), undefined);
    expect(differences).toEqual([]);
    expect(rules).toBe(5);
  });

  it('says in text what it says in JSON, but for what JSON leaves out', () => {
    const { differences, lost } = checkListing(listing('plain.txt'), listing('json.json'));
    expect(differences).toEqual([]);
    expect([...lost.keys()].sort()).toEqual([
      'auto-merge',
      'comments of tables and chains',
      'device',
      'dormant and owner',
      'dynamic',
    ]);
  });
});
