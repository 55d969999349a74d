/** `1/3`, `2/5`, `12.5%`; of null `unknown`. */
export function share(probability: number | null): string {
  if (probability === null) return 'unknown';
  if (probability >= 1 - 1e-7) return '1';
  for (let below = 2; below <= 2000; below++) {
    const above = Math.round(probability * below);
    if (above > 0 && below > above && (below <= 20 || above === 1) && Math.abs(probability - above / below) < 1e-7)
      return `${above}/${below}`;
  }
  return `${(probability * 100).toPrecision(3)}%`;
}
