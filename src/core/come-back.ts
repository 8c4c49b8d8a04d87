// When who was refused may come back, as a Retry-After header says it: in whole seconds, and spread over as long again, for who was refused
// together must not come back together.
const LEAST_SECONDS = 2
const MOST_SECONDS = 600

/** `random`: chance in [0, 1). */
export function comeBackSeconds(retryAfterMs = 0, random: () => number = Math.random): number {
  const least = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, Math.ceil(retryAfterMs / 1_000)))
  return least + Math.floor(random() * (Math.max(4, least) + 1))
}
