import { readFileSync } from 'node:fs';
import { Lookup } from '../../src/nft/evaluate/lookup.ts';
import { readNftText } from '../../src/nft/text/read-ruleset.ts';
import { typesNamed } from '../../src/nft/type/types.ts';

// Reads nft's text and takes one service through its map to the rules of its chain, and so on to an endpoint's.
const text = readFileSync(process.argv[2] ?? '', 'utf8');
const start = performance.now();
const { tables, remarks } = readNftText(text, 'file');
const chains = tables[0]?.chains;
const services = tables[0]?.sets.get('service-ips');
const lookup = services && new Lookup(services.elements, typesNamed(services.type));
const element = lookup?.find([0x0a60000a, 6, 80]);
const target = element?.value?.kind === 'goto' ? element.value.target : '';
const statement = chains?.get(target)?.rules.at(1).statements[0];
if (statement?.kind !== 'vmap' || remarks.length > 0) throw new Error('the service was not found');
process.stdout.write(JSON.stringify({ milliseconds: performance.now() - start, chains: chains?.size }));
