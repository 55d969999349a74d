/** What a reader does not know: the smallest statement or expression around it is kept as it stood. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}
