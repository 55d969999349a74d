import { has, NAT_DONE, STATUS } from '../../../src/walk/conntrack/connection.ts';
import { Links } from '../../../src/walk/local.ts';
import { Pass } from '../../../src/walk/pass.ts';
import { Fib } from '../../../src/walk/route/fib.ts';

/** Puts another method in a class's place; what it returns puts the old one back. */
export function replace<T extends object, K extends keyof T>(
  target: T,
  key: K,
  make: (original: T[K]) => T[K],
): () => void {
  const original = target[key];
  target[key] = make(original);
  return () => {
    target[key] = original;
  };
}

export function keepTtl(): () => void {
  return replace(
    Pass.prototype,
    'enter',
    enter =>
      function (this: Pass, hook) {
        if (hook === 'forward' && !this.packet.bridged) this.packet.ttl += 1;
        enter.call(this, hook);
      },
  );
}

export function natAgain(): () => void {
  return replace(
    Pass.prototype,
    'enter',
    enter =>
      function (this: Pass, hook) {
        const { flow } = this;
        if (flow && flow.state !== 'related' && has(flow.connection, STATUS.CONFIRMED))
          flow.connection.status &= ~NAT_DONE;
        enter.call(this, hook);
      },
  );
}

export function stateInstead(from: 'invalid' | 'related', to: 'new' | 'established'): () => void {
  const original = Object.getOwnPropertyDescriptor(Pass.prototype, 'connection');
  if (!original?.get) throw new Error('Pass has no getter of its connection any more');
  const { get } = original;
  Object.defineProperty(Pass.prototype, 'connection', {
    ...original,
    get(this: Pass) {
      const view: Pass['connection'] = get.call(this);
      return view.state === from ? { ...view, state: to } : view;
    },
  });
  return () => Object.defineProperty(Pass.prototype, 'connection', original);
}

export function firstAddress(): () => void {
  return replace(
    Links.prototype,
    'select4',
    () =>
      function (this: Links) {
        const all = this.all.flatMap(link => link.addresses.map(({ address }) => address));
        return all.find(address => typeof address === 'number' && address >>> 24 !== 127);
      },
  );
}

export function offByOne(): () => void {
  return replace(
    Pass.prototype,
    'state',
    state =>
      function <T extends object>(this: Pass, owner: object, initial: () => T): T | undefined {
        const later = (): T => {
          const made = initial();
          if ('count' in made && typeof made.count === 'number') made.count += 1;
          return made;
        };
        return state.call(this, owner, later) as T | undefined; // what the original returns for the same T
      },
  );
}

export function routeWithoutMark(): () => void {
  return replace(
    Fib.prototype,
    'lookup',
    lookup =>
      function (this: Fib, query) {
        return lookup.call(this, { ...query, mark: 0 });
      },
  );
}
