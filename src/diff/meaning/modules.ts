import { aside, oneSided, type Statement, statement, type Told, told } from './statement.ts';

/** Modules that have a hand in packets. */
const OF_PACKETS =
  /^(?:nf_|nft_|nfnetlink|xt_|ip_|ip6|ipt_|iptable_|arp|eb|x_tables|br_|bridge|vxlan|geneve|ipip|sit|tunnel|gre|wireguard|tun|veth|dummy|ipvlan|macvlan|bonding|8021q|overlay_net|openvswitch|act_|cls_|sch_)/;

/** Kernel modules that were loaded or are no longer. */
export function compareModules(before: ReadonlySet<string> | undefined, after: ReadonlySet<string> | undefined): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('kernel modules', before);
  const statements: Statement[] = [];
  let others = 0;
  for (const name of new Set([...before, ...after])) {
    if (before.has(name) === after.has(name)) continue;
    if (!OF_PACKETS.test(name)) {
      others++;
      continue;
    }
    const say = statement('module', name);
    statements.push(
      after.has(name)
        ? say('came', `module ${name} is loaded now`)
        : say('went', `module ${name} is not loaded any more`),
    );
  }
  return told(statements, aside(others, 'kernel module', ' that packets do not pass'));
}
