import type { IpsecPolicy, PacketProgram } from '../../model/elsewhere.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { protocolName } from '../../net/protocol.ts';
import type { MeaningSubject } from '../answer.ts';
import { oneSided, statement, type Told, told } from './statement.ts';

/** Policies of IPsec, which no walk asks. */
export function comparePolicies(
  before: readonly IpsecPolicy[] | undefined,
  after: readonly IpsecPolicy[] | undefined,
): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('policies of IPsec', before);
  return compareTexts('ipsec', before.map(policyText), after.map(policyText));
}

/** Programs and filters of devices, which no walk asks either. */
export function comparePrograms(
  before: readonly PacketProgram[] | undefined,
  after: readonly PacketProgram[] | undefined,
): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('programs at XDP and tc', before);
  return compareTexts('program', before.map(programText), after.map(programText));
}

function compareTexts(subject: MeaningSubject, before: readonly string[], after: readonly string[]): Told {
  const [was, is] = [new Set(before), new Set(after)];
  const lone = (own: ReadonlySet<string>, other: ReadonlySet<string>) => [...own].filter(text => !other.has(text));
  return told([
    ...lone(is, was).map(text => statement(subject, text)('came', `${text} came`)),
    ...lone(was, is).map(text => statement(subject, text)('went', `${text} went`)),
  ]);
}

function policyText(policy: IpsecPolicy): string {
  const { source, destination, protocol, sport, dport, direction, priority } = policy;
  const { blocks, transforms, isOptional, isLimited } = policy;
  const end = (prefix: typeof source, port: number | undefined) =>
    `${formatPrefix(prefix)}${port === undefined ? '' : ` port ${port}`}`;
  const does = blocks
    ? 'drops'
    : transforms === undefined
      ? 'lets pass'
      : `${transforms}${isOptional ? ' where it can' : ''}`;
  return [
    `policy of IPsec ${direction} ${end(source, sport)} > ${end(destination, dport)}`,
    ...(protocol === undefined ? [] : [protocolName(protocol) ?? `protocol ${protocol}`]),
    `priority ${priority}`,
    ...(isLimited ? ['of a mark or a device'] : []),
    does,
  ].join(', ');
}

const programText = ({ what, hook, device }: PacketProgram): string => `${what} at ${hook} of ${device}`;
