import type { Change } from '../model/effect.ts';
import { withMember } from '../xt/ipset/overlay.ts';
import { DEFAULT_ZONE, has, STATUS } from './conntrack/connection.ts';
import type { Pass } from './pass.ts';

/** Writes what a statement's effect says to the packet, its connection, or the namespace. */
export function applyChanges(pass: Pass, changes: readonly Change[]): void {
  for (const change of changes) apply(pass, change);
}

function apply(pass: Pass, change: Change): void {
  const { packet, flow } = pass;
  switch (change.kind) {
    case 'set':
      if (change.field === 'ctmark') {
        if (flow) flow.connection.mark = change.value;
        else if (pass.template && pass.tracked === undefined) pass.template.shared.mark = change.value;
      } else packet[change.field] = change.value;
      return;
    case 'address':
      packet[change.field] = change.value;
      return;
    case 'tcp':
      packet.tcp = change.header;
      return;
    case 'port':
      packet[change.field] = change.value;
      return;
    case 'notrack':
      if (pass.tracked === 'invalid') pass.tracked = 'untracked';
      else if (!pass.template && (change.evenAttached || !pass.seen)) pass.tracked ??= 'untracked';
      return;
    case 'helper':
      if (flow && !has(flow.connection, STATUS.CONFIRMED)) {
        flow.connection.helper = change.name;
        flow.connection.status |= STATUS.HELPER;
      }
      return;
    case 'element':
      pass.scratch.keepElement(change.set, change.key, change.element);
      return;
    case 'ct':
      if (typeof pass.tracked === 'string' && change.evenUntracked) pass.tracked = undefined;
      else if (pass.tracked !== undefined || pass.template || (pass.seen && !change.evenUntracked)) return;
      pass.template = {
        zone: change.zoneFromMark
          ? { id: packet.mark & 0xffff, direction: change.zone?.direction ?? 'both' }
          : (change.zone ?? DEFAULT_ZONE),
        helper: change.helper,
        shared: pass.state(change, () => ({ mark: 0 })) ?? { mark: 0 },
        state: 'new',
      };
      return;
    case 'recent':
      if (change.action === 'set') pass.scratch.note(change.list, change.address, packet.ttl);
      else pass.scratch.forget(change.list, change.address);
      return;
    case 'member': {
      const set = pass.scratch.set(change.set);
      if (set) pass.scratch.replaceSet(withMember(set, change));
    }
  }
}
