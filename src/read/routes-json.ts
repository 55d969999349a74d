import type { Nexthop, Route } from '../model/route.ts';
import { type Address, type Family, familyOf, parseAddress } from '../net/address.ts';
import { networkOf, parsePrefix, prefixOf } from '../net/prefix.ts';
import {
  field,
  isObject,
  type JsonObject,
  numberField,
  objectsField,
  parseObjects,
  remarkUnknownKeys,
  stringField,
  stringsField,
} from './json.ts';
import { excerpt, type Reading, Remarks } from './reading.ts';
import { ROUTE_TYPES, type RouteHints, tosOf } from './routes.ts';

const KEYS = new Set(
  `type dst gateway via dev table protocol scope prefsrc metric flags nexthops tos from nhid encap weight pref expires
  error metrics flow ttl-propagate used users age cache nh_info src id ttl mode segs hmac oif iif uid mtu`.split(/\s+/),
);

/** `ip -j route`, with and without `show table X`. */
export function parseRoutesJson(text: string, file: string, hints: RouteHints = {}): Reading<readonly Route[]> {
  const remarks = new Remarks(file);
  const objects = parseObjects(text, remarks);
  remarkUnknownKeys(objects, KEYS, remarks);
  const families = objects.map(object => familyIn(object));
  const others: Family = families.includes('ip') || !families.includes('ip6') ? 'ip' : 'ip6';
  const routes = objects.flatMap((object, i) => {
    const route = routeOf(object, families[i] ?? hints.family ?? others, hints, file, remarks);
    return route ? [route] : [];
  });
  return { value: routes, remarks: remarks.list };
}

/** What the route's own addresses say. */
function familyIn(object: JsonObject): Family | undefined {
  for (const key of ['dst', 'gateway', 'prefsrc']) {
    const prefix = parsePrefix(stringField(object, key) ?? '');
    if (prefix) return prefix.family;
  }
  if (Object.hasOwn(object, 'pref')) return 'ip6';
  const hop = objectsField(object, 'nexthops')[0];
  const gateway = parseAddress((hop && stringField(hop, 'gateway')) ?? '');
  return gateway === undefined ? undefined : familyOf(gateway);
}

function routeOf(
  object: JsonObject,
  family: Family,
  hints: RouteHints,
  file: string,
  remarks: Remarks,
): Route | undefined {
  const text = stringField(object, 'dst') ?? '';
  const type = ROUTE_TYPES.get(stringField(object, 'type') ?? 'unicast');
  const encap = stringField(object, 'encap');
  const destination = text === 'default' ? prefixOf(family === 'ip' ? 0 : 0n, 0) : parsePrefix(text);
  if (!type || destination?.family !== family) {
    remarks.error(1, `not a route: ${excerpt(JSON.stringify(object))}`);
    return undefined;
  }
  if (encap === 'ip' || encap === 'ip6' || encap === 'mpls') {
    remarks.error(1, `a route with encap ${encap}: its JSON says "dst" twice; the text of \`ip route\` can be read`);
    return undefined;
  }
  const source = parseAddress(stringField(object, 'prefsrc') ?? '');
  const from = parsePrefix(stringField(object, 'from') ?? '');
  const scope = stringField(object, 'scope');
  const protocol = stringField(object, 'protocol');
  const hops = objectsField(object, 'nexthops').map(hop => nexthopOf(hop, remarks));
  const own = nexthopOf(object, remarks);
  const single = own.gateway !== undefined || own.device !== undefined;
  const tos = stringField(object, 'tos');
  return {
    family,
    type,
    destination: networkOf(destination),
    table: stringField(object, 'table') ?? hints.table ?? 'main',
    nexthops: single ? [own, ...hops] : hops,
    ...(source !== undefined && { source }),
    tos: tos === undefined ? 0 : tosOf(tos, 1, remarks),
    metric: numberField(object, 'metric') ?? 0,
    ...(scope !== undefined && { scope }),
    ...(protocol !== undefined && { protocol }),
    flags: stringsField(object, 'flags'),
    ...(from && { from: networkOf(from) }),
    at: { file, line: 1 },
  };
}

function nexthopOf(object: JsonObject, remarks: Remarks): Nexthop {
  const via = field(object, 'via');
  const text = isObject(via) ? stringField(via, 'host') : stringField(object, 'gateway');
  const gateway: Address | undefined = parseAddress(text ?? '');
  if (text !== undefined && gateway === undefined) remarks.error(1, `not a gateway: ${excerpt(text)}`);
  const device = stringField(object, 'dev');
  const encap = stringField(object, 'encap');
  if (encap !== undefined)
    remarks.warning(1, `a route puts packets into a tunnel of its own (encap ${excerpt(encap)})`);
  return {
    ...(gateway !== undefined && { gateway }),
    ...(device !== undefined && { device }),
    weight: numberField(object, 'weight') ?? 1,
    ...(encap !== undefined && { encap }),
    flags: stringsField(object, 'flags'),
  };
}
